// A Spotify that answers 200 with something else than was asked for: nothing, another
// kind of JSON, an object without what it is about, an error in a success.  Whoever
// asked is told that it could not be read; nobody hears that he has no playlists, that
// a song is gone or that nothing is playing, and nothing is changed on such a word.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Stage, textOf } from './lib/stage.mjs';

const UNREADABLE = /could not be read/;
const NO_OBJECT = ['[]', '"text"', '7', 'null', '<html></html>', '{"name":'];
const NOTHING_IN_IT = ['{}', '{"items":null,"total":3}', '{"tracks":{"items":null}}', '{"total":"many"}'];

describe('odd answers of Spotify', { concurrency: 1 }, () => {
  let stage, juniper, tracks, album, artist, show, mine, other, id;

  before(async () => {
    stage = await Stage.start({ name: 'odd-answers' });
    juniper = await stage.person('juniper');
    const found = async (type, limit = 1) => (await juniper.does('search', { query: 'the', types: [type], limit })).items.map(item => item.url);
    tracks = await found('track', 8);
    [[album], [artist], [show]] = await Promise.all(['album', 'artist', 'show'].map(type => found(type)));
    ({ url: mine } = await juniper.does('create_playlist', { name: 'Odd', uris: tracks.slice(0, 3) }));
    id = mine.split('/').pop();
    ({ url: other } = await juniper.does('create_playlist', { name: 'Even', uris: tracks.slice(2, 5) }));
  });
  after(() => stage?.stop());

  /** Tools, and the question whose answer is spoilt. */
  const asks = () => [
    ['search', { query: 'the' }, '/v1/search'],
    ['play', { query: 'the' }, '/v1/search'],
    ['get_items', { uris: [tracks[4]] }, '/v1/tracks'],
    ['get_items', { uris: [show] }, '/v1/shows'],
    ['get_items', { uris: [mine] }, '/v1/playlists'],
    ['list_contents', { uri: album }, '/v1/albums'],
    ['list_contents', { uri: artist }, '/v1/artists'],
    ['list_contents', { uri: show }, '/v1/shows'],
    ['get_playback', {}, '/v1/me/player'],
    ['get_queue', {}, '/v1/me/player/queue'],
    ['list_devices', {}, '/v1/me/player/devices'],
    ['list_playlists', {}, '/v1/me/playlists'],
    ['get_playlist', { playlist: 'Odd' }, '/v1/me/playlists'],
    ['get_playlist', { playlist: mine }, `/v1/playlists/${id}`],
    ['compare_playlists', { a: mine, b: other }, `/v1/playlists/${id}`],
    ['export_playlist', { playlist: mine, format: 'csv' }, `/v1/playlists/${id}`],
    ...['tracks', 'albums', 'artists', 'shows', 'episodes', 'audiobooks'].map(kind => ['get_library', { kind }, '/v1/me/']),
    ['check_library', { uris: tracks.slice(0, 2) }, '/v1/me/library/contains'],
    ['get_top_items', { kind: 'artists' }, '/v1/me/top'],
    ['get_recently_played', {}, '/v1/me/player/recently-played'],
    ['add_to_playlist', { playlist: mine, uris: [tracks[5]], skip_duplicates: true }, `/v1/playlists/${id}`],
    ['remove_from_playlist', { playlist: mine, uris: [tracks[0]] }, `/v1/playlists/${id}`],
    ['dedupe_playlist', { playlist: mine }, `/v1/playlists/${id}`],
    ['replace_playlist', { playlist: mine, uris: [tracks[6]] }, `/v1/playlists/${id}`],
    ['reorder_playlist', { playlist: mine, sort_by: 'name', descending: true }, `/v1/playlists/${id}`],
    ['combine_playlists', { playlists: [mine, other], mode: 'union', into_name: 'Never made' }, `/v1/playlists/${id}`],
    ['update_playlist', { playlist: mine, description: 'never set' }, `/v1/playlists/${id}`],
    ['delete_playlist', { playlist: mine }, `/v1/playlists/${id}`],
    ['remove_from_library', { uris: [tracks[0]] }, '/v1/me/library/contains'],
  ];

  /** The tool's answer while every such question is answered with this. */
  async function told(name, args, path, answer) {
    const { id: fault } = await stage.sandbox.post('faults', { path, kind: 'answer', method: 'GET', count: -1, ...answer });
    try {
      const result = await juniper.call(name, args);
      const { fired } = (await stage.sandbox.get('faults')).faults.find(one => one.id === fault);
      assert.ok(fired > 0, `${name} never asked ${path}`);
      return { failed: result.isError === true, text: textOf(result) };
    } finally {
      await stage.sandbox.delete(`faults?id=${fault}`);
    }
  }

  test('what cannot be read is told, and no tool makes anything of it', async () => {
    const mark = await stage.mark();
    for (const [name, args, path] of asks())
      for (const body of [...NO_OBJECT, ...NOTHING_IN_IT]) {
        const said = await told(name, args, path, { body });
        assert.ok(said.failed && UNREADABLE.test(said.text), `${name} ${path} ${body}: ${said.text.slice(0, 400)}`);
      }
    const changes = (await stage.requests(mark, 'juniper')).filter(r => r.method !== 'GET');
    assert.deepEqual(changes, [], 'something was changed');
    assert.equal((await stage.entries(id)).length, 3);
  });

  test('nothing at all is unreadable, but where it means that nothing plays', async () => {
    for (const [name, args, path] of asks()) {
      const said = await told(name, args, path, { body: '' });
      if (name === 'get_playback' || name === 'get_queue') assert.ok(!said.failed, said.text);
      else assert.ok(said.failed && UNREADABLE.test(said.text), `${name} ${path}: ${said.text.slice(0, 400)}`);
    }
  });

  test('an error in a success is that error', async () => {
    for (const [name, args, path] of asks()) {
      const said = await told(name, args, path, { body: '{"error":{"status":403,"message":"Insufficient client scope"}}' });
      assert.ok(said.failed && /permission/.test(said.text), `${name} ${path}: ${said.text.slice(0, 400)}`);
    }
  });

  test('a change whose answer cannot be read is looked at before anything is said', async () => {
    await stage.sandbox.post('faults', { path: `/v1/playlists/${id}/items`, method: 'POST', kind: 'answer', status: 201, type: 'text/plain', body: 'Created' });
    const result = await juniper.call('add_to_playlist', { playlist: mine, uris: [tracks[7]] });
    await stage.sandbox.delete('faults');
    // The stand-in carried nothing out: nothing may be claimed.
    const now = await stage.entries(id);
    assert.equal(now.length === 4, result.structuredContent?.added === 1, textOf(result));
  });
});
