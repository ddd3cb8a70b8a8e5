// What was answered a moment ago: asked of Spotify once, for one person, never the
// player's, never longer than it may be, and never what the person has changed since.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Stage, sleep, textOf, uriOf } from './lib/stage.mjs';

const CLOSED = { path: '/v1/albums', kind: 'quota_exceeded', retry_after: 4000, count: -1 };

describe('recent answers', { concurrency: 1 }, () => {
  let stage, juniper, marlow, tracks, found;

  before(async () => {
    stage = await Stage.start({ name: 'tools-cache', config: 'spotify_cache = 256\n' });
    [juniper, marlow] = await Promise.all(['juniper', 'marlow'].map(user => stage.person(user)));
    found = await juniper.does('search', { query: 'the', types: ['album'], limit: 10 });
    tracks = (await juniper.does('search', { query: 'the', limit: 10 })).items.map(item => item.url);
  });
  after(() => stage?.stop());

  /** How many requests of this person's the work took. */
  const cost = async (person, work) => {
    const mark = await stage.mark();
    await work();
    return (await stage.requests(mark, person.user)).length;
  };

  test('the catalogue is asked once, by each person for himself', async () => {
    const args = { uris: found.items.slice(0, 6).map(item => item.url) };
    let first, second;
    assert.equal(await cost(juniper, async () => { first = await juniper.call('get_items', args); }), 6);
    assert.equal(await cost(juniper, async () => { second = await juniper.call('get_items', args); }), 0);
    assert.deepEqual(second, first);
    assert.equal(await cost(marlow, () => marlow.does('get_items', args)), 6);
    assert.equal(await cost(juniper, () => juniper.does('search', { query: 'the', types: ['album'], limit: 10 })), 0);
    assert.equal(await cost(juniper, () => juniper.does('search', { query: 'the', types: ['album'], limit: 11 })), 1);
  });

  test('what is known is told while a quota is used up; the rest is not asked for', async () => {
    const args = { uris: [found.items[0].url] };
    await stage.sandbox.post('faults', CLOSED);
    try {
      assert.match(await juniper.fails('get_items', { uris: [found.items[8].url] }, /albums/), /in 1 h 7 min/);
      assert.equal(await cost(juniper, () => juniper.does('get_items', args)), 0);
      const result = await juniper.call('get_items', { uris: [found.items[0].url, found.items[9].url] });
      assert.equal(result.structuredContent.returned, 1);
      assert.match(textOf(result), /could not be read/);
    } finally {
      await stage.sandbox.delete('faults');
    }
  });

  test('the player is always looked at', async () => {
    for (const name of ['get_playback', 'list_devices', 'get_queue'])
      assert.ok(await cost(juniper, () => juniper.does(name)) >= 1 &&
        await cost(juniper, () => juniper.does(name)) >= 1, name);
  });

  test('a change of one\'s own is seen at once', async () => {
    const { url } = await juniper.does('create_playlist', { name: 'Kept', uris: tracks.slice(0, 3) });
    const read = async () => (await juniper.does('get_playlist', { playlist: url })).items.map(item => uriOf(item.url));
    const uris = tracks.map(uriOf);
    assert.deepEqual(await read(), uris.slice(0, 3));
    for (let n = 4; n < 8; n++) {
      await juniper.does('add_to_playlist', { playlist: url, uris: [tracks[n - 1]] });
      assert.deepEqual(await read(), uris.slice(0, n));
    }
    await juniper.does('remove_from_playlist', { playlist: url, uris: tracks.slice(0, 4) });
    assert.deepEqual(await read(), uris.slice(4, 7));
    assert.equal((await juniper.does('check_library', { uris: [tracks[9]] })).saved, 0);
    await juniper.does('save_to_library', { uris: [tracks[9]] });
    assert.equal((await juniper.does('check_library', { uris: [tracks[9]] })).saved, 1);
  });

  test('a change from elsewhere is seen in seconds, by whoever changes something at once', async () => {
    const id = await stage.plant('juniper', 'From elsewhere', tracks.slice(0, 3).map(uriOf));
    const playlist = `https://open.spotify.com/playlist/${id}`;
    const read = async () => (await juniper.does('get_playlist', { playlist })).items.map(item => item.url);
    await sleep(2500);   // since the changes of the test before
    assert.deepEqual(await read(), tracks.slice(0, 3));
    assert.equal(await cost(juniper, read), 0);
    await stage.sandbox.post('playlist', { id, uris: [tracks[1], tracks[0], tracks[2]].map(uriOf) });
    const { before: entries } = await juniper.does('reorder_playlist', { playlist, from: 0, count: 1, to: 2, dry_run: true });
    assert.equal(entries, 3);
    await sleep(5500);
    assert.deepEqual(await read(), [tracks[1], tracks[0], tracks[2]]);
  });

  test('old names, new names and both are read alike', async () => {
    const playlist = (await juniper.does('list_playlists', { limit: 50 })).playlists.find(p => p.name === 'Kept').url;
    const answers = [];
    for (const names of [{}, { old_names: true }, { both_names: true }]) {
      await stage.sandbox.post('switches', { old_names: false, both_names: false, ...names });
      // A change, so that nothing older is used again.
      await juniper.does('update_playlist', { playlist, description: 'read thrice' });
      answers.push(await juniper.does('get_playlist', { playlist }));
      answers.push(await juniper.does('export_playlist', { playlist, format: 'json' }));
    }
    await stage.sandbox.post('switches', { old_names: false, both_names: false });
    for (let i = 2; i < answers.length; i++) assert.deepEqual(answers[i], answers[i % 2]);
  });
});
