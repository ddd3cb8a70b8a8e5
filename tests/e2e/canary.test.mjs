// T7: people with known tokens under load; then the memory of every process,
// the logs, environments, command lines and a dump of the database are
// searched.  A Spotify token may be in its own person's worker only; our own
// tokens may not be at rest anywhere.
// Alone: it reads the memory of every program under load.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { member } from './lib/journey.mjs';
import { memory, search } from './lib/memory.mjs';
import { call } from './lib/rpc.mjs';
import { isRoot, System } from './lib/system.mjs';

const PEOPLE = Number(process.env.TONEARM_CANARY_PEOPLE ?? 20);
let system;
before(async () => {
  system = await System.start({ name: 'canary' });
  await system.sandbox.post('users', { count: PEOPLE, prefix: 'canary' });
});
after(async () => { await system?.stop(); });

test(`${PEOPLE} people: a Spotify token is nowhere but in its own worker`, { skip: isRoot ? false : 'needs root to read memory' }, async () => {
  const people = [];
  for (let i = 1; i <= PEOPLE; i++)
    people.push(await member(system, `canary${String(i).padStart(3, '0')}`));
  for (let round = 0; round < 3; round++)
    await Promise.all(people.map(p => call(p.endpoint, p.token, ['get_playback', 'list_playlists', 'get_status'][round])));
  // One refresh for everybody, so that second tokens exist as well.
  await system.sandbox.post('clock', { advance_seconds: 3700 });
  await Promise.all(people.map(p => call(p.endpoint, p.token, 'list_playlists')));

  const owner = new Map();
  for (const p of people) {
    const issued = await system.sandbox.get(`tokens?user=${p.user}`);
    for (const t of [...issued.access, ...issued.refresh]) owner.set(t, p.user);
  }
  assert.ok(owner.size >= PEOPLE * 3, `${owner.size} tokens were issued`);
  const spotify = [...owner.keys()], ours = people.map(p => p.token);

  const carriers = new Map();   // pid -> people whose Spotify tokens it holds
  let searched = 0, bytes = 0;
  for (const { pid, name } of system.everything()) {
    await turn();   // else a connection that the server closes meanwhile still looks open
    const parts = [...memory(pid)];
    bytes += parts.reduce((n, p) => n + p.length, 0);
    searched += parts.length > 0 ? 1 : 0;
    const users = new Set([...search(parts, spotify)].map(t => owner.get(t)));
    if (users.size > 0) carriers.set(pid, { name, users });
    for (const file of ['environ', 'cmdline']) {
      let text = '';
      try { text = readFileSync(`/proc/${pid}/${file}`, 'latin1'); } catch { /* it ended meanwhile */ }
      assert.equal(search([text], [...spotify, ...ours]).size, 0, `a token in ${file} of ${name}`);
    }
  }
  assert.ok(searched >= PEOPLE + 7 + 5 && bytes > 10 << 20, `${searched} processes, ${bytes} bytes searched`);
  const foreign = [...carriers.values()].filter(c => c.users.size !== 1 || !c.name.startsWith('tonearm-worker'));
  assert.deepEqual(foreign.map(c => ({ ...c, users: [...c.users] })), []);
  // The search would have found something: every worker holds its own person's.
  assert.equal(carriers.size, PEOPLE);
  assert.equal(new Set([...carriers.values()].flatMap(c => [...c.users])).size, PEOPLE);
});

test('no token of any kind is in a log or in the database', async () => {
  const who = await member(system, 'canary001');
  await call(who.endpoint, who.token, 'get_status');
  const issued = await system.sandbox.get('tokens');
  const needles = [who.token, who.person.cookie('tonearm_session'), ...issued.access, ...issued.refresh];
  assert.ok(needles.every(Boolean) && needles.length > 4);
  const logs = readdirSync(join(system.state, 'log')).filter(f => f !== 'sandbox.log')
    .map(f => readFileSync(join(system.state, 'log', f), 'utf8'));
  assert.equal(search(logs, needles).size, 0, 'a secret in a log');
  const dump = system.dump();
  assert.match(dump, /canary001/, 'the dump shows the people');
  assert.equal(search([dump], needles).size, 0, 'a secret in the database');
});

test('no program\'s memory can be read by its own user or end in a core file', { skip: isRoot ? false : 'needs users of their own' }, async () => {
  const names = new Set();
  for (const { pid, name } of system.processes()) {
    let status, limits;
    try {
      status = readFileSync(`/proc/${pid}/status`, 'utf8');
      limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
    } catch {
      continue;   // it ended meanwhile
    }
    const uid = Number(status.match(/^Uid:\s+(\d+)/m)[1]);
    assert.match(limits, /^Max core file size +0 +0 /m, `${name} may leave a core file`);
    if (uid === 0) continue;   // the supervisor
    // The kernel gives the files of a process that is not dumpable to root.
    const owner = statSync(`/proc/${pid}/environ`, { throwIfNoEntry: false });
    if (!owner) continue;
    assert.equal(owner.uid, 0, `${name} can be read by user ${uid}`);
    assert.throws(() => execFileSync('setpriv', [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', 'cat', `/proc/${pid}/environ`],
      { stdio: 'ignore' }), `${name} was read by user ${uid}`);
    names.add(name);
  }
  assert.ok(names.size >= 6, [...names].join(' '));
});
