// What happens when something dies: a worker, and PostgreSQL.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Person } from './lib/person.mjs';
import { member } from './lib/journey.mjs';
import { call, modern } from './lib/rpc.mjs';
import { System, sleep, until } from './lib/system.mjs';

let system, a, b, d;
before(async () => {
  system = await System.start({ name: 'deaths' });
  await system.sandbox.post('users', { count: 4, prefix: 'mortal' });
  a = await member(system, 'mortal001');
  b = await member(system, 'mortal002');
  await call(a.endpoint, a.token, 'get_status');
  await call(b.endpoint, b.token, 'get_status');
});
after(async () => { await system?.stop(); });

const workers = () => system.processes().filter(p => p.name.startsWith('tonearm-worker')).map(p => p.pid);

/** The pid of the worker that serves this person: their next request names it. */
async function workerOf(who) {
  const requests = () => system.log().filter(l => l.event === 'request' && l.route === 'mcp');
  // Lines are written after the answers: let those of earlier calls arrive.
  await sleep(500);
  const seen = requests().length;
  await call(who.endpoint, who.token, 'get_playback');
  // The line is written after the answer; nobody else may be calling now.
  const { worker } = await until('the request in the log', () => requests()[seen]);
  const bound = system.log().filter(l => l.event === 'worker_bound' && l.worker === worker).at(-1);
  assert.ok(bound?.pid, `the binding of worker ${worker} in the log`);
  return bound.pid;
}

test('a killed worker: its person\'s next request is served within a second, others see nothing', async () => {
  const before = workers();
  const victim = await workerOf(a);
  assert.ok(before.includes(victim));
  let stop = false, others = 0;
  const watch = (async () => {
    while (!stop) {
      await call(b.endpoint, b.token, 'list_playlists');
      others++;
    }
  })();
  process.kill(victim, 'SIGKILL');
  const killed = Date.now();
  const answer = await modern(a.endpoint, a.token, 'tools/call', { name: 'get_status', arguments: {} });
  // The request may meet the death; the one after it may not.
  if (answer.status !== 200) {
    assert.equal(answer.status, 502, answer.text);
    assert.match(answer.text, /is not known/);
    await call(a.endpoint, a.token, 'get_status');
  }
  assert.ok(Date.now() - killed < 1000, `served after ${Date.now() - killed} ms`);
  stop = true;
  await watch;
  assert.ok(others > 0);
  await until('an obituary', () => system.log().some(l => l.event === 'obituary' && l.who === 'worker' && /signal 9/.test(l.how)));
  await until('a replacement', () => workers().length >= before.length);
});

test('a worker killed again and again never gets in the way of others', async () => {
  for (let i = 0; i < 3; i++) {
    // A person whose workers die soon after they came waits: the server may end one more.
    const victim = await until('a worker that stays', () => workerOf(a).catch(() => null));
    process.kill(victim, 'SIGKILL');
    await call(b.endpoint, b.token, 'get_status');
  }
});

test('PostgreSQL stopped: /ready is red, live users go on, sign-in answers 503, and all comes back by itself', async () => {
  // Somebody whose workers have not died: nobody slows them down.
  d = await member(system, 'mortal004');
  await until('service', async () => (await modern(d.endpoint, d.token, 'tools/call', { name: 'get_status', arguments: {} })).status === 200);
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
  system.startDatabase();
  await until('/ready to turn green', async () => (await system.status('/ready')) === 200, 15000);
  const c = await member(system, 'mortal003');
  await call(c.endpoint, c.token, 'get_status');
  await call(d.endpoint, d.token, 'get_status');
});

test('each other program killed: it comes back without a hand and people are served again', async () => {
  for (const name of ['tonearm-egress', 'tonearm-portal', 'tonearm-keyring', 'tonearm-vault', 'tonearm-front']) {
    const of = () => system.processes().find(p => name.startsWith(p.name) || p.name === name.slice(0, 15));
    const old = of();
    assert.ok(old, `${name} runs`);
    process.kill(old.pid, 'SIGKILL');
    await until(`${name} to come back`, () => of() && of().pid !== old.pid, 10000);
    await until(`service after the death of ${name}`, async () =>
      (await system.status('/ready')) === 200 &&
      (await modern(d.endpoint, d.token, 'tools/call', { name: 'get_playback', arguments: {} })).status === 200, 15000);
  }
});
