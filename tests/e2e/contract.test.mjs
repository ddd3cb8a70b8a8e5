// Both sides of the contract with Spotify, checked by a third party: what the
// tools ask and what the sandbox answers, in development mode and without faults.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Contract, noContract } from './lib/contract.mjs';
import { member } from './lib/journey.mjs';
import { call, modern } from './lib/rpc.mjs';
import { System, freePort } from './lib/system.mjs';

// The frame of a JPEG around nothing: start, a JFIF header, end.
const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, ...Buffer.from('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 0, 0, 0xff, 0xd9]).toString('base64');

let contract, system, listed;
const called = new Set();
before(async () => {
  if (noContract) return;
  const sandboxPort = await freePort();
  contract = await Contract.start(`http://127.0.0.1:${sandboxPort}`);
  system = await System.start({ name: 'contract', sandboxPort,
    env: { TONEARM_SPOTIFY_API_URL: contract.url, TONEARM_SPOTIFY_SANDBOX: 'yes' } });
});
after(async () => {
  await system?.stop();
  await contract?.stop();
});

/** A person who calls tools. */
async function caller(user) {
  const who = await member(system, user);
  const answer = await modern(who.endpoint, who.token, 'tools/list');
  listed = answer.json.result.tools.map(tool => tool.name);
  return async (name, args = {}) => {
    const result = await call(who.endpoint, who.token, name, args);
    assert.ok(!result.isError, `${name} ${JSON.stringify(args)}: ${result.content.map(c => c.text).join('\n').slice(0, 600)}`);
    called.add(name);
    return result.structuredContent;
  };
}

/** What has come up so far; names the calls. */
function holds() {
  const lines = contract.violations.map(v => `${v.call} (${v.status}): ${v.found}`);
  assert.equal(lines.length, 0, lines.join('\n').slice(0, 4000));
}

const urls = found => found.items.map(item => item.url);

test('reading keeps to the contract', { skip: noContract }, async () => {
  const tool = await caller('juniper');
  await tool('get_status');
  const tracks = urls(await tool('search', { query: 'rain', limit: 25 }));
  const mixed = await tool('search', { query: 'the', limit: 5, types: ['track', 'album', 'artist', 'playlist', 'show', 'episode', 'audiobook'] });
  const of = kind => urls(mixed).filter(url => url.includes(`/${kind}/`));
  assert.ok(of('album').length > 0 && of('artist').length > 0 && of('show').length > 0, JSON.stringify(urls(mixed)));
  await tool('get_items', { uris: urls(mixed).slice(0, 15) });
  for (const kind of ['album', 'artist', 'show'])
    await tool('list_contents', { uri: of(kind)[0] });
  for (const kind of ['tracks', 'albums', 'artists', 'shows', 'episodes', 'audiobooks'])
    await tool('get_library', { kind });
  await tool('check_library', { uris: tracks.slice(0, 20) });
  for (const [kind, range] of [['tracks', 'short_term'], ['artists', 'long_term']])
    await tool('get_top_items', { kind, time_range: range });
  await tool('get_recently_played', { limit: 20 });
  for (const name of ['get_playback', 'get_queue', 'list_devices'])
    await tool(name);
  const lists = (await tool('list_playlists', { limit: 50 })).playlists.map(list => list.url);
  await tool('get_playlist', { playlist: 'Odds and Ends' });
  await tool('get_playlist', { playlist: lists[1] });
  await tool('compare_playlists', { a: 'Morning Coffee', b: 'Odds and Ends' });
  for (const format of ['csv', 'm3u', 'json'])
    await tool('export_playlist', { playlist: 'Odds and Ends', format });
  await tool('list_changes');
  holds();
});

test('much and odd data keeps to the contract', { skip: noContract }, async () => {
  const tool = await caller('wren');
  for (const kind of ['artists', 'episodes', 'audiobooks'])
    await tool('get_library', { kind, limit: 50 });
  for (let cursor, n = 0; n < 6; n++)
    ({ cursor } = await tool('get_playlist', { playlist: 'Everything Ever', limit: 50, ...(cursor ? { cursor } : {}) }));
  await tool('get_recently_played');
  holds();
});

test('changing playlists and the library keeps to the contract', { skip: noContract }, async () => {
  const tool = await caller('marlow');
  const tracks = urls(await tool('search', { query: 'a', limit: 30 }));
  const made = await tool('create_playlist', { name: 'By the book', description: 'a & b', public: false, uris: tracks.slice(0, 12) });
  assert.ok(made);
  await tool('add_to_playlist', { playlist: 'By the book', uris: tracks.slice(10, 30), position: 2 });
  await tool('update_playlist', { playlist: 'By the book', description: 'c' });
  await tool('set_playlist_cover', { playlist: 'By the book', image: JPEG });
  await tool('remove_from_playlist', { playlist: 'By the book', uris: [tracks[3]] });
  await tool('reorder_playlist', { playlist: 'By the book', from: 0, count: 2, to: 5 });
  await tool('dedupe_playlist', { playlist: 'By the book', match: 'id' });
  await tool('combine_playlists', { playlists: ['By the book', 'Long Drive'], mode: 'union', into_name: 'Both at once' });
  await tool('import_tracks', { lines: ['Morning Coffee, Second Cup'], name: 'From a list' });
  await tool('replace_playlist', { playlist: 'By the book', uris: tracks.slice(0, 3) });
  await tool('delete_playlist', { playlist: 'By the book' });
  // Back out of the trash, then the entries that were replaced.
  for (const { change_id } of (await tool('list_changes')).changes.slice(0, 2)) await tool('undo_change', { change_id });
  await tool('save_to_library', { uris: tracks.slice(0, 5) });
  await tool('remove_from_library', { uris: tracks.slice(0, 5) });
  holds();
});

test('playing keeps to the contract', { skip: noContract }, async () => {
  const tool = await caller('marlow');
  const tracks = urls(await tool('search', { query: 'rain', limit: 5 }));
  await tool('play', { uris: tracks, device: 'Work Computer' });
  await tool('set_playback_mode', { shuffle: false, repeat: 'off' });
  await tool('add_to_queue', { uris: tracks.slice(2, 4) });
  await tool('skip', { direction: 'next' });
  await tool('seek', { position_ms: 30000 });
  await tool('set_volume', { percent: 30 });
  await tool('get_queue');
  await tool('transfer_playback', { device: 'Living Room', play: true });
  await tool('get_playback');
  await tool('pause');
  await tool('play', { playlist: 'Long Drive' });
  holds();
});

test('every tool was called, and Prism did see them', { skip: noContract }, () => {
  assert.deepEqual(listed.filter(name => !called.has(name)), []);
  assert.ok(contract.calls > 60, `${contract.calls} calls`);
  assert.ok(contract.seen.has('POST /v1/playlists/{id}/items') && contract.seen.has('PUT /v1/me/player/play'), [...contract.seen].join(', '));
});

test('what is wrong is found: a page of 51 and a path that is closed', { skip: noContract }, async () => {
  const before = contract.violations.length;
  for (const path of ['/me/playlists?limit=51', '/browse/new-releases'])
    await (await fetch(contract.url + path, { headers: { authorization: 'Bearer nonsense' } })).text();
  assert.equal(contract.violations.length, before + 2);
  contract.violations.length = before;
});
