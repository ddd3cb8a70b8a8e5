// The reading tools through the SDK's client against the sandbox, in development
// and in extended mode: what they say when all is well, and when it is not.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { makeToken } from './lib/journey.mjs';
import { Caller, MODES, Stage, cancelled, idOf, linkOf, textOf } from './lib/tools.mjs';

const KINDS = ['track', 'album', 'artist', 'playlist', 'show', 'episode', 'audiobook'];
const LIBRARY = ['tracks', 'albums', 'artists', 'shows', 'episodes', 'audiobooks'];
const NOWHERE = 'https://open.spotify.com/track/0000000000000000000000';
const urls = found => found.items.map(item => item.url);

describe('reading', { concurrency: 2 }, () => MODES.forEach(mode => describe(mode, { concurrency: 1 }, () => {
  let stage, juniper, wren, marlow, album, track, unanswered;
  before(async () => {
    stage = await Stage.start(mode, { name: 'tools-read' });
    [juniper, wren, marlow] = await Promise.all(['juniper', 'wren', 'marlow'].map(user => stage.as(user)));
    // The SDK holds every answer against the published schema once it has the list.
    for (const who of [juniper, wren, marlow]) await (await who.connect()).list();
    [{ items: [album] }, { items: [track] }] = await Promise.all([{ query: 'a', types: ['album'] }, { query: 'quiet' }].map(args => juniper.good('search', args)));
  });
  after(() => stage?.stop());

  /** A question that Spotify never answers goes on beside the other tests. */
  before(async () => {
    const who = await stage.one(), began = Date.now();
    await stage.sandbox.post('faults', { kind: 'hang', path: '/v1/search', user: who.user, count: -1, ms: 90000 });
    unanswered = who.raw('search', { query: 'anybody there' }, { timeout: 80000 })
      .then(result => ({ result, ms: Date.now() - began, user: who.user }), error => ({ error }));
  });
  const extended = mode === 'extended';

  test('all kinds are found, with a link each that the other tools take', async () => {
    const found = await juniper.good('search', { query: 'the', types: KINDS, limit: 5 });
    for (const kind of KINDS) assert.ok(found.items.some(item => item.type === kind), `no ${kind}`);
    assert.equal(found.returned, found.items.length);
    assert.deepEqual(Object.keys(found.totals).sort(), [...KINDS].sort());
    const few = found.items.filter((item, i) => found.items.findIndex(other => other.type === item.type) === i);
    const details = await juniper.good('get_items', { uris: few.map(item => item.url) });
    assert.deepEqual(details.items.map(item => item.name), few.map(item => item.name));
    assert.deepEqual(details.items.map(item => item.type), few.map(item => item.type));
    assert.match(details.items.find(item => item.type === 'track').isrc, /^[A-Z0-9]{12}$/);
    assert.equal(details.requested, few.length);
    for (const [kind, inside] of [['album', 'tracks'], ['artist', 'albums'], ['show', 'episodes'], ['audiobook', 'chapters']]) {
      const url = kind === 'audiobook' ? few.find(item => item.type === kind).url : few.find(item => item.type === kind).url;
      const listed = await juniper.good('list_contents', { uri: url, limit: 3 });
      assert.equal(listed.kind, inside);
      assert.ok(listed.returned > 0 && listed.total >= listed.returned);
    }
    // Field filters reach Spotify as they are.
    const [track] = details.items.filter(item => item.type === 'track');
    assert.deepEqual(urls(await juniper.good('search', { query: `isrc:${track.isrc}` })), [track.url]);
    assert.equal((await juniper.good('search', { query: 'zzqxj vvvkk' })).returned, 0);
  });

  test('search goes past the pages of ten, to the thousandth and no further', async () => {
    const since = await juniper.mark();
    const { items, count } = await juniper.pages('search', { query: 'the', limit: 50 });
    assert.equal(new Set(urls({ items })).size, items.length, 'something came twice');
    assert.ok(items.length > 500, `${items.length} found`);
    for (const { path } of await since()) {
      const q = new URLSearchParams(path.split('?')[1]);
      assert.ok(Number(q.get('limit')) <= 10 && Number(q.get('offset')) + Number(q.get('limit')) <= 1000, path);
    }
    assert.ok(count >= items.length / 50);
  });

  test('the library in all its kinds, more than a thousand of one', async () => {
    const kept = new Set(urls(await juniper.pages('get_library', { kind: 'tracks' })));
    const other = (await juniper.good('search', { query: 'a', limit: 50 })).items.find(item => !kept.has(item.url));
    for (const kind of LIBRARY) {
      const all = await juniper.pages('get_library', { kind, limit: 50 });
      assert.ok(all.items.length > 0 && all.items.length === all.last.total, `${kind}: ${all.items.length} of ${all.last.total}`);
      const saved = all.items.filter(item => item.url).map(item => item.url);
      const check = await juniper.good('check_library', { uris: [...saved.slice(0, 60), other.url] });
      assert.equal(check.saved, Math.min(saved.length, 60));
      assert.equal(check.not_saved, 1);
      assert.equal(check.items.at(-1).saved, false);
    }
    const much = await stage.one(), { entries } = await stage.stored(idOf((await wren.good('list_playlists')).playlists[0].url));
    const wanted = [...new Set(entries.map(e => e.u).filter(uri => uri?.startsWith('spotify:track:')))].slice(0, 1040);
    for (let i = 0; i < wanted.length; i += 40) await much.api('PUT', `/me/library?uris=${wanted.slice(i, i + 40).join(',')}`);
    const tracks = await much.pages('get_library', { kind: 'tracks', limit: 50 });
    assert.ok(tracks.items.length >= 1000 && tracks.items.length === tracks.last.total);
    assert.ok(tracks.sizes.every(n => n < 12288), `a page of ${Math.max(...tracks.sizes)} bytes`);
    const links = new Set(urls(tracks));
    assert.deepEqual(wanted.map(linkOf).filter(url => !links.has(url)), []);
    // A word is looked for in 500 entries a call, and the cursor goes on from there.
    const word = tracks.items[900].name.split(' ')[0];
    const found = await much.pages('get_library', { kind: 'tracks', contains: word, limit: 50 });
    assert.ok(found.count >= 3, `${found.count} calls`);
    assert.deepEqual(urls(found), urls({ items: tracks.items.filter(item =>
      [item.name, item.by, item.album].some(text => text?.toLowerCase().includes(word.toLowerCase()))) }));
  });

  test('a playlist of more than a thousand, by pages and as files', async () => {
    const listed = await wren.good('list_playlists', { name_contains: 'everything' });
    assert.equal(listed.playlists[0].owned, true);
    const [{ url }] = listed.playlists, { entries } = await stage.stored(idOf(url)), links = entries.map(e => linkOf(e.u));
    assert.ok(links.length > 1000);
    const { items, sizes } = await wren.pages('get_playlist', { playlist: 'Everything Ever', limit: 50 });
    assert.deepEqual(urls({ items }), links);
    assert.ok(sizes.every(n => n < 12288), `a page of ${Math.max(...sizes)} bytes`);
    const files = { csv: '', m3u: '', json: [] };
    for (const format of Object.keys(files)) {
      let cursor, parts = 0;
      do {
        const result = await wren.raw('export_playlist', { playlist: url, format, ...(cursor ? { cursor } : {}) });
        assert.ok(!result.isError, textOf(result));
        const { resource } = result.content.find(block => block.type === 'resource');
        assert.ok(resource.text.length <= 40000 && resource.uri.includes(idOf(url)));
        if (format === 'json') files.json.push(...JSON.parse(resource.text).entries);
        else files[format] += resource.text;
        ({ cursor } = result.structuredContent);
        parts++;
      } while (cursor && parts < 20);
      assert.ok(parts > 2);
    }
    const rows = files.csv.trim().split('\r\n');
    assert.equal(rows.length, links.length + 1);
    assert.deepEqual(rows.slice(1).map(row => row.match(/"(https:[^"]*)"/)[1]), links);
    assert.deepEqual(files.m3u.trim().split('\n').filter(line => !line.startsWith('#')), links);
    assert.deepEqual(files.json.map(entry => entry.url), links);
    assert.deepEqual(files.json.map(entry => entry.number), links.map((_, i) => i + 1));
  });

  test('more than a thousand playlists, and a name among them', async () => {
    const collector = await stage.one();
    for (let i = 0; i < 1010; i += 10)
      await Promise.all(Array.from({ length: 10 }, (_, k) => stage.sandbox.post('playlist',
        { owner: collector.user, name: `Shelf ${i + k}${[3, 500, 1004].includes(i + k) ? ' needle' : ''}` })));
    const all = await collector.pages('list_playlists', { limit: 50 }, { member: 'playlists' });
    assert.equal(all.items.length, 1012);
    assert.equal(new Set(all.items.map(item => item.url)).size, 1012);
    const some = await collector.pages('list_playlists', { name_contains: 'NEEDLE' }, { member: 'playlists' });
    assert.deepEqual(some.items.map(item => item.name).sort(), ['Shelf 1004 needle', 'Shelf 3 needle', 'Shelf 500 needle']);
    assert.ok(some.count >= 3, 'one call looked through everything');
    assert.deepEqual((await collector.good('list_playlists', { owned_only: true, limit: 1 })).playlists.map(item => item.owned), [true]);
  });

  test('local files, gaps and episodes stay what they are', async () => {
    const odd = await juniper.good('get_playlist', { playlist: 'odds and ends' });
    assert.deepEqual(odd.items.map(item => item.type), ['track', 'local', 'unavailable', 'episode', 'track', 'track']);
    assert.equal(odd.total, 6);
    assert.equal(odd.items[1].name, 'Home Demo');
    assert.equal(odd.items[1].url, undefined);
    assert.equal(odd.items[5].added, undefined);
    assert.match(odd.text, /3\. \(no longer available\)/);
    const file = async format => (await juniper.raw('export_playlist', { playlist: odd.url, format })).content
      .find(block => block.type === 'resource').resource.text;
    const json = JSON.parse(await file('json')).entries;
    assert.deepEqual(json.map(entry => entry.url ?? null), odd.items.map(item => item.url ?? null));
    assert.match(json[1].uri, /^spotify:local:/);
    assert.match(await file('m3u'), /# 2 has no link: .*Home Demo\n# 3 has no link: no longer available\n/);
    assert.equal((await file('csv')).trim().split('\r\n').length, 7);
    const compared = await juniper.good('compare_playlists', { a: 'Odds and Ends', b: 'Morning Coffee' });
    assert.equal(compared.complete, true);
    // The doubled track counts once, the gap not at all.
    assert.equal(compared.only_in_a + compared.in_both, 4);
    const dead = (await juniper.pages('get_library', { kind: 'episodes' })).items.filter(item => item.type === 'unavailable');
    assert.equal(dead.length, 1);
    assert.equal(dead[0].url, undefined);
    const lost = await juniper.good('get_items', { uris: [odd.items[0].url, NOWHERE] });
    assert.equal(lost.returned, 1);
    assert.match(lost.items[1].problem, /nothing under that id/);
  });

  test('two lists are held against each other, by recording and by link', async () => {
    const [a, b] = [await juniper.pages('get_playlist', { playlist: 'Morning Coffee' }), await juniper.pages('get_playlist', { playlist: 'Rainy Day Window' })];
    const [inA, inB] = [new Set(urls(a)), new Set(urls(b))];
    const found = await juniper.pages('compare_playlists', { a: 'Morning Coffee', b: 'Rainy Day Window', match: 'id', limit: 7 });
    assert.equal(found.last.in_both, [...inA].filter(url => inB.has(url)).length);
    assert.equal(found.last.only_in_a, [...inA].filter(url => !inB.has(url)).length);
    assert.equal(found.last.only_in_b, [...inB].filter(url => !inA.has(url)).length);
    for (const [word, test] of [['only in a', url => inA.has(url) && !inB.has(url)], ['only in b', url => !inA.has(url) && inB.has(url)]])
      assert.ok(found.items.filter(item => item.in === word).every(item => test(item.url)), word);
    assert.equal(found.items.length, new Set([...inA, ...inB]).size);
    const large = await wren.good('compare_playlists', { a: 'Everything Ever', b: (await wren.good('list_playlists')).playlists.at(-1).url })
      .catch(() => undefined);
    if (large) assert.equal(large.complete, false);
    await juniper.bad('compare_playlists', { a: 'Morning Coffee', b: 'Morning Coffee' }, /same playlist/);
  });

  test('the names that fields had before are understood as well', async () => {
    const seen = async () => JSON.stringify([
      await juniper.good('get_playlist', { playlist: 'Odds and Ends' }), await juniper.good('list_playlists'),
      await juniper.good('compare_playlists', { a: 'Morning Coffee', b: 'Odds and Ends' }),
      (await juniper.raw('export_playlist', { playlist: 'Odds and Ends', format: 'json' })).content,
    ]);
    const now = await seen();
    for (const name of ['both_names', 'old_names']) {
      await stage.switches({ [name]: true });
      assert.equal(await seen().finally(() => stage.switches({ [name]: false })), now, name);
    }
  });

  test('another\'s playlist is closed to an application in development, and said to be', async () => {
    const own = (await marlow.good('list_playlists')).playlists.find(list => list.name === 'Everything Ever');
    assert.equal(own.owned, undefined);
    const seen = await marlow.good('get_playlist', { playlist: own.url });
    assert.equal(seen.name, 'Everything Ever');
    assert.equal(seen.owned, false);
    assert.equal(seen.contents, extended ? 'open' : 'closed');
    assert.equal(seen.returned, extended ? 50 : 0);
    if (extended) {
      assert.equal((await marlow.good('export_playlist', { playlist: own.url })).total, 1204);
      return;
    }
    assert.match(seen.text, /only if the user owns it or is a collaborator/);
    await marlow.bad('export_playlist', { playlist: own.url }, /are closed/);
    await marlow.bad('compare_playlists', { a: own.url, b: 'Long Drive' }, /are closed/);
    // Shared ones are open.
    assert.equal((await juniper.good('get_playlist', { playlist: 'Flat Party' })).contents, 'open');
  });

  test('what was heard, what plays, and where it can', async () => {
    const top = {};
    for (const kind of ['tracks', 'artists']) for (const time_range of ['short_term', 'medium_term', 'long_term']) {
      const all = await juniper.pages('get_top_items', { kind, time_range, limit: 15 });
      assert.equal(all.items.length, all.last.total);
      top[kind + time_range] = urls(all).join();
    }
    assert.ok(new Set(Object.values(top)).size > 2, 'the range makes no difference');
    const recent = await juniper.good('get_recently_played', { limit: 50 });
    assert.ok(recent.returned > 30 && recent.items.every(item => item.type === 'track' && item.played_at));
    const middle = recent.items[20].played_at;
    const earlier = await juniper.good('get_recently_played', { before: middle, limit: 50 });
    assert.ok(earlier.items.every(item => item.played_at < middle) && earlier.returned > 0);
    assert.ok((await juniper.good('get_recently_played', { after: middle, limit: 50 })).items.every(item => item.played_at > middle));
    await juniper.bad('get_recently_played', { after: middle, before: middle }, /not both/);
    await juniper.bad('get_recently_played', { after: 'yesterday' }, /is no time/);
    const now = await juniper.good('get_playback'), { state } = await juniper.player();
    assert.equal(now.item.url, linkOf(state.item.uri));
    assert.equal(now.device.name, 'Desk Laptop');
    assert.equal(now.repeat, 'context');
    const queue = await juniper.good('get_queue', { limit: 5 });
    assert.equal(queue.now.url, now.item.url);
    assert.equal(queue.returned, 5);
    const devices = (await juniper.good('list_devices')).devices;
    assert.deepEqual(devices.map(d => d.name).sort(), ['Desk Laptop', 'Kitchen Speaker', 'Pocket Phone']);
    assert.deepEqual(devices.filter(d => d.active).map(d => d.name), ['Desk Laptop']);
    const museum = (await wren.good('list_devices')).devices.find(d => d.name === 'Museum Loudspeaker');
    assert.equal(museum.takes_commands, false);
    const otter = await stage.as('otter');
    assert.equal((await otter.good('list_devices')).devices.length, 0);
    assert.equal((await otter.good('get_playback')).active, false);
    assert.equal((await otter.good('get_queue')).returned, 0);
    await stage.switches({ ad_playing: true });
    const ad = await juniper.good('get_playback');
    await stage.switches({ ad_playing: false });
    assert.equal(ad.kind, 'ad');
    assert.equal(ad.item, undefined);
    assert.match(ad.text, /advertisement/);
  });

  test('the status tells who, how, and what is open', async () => {
    const status = await juniper.good('get_status');
    assert.equal(status.spotify_id, 'juniper');
    assert.equal(status.mode, mode);
    assert.equal(status.sign_in, 'valid');
    assert.equal(status.spotify_answers, true);
    assert.ok(status.spotify_scopes.includes('user-library-read') && status.tonearm_scopes.includes('library:write'));
    assert.match(status.sign_in_ends, /^\d{4}-\d\d-\d\d$/);
  });

  test('long lists inside shows, audiobooks and artists come whole', async () => {
    const saffron = await stage.as('saffron');
    const counts = [];
    for (const { url, count } of (await saffron.pages('get_library', { kind: 'audiobooks' })).items) {
      const { items, last } = await saffron.pages('list_contents', { uri: url, limit: 20 });
      assert.equal(items.length, last.total);
      counts.push(items.length, count);
    }
    assert.ok(counts.includes(64), `${counts}`);
    const [artist] = (await juniper.good('search', { query: 'a', types: ['artist'], limit: 1 })).items;
    const albums = await juniper.pages('list_contents', { uri: artist.url, limit: 4 });
    assert.equal(albums.items.length, albums.last.total);
    // Audiobooks are not to be had everywhere.
    const book = (await saffron.good('get_library', { kind: 'audiobooks' })).items[0].url;
    await marlow.bad('list_contents', { uri: book }, /nothing under that id/);
  });

  test('what was asked wrongly is told before Spotify is asked', async () => {
    const since = await juniper.mark();
    await juniper.bad('list_contents', { uri: track.url }, /single track has nothing inside/);
    await juniper.bad('list_contents', { uri: 'https://open.spotify.com/playlist/37i9dQZF1DXcBWIGoYBM5M' }, /get_playlist/);
    await juniper.bad('list_contents', { uri: 'nonsense' }, /not a Spotify link/);
    await juniper.bad('get_playlist', { playlist: track.url }, /a link to a track, not to a playlist/);
    await juniper.bad('get_items', { uris: Array(21).fill(track.url) });
    await juniper.bad('get_items', { uris: ['nonsense'] }, /"nonsense"/);
    await juniper.bad('search', { query: 'x', types: ['song'] });
    await juniper.bad('search', { query: 'x', limit: 51 });
    await juniper.bad('search', {}, /query/);
    await juniper.bad('search', { query: 'x', cursor: 'AAAA' }, /cursor does not belong/);
    assert.deepEqual((await since()).map(r => r.path), []);
    await juniper.bad('get_playlist', { playlist: 'No Such List' }, /None of .*is called "No Such List"/);
    await stage.sandbox.post('playlist', { owner: 'juniper', name: 'Twin' });
    await stage.sandbox.post('playlist', { owner: 'juniper', name: 'Twin' });
    assert.equal((await juniper.bad('get_playlist', { playlist: 'twin' }, /Several of your playlists/)).match(/open\.spotify\.com/g).length, 2);
    const more = (await juniper.good('get_library', { kind: 'tracks', limit: 5 })).cursor;
    await juniper.bad('get_library', { kind: 'albums', limit: 5, cursor: more }, /cursor does not belong/);
    await wren.bad('get_library', { kind: 'tracks', limit: 5, cursor: more }, /cursor does not belong/);
  });

  test('a permission that is missing at Spotify is named, with the way to give it', async () => {
    const poor = await stage.one({ scope: 'user-read-private' }), login = new RegExp(`${stage.system.url}/login`);
    const own = linkOf(`spotify:playlist:${(await stage.sandbox.post('playlist', { owner: poor.user, name: 'Mine', public: false })).id}`);
    for (const [name, args, scope] of [
      ['get_library', { kind: 'tracks' }, 'user-library-read'], ['get_library', { kind: 'artists' }, 'user-follow-read'],
      ['check_library', { uris: [track.url] }, 'user-library-read'], ['list_playlists', {}, 'playlist-read-private'],
      ['get_top_items', {}, 'user-top-read'], ['get_recently_played', {}, 'user-read-recently-played'],
      ['get_playback', {}, 'user-read-playback-state'], ['get_queue', {}, 'user-read-playback-state'],
      ['list_devices', {}, 'user-read-playback-state'],
    ]) {
      const text = await poor.bad(name, args, new RegExp(scope));
      assert.match(text, login, name);
    }
    assert.ok((await poor.good('search', { query: 'rain' })).returned > 0);
    const status = await poor.good('get_status');
    assert.deepEqual(status.spotify_scopes, ['user-read-private']);
    void own;
  });

  test('a permission that this connection was not given is named', async () => {
    const less = new Caller(stage, { user: 'marlow', token: await makeToken(marlow.person, { access: 'read', label: 'less' }) });
    const listed = (await (await less.connect()).list()).map(tool => tool.name);
    assert.ok(listed.includes('get_playlist') && !listed.includes('play') && !listed.includes('create_playlist'), `${listed}`);
    const since = await less.mark();
    await less.bad('play', {}, /needs the permission playback:control/);
    await less.bad('save_to_library', { uris: [track.url] }, /library:write/);
    assert.deepEqual((await since()).map(r => r.path), []);
    await (await less.connect()).close();
  });

  // --- Spotify in trouble ----------------------------------------------------

  /** Every reading tool: arguments, the beginning of its first path, its family. */
  function readers() {
    return [
      ['search', () => ({ query: 'quiet' }), '/v1/search', 'search'],
      ['get_items', () => ({ uris: [track.url] }), '/v1/tracks/', 'tracks'],
      ['list_contents', () => ({ uri: album.url }), '/v1/albums/', 'albums'],
      ['get_playback', () => ({}), '/v1/me/player', 'player'],
      ['get_queue', () => ({}), '/v1/me/player/queue', 'player'],
      ['list_devices', () => ({}), '/v1/me/player/devices', 'player'],
      ['list_playlists', () => ({}), '/v1/me/playlists', 'playlists'],
      ['get_playlist', who => ({ playlist: who.lists[0] }), '/v1/playlists/', 'playlists'],
      ['compare_playlists', who => ({ a: who.lists[0], b: who.lists[1] }), '/v1/playlists/', 'playlists'],
      ['export_playlist', who => ({ playlist: who.lists[0] }), '/v1/playlists/', 'playlists'],
      ['get_library', () => ({ kind: 'tracks' }), '/v1/me/tracks', 'library'],
      ['check_library', () => ({ uris: [track.url] }), '/v1/me/library/contains', 'library'],
      ['get_top_items', () => ({}), '/v1/me/top', 'listening history'],
      ['get_recently_played', () => ({}), '/v1/me/player/recently-played', 'listening history'],
    ];
  }

  /** A person for each of these tools, with the links of two playlists. */
  async function each(tools, make) {
    stage.readers ??= await stage.fresh(tools.length);
    await Promise.all(tools.map(async ([name, args, path, family], i) => {
      const who = stage.readers[i];
      who.lists ??= (await who.api('GET', '/me/playlists')).items.map(list => linkOf(list.uri));
      await make(who, name, args(who), path, family);
    }));
    await stage.calm();
  }

  const TROUBLE = [
    ['server_error', /does not answer properly at the moment \(HTTP 500\)/], ['bad_gateway', /\(HTTP 502\)/], ['html', /\(HTTP 502\)/],
    ['unavailable', /\(HTTP 503\)/], ['cutoff', /could not be reached/],
    ['expired_token', /refused the access token, also after it was renewed.*\/login/],
  ];

  test('Spotify down, its answers cut off, its tokens refused: each its sentence, and few questions', async () => {
    await each(readers(), async (who, name, args, path, family) => {
      for (const [kind, sentence] of [...TROUBLE, ['forbidden', path === '/v1/playlists/' ? /does not open this playlist/ : new RegExp(`\\(${family}\\) closed`)]]) {
        const since = await who.mark(), fault = await who.fault(kind, path, { count: -1 });
        await who.bad(name, args, sentence);
        const asked = (await since()).length;
        const fired = await fault.fired();
        assert.ok(fired === asked && asked >= 1 && asked <= (kind === 'cutoff' ? 6 : 3), `${name}, ${kind}: asked ${asked} times, ${fired} faults`);
        await fault.off();
      }
    });
  });

  test('one failure on the way is not noticed', async () => {
    for (const kind of ['bad_gateway', 'cutoff', 'expired_token'])
      await each(readers(), async (who, name, args, path) => {
        await who.fault(kind, path);
        await who.good(name, args);
      });
  });

  test('a short pause that Spotify asks for is kept and then forgotten', async () => {
    const who = await stage.one(), began = Date.now();
    await who.fault('rate_limit', '/v1/search', { retry_after: 2 });
    assert.ok((await who.good('search', { query: 'pause' })).returned >= 0);
    assert.ok(Date.now() - began >= 1990, `asked again after ${Date.now() - began} ms`);
    await stage.calm();
    await who.fault('rate_limit_no_header', '/v1/search', { count: -1 });
    await who.bad('search', { query: 'no header' }, /pause and does not say for how long\. Wait at least a minute/);
    await stage.calm();
  });

  test('what was read before a failure is given, with the way to go on', async () => {
    const half = async (name, args, path, skip, list = 'items') => {
      const who = await stage.one();
      for (let i = 0; i < 60; i += 20)
        await Promise.all(Array.from({ length: 20 }, (_, k) => stage.sandbox.post('playlist', { owner: who.user, name: `part ${i + k}` })));
      const fault = await who.fault('unavailable', path, { skip, count: -1 });
      const first = await who.good(name, args);
      assert.match(first.text, /\(HTTP 503\)/, name);
      assert.ok(first.returned > 0 && first.cursor, `${name}: ${first.text}`);
      await fault.off();
      const rest = await who.good(name, { ...args, cursor: first.cursor }), both = [...first[list], ...rest[list]].map(item => item.url);
      assert.ok(rest.returned > 0);
      assert.equal(new Set(both).size, both.length, `${name}: something came twice`);
    };
    await half('search', { query: 'the', limit: 40 }, '/v1/search', 2);
    await half('list_playlists', { name_contains: 'part 1' }, '/v1/me/playlists', 1, 'playlists');
  });

  test('a call that is cancelled half-way asks no more', async () => {
    const [long] = (await wren.good('list_playlists', { name_contains: 'everything' })).playlists;
    for (const [name, args, path, after] of [
      ['search', { query: 'cancelled', limit: 50 }, '/v1/search', 0], ['search', { query: 'the', limit: 50 }, '/v1/search', 2],
      ['export_playlist', { playlist: long.url, format: 'm3u' }, '/v1/playlists/', 1],
      ['get_library', { kind: 'artists', contains: 'zzz' }, '/v1/me/following', 0],
    ]) {
      await cancelled(wren, name, args, after, path);
      // The connection and the worker are as good as before.
      assert.equal((await wren.good('get_status')).spotify_answers, true);
    }
    assert.ok((await wren.good('export_playlist', { playlist: long.url, format: 'm3u' })).returned > 300);
  });

  test('a long call tells how far it is', async () => {
    const told = [], [long] = (await wren.good('list_playlists', { name_contains: 'everything' })).playlists;
    await wren.fault('slow', '/v1/playlists/', { count: -1, ms: 250 });
    await wren.good('export_playlist', { playlist: long.url, format: 'json' }, { onprogress: p => told.push(p.progress) });
    await stage.calm();
    assert.ok(told.length >= 2, `told ${told.length} times`);
    assert.ok(told.every((n, i) => i === 0 || n > told[i - 1]), `${told}`);
  });

  test('an account that the application does not list, and an owner without Premium', async () => {
    const [who] = await stage.fresh(), client_id = extended ? 'tonearm-sandbox-extended' : 'tonearm-sandbox-client';
    await stage.sandbox.post('apps', { client_id, disallow: who.user });
    if (extended) {
      assert.equal((await (await stage.as('quill')).good('get_library')).total, 0);
      assert.ok((await who.good('list_playlists')).total > 0);
      return;
    }
    for (const [name, args] of readers().filter(([name]) => !/playlist$|playlists$/.test(name)).map(([name, make]) => [name, make(who)]))
      await who.bad(name, args, /not on the list of users.*User Management/);
    const status = await who.good('get_status');
    assert.equal(status.spotify_answers, false);
    assert.match(status.problem, /not on the list of users/);
    await stage.sandbox.post('apps', { client_id, allow: who.user });
    await who.good('get_top_items');
    await stage.switches({ owner_premium: false });
    await (await stage.one()).bad('get_top_items', {}, /no active Premium subscription/);
    await stage.switches({ owner_premium: true });
  });

  test('a sign-in that was withdrawn is told with the way back', async () => {
    const who = await stage.one();
    await who.good('get_top_items');
    await stage.sandbox.post('revoke', { user: who.user, access: true });
    assert.match(await who.bad('get_top_items', { kind: 'artists' }, /withdrawn|no longer accepts/), new RegExp(`${stage.system.url}/login`));
    await who.bad('search', { query: 'anything' }, /\/login/);
    assert.notEqual((await who.good('get_status')).sign_in, 'valid');
  });

  test('Spotify that does not answer at all is given up in time', async () => {
    const { result, ms, user, error } = await unanswered;
    assert.ok(!error, `${error}`);
    assert.match(textOf(result), /took too long|longer than 55 seconds|could not be reached/);
    assert.equal(result.isError, true);
    assert.ok(ms > 15000 && ms < 57500, `${ms} ms`);
    const hang = (await stage.sandbox.get('faults')).faults.find(f => f.kind === 'hang' && f.user === user);
    assert.ok(hang.fired >= 1 && hang.fired <= 3, `${hang.fired} questions`);
    await stage.sandbox.delete(`faults?id=${hang.id}`);
  });

  // From here on whole families are closed, for all of the application.

  const WAIT = / in 13 h 3[56] min \(at \d{4}-\d\d-\d\d \d\d:\d\d UTC\)/;

  test('a used-up allowance names the family and the end, and is not asked again', async () => {
    const who = await stage.one(), used = new Set();
    who.lists = (await who.api('GET', '/me/playlists')).items.map(list => linkOf(list.uri));
    for (const [name, make, path, family] of readers()) {
      const since = await who.mark(), said = new RegExp(`allowance of this Spotify application for ${family} is used up`);
      if (!used.has(family)) await who.fault('quota_exceeded', path, { retry_after: 48925 });
      assert.match(await who.bad(name, make(who), said), WAIT, name);
      assert.equal((await since()).length, used.has(family) ? 0 : 1, `${name} asked`);
      used.add(family);
    }
    await stage.calm();
    const { blocked, spotify_answers, text } = await who.good('get_status');
    assert.deepEqual(new Set(blocked.map(b => b.family)), used);
    // An end is kept in whole seconds and never too early.
    assert.ok(blocked.every(b => b.seconds > 48000 && b.seconds <= 48926));
    assert.equal(spotify_answers, true);
    for (const family of used) assert.match(text, new RegExp(`allowance for ${family} is used up`));
  });

  test('a long pause is told at once, to the second, and nothing is asked meanwhile', async () => {
    const who = await stage.one(), show = 'https://open.spotify.com/show/0000000000000000000000';
    await who.fault('rate_limit_plain', '/v1/shows');
    await who.bad('list_contents', { uri: show }, /to pause\. Try again in 5 h 1[78] min/);
    await stage.calm();
    const since = await who.mark();
    await who.bad('get_items', { uris: [show.replace('show', 'artist')] }, /to pause\. Try again in 5 h 1[78] min/);
    const status = await who.good('get_status');
    assert.ok(status.pause_seconds > 19000 && status.pause_seconds <= 19057, status.text);
    assert.equal((await since()).length, 0);
  });
})));
