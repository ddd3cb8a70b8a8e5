// Two people of one Spotify application whose half minute is short, and two nodes on one
// database: how long somebody who presses play waits while the other, or they
// themselves, import; that this holds across nodes, and with it what Spotify orders;
// that what a cancelled call did not use is not lost.  docs/governor.md has the rules.
// Alone: it measures how long people wait, and when Spotify was asked.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sdk2 } from './lib/clients.mjs';
import { Database } from './lib/database.mjs';
import { Held } from './lib/held.mjs';
import { freePort, sleep, until } from './lib/system.mjs';
import { Stage, textOf, uriOf } from './lib/tools.mjs';

const PACE = 60;
let stage, database, held, ada, ben, cyd, dan, eve, there, tracks, songs;

before(async () => {
  stage = await Stage.start('development', { name: 'governor-nodes', env: {
    TONEARM_LIMITS_SPOTIFY_PER_SECOND: '4', TONEARM_SPOTIFY_CALLS_PER_30S: String(PACE), TONEARM_SPOTIFY_CALLS_PER_DAY_FAMILY: '5000' } });
  database = new Database(stage.system);
  [ada, ben, cyd, dan, eve] = await stage.fresh(5);
  held = await Held.create(stage.system, { name: 'governor-nodes-held', where: await freePort(), env: {
    TONEARM_LIMITS_SPOTIFY_PER_SECOND: '4', TONEARM_SPOTIFY_CALLS_PER_30S: String(PACE), TONEARM_SPOTIFY_CALLS_PER_DAY_FAMILY: '5000' } });
  there = await sdk2(`http://127.0.0.1:${held.upstream}/mcp`, eve.token);
  const found = (await ada.good('search', { query: 'rain', limit: 30 })).items;
  tracks = found.map(item => item.url);
  songs = found.map(item => `${item.by?.split(', ')[0] ?? ''} - ${item.name}`);
  await there.call('list_devices', {});
}, { timeout: 300000 });
after(async () => {
  await there?.client.close();
  await held?.stop();
  await stage?.stop();
});

/** Spotify's clock: when it was asked what since. */
const asked = async since => (await stage.record(since)).requests.filter(r => r.path.startsWith('/v1'))
  .map(r => ({ ...r, at: Date.parse(r.time) }));
const here = async () => (await stage.record()).next;
/** Other people than before, and a half minute of which nothing was had yet. */
const anew = () => database.sql('DELETE FROM tonearm.quota_pace');

/** Presses play now and then; ms that each took. */
async function presses(call, times, every) {
  const waits = [];
  for (let i = 0; i < times; i++) {
    const began = Date.now();
    const done = await call('play', { uris: tracks.slice(i, i + 2) });
    assert.ok(!done.isError, textOf(done));
    waits.push(Date.now() - began);
    await sleep(Math.max(0, every - (Date.now() - began)));
  }
  return waits;
}

/** What the other does meanwhile, over and over until told to stop. */
function busy(step) {
  const refused = [], end = new AbortController(), all = (async () => {
    for (let n = 0; !end.signal.aborted; n++) {
      const done = await step(n, { signal: end.signal }).catch(error => assert.ok(end.signal.aborted, error));
      if (done?.isError) {
        refused.push(textOf(done));
        await sleep(100);
      }
    }
  })();
  return { refused, stop: async () => { end.abort('enough'); await all; } };
}

/** Most that were asked in any half minute. */
function most(requests) {
  const at = requests.map(r => r.at).toSorted((a, b) => a - b);
  return Math.max(0, ...at.map((t, i) => at.slice(i).filter(u => u < t + 30000).length));
}

const imports = who => busy((n, options) => who.raw('import_tracks', { lines: songs.map(s => `${s} ${n}`), dry_run: true }, options));
const line = (what, waits) => console.log(`# ${what}: play took ${waits.join(', ')} ms`);

test('play does not wait for what another imports', { timeout: 90000 }, async () => {
  const alone = await presses((...args) => ben.raw(...args), 2, 0), since = await here();
  const work = imports(ada);
  await sleep(3000);
  const waits = await presses((...args) => ben.raw(...args), 5, 3000);
  await work.stop();
  line('alone', alone);
  line('beside an import of another', waits);
  assert.ok(Math.max(...waits) < Math.max(...alone) + 2500, waits.join());
  const requests = await asked(since), searches = requests.filter(r => r.user === ada.user);
  assert.ok(searches.length >= 20, `${searches.length} searches of the import`);
  assert.ok(most(requests) <= PACE + 5, `${most(requests)} in a half minute`);
});

test('nor for what one imports oneself', { timeout: 60000 }, async () => {
  anew();
  const work = imports(cyd);
  await sleep(4000);
  const waits = await presses((...args) => cyd.raw(...args), 2, 3000);
  await work.stop();
  line('beside an own import', waits);
  assert.ok(Math.max(...waits) < 3500, waits.join());
});

test('nor on another node, where nobody knows of the busy one', { timeout: 60000 }, async () => {
  anew();
  const since = await here();
  const work = busy((n, options) => dan.raw('search', { query: `word ${n}`, types: ['track'] }, options));
  await until('the busy one to be held back', () => work.refused.length > 0, 40000);
  const waits = await presses((...args) => there.call(...args), 3, 2500);
  await work.stop();
  line('on another node', waits);
  assert.ok(Math.max(...waits) < 4000, waits.join());
  const requests = await asked(since), own = requests.filter(r => r.user === dan.user);
  assert.ok(most(own) <= PACE * 3 / 4 + 2, `${most(own)} of one in a half minute`);
  assert.ok(most(requests) <= PACE + 5, `${most(requests)} of all in a half minute`);
  assert.match(work.refused[0], /Others use the same Spotify application, and your share/);
});

test('a pause that one node was told of ends on the other in the same second', { timeout: 90000 }, async () => {
  await stage.sandbox.post('faults', { path: '/v1/me/player/devices', kind: 'rate_limit', retry_after: 7, count: 1, user: ada.user });
  const since = await here();
  const first = ada.raw('list_devices');
  await until('Spotify to say so', async () => (await asked(since)).length > 0);
  let refusals = 0;
  await sleep(500);
  for (;;) {
    const got = await there.call('list_devices', {});
    if (!got.isError) break;
    assert.match(textOf(got), /Spotify asks all users of this application to pause\. Try again in \d seconds?/);
    refusals++;
    await sleep(50);
  }
  assert.ok((await first).isError);
  const [told, next] = await asked(since);
  console.log(`# Retry-After 7: the other node asked again after ${next.at - told.at} ms, after ${refusals} refusals`);
  assert.equal(told.status, 429);
  assert.ok(refusals > 0 && next.at - told.at >= 7000 && next.at - told.at < 8000, `${next.at - told.at} ms`);
});

test('what a cancelled call did not use is not lost', { timeout: 90000 }, async () => {
  anew();
  const { id } = await ada.api('POST', '/me/playlists', { name: 'Long', public: false });
  for (let i = 0; i < 10; i++)
    await ada.api('POST', `/playlists/${id}/items`, { uris: Array.from({ length: 100 }, (_, n) => uriOf(tracks[n % tracks.length])) });
  const used = async () => (await ada.good('get_status')).today.find(f => f.family === 'playlists')?.used ?? 0;
  const before = await used(), since = await here(), abort = new AbortController();
  const slow = await ada.fault('slow', `/v1/playlists/${id}/items`, { count: -1, ms: 1000 });
  const call = ada.raw('export_playlist', { playlist: `https://open.spotify.com/playlist/${id}` }, { signal: abort.signal });
  call.catch(() => {});
  await until('the export to be at work', async () => await slow.fired() || Promise.race([call.then(done => { throw new Error(textOf(done)); }), sleep(20)]), 15000);
  abort.abort('enough');
  await assert.rejects(call);
  await stage.calm();
  await sleep(7000);
  const now = await used(), sent = (await asked(since)).filter(r => r.path.startsWith('/v1/playlists') || r.path.startsWith('/v1/me/playlists')).length;
  console.log(`# a cancelled export: ${sent} answered, ${now - before} counted`);
  // Those on their way then are counted, and not in the record if nobody took the answer;
  // the other pages were promised, too: 20 in all.
  assert.ok(now - before >= sent && now - before <= sent + 8, `${now - before}`);
});
