// A person stops what is under way, or their client is gone: the tools that work for
// long are stopped half-way by real clients of both eras.  Nothing more is asked of
// Spotify, what was done is on record and nothing else, and it can be finished, taken
// back, or done again without anything being there twice.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sdk1, sdk2 } from './lib/clients.mjs';
import { sleep, until } from './lib/system.mjs';
import { MODES, Stage, idOf, textOf } from './lib/tools.mjs';

const link = id => `https://open.spotify.com/playlist/${id}`;
const LOCAL = 'spotify:local:Cellar+Tapes:Rehearsal:Home+Demo:215';
const sorted = uris => [...uris].map(String).sort();

describe('cancelled half-way', { concurrency: MODES.length }, () => MODES.forEach(mode => describe(mode, { concurrency: 3 }, () => {
  let stage, all, people;
  before(async () => {
    // In one of the two a worker offers to go whenever it has nothing to answer for a second.
    stage = await Stage.start(mode, { name: 'cancel', env: mode === 'extended' ? { TONEARM_LIMITS_WORKER_IDLE_SECONDS: '1' } : {} });
    const wren = await stage.as('wren');
    const { playlists } = await wren.good('list_playlists', { name_contains: 'Everything Ever' });
    const uris = await entries(playlists[0].url);
    all = [...new Set(uris.filter(uri => uri?.startsWith('spotify:track:')))];
    assert.ok(all.length > 1000);
    people = await stage.fresh(24);
  }, { timeout: 120000 });
  after(() => stage?.stop());

  const entries = async url => (await stage.stored(idOf(url))).entries.map(entry => entry.u ?? null);
  const plant = async (who, name, uris) => link((await stage.sandbox.post('playlist', { owner: who.user, name, uris })).id);

  /** Somebody new with a client of that era, who says yes to questions. */
  async function somebody(era = 'modern') {
    const who = people.pop();
    who.era = era;
    who.client = (era === 'modern' ? sdk2 : sdk1)(stage.endpoint, who.token);
    (await who.client).answers.elicit = () => ({ action: 'accept', content: {} });
    return who;
  }

  /** Requests of this person that came since, once none has come for a while. */
  async function quiet(since, ms = 1300) {
    let n = -1, at = 0, rows;
    await until('the requests to stop', async () => {
      rows = await since();
      if (rows.length !== n) [n, at] = [rows.length, Date.now()];
      return Date.now() - at > ms;
    }, 30000);
    return rows;
  }

  /** Cancels a call once it has told how far it is and `parts` requests of this kind were
   *  begun; most: how many may still come (one, while the word is on its way).  Gives what
   *  Spotify was asked in all. */
  async function half(who, name, args, { method, path = '/v1/playlists', skip = 0, parts = 2, ms = 500, most = 1 }) {
    const since = await who.mark(), told = [], stop = new AbortController();
    const slow = await who.fault('slow', path, { method, skip, count: -1, ms });
    let early;
    const call = who.raw(name, args, { signal: stop.signal, onprogress: p => told.push(p.progress) });
    call.then(result => { early = textOf(result); }, () => {});
    await until(`${name} to be half-way`, async () => early !== undefined ? assert.fail(`${name}: ${early}`) :
      told.length > 0 && await slow.fired() >= parts, 20000);
    stop.abort('enough');
    await assert.rejects(call, `${name} was not cancelled`);
    const begun = await slow.fired();
    await quiet(since, ms + 900);
    const more = await slow.fired() - begun;
    assert.ok(more <= most, `${name}: ${more} more requests after it was cancelled`);
    await slow.off();
    // A question that the person answered began the call once more.
    const falls = told.filter((n, i) => i > 0 && n <= told[i - 1]).length;
    assert.ok(falls <= (who.era === 'modern' ? 1 : 0), told.join());
    return since();
  }

  const changes = async who => (await who.good('list_changes')).changes;
  /** The newest change is as wanted; it. */
  async function newest(who, wanted) {
    const [change] = await changes(who);
    for (const [key, value] of Object.entries(wanted))
      assert.ok(value instanceof RegExp ? value.test(change?.[key]) : change?.[key] === value, `${key}: ${JSON.stringify(change)}`);
    return change;
  }
  const undo = (who, change, more = {}) => who.good('undo_change', { change_id: change.change_id, ...more });
  const eras = mode === 'development' ? ['modern', 'legacy'] : ['legacy', 'modern'];

  test('compare_playlists: it stops reading, and compares when asked again', async () => {
    const who = await somebody(eras[0]);
    const a = await plant(who, 'One side', all.slice(0, 400)), b = await plant(who, 'The other', all.slice(200, 600));
    const args = { a, b, match: 'id' };
    const asked = await half(who, 'compare_playlists', args, { method: 'GET', skip: 4, parts: 1, most: 4 });
    const since = await who.mark();
    const done = await who.good('compare_playlists', args);
    assert.deepEqual([done.in_both, done.only_in_a, done.only_in_b, done.complete], [200, 200, 200, true]);
    assert.ok(asked.length < (await since()).length, `it was at its end: ${asked.length}`);
    assert.deepEqual(await changes(who), []);
  });

  for (const finish of [true, false]) test(`combine_playlists into a new one: ${finish ? 'finished' : 'taken back'}`, async () => {
    const who = await somebody(eras[finish ? 0 : 1]);
    const a = await plant(who, 'First', all.slice(0, 300)), b = await plant(who, 'Second', all.slice(250, 700));
    const args = { playlists: [a, b], mode: 'union', match: 'id', into_name: 'Together' };
    await half(who, 'combine_playlists', args, { method: 'POST', path: '/v1/playlists' });
    const change = await newest(who, { state: 'unfinished', can_undo: true, can_finish: true, what: /Together/ });
    const lists = async () => (await who.good('list_playlists', { name_contains: 'Together' })).playlists;
    const [{ url }] = await lists(), there = await entries(url);
    assert.ok(there.length >= 100 && there.length < 700, `${there.length} entries`);
    assert.deepEqual(there, all.slice(0, there.length));
    // The same again would make a second one: it says what there is instead.
    const since = await who.mark();
    const text = await who.bad('combine_playlists', args, /interrupted/);
    assert.ok(text.includes(change.change_id), text);
    assert.ok((await since()).every(r => r.method === 'GET'));
    if (finish) {
      assert.equal((await undo(who, change, { finish: true })).finished, true);
      assert.deepEqual(await entries(url), all.slice(0, 700));
      assert.equal((await lists()).length, 1);
      assert.equal((await changes(who)).find(c => c.change_id === change.change_id).state, 'done');
    } else {
      assert.equal((await undo(who, change)).undone, true);
      assert.deepEqual(await lists(), []);
      assert.equal((await who.good('combine_playlists', args)).added, 700);
      assert.deepEqual(await entries((await lists())[0].url), all.slice(0, 700));
    }
  });

  test('combine_playlists into one that there is: the same call goes on, nothing twice', async () => {
    const who = await somebody(eras[0]), had = all.slice(900, 920);
    const a = await plant(who, 'More', all.slice(0, 600)), b = await plant(who, 'And more', all.slice(100, 110));
    const goal = await plant(who, 'Goal', had), args = { playlists: [a, b], mode: 'union', match: 'id', into_playlist: goal };
    await half(who, 'combine_playlists', args, { method: 'POST' });
    const n = (await entries(goal)).length - had.length;
    assert.ok(n >= 100 && n < 600 && n % 100 === 0, `${n} added`);
    const change = await newest(who, { state: 'partly', can_undo: true, what: /Goal/ });
    const again = await who.good('combine_playlists', args);
    assert.deepEqual([again.there_already, again.added], [n, 600 - n]);
    assert.deepEqual(await entries(goal), [...had, ...all.slice(0, 600)]);
    // What the first of the two did can be taken back by itself.
    assert.equal((await undo(who, change)).undone, true);
    assert.deepEqual(await entries(goal), [...had, ...all.slice(n, 600)]);
  });

  test('reorder_playlist: sorting stops between two moves, goes on, and can be taken back', async () => {
    const who = await somebody(eras[1]), was = all.slice(0, 60).reverse();
    const list = await plant(who, 'To sort', was), args = { playlist: list, sort_by: 'duration' };
    await half(who, 'reorder_playlist', args, { method: 'PUT', parts: 3 });
    const now = await entries(list), change = await newest(who, { state: 'partly', can_undo: true, what: /Reordered/ });
    assert.notDeepEqual(now, was);
    assert.deepEqual(sorted(now), sorted(was));
    if (mode === 'development') {
      const done = await who.good('reorder_playlist', args);
      assert.equal(done.verified, true);
      const after = await entries(list);
      assert.deepEqual(sorted(after), sorted(was));
      const { items } = await who.good('get_playlist', { playlist: list, limit: 50 });
      assert.deepEqual(items.map(i => i.duration_ms), items.map(i => i.duration_ms).sort((x, y) => x - y));
      for (const done of (await changes(who)).slice(0, 2)) assert.equal((await undo(who, done)).undone, true);
    } else
      assert.equal((await undo(who, change)).undone, true);
    assert.deepEqual(await entries(list), was);
  });

  test('reorder_playlist: one move that was on its way is not done twice', async () => {
    const who = await somebody(eras[0]), was = all.slice(0, 20);
    const list = await plant(who, 'One move', was), args = { playlist: list, from: 0, count: 3, to: 10 };
    const moved = [...was.slice(3, 13), ...was.slice(0, 3), ...was.slice(13)];
    const stop = new AbortController(), slow = await who.fault('slow', '/v1/playlists', { method: 'PUT', ms: 700 });
    const call = who.raw('reorder_playlist', args, { signal: stop.signal });
    call.catch(() => {});
    await until('the move to be on its way', slow.fired);
    stop.abort('no');
    await assert.rejects(call);
    await until('the move', async () => String(await entries(list)) === String(moved));
    await sleep(500);
    const change = await newest(who, { state: 'done', can_undo: true });
    const text = await who.bad('reorder_playlist', args, /carried out/);
    assert.ok(text.includes(change.change_id), text);
    assert.deepEqual(await entries(list), moved);
    // Told once, it is the caller's business.
    await who.good('reorder_playlist', args);
    assert.notDeepEqual(await entries(list), moved);
  });

  test('replace_playlist: what was taken out is put in again first', async () => {
    const who = await somebody(eras[1]), was = all.slice(0, 150), wanted = all.slice(300, 800);
    const list = await plant(who, 'To replace', was), args = { playlist: list, uris: wanted };
    // A playlist is written anew as a whole: what belongs together is not left half.
    await half(who, 'replace_playlist', args, { method: 'POST', most: 4 });
    assert.deepEqual(await entries(list), wanted);
    const change = await newest(who, { state: 'done', can_undo: true, what: /Replaced/ });
    assert.equal((await who.good('replace_playlist', args)).steps, 0);
    assert.equal((await undo(who, change)).undone, true);
    assert.deepEqual(await entries(list), was);
  });

  test('replace_playlist: before anything was sent', async () => {
    const who = await somebody(eras[0]), was = all.slice(0, 400);
    const list = await plant(who, 'Not to replace', was);
    const asked = await half(who, 'replace_playlist', { playlist: list, uris: all.slice(500, 510) }, { method: 'GET', skip: 3, parts: 1, most: 4 });
    assert.ok(asked.every(r => r.method === 'GET'));
    assert.deepEqual(await entries(list), was);
    assert.deepEqual(await changes(who), []);
  });

  test('dedupe_playlist: nothing is missing, and the rest goes with the next call', async () => {
    const who = await somebody(eras[1]), copies = all.slice(0, 300), was = [...copies, ...copies.slice(0, 250)];
    const list = await plant(who, 'Doubles', was), args = { playlist: list, match: 'id' };
    await half(who, 'dedupe_playlist', args, { method: 'POST', parts: 1, most: 12 });
    const now = await entries(list);
    assert.deepEqual(sorted(new Set(now)), sorted(copies), 'something is missing');
    const change = (await changes(who))[0];
    assert.equal(change.can_undo, true);
    await who.good('dedupe_playlist', args);
    assert.deepEqual(await entries(list), copies);
    for (const done of (await changes(who)).filter(c => /Duplicates/.test(c.what))) await undo(who, done);
    assert.deepEqual(await entries(list), was);
  });

  for (const finish of [true, false]) test(`undo_change, ${finish ? 'finishing' : 'taking back'}: it goes on when called again`, async () => {
    const who = await somebody(eras[finish ? 1 : 0]), had = [...all.slice(800, 805), LOCAL];
    const list = await plant(who, 'Long', had), uris = all.slice(0, 700);
    if (finish) {
      await half(who, 'add_to_playlist', { playlist: list, uris }, { method: 'POST', parts: 1 });
      await newest(who, { state: 'unfinished', can_finish: true });
      const text = await who.bad('add_to_playlist', { playlist: list, uris }, /interrupted/);
      assert.match(text, /finish: true/);
    } else
      await who.good('add_to_playlist', { playlist: list, uris });
    const [change] = await changes(who), before = (await entries(list)).length;
    const method = finish ? 'POST' : 'DELETE';
    await half(who, 'undo_change', { change_id: change.change_id, finish }, { method });
    const now = await entries(list), of = (await changes(who)).find(c => c.change_id === change.change_id);
    if (finish) assert.ok(now.length > before && now.length < 706, `${now.length} of 706`);
    else assert.ok(now.length < before && now.length > 6, `${now.length} of ${before}`);
    assert.equal(of.state, finish ? 'unfinished' : 'done');
    assert.equal(of.can_undo, true);
    await newest(who, { state: 'partly', what: /Undid|Finished|Changed/ });
    const data = await undo(who, change, { finish });
    assert.equal(finish ? data.finished : data.undone, true, JSON.stringify(data));
    assert.deepEqual(await entries(list), finish ? [...had, ...uris] : had);
    const last = (await changes(who)).find(c => c.change_id === change.change_id);
    assert.equal(last.state, finish ? 'done' : 'undone');
  });

  /** Closes the client for good once some parts have gone out; the person with a new one. */
  async function hangsUp(who, name, args, { method = 'POST', ms = 400, parts = 2 } = {}) {
    const client = await who.client, slow = await who.fault('slow', '/v1/playlists', { method, count: -1, ms });
    let over = false;
    const call = client.call(name, args).then(() => { over = true; }, () => {});
    await until(`${name} to be half-way`, async () => over ? assert.fail('it was through') : await slow.fired() >= parts, 20000);
    await client.close();
    const begun = await slow.fired();
    who.client = (who.era === 'modern' ? sdk2 : sdk1)(stage.endpoint, who.token);
    (await who.client).answers.elicit = () => ({ action: 'accept', content: {} });
    return { call, slow, begun };
  }

  test('a client of 2026-07-28 that hangs up has cancelled', async () => {
    const who = await somebody('modern'), list = await plant(who, 'Hung up', []), uris = all.slice(0, 900);
    const since = await who.mark(), { slow, begun } = await hangsUp(who, 'add_to_playlist', { playlist: list, uris });
    await quiet(since, 1500);
    assert.ok(await slow.fired() <= begun + 1, `${await slow.fired()} parts, ${begun} before`);
    await slow.off();
    const n = (await entries(list)).length, change = await newest(who, { state: 'unfinished', can_finish: true });
    assert.ok(n >= 100 && n < 900 && n % 100 === 0, `${n} entries`);
    await who.bad('add_to_playlist', { playlist: list, uris }, /interrupted/);
    assert.equal((await undo(who, change, { finish: true })).finished, true);
    assert.deepEqual(await entries(list), uris);
    await who.good('add_to_playlist', { playlist: list, uris: [all[950]] });
  });

  test('an edit goes on to its end when a client of the handshake era hangs up', async () => {
    const who = await somebody('legacy'), had = all.slice(900, 903);
    const list = await plant(who, 'Left alone', had), uris = all.slice(0, 800);
    const { slow } = await hangsUp(who, 'add_to_playlist', { playlist: list, uris }, { ms: 700 });
    // Meanwhile it can be seen at work, and is not taken for a dead one.
    const [running] = await changes(who);
    assert.deepEqual([running.state, running.can_undo, running.can_finish], ['running', false, undefined]);
    await who.bad('undo_change', { change_id: running.change_id }, /being carried out/);
    await until('the last part', async () => (await entries(list)).length >= 803, 20000);
    await slow.off();
    assert.deepEqual(await entries(list), [...had, ...uris]);
    const change = await until('its end', async () => (await changes(who)).find(c => c.state === 'done'));
    assert.equal((await undo(who, change)).undone, true);
    assert.deepEqual(await entries(list), had);
  });

  test('a playlist that is written anew is whole when its client hangs up, in both eras', async () => {
    for (const era of ['modern', 'legacy']) {
      const who = await somebody(era), was = all.slice(0, 30), list = await plant(who, 'Anew', was);
      const { slow } = await hangsUp(who, 'replace_playlist', { playlist: list, uris: all.slice(100, 600) }, { parts: 1 });
      await until('all of it', async () => (await entries(list)).length === 500, 20000);
      await slow.off();
      assert.deepEqual(await entries(list), all.slice(100, 600));
      const change = await until('its end', async () => (await changes(who)).find(c => c.state === 'done'));
      assert.equal((await undo(who, change)).undone, true);
      assert.deepEqual(await entries(list), was);
    }
  });

  test('a question that nobody answers any more: nothing is changed, and the playlist is free', async () => {
    for (const leaves of ['cancels', 'hangs up']) {
      const who = await somebody('legacy'), was = all.slice(0, 5), list = await plant(who, 'Asked about', was);
      const client = await who.client, stop = new AbortController(), args = { playlist: list, uris: [all[9]] };
      client.answers.elicit = () => new Promise(() => {});
      const call = client.call('replace_playlist', args, { signal: stop.signal });
      call.catch(() => {});
      await until('the question', () => client.asked.length > 0);
      if (leaves === 'cancels') stop.abort('no');
      else await client.close();
      who.client = sdk1(stage.endpoint, who.token);
      (await who.client).answers.elicit = () => ({ action: 'accept', content: {} });
      assert.deepEqual(await changes(who), []);
      assert.deepEqual(await entries(list), was);
      const done = await who.good('replace_playlist', args);
      assert.equal(done.verified, true);
      const [change, ...others] = await changes(who);
      assert.deepEqual(others, []);
      assert.equal((await undo(who, change)).undone, true);
      assert.deepEqual(await entries(list), was);
    }
  });

  test('what is made or removed by position is not done twice when it was cancelled', async () => {
    const who = await somebody(eras[1]), lists = async name => (await who.good('list_playlists', { name_contains: name })).playlists;
    const made = { name: 'Half made', uris: all.slice(0, 600) };
    await half(who, 'create_playlist', made, { method: 'POST', path: '/v1/playlists' });
    const first = await newest(who, { state: 'unfinished', can_finish: true, what: /Half made/ });
    await who.bad('create_playlist', made, /interrupted/);
    assert.equal((await undo(who, first, { finish: true })).finished, true);
    const found = await lists('Half made');
    assert.equal(found.length, 1);
    assert.deepEqual(await entries(found[0].url), made.uris);

    // One of three copies: all are taken out and the others put back, in some requests.
    const copies = all.slice(0, 60), was = [...copies, ...copies, ...copies], list = await plant(who, 'Copies', was);
    const some = { playlist: list, positions: ['0', '7', '20', '33', '41', '50'] };
    await half(who, 'remove_from_playlist', some, { method: 'POST', parts: 1, most: 40 });
    const now = await entries(list), [change] = await changes(who);
    assert.ok([was.length, was.length - 6].includes(now.length), `${now.length} entries`);
    await who.bad('remove_from_playlist', some, /carried out|interrupted/);
    assert.deepEqual(await entries(list), now);
    assert.equal((await undo(who, change)).undone, true);
    assert.deepEqual(await entries(list), was);
  });
})));
