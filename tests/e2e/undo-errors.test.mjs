// The record of changes through a real SDK client where something is in the way: ids
// that are none or another's, changes that are too old or undone already, playlists
// that are gone or closed since, a Spotify that fails, permissions that are missing.
// PostgreSQL away is tests/e2e/undo-away.test.mjs.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { MODES, Caller, Stage, idOf, textOf } from './lib/tools.mjs';
import { Database } from './lib/database.mjs';
import { makeToken } from './lib/journey.mjs';
import { everyScope } from './lib/people.mjs';
import { sleep, until } from './lib/system.mjs';

const NONE = /^There is no change with this id, or it is older than 30 days\. list_changes shows what there is\.$/;
const hex = letter => letter.repeat(32);

describe('the record of changes, where something is in the way', { concurrency: MODES.length }, () => MODES.forEach(mode => describe(mode, { concurrency: 1 }, () => {
  let stage, database, tracks, made = 0;
  before(async () => {
    stage = await Stage.start(mode, { name: 'undo-errors' });
    database = new Database(stage.system);
    const wren = await newcomer(), { items } = await wren.good('search', { query: 'the', types: ['track'], limit: 30 });
    tracks = [...new Set(items.map(item => item.url))].slice(0, 20);
    assert.equal(tracks.length, 20);
  }, { timeout: 90000 });
  after(() => stage?.stop());

  /** Somebody new, who says yes to whatever the client is asked. */
  async function newcomer(options) {
    return willing(await stage.one(options));
  }
  async function willing(who) {
    (await who.connect()).answers.elicit = () => ({ action: 'accept', content: {} });
    return who;
  }
  const uris = url => stage.stored(idOf(url)).then(list => list.entries.map(entry => `https://open.spotify.com/track/${entry.u.split(':').at(-1)}`));
  const newest = async who => (await who.good('list_changes')).changes[0];
  /** A playlist of three and a change of it: two more. */
  async function changed(who) {
    const { url } = await who.good('create_playlist', { name: `Errors ${made++}`, uris: tracks.slice(0, 3) });
    await who.good('add_to_playlist', { playlist: url, uris: tracks.slice(3, 5) });
    const change = await newest(who);
    assert.equal(change.url, url);
    return { url, id: change.change_id };
  }
  /** As it was, and it can still be undone. */
  async function untouched(who, { url, id }) {
    assert.deepEqual(await uris(url), tracks.slice(0, 5));
    const list = (await who.good('list_changes')).changes, change = list.find(c => c.change_id === id);
    assert.deepEqual([change.state, change.can_undo], ['done', true]);
    // What was tried and did not come about is no undoing.
    assert.ok(list.slice(0, list.indexOf(change)).every(c => c.state === 'nothing' && !c.can_undo), JSON.stringify(list));
  }
  async function undone(who, { url, id }) {
    const data = await who.good('undo_change', { change_id: id });
    assert.equal(data.undone, true, data.text);
    assert.deepEqual(await uris(url), tracks.slice(0, 3));
    const list = (await who.good('list_changes')).changes;
    assert.equal(list.find(change => change.change_id === id).state, 'undone');
    assert.equal(list[0].state, 'done', 'the undoing itself');
    return data;
  }

  test('nothing was changed yet: an empty list, and nothing to undo', async () => {
    const who = await newcomer(), data = await who.good('list_changes');
    assert.deepEqual([data.changes, data.returned, data.cursor], [[], 0, undefined]);
    assert.match(data.text, /^No changes in the last 30 days\.\n?$/);
    await who.bad('undo_change', { change_id: hex('a') }, NONE);
  });

  test('ids that are none, unknown, or another person\'s get the very same answer, and Spotify is not asked', async () => {
    const who = await newcomer(), other = await newcomer(), theirs = await changed(other);
    const since = await who.mark(), texts = new Set();
    for (const id of [hex('a'), hex('0'), theirs.id, theirs.id.toUpperCase(), 'x', theirs.id.slice(1), `${theirs.id}0`, `${hex('a').slice(1)}g`, '../etc',
      `${theirs.id.slice(0, 8)}-${theirs.id.slice(8)}`, 'ä'.repeat(16), '%s%n', 42])
      for (const more of [{}, { dry_run: true }, { finish: true }])
        texts.add(await who.bad('undo_change', { change_id: id, ...more }, NONE));
    assert.equal(texts.size, 1);
    for (const [args, says] of [[{}, /change_id/], [{ change_id: null }, /change_id/], [{ change_id: '7'.repeat(65) }, /change_id.*64/],
      [{ change_id: [] }, /change_id/], [{ change_id: '' }, /change/]])
      await who.bad('undo_change', args, says);
    assert.deepEqual(await since(), []);
    assert.equal((await who.good('list_changes')).returned, 0);
    await untouched(other, theirs);
    // It may be written with capitals.
    assert.equal((await other.good('undo_change', { change_id: theirs.id.toUpperCase() })).undone, true);
  });

  test('what is undone is not undone again, but its undoing is', async () => {
    const who = await newcomer(), change = await changed(who);
    await undone(who, change);
    const since = await who.mark();
    for (const more of [{}, { dry_run: true }, { finish: true }])
      await who.bad('undo_change', { change_id: change.id, ...more }, /^This change has been undone already\. Nothing was changed\.$/);
    const undoing = await newest(who);
    assert.match(undoing.what, /Undid a change of "Errors/);
    await who.bad('undo_change', { change_id: undoing.change_id, finish: true }, /nothing of this change to finish/);
    assert.deepEqual(await since(), []);
    await who.good('undo_change', { change_id: undoing.change_id });
    assert.deepEqual(await uris(change.url), tracks.slice(0, 5));
    const again = await newest(who);
    await who.good('undo_change', { change_id: again.change_id });
    assert.deepEqual(await uris(change.url), tracks.slice(0, 3));
    await who.bad('undo_change', { change_id: undoing.change_id }, /undone already/);
  });

  test('30 days: then it is gone from the list, and not to be undone', async () => {
    const who = await newcomer(), change = await changed(who);
    const uuid = change.id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const age = span => database.sql(`UPDATE tonearm.change SET created_at = now() - interval '${span}' WHERE id = '${uuid}'`);
    age('29 days 23 hours 59 minutes');
    const list = (await who.good('list_changes')).changes;
    assert.deepEqual(list.at(-1).change_id, change.id);
    assert.equal((await who.good('undo_change', { change_id: change.id, dry_run: true })).dry_run, true);
    age('30 days 1 second');
    assert.ok(!(await who.good('list_changes')).changes.some(c => c.change_id === change.id));
    const since = await who.mark();
    for (const more of [{}, { dry_run: true }, { finish: true }]) await who.bad('undo_change', { change_id: change.id, ...more }, NONE);
    assert.deepEqual(await since(), []);
  });

  test('a list is paged through; a cursor that is another\'s, old or spoilt is refused', async () => {
    const who = await newcomer(), other = await newcomer();
    for (let i = 0; i < 3; i++) await changed(who);
    await changed(other);
    const all = (await who.good('list_changes')).changes.map(change => change.change_id);
    assert.equal(all.length, 6);
    for (const limit of [1, 2, 5, 6]) {
      const { items, count } = await who.pages('list_changes', { limit }, { member: 'changes' });
      assert.deepEqual(items.map(change => change.change_id), all);
      assert.equal(count, Math.ceil(6 / limit));
    }
    const { cursor } = await who.good('list_changes', { limit: 2 }), theirs = (await other.good('list_changes', { limit: 1 })).cursor;
    const elsewhere = (await who.good('search', { query: 'the', types: ['track'], limit: 1 })).cursor;
    const flipped = (cursor[5] === 'A' ? 'B' : 'A');
    for (const spoilt of [theirs, elsewhere, 'x', cursor.slice(0, -4), `${cursor}AAAA`, cursor.slice(0, 5) + flipped + cursor.slice(6), '===='])
      await who.bad('list_changes', { limit: 2, cursor: spoilt }, /cursor does not belong to this question/);
    await who.bad('list_changes', { cursor: 'A'.repeat(65) }, /cursor/);
    for (const limit of [0, 51, 'many']) await who.bad('list_changes', { limit }, /limit/);
    // What is new since does not shift the pages.
    await changed(who);
    assert.deepEqual((await who.good('list_changes', { limit: 4, cursor })).changes.map(change => change.change_id), all.slice(2));
  });

  test('a playlist that is gone, closed or handed to another since', async () => {
    const who = await newcomer(), gone = await changed(who);
    await stage.sandbox.post('playlist', { id: idOf(gone.url), gone: true });
    const mark = await who.mark();
    await who.bad('undo_change', { change_id: gone.id }, /nothing under that id.*deleted/);
    await who.bad('undo_change', { change_id: gone.id, dry_run: true }, /nothing under that id/);
    assert.ok((await mark()).every(r => r.method === 'GET'));
    assert.equal((await newest(who)).can_undo, true);

    // Shared by another, who takes it back.
    const owner = await newcomer(), { id } = await stage.sandbox.post('playlist', {
      owner: owner.user, name: 'Shared', uris: tracks.slice(0, 3).map(url => `spotify:track:${idOf(url)}`), collaborators: [who.user], public: false });
    const url = `https://open.spotify.com/playlist/${id}`;
    await who.good('add_to_playlist', { playlist: url, uris: tracks.slice(3, 5) });
    const shared = { url, id: (await newest(who)).change_id };
    await stage.sandbox.post('playlist', { id, collaborators: [] });
    // With extended quota it can still be read, and is found closed when it is to be changed.
    await who.bad('undo_change', { change_id: shared.id }, stage.extended ? /Nothing was changed.*only by its owner and collaborators|Nothing was changed.*changed only by/s :
      /entries of "Shared" are closed.*Nothing was changed/);
    await untouched(who, shared);
    await stage.sandbox.post('playlist', { id, collaborators: [who.user] });
    await undone(who, shared);

    // Deleted by the person: what was in it is still to be had, and comes back as it was.
    const mine = await changed(who);
    await who.good('delete_playlist', { playlist: mine.url });
    const [deleted] = (await who.good('list_changes')).changes;
    await undone(who, mine);
    await who.good('undo_change', { change_id: deleted.change_id });
    assert.deepEqual(await uris(mine.url), tracks.slice(0, 3));
  });

  test('Spotify is down, answers with nonsense, refuses: nothing is changed, and later it goes', async () => {
    const who = await newcomer();
    for (const [kind, says] of [['html', /does not answer properly/], ['forbidden', /does not open|closed/]]) {
      const change = await changed(who);
      await who.fault(kind, '/v1/playlists', { method: 'GET', count: -1 });
      const text = await who.bad('undo_change', { change_id: change.id }, says);
      await who.bad('undo_change', { change_id: change.id, dry_run: true }, says);
      await stage.calm();
      assert.doesNotMatch(text, /without_undo/);
      const write = await who.fault(kind, '/v1/playlists', { method: 'DELETE', count: -1 });
      await who.bad('undo_change', { change_id: change.id }, /Nothing was changed/);
      await write.off();
      const list = (await who.good('list_changes')).changes;
      assert.equal(list.find(c => c.change_id === change.id).state, 'done');
      assert.ok(!list.some(c => c.state === 'undone' && c.change_id !== change.id && c.url === change.url));
      await undone(who, change);
    }
  });

  test('an answer that breaks off: what came of it is found out', async () => {
    const who = await newcomer();
    for (const kind of ['cutoff', 'hang', 'bad_gateway']) {
      const entries = await changed(who);
      await who.fault(kind, '/v1/playlists', { method: 'DELETE', ms: 300 });
      await undone(who, entries);
      await stage.calm();
      await who.good('update_playlist', { playlist: entries.url, name: 'Another name' });
      const [renamed] = (await who.good('list_changes')).changes;
      // Setting a name back may be repeated, so it takes more than one broken answer.
      const put = await who.fault(kind, '/v1/playlists', { method: 'PUT', ms: 300, count: -1 });
      const result = await who.raw('undo_change', { change_id: renamed.change_id });
      await put.off();
      const { name } = await stage.stored(idOf(entries.url)), [undoing, was] = (await who.good('list_changes')).changes;
      if (kind === 'cutoff') {
        assert.match(name, /^Errors/);
        assert.deepEqual([undoing.state, was.state], ['done', 'undone'], JSON.stringify([undoing, was]));
      } else {
        assert.equal(name, 'Another name');
        assert.equal(result.isError, true, JSON.stringify(result));
        assert.ok(['nothing', 'partly'].includes(undoing.state) && was.state === 'done', JSON.stringify([undoing, was]));
        assert.equal((await who.good('undo_change', { change_id: renamed.change_id })).undone, true);
        assert.match((await stage.stored(idOf(entries.url))).name, /^Errors/);
      }
      await who.good('save_to_library', { uris: tracks });
      const saved = await newest(who);
      const taken = await who.fault(kind, '/v1/me/library', { method: 'DELETE', ms: 300, count: -1 });
      const first = await who.raw('undo_change', { change_id: saved.change_id });
      await taken.off();
      const left = (await who.good('check_library', { uris: tracks })).saved;
      assert.equal(left, kind === 'cutoff' ? 0 : tracks.length);
      if (kind !== 'cutoff') {
        assert.ok(first.isError || first.structuredContent.undone === false, JSON.stringify(first));
        assert.match(textOf(first), /not known|does not answer/);
        assert.equal((await who.good('undo_change', { change_id: saved.change_id })).undone, true);
        assert.equal((await who.good('check_library', { uris: tracks })).saved, 0);
      }
    }
  });

  test('a Spotify permission that was not given: which, and where to sign in', async () => {
    const scope = everyScope.split(' ').filter(s => s !== 'playlist-modify-public').join(' ');
    const who = await newcomer({ scope }), { id } = await stage.sandbox.post('playlist', {
      owner: who.user, name: 'Soon public', uris: tracks.slice(0, 3).map(url => `spotify:track:${idOf(url)}`), public: false });
    const url = `https://open.spotify.com/playlist/${id}`;
    await who.good('add_to_playlist', { playlist: url, uris: tracks.slice(3, 5) });
    const change = { url, id: (await newest(who)).change_id };
    await stage.sandbox.post('playlist', { id, public: true });
    await who.bad('undo_change', { change_id: change.id }, new RegExp(`playlist-modify-public.*Sign in again at ${stage.system.url}/login`, 's'));
    await untouched(who, change);
    await stage.sandbox.post('playlist', { id, public: false });
    await undone(who, change);
  });

  test('a connection sees and undoes what it may: its own permissions', async () => {
    const juniper = await stage.as('juniper'), caller = async (...access) => willing(new Caller(stage, { user: juniper.user, access: juniper.access,
      token: await makeToken(juniper.person, { access, label: access.join() }) }));
    await willing(juniper);
    const lists = await caller('playlists:write'), library = await caller('library:write');
    const readers = [await caller('playlists:read'), await caller('library:read')], player = await caller('playback:control', 'history:read');
    const tools = async who => (await (await who.connect()).list()).map(tool => tool.name).filter(name => /_changes?$/.test(name)).sort();
    assert.deepEqual(await tools(juniper), ['list_changes', 'undo_change']);
    assert.deepEqual(await tools(lists), ['list_changes', 'undo_change']);
    assert.deepEqual(await tools(library), ['list_changes', 'undo_change']);
    for (const reader of readers) assert.deepEqual(await tools(reader), ['list_changes']);
    assert.deepEqual(await tools(player), []);

    const before = (await juniper.good('list_changes')).returned;
    assert.equal(before, 0);
    const change = await changed(juniper);
    await juniper.good('save_to_library', { uris: [tracks[7]] });
    const saved = await newest(juniper);
    assert.match(saved.what, /Saved to the library/);
    const kinds = async who => (await who.good('list_changes')).changes.map(c => c.change_id);
    assert.ok((await kinds(juniper)).includes(saved.change_id) && (await kinds(juniper)).includes(change.id));
    for (const who of [lists, readers[0]]) assert.ok((await kinds(who)).includes(change.id) && !(await kinds(who)).includes(saved.change_id));
    for (const who of [library, readers[1]]) assert.deepEqual(await kinds(who), [saved.change_id]);
    // The first page is not empty because its first change is not shown.
    assert.deepEqual((await lists.good('list_changes', { limit: 1 })).changes.map(c => c.change_id), [change.id]);
    for (let i = 0; i < 3; i++) await changed(juniper);
    const page = await library.good('list_changes', { limit: 2 });
    assert.deepEqual(page.changes.map(c => c.change_id), [saved.change_id]);
    assert.equal(page.cursor, undefined);
    assert.equal((await lists.pages('list_changes', { limit: 3 }, { member: 'changes' })).items.length, 8);

    await lists.bad('undo_change', { change_id: saved.change_id }, /takes the permission library:write.*account page/s);
    await library.bad('undo_change', { change_id: change.id }, /takes the permission playlists:write.*account page/s);
    for (const reader of [...readers, player]) await reader.bad('undo_change', { change_id: saved.change_id }, /permission.*not given/s);
    await player.bad('list_changes', {}, /permission.*not given/s);
    assert.equal((await juniper.good('check_library', { uris: [tracks[7]] })).saved, 1);
    assert.equal((await library.good('undo_change', { change_id: saved.change_id })).undone, true);
    assert.equal((await juniper.good('check_library', { uris: [tracks[7]] })).saved, 0);
    assert.equal((await lists.good('undo_change', { change_id: change.id })).undone, true);
    assert.deepEqual(await uris(change.url), tracks.slice(0, 3));
    // Another's playlist that was followed along with what was saved.
    const foreign = `https://open.spotify.com/playlist/${(await stage.sandbox.post('playlist', { owner: 'otter', name: 'Of another', uris: [] })).id}`;
    await juniper.good('save_to_library', { uris: [tracks[8], foreign] });
    const both = await newest(juniper);
    await library.bad('undo_change', { change_id: both.change_id }, /playlists in this change.*playlists:write.*account page/s);
    assert.equal((await juniper.good('check_library', { uris: [tracks[8], foreign] })).saved, 2);
    assert.equal((await juniper.good('undo_change', { change_id: both.change_id })).undone, true);
    assert.equal((await juniper.good('check_library', { uris: [tracks[8], foreign] })).saved, 0);
    for (const who of [lists, library, ...readers, player]) await (await who.connect()).close();
  });

  /* --- the ends of patience: last, for they hold for everybody ------------------ */

  for (const [kind, says] of [['rate_limit', /pause.*in \d+ seconds/s], ['quota_exceeded', /allowance.*used up.*in \d+ seconds/s]])
    test(`${kind}: told with its end, nothing is changed, the list needs no Spotify, and later it goes`, async () => {
      const who = await newcomer(), entries = await changed(who);
      const limit = await who.fault(kind, '/v1/playlists', { method: 'DELETE', retry_after: 7 }), began = Date.now();
      await who.bad('undo_change', { change_id: entries.id }, says);
      await limit.off();
      const since = await who.mark();
      assert.match(await who.bad('undo_change', { change_id: entries.id }, says), /in \d+ seconds/);
      assert.deepEqual(await since(), []);
      const list = (await who.good('list_changes')).changes;
      assert.equal(list.find(c => c.change_id === entries.id).can_undo, true);
      assert.ok(list.filter(c => /^Undid/.test(c.what)).every(c => c.state === 'nothing' && !c.can_undo), JSON.stringify(list));
      await sleep(Math.max(0, 7200 - (Date.now() - began)));
      await until('the end of the block', async () => (await who.raw('undo_change', { change_id: entries.id })).structuredContent?.undone, 2000);
      assert.deepEqual(await uris(entries.url), tracks.slice(0, 3));
    });
})));
