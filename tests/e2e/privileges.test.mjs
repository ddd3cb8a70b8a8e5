// What each program of a running system may do and holds, as the kernel says it:
// user, groups, capabilities, filters, limits, descriptors, environment.
// Alone: what it sees is to be of one system at rest.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, readlinkSync, statSync, writeFileSync, chmodSync, mkdtempSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { member } from './lib/journey.mjs';
import { call } from './lib/rpc.mjs';
import { System, build, isRoot, until } from './lib/system.mjs';

const SETUID = 1 << 7, SETGID = 1 << 6, KILL = 1 << 5, SETPCAP = 1 << 8;
const ROLES = ['front', 'vault', 'keyring', 'portal', 'egress'];
const needsRoot = { skip: isRoot ? false : 'only root can look into programs of other users' };

let system, log;

before(async () => {
  system = await System.start({ name: 'privileges' });
  log = join(system.state, 'log/tonearm.log');
  await system.sandbox.post('users', { count: 1, prefix: 'held' });
});
after(async () => system?.stop());

// --- what the kernel says -----------------------------------------------------------

/** The lines of /proc/PID/status by their names. */
const status = pid => Object.fromEntries(readFileSync(`/proc/${pid}/status`, 'utf8').split('\n')
  .filter(Boolean).map(l => [l.slice(0, l.indexOf(':')), l.slice(l.indexOf(':') + 1).trim()]));

/** Soft and hard limit of that name. */
const limit = (pid, name) => readFileSync(`/proc/${pid}/limits`, 'utf8').split('\n')
  .find(l => l.startsWith(name)).slice(name.length).trim().split(/ +/).slice(0, 2);

/** {number: what it is} of each open descriptor. */
const descriptors = pid => Object.fromEntries(readdirSync(`/proc/${pid}/fd`).map(fd =>
  [fd, readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/:?\[(?:\d+)\]$/, '').replace(log, 'the log')]));

/** How many descriptors there are of each kind. */
function kinds(pid) {
  const count = {};
  for (const what of Object.values(descriptors(pid))) count[what] = (count[what] ?? 0) + 1;
  return count;
}

/** All programs: {front: [pid], nursery: [pid], worker: [pids], enroll: [pids], fetch: [pids] ...}. */
function programs() {
  const found = {};
  for (const { pid, name } of system.processes()) {
    const filtered = Number(status(pid).Seccomp) === 2;
    const role = name === 'tonearmd' ? 'supervisor'
      : name !== 'tonearm-worker' ? name.replace('tonearm-', '') : filtered ? 'worker' : 'nursery';
    (found[role] ??= []).push(pid);
  }
  return found;
}

/** The programs once the pools of workers, enroll and fetch programs are full. */
const settled = () => until('all programs behind their filters', () => {
  const p = programs();
  // A worker that is being born looks like a nursery.
  return p.nursery?.length === 1 && p.worker?.length >= 8 && p.enroll?.length === 2 && p.fetch?.length === 1
    && [...ROLES, 'enroll', 'fetch'].every(r => p[r].every(pid => status(pid).Seccomp === '2')) && p;
});

const caps = (pid, which) => parseInt(status(pid)[which], 16);

/** One user of its own, no other group, not root. */
function hasItsOwnUser(pid, seen) {
  const { Uid, Gid, Groups } = status(pid);
  const uids = Uid.split('\t'), gids = Gid.split('\t');
  assert.equal(new Set([...uids, ...gids]).size, 1, `${Uid} ${Gid}`);
  assert.notEqual(uids[0], '0');
  assert.equal(Groups, '');
  assert.ok(!seen.has(uids[0]), `uid ${uids[0]} is used twice`);
  seen.add(uids[0]);
}

/** What every program but the supervisor has given up. */
function isConfined(pid, { nursery = false } = {}) {
  const s = status(pid), kept = nursery ? SETUID | SETGID : 0;
  for (const set of ['CapPrm', 'CapEff', 'CapInh', 'CapAmb']) assert.equal(caps(pid, set), kept, `${set} ${s[set]}`);
  // Of no use without a permitted set, and no exec can change that.
  assert.equal(caps(pid, 'CapBnd') & ~(SETUID | SETGID), 0, s.CapBnd);
  assert.equal(s.NoNewPrivs, '1');
  assert.equal(s.Seccomp, nursery ? '0' : '2');
  // Not dumpable: the kernel gives its files in procfs to root.
  assert.equal(statSync(`/proc/${pid}/mem`).uid, 0);
  assert.deepEqual(limit(pid, 'Max core file size'), ['0', '0']);
  assert.equal(readFileSync(`/proc/${pid}/environ`).length, 0, 'the environment is empty');
  assert.equal(s.Threads, '1');
}

// --- the tests ---------------------------------------------------------------------

test('each program has a user of its own and no privilege', needsRoot, async () => {
  const p = await settled(), seen = new Set();
  for (const [role, pids] of Object.entries(p)) {
    if (role === 'supervisor') continue;
    for (const pid of pids) {
      hasItsOwnUser(pid, seen);
      isConfined(pid, { nursery: role === 'nursery' });
    }
  }
  assert.ok(seen.size >= 5 + 1 + 8 + 2 + 1, `${seen.size} users`);
});

test('the supervisor keeps four capabilities of root, and its command line says nothing', needsRoot, () => {
  const [pid] = programs().supervisor;
  for (const set of ['CapPrm', 'CapEff']) assert.equal(caps(pid, set), SETUID | SETGID | KILL | SETPCAP);
  for (const set of ['CapInh', 'CapAmb']) assert.equal(caps(pid, set), 0);
  for (const { pid: any } of system.processes())
    assert.match(readFileSync(`/proc/${any}/cmdline`, 'utf8').replaceAll('\0', ' '), /^(?:\S*\/tonearmd -c \S+|tonearm-\w+) $/);
});

test('programs hold the descriptors of their duty and no other', needsRoot, async () => {
  const p = await settled();
  const channels = { 'front': 3, 'vault': 4, 'keyring': 2, 'portal': 4, 'egress': 1, 'enroll': 4, 'fetch': 3 };
  for (const [role, least] of Object.entries(channels)) {
    const { socket, ...others } = kinds(p[role][0]);
    const base = { '/dev/null': role === 'front' ? 2 : 1, 'the log': 2, 'anon_inode:[eventpoll]': 1, pipe: 2 };
    assert.deepEqual(others, base, role);
    assert.ok(socket >= least, `${role}: ${socket} sockets`);
    if (role === 'enroll' || role === 'fetch') assert.equal(socket, least);
    if (role === 'portal') assert.equal(socket, least);
  }
  const { 'anon_inode:[landlock-ruleset]': rules, ...nursery } = kinds(p.nursery[0]);
  assert.deepEqual(nursery, { '/dev/null': 2, 'the log': 2, socket: 1 });
  assert.equal(rules, (await landlock(system)) > 0 ? 1 : undefined);
});

test('a bound worker has its channels and a connection, no file, and tight limits', needsRoot, async () => {
  const { worker: blank } = await settled();
  const KEYRING = 6, channel = pid => { try { return readlinkSync(`/proc/${pid}/fd/${KEYRING}`); } catch { return null; } };
  const were = new Map(blank.map(pid => [pid, channel(pid)]));
  assert.deepEqual(kinds(blank[0]), { '/dev/null': 3, socket: 5, 'anon_inode:[eventpoll]': 1, pipe: 2 });
  const person = await member(system, 'held001');
  await call(person.endpoint, person.token, 'get_status');
  // The keyring is done with it; a connection to Spotify may have the number now.
  const bound = await until('a worker whose channel to the keyring is closed', () =>
    blank.find(pid => channel(pid) !== were.get(pid) && existsSync(`/proc/${pid}`)));
  const fds = descriptors(bound);
  for (const fd of [0, 1, 2]) assert.equal(fds[fd], '/dev/null');
  for (const fd of [3, 4, 5, 7]) assert.equal(fds[fd], 'socket', `channel ${fd}`);
  const { socket, ...others } = kinds(bound);
  assert.deepEqual(others, { '/dev/null': 3, 'anon_inode:[eventpoll]': 1, pipe: 2 });
  assert.ok(socket <= 4 + 8, `${socket} sockets`);
  assert.deepEqual(limit(bound, 'Max data size'), [String(64 << 20), String(64 << 20)]);
  assert.deepEqual(limit(bound, 'Max address space'), [String(256 << 20), String(256 << 20)]);
  assert.deepEqual(limit(bound, 'Max open files'), ['64', '64']);
  assert.deepEqual(limit(bound, 'Max processes'), ['1', '1']);
  assert.deepEqual(limit(bound, 'Max file size'), ['0', '0']);
  assert.equal(readFileSync(`/proc/${bound}/oom_score_adj`, 'utf8').trim(), '500');
});

// --- Landlock --------------------------------------------------------------------

/** Its version, as tonearm status says it. */
async function landlock(s) {
  const text = execFileSync(join(s.state, 'opt/bin/tonearm'), ['-c', join(s.state, 'tonearm.conf'), 'status'], { encoding: 'utf8' });
  return Number(text.match(/landlock_abi\s+(\d+)/)[1]);
}

test('where the kernel has no Landlock all works, and the log says so', needsRoot, async t => {
  const helper = join(build, 'without-landlock');
  if (!existsSync(helper)) return t.skip('without-landlock was not built');
  // A build whose server is started as on such a kernel.
  const work = mkdtempSync('/tmp/tonearm-shim-');
  chmodSync(work, 0o755);
  let old;
  try {
    const shim = join(work, 'build');
    mkdirSync(shim);
    for (const name of readdirSync(build).filter(n => /^tonearm[\w-]*$/.test(n))) symlinkSync(join(build, name), join(shim, name));
    writeFileSync(join(work, 'tonearmd'), `#!/bin/sh\nexec ${helper} "$(dirname "$0")/real/tonearmd" "$@"\n`);
    chmodSync(join(work, 'tonearmd'), 0o755);
    writeFileSync(join(shim, 'Makefile'), `install:\n\t+@$(MAKE) -s -C ${build} install prefix=$(prefix)\n` +
      '\t@mkdir -p $(prefix)/sbin/real && mv $(prefix)/sbin/tonearmd $(prefix)/sbin/real/\n' +
      `\t@cp ${join(work, 'tonearmd')} $(prefix)/sbin/tonearmd\n`);
    old = await System.start({ name: 'no-landlock', args: ['--build', shim] });
    await old.sandbox.post('users', { count: 1, prefix: 'old' });
    const person = await member(old, 'old001');
    assert.ok(await call(person.endpoint, person.token, 'get_status'));
    assert.equal(await landlock(old), 0);
    assert.equal(old.log().filter(l => l.event === 'landlock_absent').length, 1);
    assert.equal(old.log().filter(l => l.event === 'obituary').length, 0);
  } finally {
    await old?.stop();
    rmSync(work, { recursive: true, force: true });
  }
  assert.equal(system.log().filter(l => l.event === 'landlock_absent').length, (await landlock(system)) > 0 ? 0 : 1);
});
