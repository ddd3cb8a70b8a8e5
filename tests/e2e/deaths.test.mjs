// What happens when something dies, or lives and does not work: a worker, any
// other program, the supervisor, PostgreSQL.
// Alone: it measures how soon all is back.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Person } from './lib/person.mjs';
import { member } from './lib/journey.mjs';
import { call, modern } from './lib/rpc.mjs';
import { System, sleep, until } from './lib/system.mjs';

let system, a, b, d;
before(async () => {
  system = await System.start({ name: 'deaths' });
  await system.sandbox.post('users', { count: 12, prefix: 'mortal' });
  a = await member(system, 'mortal001');
  b = await member(system, 'mortal002');
  await call(a.endpoint, a.token, 'get_status');
  await call(b.endpoint, b.token, 'get_status');
});
after(async () => { await system?.stop(); });

const workers = () => system.processes().filter(p => p.name.startsWith('tonearm-worker')).map(p => p.pid);
const named = name => system.processes().find(p => p.name === name.slice(0, 15));
const asks = (who, tool = 'get_status') => modern(who.endpoint, who.token, 'tools/call', { name: tool, arguments: {} });

/** The pid of the worker that serves this person. */
const workerOf = who => system.workerOf(() => call(who.endpoint, who.token, 'get_playback'));

/** b asks all the time, until the returned function is called. */
function witness() {
  let stop = false, answers = 0;
  const running = (async () => {
    while (!stop) {
      await call(b.endpoint, b.token, 'list_playlists');
      answers++;
    }
  })();
  return async () => {
    stop = true;
    await running;
    assert.ok(answers > 0);
  };
}

test('a killed worker: its person\'s next request is served within a second, others see nothing', async () => {
  const before = workers();
  const victim = await workerOf(a);
  assert.ok(before.includes(victim));
  const seen = witness();
  process.kill(victim, 'SIGKILL');
  const killed = Date.now();
  const answer = await asks(a);
  // The request may meet the death; the one after it may not.
  if (answer.status !== 200) {
    assert.equal(answer.status, 502, answer.text);
    assert.match(answer.text, /is not known/);
    await call(a.endpoint, a.token, 'get_status');
  }
  assert.ok(Date.now() - killed < 1000, `served after ${Date.now() - killed} ms`);
  await seen();
  await until('an obituary', () => system.log().some(l => l.event === 'obituary' && l.who === 'worker' && /signal 9/.test(l.how)));
  await until('a replacement', () => workers().length >= before.length);
});

test('a person whose workers keep dying is told how long to wait, and costs no worker meanwhile', async () => {
  const who = await member(system, 'mortal005');
  const deaths = () => system.log().filter(l => l.event === 'obituary' && l.who === 'worker').length;
  let refused;
  for (let i = 0; i < 3 && !refused; i++) {
    const victim = await workerOf(who), n = deaths();
    process.kill(victim, 'SIGKILL');
    await until('the obituary', () => deaths() > n);
    const answer = await until('an answer about it', async () => {
      const answer = await asks(who);
      // The end of its worker may be met first.
      return answer.status === 502 ? null : answer;
    });
    if (answer.status !== 200) refused = answer;
  }
  assert.equal(refused?.status, 503, refused?.text);
  assert.match(refused.text, /ended unexpectedly several times.*in \d+ seconds?/);
  const wait = Number(refused.headers['retry-after']);
  assert.ok(wait >= 1 && wait <= 2, `Retry-After ${wait}`);
  // Asking all the same costs nothing but the refusal.
  const bound = () => system.log().filter(l => l.event === 'worker_bound').length;
  const n = bound();
  for (let i = 0; i < 10; i++) assert.equal((await asks(who)).status, 503);
  assert.equal(bound(), n);
  assert.ok(!system.log().some(l => l.event === 'user_throttled'));
  await sleep(wait * 1000);
  await call(who.endpoint, who.token, 'get_status');
  await call(b.endpoint, b.token, 'get_status');
});

test('PostgreSQL stopped: /ready is red, live users go on, sign-in answers 503, and all comes back by itself', async () => {
  // Somebody whose workers have not died: nobody slows them down.
  d = await member(system, 'mortal004');
  await call(d.endpoint, d.token, 'get_status');
  await call(b.endpoint, b.token, 'get_status');
  assert.equal(await system.status('/ready'), 200);
  system.stopDatabase();
  await until('/ready to turn red', async () => (await system.status('/ready')) === 503);
  assert.equal(await system.status('/health'), 200);
  for (let i = 0; i < 10; i++) {
    assert.ok(!(await call(d.endpoint, d.token, 'get_playback')).isError);
    assert.ok(!(await call(b.endpoint, b.token, 'list_playlists')).isError);
    await sleep(50);
  }
  const stranger = new Person(system.url);
  const login = await stranger.request('/login');
  assert.equal(login.status, 503);
  assert.ok(Number(login.headers.get('retry-after')) > 0);
  await system.startDatabase();
  await until('/ready to turn green', async () => (await system.status('/ready')) === 200, 15000);
  const c = await member(system, 'mortal003');
  await call(c.endpoint, c.token, 'get_status');
  await call(d.endpoint, d.token, 'get_status');
});

const PROGRAMS = ['tonearm-egress', 'tonearm-portal', 'tonearm-keyring', 'tonearm-vault', 'tonearm-front'];

/** Until this program is another process and people are served; how long that took. */
async function back(name, old, ms) {
  const began = Date.now();
  await until(`${name} to come back`, () => named(name) && named(name).pid !== old, ms);
  await until(`service after ${name}`, async () => (await system.status('/ready')) === 200 && (await asks(d)).status === 200, ms);
  return Date.now() - began;
}

test('each other program killed: it comes back without a hand and people are served again', async () => {
  for (const name of PROGRAMS) {
    const old = named(name);
    assert.ok(old, `${name} runs`);
    process.kill(old.pid, 'SIGKILL');
    await back(name, old.pid, 15000);
  }
});

test('each program stopped: it is noticed, ended and started anew within five seconds', async t => {
  for (const name of PROGRAMS) {
    const old = named(name);
    process.kill(old.pid, 'SIGSTOP');
    const ms = await back(name, old.pid, 15000);
    t.diagnostic(`${name}: served again ${ms} ms after it was stopped`);
    assert.ok(ms < 5000, `${name}: ${ms} ms`);
    await until('a line that says so', () => system.log().some(l => l.event === 'program_hangs' && l.pid === old.pid && l.how === 'stopped'));
  }
});

test('a stopped nursery is replaced when it owes a worker', async () => {
  const nursery = () => system.log().filter(l => l.event === 'nursery_ready').at(-1).pid;
  const old = nursery();
  process.kill(old, 'SIGSTOP');
  // A new person takes a blank worker, and another one is ordered.
  const who = await member(system, 'mortal006');
  await call(who.endpoint, who.token, 'get_status');
  await until('another nursery', () => nursery() !== old, 10000);
  assert.ok(system.log().some(l => l.event === 'program_hangs' && l.pid === old));
  const other = await member(system, 'mortal007');
  await call(other.endpoint, other.token, 'get_status');
});

test('a worker that is stopped is ended when it does not take up a request', async () => {
  const who = await member(system, 'mortal008');
  const victim = await workerOf(who);
  process.kill(victim, 'SIGSTOP');
  const began = Date.now();
  const answer = await asks(who);
  assert.equal(answer.status, 504, answer.text);
  assert.match(answer.text, /is not known/);
  assert.ok(Date.now() - began < 2000, `${Date.now() - began} ms`);
  await call(who.endpoint, who.token, 'get_status');
});

test('a supervisor that stood still for a while blames nobody', async () => {
  const pids = PROGRAMS.map(name => named(name).pid);
  const supervisor = system.supervisor().pid;
  process.kill(supervisor, 'SIGSTOP');
  await sleep(6000);
  await call(d.endpoint, d.token, 'get_status');
  process.kill(supervisor, 'SIGCONT');
  await until('it to notice', () => system.log().some(l => l.event === 'clock_paused'));
  await sleep(2500);
  assert.deepEqual(PROGRAMS.map(name => named(name).pid), pids);
  await call(d.endpoint, d.token, 'get_status');
});

/** When a process began; null if it is gone. Pids are used again. */
function birth(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : fields[19];
  } catch {
    return null;
  }
}

test('a killed supervisor under load leaves no process behind', async t => {
  const all = system.processes().map(p => ({ ...p, birth: birth(p.pid) })).filter(p => p.birth);
  for (const name of [...PROGRAMS, 'tonearm-worker', 'tonearm-enroll', 'tonearm-fetch', 'tonearmd'])
    assert.ok(all.some(p => p.name === name.slice(0, 15)), `${name} runs`);
  const left = () => all.filter(p => birth(p.pid) === p.birth);
  let over = false;
  const load = [b, d].map(async who => {
    while (!over) await asks(who).catch(() => sleep(20));
  });
  // One that is stopped cannot see the end of its channel.
  process.kill(await named('tonearm-egress').pid, 'SIGSTOP');
  process.kill(all.find(p => p.name === 'tonearmd').pid, 'SIGKILL');
  const killed = Date.now();
  await until('all of them to end', () => left().length === 0, 15000)
    .catch(error => { throw new Error(`${error.message}: ${JSON.stringify(left())}`); });
  t.diagnostic(`${all.length} processes gone ${Date.now() - killed} ms after the supervisor was killed`);
  over = true;
  await Promise.all(load);
  // quickstart has nothing to start it again: it says so and ends, with its database.
  const how = await Promise.race([system.exited, sleep(20000).then(() => null)]);
  assert.ok(how, 'quickstart ended');
  t.diagnostic(`quickstart ended with ${how.code}`);
});
