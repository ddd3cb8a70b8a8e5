// The tools that make and change playlists, through a real SDK client, with an
// application in development mode and with one of extended quota at the same time.
// What a playlist holds afterwards is taken from the stand-in's store, never from
// the tool's own answer; how a list goes into one is tools-import.test.mjs.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { JPEG, MODES, Stage, over, settled, sleep, until, uriOf, without } from './lib/stage.mjs';

const LOCAL = 'spotify:local:Cellar+Tapes:Rehearsal:Home+Demo:215';
const id = url => url.split('/').pop();

describe('tools that change playlists', { concurrency: MODES.length }, () => MODES.forEach(mode => describe(mode, { concurrency: 1 }, () => {
  let stage, me, all, episode;
  const called = new Set();
  before(async () => {
    stage = await Stage.start({ mode, name: 'tools-playlists' });
    all = await stage.catalogue();
    me = await stage.newcomer();
    episode = (await me.does('search', { query: 'the', types: ['episode'], limit: 1 })).items[0].url;
    const { does } = me;
    me.does = (name, ...rest) => { called.add(name); return does.call(me, name, ...rest); };
  });
  after(() => stage?.stop());

  /** A playlist of this person's with these entries; its link. */
  const plant = async (name, uris, who = me, more) => `https://open.spotify.com/playlist/${await stage.plant(who.user, name, uris, more)}`;
  const holds = async (playlist, uris, message) => assert.deepEqual(await stage.entries(id(playlist)), uris, message);
  /** Nothing but questions was asked since mark. */
  const onlyRead = async (mark, who = me) => assert.deepEqual(
    (await stage.requests(mark, who.user)).filter(r => r.method !== 'GET').map(r => `${r.method} ${r.path}`), []);

  /* --- what each does ------------------------------------------------------- */

  test('create_playlist makes one with what it is to hold, and looks whether it is there', async () => {
    const uris = [all[0], all[1], all[0]];
    const made = await me.does('create_playlist', { name: 'Näkki & Co', description: 'a <b> & "c"', uris: [...uris, episode] });
    assert.equal(made.added, 4);
    assert.equal(made.total, 4);
    assert.equal(made.verified, true);
    assert.equal(made.public, false);
    await holds(made.url, [...uris, uriOf(episode)]);
    const stored = await stage.stored(id(made.url));
    assert.equal(stored.owner, me.user);
    assert.equal(stored.name, 'Näkki & Co');
    assert.equal(stored.public, false);
    assert.match((await me.does('list_playlists', {})).playlists[0].name, /^Näkki & Co$/);
    const open = await me.does('create_playlist', { name: 'For all', public: true });
    assert.equal((await stage.stored(id(open.url))).public, true);
    const ours = await me.does('create_playlist', { name: 'Ours', collaborative: 'true' });
    assert.equal((await stage.stored(id(ours.url))).collaborative, true);
  });

  test('create_playlist refuses what cannot be, before anything is made', async () => {
    const mark = await stage.mark();
    await me.fails('create_playlist', { name: '' }, /name/);
    await me.fails('create_playlist', { name: 'x', public: true, collaborative: true }, /collaborative/, /public/);
    await me.fails('create_playlist', { name: 'x', uris: [all[0], 'nonsense', episode.replace('episode', 'album')] },
      /2 of 3 entries of uris/, /"nonsense" \(number 2\)/, /Nothing was changed/);
    await me.fails('create_playlist', { name: 'x', uris: Array(1001).fill(all[0]) }, /uris/, /1000/);
    assert.deepEqual(await stage.requests(mark, me.user), []);
  });

  test('a thousand tracks go in, in their order, a hundred at a time, and progress is told', async () => {
    const told = [], mark = await stage.mark();
    const made = await me.does('create_playlist', { name: 'A thousand', uris: all.slice(0, 1000) },
      { onprogress: p => told.push(p.progress) });
    assert.equal(made.added, 1000);
    await holds(made.url, all.slice(0, 1000));
    assert.equal((await stage.requests(mark, me.user)).filter(r => r.method === 'POST').length, 11);
    assert.ok(told.length > 0 && told.every((n, i) => i === 0 || n > told[i - 1]), told.join());
    const more = await me.does('add_to_playlist', { playlist: made.url, uris: all.slice(200, 1200), position: 500 });
    assert.equal(more.added, 1000);
    assert.equal(more.total, 2000);
    await holds(made.url, [...all.slice(0, 500), ...all.slice(200, 1200), ...all.slice(500, 1000)]);
  });

  test('add_to_playlist: at the end, in the middle, without doubles, as a rehearsal', async () => {
    const list = await plant('To add to', [all[0], LOCAL, null, all[1]]);
    assert.equal((await me.does('add_to_playlist', { playlist: list, uris: [all[2], episode] })).total, 6);
    await holds(list, [all[0], LOCAL, null, all[1], all[2], uriOf(episode)]);
    assert.equal((await me.does('add_to_playlist', { playlist: 'to ADD to', uris: all[3], position: '1' })).added, 1);
    await holds(list, [all[0], all[3], LOCAL, null, all[1], all[2], uriOf(episode)]);
    const kept = await stage.entries(id(list)), mark = await stage.mark();
    const dry = await me.does('add_to_playlist', { playlist: list, uris: [all[0], all[4], all[4], all[5]], skip_duplicates: true, dry_run: true });
    assert.equal(dry.would_add, 2);
    assert.equal(dry.skipped_duplicates, 2);
    assert.equal(dry.added, 0);
    await onlyRead(mark);
    await holds(list, kept);
    const done = await me.does('add_to_playlist', { playlist: list, uris: [all[0], all[4], all[4], all[5]], skip_duplicates: true });
    assert.equal(done.added, 2);
    await holds(list, [...kept, all[4], all[5]]);
    await me.fails('add_to_playlist', { playlist: list, uris: [all[0]], position: 10 }, /has 9 entries/, /position 10/, /Nothing was changed/);
  });

  test('a playlist is found by its name, or it is said why not', async () => {
    await plant('Garden tea', [all[0]]);
    await plant('Garden party', [all[0]]);
    await me.fails('add_to_playlist', { playlist: 'Garden', uris: [all[1]] }, /Several of your playlists/, /Garden tea/, /Garden party/, /link/);
    await me.fails('add_to_playlist', { playlist: 'Nowhere at all', uris: [all[1]] }, /None of your playlists/, /Nowhere at all/);
    await me.fails('add_to_playlist', { playlist: all[0], uris: [all[1]] }, /link to a track, not to a playlist/);
    await me.fails('remove_from_playlist', { playlist: `https://open.spotify.com/playlist/${'0'.repeat(22)}`, uris: [all[1]] }, /nothing under that id/);
  });

  test('update_playlist changes what is asked for and tells what Spotify did not take', async () => {
    const list = await plant('Old name', [all[0]], me, { description: 'old', public: true });
    const now = await me.does('update_playlist', { playlist: list, name: 'New name', description: 'b & c' });
    assert.deepEqual(now.changed.sort(), ['description', 'name']);
    assert.equal(now.description, 'b & c');
    assert.equal((await stage.stored(id(list))).name, 'New name');
    assert.deepEqual((await me.does('update_playlist', { playlist: list, collaborative: true })).changed, ['collaborative']);
    assert.equal((await stage.stored(id(list))).public, false);
    await me.does('update_playlist', { playlist: list, collaborative: false, public: true });
    await stage.sandbox.post('switches', { public_ignored: true });
    const kept = await me.does('update_playlist', { playlist: list, public: false });
    await stage.sandbox.post('switches', { public_ignored: false });
    assert.deepEqual(kept.not_taken, ['public']);
    assert.match(me.text, /kept another value/);
    await me.fails('update_playlist', { playlist: list }, /Nothing to change/);
    await me.fails('update_playlist', { playlist: list, name: '  ' }, /cannot be empty/);
    await me.fails('update_playlist', { playlist: list, public: true, collaborative: true }, /cannot be public/);
    await holds(list, [all[0]]);
  });

  test('set_playlist_cover sends a JPEG as it is, and nothing else', async () => {
    const list = await plant('With a face', [all[0]]), text = JPEG.toString('base64');
    assert.equal((await me.does('set_playlist_cover', { playlist: list, image: text })).accepted, true);
    const stored = await stage.stored(id(list));
    assert.equal(stored.image, createHash('sha256').update(text).digest('hex'));
    await me.does('set_playlist_cover', { playlist: list, image: `data:image/jpeg;base64,${text}` });
    const large = Buffer.concat([JPEG, Buffer.alloc(190 * 1024)]).toString('base64');
    await me.does('set_playlist_cover', { playlist: list, image: large });
    assert.equal((await stage.stored(id(list))).image_length, large.length);
    const mark = await stage.mark();
    await me.fails('set_playlist_cover', { playlist: list, image: Buffer.concat([JPEG, Buffer.alloc(200 * 1024)]).toString('base64') }, /too large/, /256 KB/);
    await me.fails('set_playlist_cover', { playlist: list, image: Buffer.from('\x89PNG\r\n\x1a\n').toString('base64') }, /not a JPEG/, /not changed/);
    await me.fails('set_playlist_cover', { playlist: list, image: 'not base64!' }, /not Base64/);
    assert.deepEqual(await stage.requests(mark, me.user), []);
  });

  test('remove_from_playlist: every copy by link, one by position; local files and gaps stay', async () => {
    const list = await plant('To thin out', [all[0], LOCAL, all[1], null, all[0], uriOf(episode), all[2], all[0]]), mark = await stage.mark();
    const dry = await me.does('remove_from_playlist', { playlist: list, positions: [4], dry_run: true });
    assert.equal(dry.to_remove, 1);
    assert.equal(dry.put_back, 2);
    assert.match(me.text, /new added date/);
    await onlyRead(mark);
    const one = await me.does('remove_from_playlist', { playlist: list, positions: ['4'] });
    assert.equal(one.verified, true);
    await holds(list, [all[0], LOCAL, all[1], null, uriOf(episode), all[2], all[0]]);
    const every = await me.does('remove_from_playlist', { playlist: list, uris: [all[0], episode, all[9]] });
    assert.equal(every.to_remove, 3);
    assert.deepEqual(every.not_found.map(uriOf), [all[9]]);
    await holds(list, [LOCAL, all[1], null, all[2]]);
    await me.fails('remove_from_playlist', { playlist: list, positions: [0] }, /local file/, /the user can in Spotify/, /Nothing was changed/);
    await me.fails('remove_from_playlist', { playlist: list, positions: [2] }, /without content/);
    await me.fails('remove_from_playlist', { playlist: list, positions: [4] }, /not a position/, /4 entries/);
    await me.fails('remove_from_playlist', { playlist: list, positions: [1], uris: [all[5]] }, /none of uris/);
    await me.fails('remove_from_playlist', { playlist: list, uris: [all[7]] }, /None of these is in the playlist/);
    await me.fails('remove_from_playlist', { playlist: list }, /what to remove/);
    await holds(list, [LOCAL, all[1], null, all[2]]);
  });

  /** name, by and so on of the entries, as get_playlist shows them. */
  const shown = async playlist => (await me.does('get_playlist', { playlist, limit: 50 })).items;

  test('reorder_playlist moves, sorts by everything there is, and shuffles', async () => {
    const mixed = [all[30], all[400], LOCAL, all[7], uriOf(episode), all[900], null, all[31], all[8], all[600]];
    const list = await plant('To arrange', mixed);
    await me.does('reorder_playlist', { playlist: list, from: 0, count: 2, to: 3 });
    await holds(list, [mixed[2], mixed[3], mixed[4], mixed[0], mixed[1], ...mixed.slice(5)]);
    await me.does('reorder_playlist', { playlist: list, from: 3, count: 2, to: 0 });
    await holds(list, mixed);
    const fold = text => text?.toLowerCase() ?? '', keys = { name: i => fold(i.name), artist: i => fold(i.by), duration: i => i.duration_ms ?? 0 };
    for (const [by, key] of Object.entries(keys)) {
      const sorted = await me.does('reorder_playlist', { playlist: list, sort_by: by });
      assert.equal(sorted.verified, true, by);
      const values = (await shown(list)).map(key).filter(v => v !== '' && v !== 0);
      assert.deepEqual(values, [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)), by);
    }
    const down = await me.does('reorder_playlist', { playlist: list, sort_by: 'duration', descending: true });
    assert.ok(down.done > 0);
    const lengths = (await shown(list)).map(keys.duration).filter(Boolean);
    assert.deepEqual(lengths, [...lengths].sort((a, b) => b - a));
    for (const by of ['album', 'added', 'release']) assert.equal((await me.does('reorder_playlist', { playlist: list, sort_by: by })).verified, true, by);
    await me.does('reorder_playlist', { playlist: list, shuffle: true });
    assert.deepEqual((await stage.entries(id(list))).map(String).sort(), mixed.map(String).sort());
    await me.fails('reorder_playlist', { playlist: list, from: 8, count: 3, to: 0 }, /10 entries/, /Nothing was changed/);
    await me.fails('reorder_playlist', { playlist: list, from: 1 }, /from and to are both needed/);
    await me.fails('reorder_playlist', { playlist: list, shuffle: true, sort_by: 'name' }, /one of these/);
  });

  test('a long sort keeps the dates over several calls, or is written anew in one', async () => {
    const long = [...all.slice(0, 180)].reverse(), list = await plant('Long', long);
    let rounds = 0, last;
    do last = await me.does('reorder_playlist', { playlist: list, sort_by: 'duration' });
    while (last.more_needed && ++rounds < 8);
    assert.ok(rounds >= 1, 'it went into one call');
    const lengths = async () => {
      const items = [];
      for (let cursor; ;) {
        const page = await me.does('get_playlist', { playlist: list, limit: 50, ...(cursor ? { cursor } : {}) });
        items.push(...page.items);
        if (!(cursor = page.cursor)) return items.map(i => i.duration_ms);
      }
    };
    const sorted = await lengths();
    assert.equal(sorted.length, 180);
    assert.deepEqual(sorted, [...sorted].sort((a, b) => a - b));
    const quick = await me.does('reorder_playlist', { playlist: list, sort_by: 'duration', descending: true, keep_dates: false });
    assert.ok(quick.steps <= 2 && quick.verified, JSON.stringify(quick));
    assert.deepEqual(await lengths(), sorted.reverse());
    assert.deepEqual((await stage.entries(id(list))).sort(), [...long].sort());
    await me.fails('reorder_playlist', { playlist: list, shuffle: true }, /keep_dates false/, /Nothing was changed/);
  });

  test('replace_playlist makes it exactly that, up to a thousand, and says what is lost', async () => {
    const list = await plant('To replace', [all[0], LOCAL, all[1]]), mark = await stage.mark();
    await me.does('replace_playlist', { playlist: list, uris: all.slice(5, 8), dry_run: true });
    assert.match(me.text, /1 entries are local files/);
    await onlyRead(mark);
    await me.does('replace_playlist', { playlist: list, uris: [...all.slice(5, 8), episode] });
    await holds(list, [...all.slice(5, 8), uriOf(episode)]);
    assert.equal((await me.does('replace_playlist', { playlist: list, uris: [...all.slice(5, 8), episode] })).steps, 0);
    const full = await me.does('replace_playlist', { playlist: list, uris: all.slice(100, 1100) });
    assert.equal(full.done, 10);
    assert.equal(full.verified, true);
    await holds(list, all.slice(100, 1100));
    assert.equal((await me.does('replace_playlist', { playlist: list, uris: [] })).total, 0);
    await holds(list, []);
  });

  test('dedupe_playlist keeps the first of each', async () => {
    const list = await plant('Doubles', [all[0], all[1], all[0], LOCAL, all[2], LOCAL, all[1], null, all[0]]), mark = await stage.mark();
    const dry = await me.does('dedupe_playlist', { playlist: list, match: 'id', dry_run: true });
    assert.equal(dry.to_remove, 3);
    assert.equal(dry.not_removable, 1);
    await onlyRead(mark);
    const done = await me.does('dedupe_playlist', { playlist: list });
    assert.equal(done.verified, true);
    await holds(list, [all[0], all[1], LOCAL, all[2], LOCAL, null]);
    assert.equal((await me.does('dedupe_playlist', { playlist: list })).steps, 0);
  });

  test('combine_playlists: four ways, into a new one or one that there is', async () => {
    const a = await plant('Left hand', [all[0], all[1], LOCAL, all[2], null, all[3]]);
    const b = await plant('Right hand', [all[2], all[4], all[0], uriOf(episode)]);
    const of = async (mode, wanted, left_out = 0) => {
      const made = await me.does('combine_playlists', { playlists: [a, 'Right hand'], mode, into_name: `Both ${mode}` });
      assert.equal(made.added, wanted.length, mode);
      assert.equal(made.left_out, left_out, mode);
      await holds(made.url, wanted, mode);
      return made.url;
    };
    const union = await of('union', [all[0], all[1], all[2], all[3], all[4], uriOf(episode)], 2);
    await of('intersect', [all[0], all[2]]);
    await of('subtract', [all[1], all[3]], 2);
    await of('interleave', [all[0], all[2], all[1], all[4], uriOf(episode), all[3]], 2);
    const mark = await stage.mark();
    const dry = await me.does('combine_playlists', { playlists: [a, b], mode: 'union', into_playlist: union, dry_run: true });
    assert.equal(dry.there_already, 6);
    assert.equal(dry.result, 0);
    await onlyRead(mark);
    const more = await plant('More', [all[50], all[0]]);
    assert.equal((await me.does('combine_playlists', { playlists: [a, more], mode: 'union', into_playlist: union })).added, 1);
    assert.equal((await stage.entries(id(union))).at(-1), all[50]);
    await me.fails('combine_playlists', { playlists: [a], mode: 'union', into_name: 'x' }, /playlists/, /2/);
    await me.fails('combine_playlists', { playlists: [a, b], mode: 'union' }, /into_name|into_playlist/);
    await me.fails('combine_playlists', { playlists: [a, b], mode: 'mash', into_name: 'x' }, /union/, /interleave/);
  });

  test('delete_playlist takes it out of the person\'s list, once, and only one\'s own', async () => {
    const list = await plant('To be deleted', [all[0], LOCAL, null]), there = async () => (await me.does('list_playlists', { limit: 50 })).playlists.some(p => p.url === list);
    assert.equal(await there(), true);
    const gone = await me.does('delete_playlist', { playlist: 'To be deleted' });
    assert.equal(gone.deleted, true);
    assert.equal(gone.url, list);
    assert.equal(await there(), false);
    await holds(list, [all[0], LOCAL, null], 'Spotify keeps it for whoever has the link');
    await me.fails('delete_playlist', { playlist: 'To be deleted' }, /None of your playlists/);
    const { changes } = await me.does('list_changes', { limit: 1 });
    assert.match(JSON.stringify(changes), /To be deleted/);
    await me.does('undo_change', { change_id: changes[0].change_id });
    assert.equal(await there(), true);
  });

  test('more than a thousand entries: two lists become one of a thousand; what is too long says so', async () => {
    const a = await plant('First half', all.slice(0, 600)), b = await plant('Second half', all.slice(500, 1000));
    const made = await me.does('combine_playlists', { playlists: [a, b], mode: 'union', into_name: 'The whole' });
    assert.equal(made.added, 1000);
    await holds(made.url, all.slice(0, 1000));
    const long = await plant('Too long', [...all, ...all.slice(0, 100)]), before = await stage.entries(id(long));
    for (const [name, args] of [['remove_from_playlist', { uris: [all[0]] }], ['reorder_playlist', { sort_by: 'name' }], ['dedupe_playlist', {}]])
      await me.fails(name, { playlist: long, ...args }, /1304 entries/, /the most that one call can work on/, /Nothing was changed/);
    await holds(long, before);
    assert.equal((await me.does('add_to_playlist', { playlist: long, uris: [all[700]] })).total, 1305);
  });

  test('a shared playlist can be changed, its details only by its owner', async () => {
    const owner = await stage.newcomer();
    const list = await plant('Everybody adds', [all[0]], owner, { collaborators: [me.user] });
    assert.equal((await me.does('add_to_playlist', { playlist: list, uris: [all[1]] })).total, 2);
    await me.does('reorder_playlist', { playlist: list, from: 1, to: 0 });
    await holds(list, [all[1], all[0]]);
    const text = await me.fails('update_playlist', { playlist: list, name: 'Mine' }, /belongs to/, /only its owner/, /Nothing was changed/);
    assert.match(text, new RegExp(owner.user));
    await me.fails('set_playlist_cover', { playlist: list, image: JPEG.toString('base64') }, /belongs to/, /only its owner/);
    assert.equal((await stage.stored(id(list))).name, 'Everybody adds');
  });

  /** Every tool that changes a playlist, with what it does to this one. */
  const changes = (list, source) => [
    ['add_to_playlist', { playlist: list, uris: [all[5]] }],
    ['add_to_playlist', { playlist: list, uris: [all[5]], skip_duplicates: true }],
    ['remove_from_playlist', { playlist: list, uris: [all[0]] }],
    ['reorder_playlist', { playlist: list, from: 0, to: 1 }],
    ['replace_playlist', { playlist: list, uris: [all[5]] }],
    ['dedupe_playlist', { playlist: list }],
    ['combine_playlists', { playlists: [source, list], mode: 'union', into_playlist: list }],
    ['update_playlist', { playlist: list, name: 'Changed' }],
    ['set_playlist_cover', { playlist: list, image: JPEG.toString('base64') }],
    ['delete_playlist', { playlist: list }],
  ];
  const standing = () => [all[0], all[1], all[0], all[2]];
  /** All of them fail with these sentences, and the playlist stays as it is. */
  const allFail = async (who, list, ...says) => {
    const source = await plant('Source', [all[20]], who), stored = await stage.stored(id(list)), tools = changes(list, source);
    // A person may have only so many calls at a time.
    for (let i = 0; i < tools.length; i += 3)
      await Promise.all(tools.slice(i, i + 3).map(([name, args]) => who.fails(name, args, ...says)));
    assert.deepEqual(await stage.stored(id(list)), stored);
  };

  // Each with somebody of their own: side by side.
  describe('what can go wrong', { concurrency: 4 }, () => {
    test('another\'s playlist: each tool says whose it is or that it is closed', async () => {
      const other = await stage.newcomer(), list = await plant('Not yours', standing(), other, { public: true });
      await allFail(me, list, /closed|belongs to|does not open|not the user's own/);
    });

    test('a permission that Spotify was not given: each tool says which and where to mend it', async () => {
      const who = await stage.newcomer(without('playlist-modify-public', 'playlist-modify-private', 'ugc-image-upload'));
      const list = await plant('Only to look at', standing(), who);
      await allFail(who, list, /permission|Spotify scopes?/i, /playlist-modify|ugc-image-upload/, /\/login/);
      await who.fails('create_playlist', { name: 'x' }, /playlist-modify/, /\/login/);
    });

    test('Spotify is down: each tool says so, and nothing is changed', async () => {
      const who = await stage.newcomer(), list = await plant('In a storm', standing(), who);
      await stage.under({ path: '/v1/', kind: 'unavailable', user: who.user, count: -1 }, () => allFail(who, list, /Spotify/, /try again|not known/i));
      for (const kind of ['html', 'server_error'])
        await stage.under({ path: '/v1/playlists/', kind, user: who.user, count: -1 }, () =>
          who.fails('add_to_playlist', { playlist: list, uris: [all[1]] }, /Spotify/));
      await holds(list, standing());
      assert.equal((await who.does('add_to_playlist', { playlist: list, uris: [all[1]] })).added, 1);
    });

    test('an expired access token is renewed in passing; a consent that was taken back is told', async () => {
      const who = await stage.newcomer(), list = await plant('Renewed', standing(), who);
      await stage.under({ path: '/v1/playlists/', method: 'POST', kind: 'expired_token', user: who.user }, () =>
        who.does('add_to_playlist', { playlist: list, uris: [all[7]] }));
      await holds(list, [...standing(), all[7]]);
      await stage.sandbox.post('revoke', { user: who.user, access: true });
      await who.fails('add_to_playlist', { playlist: list, uris: [all[8]] }, /sign in again/i, /\/login/);
      await holds(list, [...standing(), all[7]]);
    });

    for (const kind of ['cutoff', 'hang', 'bad_gateway'])
      test(`an answer that does not come whole (${kind}): what was done is found out, and nothing is done twice`, async () => {
        const who = await stage.newcomer(), list = await plant('Cut off', standing(), who), more = { user: who.user, kind, ms: 300 };
        const added = await stage.under({ path: '/v1/playlists/', method: 'POST', skip: 1, ...more }, () =>
          who.does('add_to_playlist', { playlist: list, uris: all.slice(100, 350) }));
        assert.equal(added.added, 250);
        await holds(list, [...standing(), ...all.slice(100, 350)]);
        const removed = await stage.under({ path: '/v1/playlists/', method: 'DELETE', ...more }, () =>
          who.does('remove_from_playlist', { playlist: list, uris: all.slice(100, 350) }));
        assert.equal(removed.verified, true);
        await holds(list, standing());
        await stage.under({ path: '/v1/playlists/', method: 'PUT', ...more }, () =>
          who.does('reorder_playlist', { playlist: list, from: 0, count: 2, to: 2 }));
        await holds(list, [all[0], all[2], all[0], all[1]]);
        await stage.under({ path: '/v1/playlists/', method: 'PUT', ...more }, () =>
          who.does('replace_playlist', { playlist: list, uris: all.slice(0, 150) }));
        await holds(list, all.slice(0, 150));
        const before = (await who.does('list_playlists')).total;
        const made = await stage.under({ path: '/v1/me/playlists', method: 'POST', ...more }, () => who.call('create_playlist', { name: 'Once only', uris: [all[0]] }));
        assert.ok((await who.does('list_playlists')).total <= before + 1, 'it was made twice');
        if (!made.isError) await holds(made.structuredContent.url, [all[0]]);
        else assert.match(made.content[0].text, /not known/);
      });

    test('one of many copies is removed while answers break: nothing is missing at the end', async () => {
      const who = await stage.newcomer(), copies = [all[0], all[1], all[0], all[2], all[0], all[3]];
      const list = await plant('Put back', copies, who);
      await stage.under([{ path: '/v1/playlists/', method: 'DELETE', kind: 'cutoff', user: who.user },
        { path: '/v1/playlists/', method: 'POST', kind: 'unavailable', user: who.user, skip: 1 }], () =>
        who.does('remove_from_playlist', { playlist: list, positions: [2] }));
      await holds(list, [all[0], all[1], all[2], all[0], all[3]]);
    });

    test('what Spotify refuses in the middle is told: what was added, what was not, and why', async () => {
      const who = await stage.newcomer(), list = await plant('Half', [], who);
      const half = await stage.under({ path: '/v1/playlists/', method: 'POST', kind: 'forbidden', user: who.user, skip: 2 }, () =>
        who.does('add_to_playlist', { playlist: list, uris: all.slice(0, 450) }));
      assert.equal(half.added, 200);
      assert.equal(half.not_added, 250);
      assert.deepEqual(half.not_added_urls.map(uriOf), all.slice(200, 300));
      assert.match(half.problem, /does not open|closed/);
      await holds(list, all.slice(0, 200));
    });

    test('cancelled half-way: adding stops between two parts, and removing leaves nothing missing', async () => {
      const who = await stage.newcomer(), list = await plant('Stopped', [], who), slow = { kind: 'slow', ms: 250, user: who.user, count: -1 };
      let mark = await stage.mark();
      const half = async (name, args, method) => {
        const stop = new AbortController();
        await stage.under({ path: '/v1/playlists/', method, ...slow }, async fired => {
          const outcome = who.call(name, args, { signal: stop.signal }).then(() => 'answered', () => 'cancelled');
          await until('the change to be on its way', async () => (await fired())[0] > 0);
          stop.abort('the person changed their mind');
          assert.equal(await outcome, 'cancelled');
          await settled(stage, mark, who.user);
        });
      };
      await half('add_to_playlist', { playlist: list, uris: all.slice(0, 1000) }, 'POST');
      const stored = await stage.entries(id(list));
      assert.ok(stored.length >= 100 && stored.length < 1000 && stored.length % 100 === 0, `${stored.length} entries`);
      assert.deepEqual(stored, all.slice(0, stored.length));
      const copies = [all[0], all[1], all[0], all[2], all[0], all[3], all[0]], other = await plant('Stopped too', copies, who);
      mark = await stage.mark();
      await half('remove_from_playlist', { playlist: other, positions: [0] }, 'DELETE');
      await holds(other, copies.slice(1));
      await who.does('get_status');
    });
  });

  /* --- the ends of patience: last, for they hold for everybody ------------------ */

  test('a short pause that Spotify asks for is waited for, to the second', async () => {
    const who = await stage.newcomer(), list = await plant('Patient', standing(), who), mark = await stage.mark();
    await stage.under({ path: '/v1/playlists/', method: 'POST', kind: 'rate_limit', retry_after: 3, user: who.user }, () =>
      who.does('add_to_playlist', { playlist: list, uris: [all[7]] }));
    await holds(list, [...standing(), all[7]]);
    const posts = (await stage.requests(mark, who.user)).filter(r => r.method === 'POST');
    assert.deepEqual(posts.map(r => r.status), [429, 201]);
    assert.ok(new Date(posts[1].time) - new Date(posts[0].time) >= 3000, JSON.stringify(posts));
  });

  test('a long pause is told at once, by every tool, and nobody is asked meanwhile', async () => {
    const who = await stage.newcomer(), list = await plant('Impatient', standing(), who);
    await who.does('get_status');
    await stage.under({ path: '/v1/playlists/', kind: 'rate_limit', retry_after: 7, user: who.user }, async () => {
      const began = Date.now();
      await who.fails('add_to_playlist', { playlist: list, uris: [all[7]] }, /pause/, /in \d+ seconds/);
      const mark = await stage.mark();
      await allFail(who, list, /pause/, /in \d+ seconds?/);
      assert.deepEqual(await stage.requests(mark, who.user), []);
      assert.ok(Date.now() - began < 7000, 'too slow to tell');
      await sleep(7200 - (Date.now() - began));
    });
    await over(who, 'add_to_playlist', { playlist: list, uris: [all[7]] });
  });

  test('a daily allowance that is used up is told with its end, by every tool; others go on', async () => {
    const who = await stage.newcomer(), list = await plant('Used up', standing(), who);
    await who.does('get_status');
    await stage.under({ path: '/v1/playlists/', kind: 'quota_exceeded', retry_after: 7, user: who.user }, async () => {
      const began = Date.now();
      await who.fails('add_to_playlist', { playlist: list, uris: [all[7]] }, /allowance/, /playlists/, /in \d+ seconds/);
      const mark = await stage.mark();
      await allFail(who, list, /allowance/, /in \d+ seconds?/);
      assert.deepEqual((await stage.requests(mark, who.user)).filter(r => r.path.startsWith('/v1/playlists')), []);
      assert.ok((await who.does('search', { query: 'rain', limit: 1 })).items.length === 1);
      assert.ok(Date.now() - began < 7000, 'too slow to tell');
      await sleep(7200 - (Date.now() - began));
    });
    await over(who, 'add_to_playlist', { playlist: list, uris: [all[7]] });
  });

  test('every tool that changes playlists was called', async () => {
    const tools = (await me.client.list()).filter(t => /playlist/.test(t.name) && !t.annotations.readOnlyHint).map(t => t.name);
    assert.ok(tools.length >= 9, tools.join());
    assert.deepEqual(tools.filter(name => !called.has(name)), []);
  });
})));
