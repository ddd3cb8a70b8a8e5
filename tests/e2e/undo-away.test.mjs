// Editing while PostgreSQL is away: what cannot be recorded is not sent, and the answer
// says when to try again; without_undo goes ahead; and once PostgreSQL is back the
// record is right: nothing is lost and nothing is there that was not done.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Stage, idOf, textOf } from './lib/tools.mjs';
import { Database, startBehindProxy } from './lib/database.mjs';
import { until } from './lib/system.mjs';

let stage, proxy, database, me, tracks, everything;
before(async () => {
  let system;
  ({ system, proxy } = await startBehindProxy({ name: 'undo-away', env: { TONEARM_LIMITS_SPOTIFY_PER_SECOND: '1000' } }));
  stage = await Stage.start('development', { system });
  database = new Database(system);
  me = await newcomer();
  const wren = await stage.as('wren'), { playlists } = await wren.good('list_playlists', { name_contains: 'Everything Ever' });
  everything = playlists[0].url;
  tracks = [...new Set((await stage.stored(idOf(everything))).entries.map(entry => entry.u).filter(uri => uri?.startsWith('spotify:track:')))];
}, { timeout: 90000 });
after(async () => {
  proxy?.behave();
  await stage?.stop();
  await proxy?.stop();
});

async function newcomer() {
  const who = await stage.one();
  (await who.connect()).answers.elicit = () => ({ action: 'accept', content: {} });
  return who;
}
const plant = async (uris, name = 'Planted') =>
  `https://open.spotify.com/playlist/${(await stage.sandbox.post('playlist', { owner: me.user, name, uris })).id}`;
const held = async url => (await stage.stored(idOf(url))).entries.map(entry => entry.u);
const changes = async who => (await who.good('list_changes', { limit: 50 })).changes;

/** The work on each, five at a time. */
async function several(list, work) {
  for (let i = 0; i < list.length; i += 5) await Promise.all(list.slice(i, i + 5).map(work));
}

/** Every tool that edits: arguments, and what shows that it was done. */
async function edits() {
  const [a, b, c, d, e, f, g, h] = await Promise.all([...'abcdefgh'].map(letter => plant([...tracks.slice(0, 4), tracks[0]], `Away ${letter}`)));
  const [i, j] = await Promise.all([[40, 43], [43, 45]].map(([from, to]) => plant(tracks.slice(from, to), `Source ${from}`)));
  const mine = async name => (await me.good('list_playlists', { name_contains: name })).playlists.length;
  const length = url => async () => (await held(url)).length;
  const saved = uri => async () => (await me.good('check_library', { uris: [uri] })).saved;
  await me.good('save_to_library', { uris: [tracks[21]] });
  await me.good('remove_from_library', { uris: [tracks[20]] });
  const [, again] = await changes(me);
  const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, ...Buffer.from('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 0, 0, 0xff, 0xd9]).toString('base64');
  return { again: again?.change_id, list: [
    ['create_playlist', { name: 'Made while away', uris: tracks.slice(0, 2) }, () => mine('Made while away'), 1],
    ['add_to_playlist', { playlist: a, uris: tracks.slice(10, 13) }, length(a), 8],
    ['remove_from_playlist', { playlist: b, positions: ['1'] }, length(b), 4],
    ['reorder_playlist', { playlist: c, from: 0, to: 3 }, async () => (await held(c))[0], tracks[1]],
    ['replace_playlist', { playlist: d, uris: tracks.slice(5, 7) }, length(d), 2],
    ['dedupe_playlist', { playlist: e }, length(e), 4],
    ['combine_playlists', { playlists: [a, b], mode: 'union', into_name: 'Combined while away' }, () => mine('Combined while away'), 1],
    ['combine_playlists', { playlists: [i, j], into_playlist: h, mode: 'union' }, length(h), 10],
    ['import_tracks', { lines: tracks.slice(30, 33), name: 'Imported while away' }, () => mine('Imported while away'), 1],
    ['import_tracks', { lines: tracks.slice(30, 33), playlist: f }, length(f), 8],
    ['update_playlist', { playlist: g, name: 'Named while away' }, async () => (await stage.stored(idOf(g))).name, 'Named while away'],
    ['set_playlist_cover', { playlist: g, image: jpeg }, async () => (await stage.stored(idOf(g))).image_length > 0, true],
    ['save_to_library', { uris: [tracks[20]] }, saved(tracks[20]), 1],
    ['remove_from_library', { uris: [tracks[21]] }, saved(tracks[21]), 0],
    ['delete_playlist', { playlist: g }, () => mine('Named while away'), 0],
  ] };
}

test('every editing tool is refused before anything is sent, goes ahead without_undo, and the record is right afterwards', { timeout: 150000 }, async () => {
  const { list, again } = await edits(), recorded = (await changes(me)).map(change => change.change_id);
  assert.ok(again);
  database.stop();
  try {
    await until('/ready to turn red', async () => (await stage.system.status('/ready')) === 503);
    const since = await me.mark(), slow = [];
    await several(list, async ([name, args, look]) => {
      const was = await look(), began = Date.now();
      const text = await me.bad(name, args, /Tonearm cannot keep the record that undo_change needs just now, so this was not sent to Spotify/);
      if (Date.now() - began > 5000) slow.push(`${name}: ${Date.now() - began} ms`);
      assert.match(text, /Try again in \d+ seconds; with without_undo: true it is done now, and cannot be undone\.$/, name);
      assert.match(text, /nothing was (changed|added)|no playlist was made|was not deleted/i, `${name}: ${text}`);
      assert.deepEqual(await look(), was, name);
    });
    assert.deepEqual((await since()).filter(r => r.method !== 'GET').map(r => `${r.method} ${r.path}`), []);
    for (const [name, args] of [['list_changes', {}], ['undo_change', { change_id: again }], ['undo_change', { change_id: again, dry_run: true }]]) {
      const began = Date.now(), text = await me.bad(name, args, /^The record of changes cannot be read just now\. Try again in \d+ seconds\./);
      assert.doesNotMatch(text, /without_undo/);
      if (Date.now() - began > 5000) slow.push(`${name}: ${Date.now() - began} ms`);
    }
    assert.deepEqual(slow, []);
    // A rehearsal needs no record.
    await several(list.filter(([tool]) => /add_to|remove_from|replace|dedupe|combine|import/.test(tool)), ([name, args]) =>
      me.good(name, { ...args, dry_run: true }));
    const goAhead = async ([name, args, look, wanted]) => {
      await me.good(name, { ...args, without_undo: true });
      assert.deepEqual(await look(), wanted, name);
    };
    // The last one deletes what another one named.
    await several(list.slice(0, -1), goAhead);
    await goAhead(list.at(-1));
  } finally {
    await database.start();
  }
  await database.back();
  // Who was told to try again is not told so again and again.
  const back = Date.now(), url = await plant(tracks.slice(0, 2));
  await until('an edit to be recorded again', async () => !(await me.raw('add_to_playlist', { playlist: url, uris: tracks.slice(2, 3) })).isError, 30000);
  assert.ok(Date.now() - back < 8000, `only ${Date.now() - back} ms after PostgreSQL was back`);
  assert.deepEqual(await held(url), tracks.slice(0, 3));
  const now = await changes(me);
  assert.deepEqual(now.slice(1).map(change => change.change_id), recorded, JSON.stringify(now.slice(0, 6)));
  assert.equal((await me.good('undo_change', { change_id: now[0].change_id })).undone, true);
  assert.deepEqual(await held(url), tracks.slice(0, 2));
  assert.equal((await me.good('undo_change', { change_id: again })).undone, true);
});

/** Stops PostgreSQL once a fault has held this person's call so long; starts it again after the answer. */
async function awayDuring(name, args, fault) {
  const slow = await me.fault('slow', fault.path, { ms: 2500, ...fault }), call = me.raw(name, args);
  call.catch(() => {});
  await until('the call to be half-way', async () => (await slow.fired()) > 0, 20000);
  database.stop();
  let result;
  try {
    result = await call;
    await stage.calm();
    return { result, text: textOf(result), list: await me.bad('list_changes', {}, /cannot be read just now/) };
  } finally {
    await database.start();
    await database.back();
  }
}

test('PostgreSQL goes away in the middle of a long add: the rest is not sent, what was done is on record', { timeout: 60000 }, async () => {
  const url = await plant(tracks.slice(0, 2)), uris = tracks.slice(100, 600);
  const { result, text } = await awayDuring('add_to_playlist', { playlist: url, uris }, { path: '/v1/playlists', method: 'POST', skip: 2, count: 1 });
  assert.ok(!result.isError, text);
  assert.equal(result.structuredContent.added, 300, text);
  assert.equal(result.structuredContent.not_added, 200);
  assert.match(text, /record that undo_change needs.*Try again in \d+ seconds/);
  assert.deepEqual(await held(url), [...tracks.slice(0, 2), ...tracks.slice(100, 400)]);
  const [change] = await until('the record', async () => (await me.raw('list_changes')).structuredContent?.changes, 10000);
  assert.deepEqual([change.state, change.can_undo], ['partly', true], JSON.stringify(change));
  assert.equal((await me.good('undo_change', { change_id: change.change_id })).undone, true);
  assert.deepEqual(await held(url), tracks.slice(0, 2));
});

test('PostgreSQL goes away during the last request: it is done, and the record says so later', { timeout: 60000 }, async () => {
  const url = await plant(tracks.slice(0, 2));
  const { result, text } = await awayDuring('add_to_playlist', { playlist: url, uris: tracks.slice(5, 8) }, { path: '/v1/playlists', method: 'POST', count: 1 });
  assert.ok(!result.isError, text);
  assert.equal(result.structuredContent.added, 3);
  const [change] = await until('the record', async () => (await me.raw('list_changes')).structuredContent?.changes, 10000);
  assert.equal(change.url, url);
  assert.deepEqual([change.state, change.can_undo], ['done', true], JSON.stringify(change));
  assert.equal((await me.good('undo_change', { change_id: change.change_id })).undone, true);
  assert.deepEqual(await held(url), tracks.slice(0, 2));
});

test('PostgreSQL goes away in the middle of an undoing: nothing is sent that is not recorded', { timeout: 60000 }, async () => {
  const url = await plant(tracks.slice(0, 2));
  await me.good('add_to_playlist', { playlist: url, uris: tracks.slice(5, 8) });
  const [change] = await changes(me);
  const { result, text } = await awayDuring('undo_change', { change_id: change.change_id }, { path: '/v1/playlists', method: 'GET', count: 1 });
  assert.equal(result.isError, true, text);
  assert.match(text, /record.*Try again in \d+ seconds/s);
  assert.doesNotMatch(text, /without_undo/, 'undo_change has no such argument');
  assert.deepEqual(await held(url), [...tracks.slice(0, 2), ...tracks.slice(5, 8)]);
  await until('the record', async () => !(await me.raw('list_changes')).isError, 10000);
  assert.deepEqual((await changes(me))[0], change);
  // Its last request: what is undone is marked as such once that can be kept.
  const { result: done } = await awayDuring('undo_change', { change_id: change.change_id }, { path: '/v1/playlists', method: 'DELETE', count: 1 });
  assert.equal(done.structuredContent?.undone, true, textOf(done));
  assert.deepEqual(await held(url), tracks.slice(0, 2));
  await until('the record', async () => !(await me.raw('list_changes')).isError, 10000);
  const [undoing, was] = await changes(me);
  assert.deepEqual([undoing.state, was.change_id, was.state], ['done', change.change_id, 'undone']);
  await me.bad('undo_change', { change_id: change.change_id }, /undone already/);
});

test('PostgreSQL that takes and never answers: refused in good time, and the record shows nothing as done', { timeout: 60000 }, async () => {
  const url = await plant(tracks.slice(0, 2)), before = (await changes(me)).length;
  proxy.behave({ frozen: 'answers' });
  try {
    const began = Date.now();
    await me.bad('add_to_playlist', { playlist: url, uris: tracks.slice(5, 8) }, /record that undo_change needs.*Try again in \d+ seconds/);
    assert.ok(Date.now() - began < 10000, `${Date.now() - began} ms`);
    await me.bad('list_changes', {}, /cannot be read just now/);
    assert.deepEqual(await held(url), tracks.slice(0, 2));
    await me.good('add_to_playlist', { playlist: url, uris: tracks.slice(5, 6), without_undo: true });
  } finally {
    proxy.behave();
  }
  await database.back();
  await until('an edit to be recorded again', async () => !(await me.raw('add_to_playlist', { playlist: url, uris: tracks.slice(6, 7) })).isError, 30000);
  const now = (await changes(me)).slice(0, -before || undefined);
  assert.equal(now[0].state, 'done');
  // What reached PostgreSQL all the same has nothing to undo.
  for (const change of now.slice(1)) assert.deepEqual([change.state, change.can_undo], ['nothing', false], JSON.stringify(change));
  assert.deepEqual(await held(url), [...tracks.slice(0, 2), tracks[5], tracks[6]]);
});

test('a worker that dies while the end of its change waits for PostgreSQL: the change can be seen and undone', { timeout: 60000 }, async () => {
  const url = await plant(tracks.slice(0, 2));
  const pid = await stage.system.workerOf(() => me.good('get_status'));
  const slow = await me.fault('slow', '/v1/playlists', { method: 'POST', count: 1, ms: 2500 });
  const call = me.raw('add_to_playlist', { playlist: url, uris: tracks.slice(5, 8) });
  await until('the call to be half-way', async () => (await slow.fired()) > 0);
  database.stop();
  try {
    assert.equal((await call).structuredContent.added, 3);
    process.kill(pid, 'SIGKILL');
  } finally {
    await database.start();
    await database.back();
  }
  await stage.calm();
  const [change] = await until('the record', async () => (await me.raw('list_changes')).structuredContent?.changes, 20000);
  assert.equal(change.url, url);
  assert.deepEqual([change.state, change.can_undo, change.can_finish], ['unfinished', true, true], JSON.stringify(change));
  await me.bad('add_to_playlist', { playlist: url, uris: tracks.slice(5, 8) }, /interrupted/);
  // All of it is there: finishing adds nothing.
  const data = await me.good('undo_change', { change_id: change.change_id, finish: true });
  assert.equal(data.finished, true, data.text);
  assert.deepEqual(await held(url), [...tracks.slice(0, 2), ...tracks.slice(5, 8)]);
  const [settled] = await changes(me);
  assert.deepEqual([settled.change_id, settled.state], [change.change_id, 'done']);
});
