// PostgreSQL in every state it can be in: away, killed, slow, frozen in the
// middle of a transaction, cut off, lying.  Claim C6: who has a live worker goes
// on; who has none is told to wait; all comes back by itself; no refresh token
// is lost.  TONEARM_LONG=1: the long run.
// Alone: it measures how long people wait.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Database, spoilers, startBehindProxy } from './lib/database.mjs';
import { makePeople } from './lib/people.mjs';
import { Person } from './lib/person.mjs';
import { modern } from './lib/rpc.mjs';
import { build, sleep, until } from './lib/system.mjs';

const long = process.env.TONEARM_LONG === '1';
const IDLE_S = 2;
/** An answer that waits for the database waits no longer than this. */
const PATIENCE_MS = 8000;

let system, proxy, database, people, endpoint;
before(async () => {
  ({ system, proxy } = await startBehindProxy({
    name: 'outage', config: `[limits]\nworker_idle_seconds = ${IDLE_S}\n`,
  }));
  endpoint = `${system.url}/mcp`;
  database = new Database(system);
  people = await makePeople({
    build, configuration: `${system.state}/tonearm.conf`, sandbox: system.sandbox.url, count: 60, prefix: 'out',
  });
});
after(async () => {
  proxy?.behave();
  await system?.stop();
  await proxy?.stop();
});

/** One call of one person, and whether its answer is one that may be. */
async function ask(person, tool = 'list_playlists') {
  const began = Date.now();
  const answer = await modern(endpoint, person.token, 'tools/call', { name: tool, arguments: {} });
  const seen = { status: answer.status, ms: Date.now() - began, text: answer.text, retry: Number(answer.headers['retry-after']) };
  if (answer.status === 200) {
    const { result } = answer.json;
    seen.text = result.content[0].text;
    seen.isError = result.isError === true;
    // Every playlist's name carries its owner's id.
    const owners = tool === 'list_playlists' && !seen.isError ?
      [...seen.text.matchAll(/\b(out\d+) list/g)].map(m => m[1]) : [person.user];
    assert.ok(owners.length > 0 && owners.every(o => o === person.user), `${person.user} got ${seen.text.slice(0, 200)}`);
  }
  return seen;
}

const served = seen => seen.status === 200 && !seen.isError;
const toldToWait = seen => seen.status === 503 && seen.retry > 0 && /look the token up|ask again|try again/.test(seen.text);

async function mustServe(person, why) {
  const seen = await ask(person);
  assert.ok(served(seen), `${why}: ${person.user}: ${JSON.stringify(seen)}`);
  return seen;
}

/** People who call all the time; end() gives what was not served. */
function load(who, { pause = 100, tool } = {}) {
  const odd = [], times = [];
  let stop = false, calls = 0;
  const loops = who.map(async person => {
    while (!stop) {
      const seen = await ask(person, tool);
      calls++;
      times.push(seen.ms);
      if (!served(seen)) odd.push({ user: person.user, ...seen });
      await sleep(pause);
    }
  });
  return {
    async end() {
      stop = true;
      await Promise.all(loops);
      return { odd, calls, slowest: Math.max(...times) };
    },
  };
}

/** Everybody is served again. */
async function allServed(who, ms = 20000) {
  for (const person of who)
    await until(`${person.user} to be served`, async () => served(await ask(person)), ms);
}

/** Lines of the vault that tell of answers to other questions. */
const mixed = () => system.log().filter(l => l.event === 'db_shape_wrong' || l.event === 'db_statement_failed').length;

/** All is as before: everybody is served, and no connection answers the wrong question. */
async function whole(who) {
  await database.back();
  await allServed(who);
  const before = mixed();
  for (let i = 0; i < 5; i++)
    for (const seen of await Promise.all(who.map(person => ask(person)))) assert.ok(served(seen), JSON.stringify(seen));
  assert.equal(mixed(), before, 'statements that fail although all is well again');
}

/** Live people see nothing; the others are served or told to wait. */
function onlyWaits({ odd, slowest }, live, what) {
  const wrong = odd.filter(o => live.has(o.user) || !toldToWait(o));
  assert.deepEqual(wrong, [], what);
  assert.ok(slowest < PATIENCE_MS, `${what}: the slowest answer took ${slowest} ms`);
}

test('PostgreSQL stopped: live people go on and their workers stay, others are told to wait, all comes back by itself', async () => {
  const [silent, busy, stranger] = people;
  const seconds = long ? 60 : 5;
  await mustServe(silent, 'before');
  const load1 = load([busy], { pause: 200 });
  await until('the busy one to be served', async () => served(await ask(busy)));
  database.stop();
  try {
    const end = Date.now() + seconds * 1000;
    await until('/ready to turn red', async () => (await system.status('/ready')) === 503);
    assert.equal(await system.status('/health'), 200);
    while (Date.now() < end) {
      const login = await new Person(system.url).request('/login');
      assert.equal(login.status, 503);
      assert.ok(Number(login.headers.get('retry-after')) > 0);
      assert.match(login.html, /try again|moment|again/i);
      const refused = await ask(stranger);
      assert.ok(toldToWait(refused), JSON.stringify(refused));
      await sleep(500);
    }
    // Longer than the idle time without a word: the worker is there all the same.
    await mustServe(silent, 'after a silence in the outage');
  } finally {
    await database.start();
  }
  const began = Date.now();
  await database.back();
  assert.ok(Date.now() - began < 10000, `back after ${Date.now() - began} ms`);
  onlyWaits(await load1.end(), new Set([busy.user]), 'the outage');
  await mustServe(stranger, 'after the outage');
  await mustServe(silent, 'after the outage');
  const stranger2 = await new Person(system.url).request('/login');
  assert.equal(stranger2.status, 303);
  await until('idle workers to retire again', () => workersOf() <= 8 + 1, 20000);
});

const workersOf = () => system.processes().filter(p => p.name.startsWith('tonearm-worker')).length;

test('PostgreSQL killed again and again, whole or a backend at a time', async () => {
  const live = people.slice(0, 6), churn = people.slice(6, 26);
  await allServed(live);
  const steady = load(live, { pause: 150 });
  // Each of these needs a new worker every time: they pause longer than the idle time.
  const comers = load(churn, { pause: (IDLE_S + 1) * 1000 });
  for (let i = 0; i < (long ? 20 : 2); i++) {
    await sleep(Math.random() * 500);
    for (let n = 0; n < (long ? 3 : 1); n++) {
      const [pid] = (await database.backends()).sort(() => Math.random() - 0.5);
      if (pid) process.kill(pid, 'SIGKILL');
      await database.back();
    }
    database.kill();
    await sleep(Math.random() * 500);
    await database.start();
    await database.back();
  }
  const seen = await steady.end(), late = await comers.end();
  onlyWaits(seen, new Set(live.map(p => p.user)), 'live people');
  onlyWaits(late, new Set(), 'comers');
  await whole(churn);
});

test('two seconds slow: live people do not notice, others are served or told to wait', async () => {
  const live = people.slice(0, 4), others = people.slice(26, 32);
  await allServed(live);
  proxy.behave({ delay: 2000 });
  const steady = load(live, { pause: 100 });
  const comers = load(others, { pause: 200 });
  await sleep(long ? 30000 : 4000);
  const seen = await steady.end();
  const late = await comers.end();
  proxy.behave();
  onlyWaits(seen, new Set(live.map(p => p.user)), 'live people');
  assert.ok(seen.slowest < 2000, `a live person waited ${seen.slowest} ms`);
  onlyWaits(late, new Set(), 'others');
  await allServed(others);
});

test('cut in the middle, noise, endless and superfluous answers: everybody gets their own or none, and service returns', async () => {
  const live = people.slice(0, 4), churn = people.slice(32, 44);
  await allServed(live);
  for (const how of ['surplus', 'cutInTheMiddle', 'noise', 'giant']) {
    const steady = load(live, { pause: 100 }), comers = load(churn, { pause: 100 });
    proxy.behave({ spoil: spoilers[how](7) });
    await sleep(long ? 10000 : 1200);
    proxy.behave();
    onlyWaits(await steady.end(), new Set(live.map(p => p.user)), `${how}: live people`);
    onlyWaits(await comers.end(), new Set(), `${how}: others`);
    await whole(churn);
  }
});

for (const frozen of long ? ['answers', 'all'] : ['answers'])
  test(`frozen in the middle of transactions (${frozen}): nobody waits for ever, and service returns`, async () => {
    const live = people.slice(0, 4), churn = people.slice(44, 54);
    await allServed(live);
    const steady = load(live, { pause: 100 }), comers = load(churn, { pause: 100 });
    await sleep(100);
    proxy.behave({ frozen });
    await sleep(long ? 15000 : 4000);
    proxy.behave();
    onlyWaits(await steady.end(), new Set(live.map(p => p.user)), 'live people');
    onlyWaits(await comers.end(), new Set(), 'others');
    await whole(churn);
  });

/** What Spotify was asked to refresh since it was last asked to forget. */
const refreshes = async () => (await system.sandbox.get('record?limit=200000')).entries
  .filter(r => r.grant_type === 'refresh_token');
const forget = () => system.sandbox.post('record/clear');

/** From now on Spotify refuses every access token there is. */
const expireAll = () => system.sandbox.post('clock', { advance_seconds: 3700 });

test('a backend stopped in the middle of a transaction holds up nobody else', async () => {
  const [victim, ...others] = people.slice(54, 58);
  await allServed([victim, ...others]);
  const id = database.sql(`SELECT id FROM tonearm.person WHERE spotify_id = '${victim.user}'`);
  database.sql(`CREATE FUNCTION public.dawdle() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_catalog.pg_sleep(1.5); RETURN NULL; END';
    CREATE TRIGGER dawdle AFTER UPDATE ON tonearm.sealed FOR EACH ROW WHEN (NEW.person = '${id}')
    EXECUTE FUNCTION public.dawdle()`);
  await expireAll();
  // The refresh takes a lease: an UPDATE, which dawdles with the row locked.
  const call = ask(victim);
  const stopped = await until('a backend with the row locked', async () => (await database.backends("wait_event = 'PgSleep'"))[0]);
  process.kill(stopped, 'SIGSTOP');
  try {
    for (let i = 0; i < 3; i++)
      for (const person of others) {
        const { ms } = await mustServe(person, 'beside a stopped backend');
        assert.ok(ms < PATIENCE_MS, `${ms} ms`);
      }
    const seen = await call;
    assert.ok(seen.status === 200 && seen.ms < 3 * PATIENCE_MS, JSON.stringify(seen));
    assert.doesNotMatch(seen.text, /sign in/i);
  } finally {
    process.kill(stopped, 'SIGCONT');
    await until('the row to be free', () => { database.sql(`SET lock_timeout = 500;
      DROP FUNCTION public.dawdle() CASCADE`); return true; });
  }
  await allServed([victim], 40000);
});

test('rotated refresh tokens: none is lost, whatever happens to the database meanwhile', async () => {
  const group = people.slice(0, long ? 50 : 40), rounds = long ? 20 : 1, each = long ? 1 : 3;
  const troubles = [
    () => proxy.cut(),
    async () => { proxy.behave({ frozen: 'answers' }); await sleep(300); proxy.cut(); proxy.behave(); },
    async () => { for (const pid of await database.backends()) try { process.kill(pid, 'SIGKILL'); } catch { /* gone */ } },
    async () => { database.stop(); await sleep(300); await database.start(); },
    () => proxy.cut(true),
    async () => { proxy.behave({ spoil: spoilers.cutInTheMiddle(3) }); await sleep(400); proxy.behave(); },
  ];
  const refused = [];
  let rotated = 0;
  const count = async () => {
    for (const r of await refreshes())
      if (/^ok/.test(r.outcome ?? '')) rotated++;
      else refused.push(r);
  };
  await system.sandbox.post('switches', { rotate_refresh: true });
  await allServed(group);
  for (let round = 0; round < rounds; round++) {
    await forget();
    await expireAll();
    const calls = group.map(async person => { await sleep(Math.random() * 400); return ask(person); });
    await sleep(Math.random() * 400);
    for (let n = 0; n < each; n++) await troubles[(round + n) % troubles.length]();
    for (const seen of await Promise.all(calls)) assert.doesNotMatch(seen.text, /sign in again|has ended|expired/i);
    await database.back();
    await allServed(group, 60000);
    await count();
  }
  // The rows in the database are as good as what the workers had in memory.
  await until('all workers to retire', () => workersOf() <= 8 + 1, 30000);
  await forget();
  await expireAll();
  await allServed(group);
  await count();
  assert.deepEqual(refused, [], 'refresh tokens that Spotify refused');
  assert.ok(rotated >= group.length * (rounds + 1), `${rotated} of ${group.length * (rounds + 1)}`);
  console.log(`# ${rotated} refresh tokens rotated in ${rounds} troubles, 0 lost`);
});

test('two requests at once lead to one refresh', async () => {
  const [person] = people.slice(58);
  await allServed([person]);
  for (let i = 0; i < 5; i++) {
    await forget();
    await expireAll();
    const seen = await Promise.all([ask(person), ask(person), ask(person, 'get_status')]);
    assert.ok(seen.every(served), JSON.stringify(seen));
    assert.equal((await refreshes()).filter(r => r.user === person.user).length, 1);
  }
});
