// The whole measurement; started by run.sh.  Parts: warm (with counts and the
// comparison with the SDK), churn; or counts alone, which --gate makes a test.  What is measured is explained in
// docs/performance.md; goals.mjs makes the table.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isRoot, outDir, sleep, until } from '../e2e/lib/system.mjs';
import { gate, table } from './goals.mjs';
import { MemoryGroup, births, byAge, faults, median, memory, memoryOf, systemCalls } from './measure.mjs';
import { Rig } from './rig.mjs';
import { startSdk } from './sdk.mjs';

const text = name => ({ type: 'string', default: name });
const { values: options } = parseArgs({
  options: { build: text(''), out: text(join(outDir, 'bench')), users: text('10,100,1000,10000'), core: text('0'), parts: text('warm,churn'), gate: { type: 'boolean' }, doc: text('') },
});
/* The supervisor has two descriptors for each worker, and not every root may raise that limit. */
const files = Number(execFileSync('bash', ['-c', 'ulimit -n'], { encoding: 'utf8' }));
const fits = Math.floor((files - 400) / 200) * 100;
const sizes = options.users.split(',').map(n => Math.min(Number(n), fits)).sort((a, b) => a - b);
const largest = sizes.at(-1);
const parts = options.parts.split(',');
const counted = parts.includes('counts');   /* no times */
const begun = Date.now();
const say = what => process.stderr.write(`bench: ${((Date.now() - begun) / 1000).toFixed(0)} s: ${what}\n`);
const figures = { sizes: {}, bytes: {}, failures: 0 };
let rig, group;

/** KB a user has cost since nobody was there, in all programs and the kernel. */
const memoryPerUser = n => (group.kb - figures.empty) / n;

/** A measured run whose failures are counted. */
async function measured(kind, how) {
  const f = await rig.measured(kind, how);
  figures.failures += f.failed;
  if (f.failed > 0) say(`${kind}: ${f.failed} of ${f.sent} failed: ${JSON.stringify(f)}`);
  return f;
}

/** Medians of several interleaved rounds: {kind: figures}. */
async function rounds(n, plan, hook = () => {}) {
  const all = {};
  /* A busy machine gets fewer rounds, so that the whole stays bounded. */
  for (let i = 0; i < (Date.now() - begun > 420000 ? 1 : n); i++) {
    for (const [kind, how] of plan) (all[kind] ??= []).push(await measured(kind, how));
    await hook(i, all);
  }
  return Object.fromEntries(Object.entries(all).map(([kind, list]) => [kind,
    Object.fromEntries(Object.keys(list[0]).map(name => [name, median(list.map(f => f[name]))]))]));
}

/* A worker gives memory back when nothing was asked of it for two seconds (worker/run.c). */
const rested = () => sleep(3500);

const sample = pids => pids.slice(-60);
const blanks = 8;

/** Workers, the oldest first. */
const workersByAge = () => byAge(rig.members().worker);

/** Memory of the workers that came last, but not of the blank ones. */
function fresh() {
  const workers = workersByAge();
  return sample(workers.slice(0, -blanks));
}

function privateMasters() {
  const m = rig.members();
  return Object.fromEntries(['tonearmd', 'front', 'vault', 'keyring', 'egress', 'portal']
    .map(name => [name, (m[name] ?? []).reduce((n, p) => n + memory(p).Private_Dirty, 0)]));
}

const once = (from, to, rate) => ({ users: [from, to], rate, seconds: (to - from) / rate * 1.5 + 5, order: 'once' });

/** The same as fast as it goes, some at a time: times mean nothing then. */
const quickly = (from, to) => ({ users: [from, to], rate: 1e6, seconds: Math.min((to - from) / 50 + 20, 120), order: 'once', connections: 16 });

/** What a request costs in calls to the kernel, by program. */
async function counts() {
  const result = {};
  for (const [kind, rate] of [['list', 500], ['call', 500], ['upstream', 200]]) {
    const { tonearmd, front, vault, worker, egress } = rig.members();
    const before = faults(worker), beforeFront = faults(front);
    const { result: f, calls } = await systemCalls({ front, worker, others: [...tonearmd, ...vault, ...egress] },
      () => rig.load(kind, { users: 100, rate, seconds: 3 }));
    result[kind] = Object.fromEntries(Object.entries(calls).map(([name, n]) => [name, n / f.good]));
    result[kind].all = Object.values(calls).reduce((a, b) => a + b, 0) / f.good;
    result[kind].workerFaults = (faults(worker) - before) / f.good;
    result[kind].frontFaults = (faults(front) - beforeFront) / f.good;
    figures.failures += f.failed;
  }
  return result;
}

async function grow(from, to) {
  const how = to > 1000 ? quickly(from, to) : once(from, to, 100);
  let f;
  if (to === 1000) {
    const { result, births: born } = await births(rig.dir, () => measured('list', how));
    f = result;
    figures.births = born;
  } else f = await measured('list', how);
  await rested();
  const perUser = memoryPerUser(to);
  const pids = fresh();
  return { ...f, perUser, private: memoryOf(pids, 'Private_Dirty'), pss: memoryOf(pids, 'Pss'),
    pageTables: memoryOf(pids, 'PageTables') };
}

async function atSize(from, n) {
  const s = figures.sizes[n] = {};
  say(`${n} users: first requests`);
  s.cold = await grow(from, n);
  say(`${n} users: warm`);
  const seconds = 2;
  const plan = [['nginx call', { users: n, rate: 2000, seconds }], ['call', { users: n, rate: 2000, seconds }],
    ['nginx list', { users: n, rate: 2000, seconds }], ['list', { users: n, rate: 2000, seconds }]];
  /* Twenty requests each, as far as that can be had in the time. */
  await measured('list', { users: n, rate: 2000, seconds: Math.min(n / 100 * 1.1 + 0.5, 6) });
  await measured('call', { users: n, rate: 2000, seconds: Math.min(n / 100 * 1.1 + 0.5, 6) });
  if (!counted) s.warm = await rounds(n === 100 ? 5 : 3, plan, async (i, all) => {
    if (n !== 100 || i >= 3) return;
    for (const [kind, rate] of [['sdk list', 50], ['sdk call', 100]])
      (all[kind] ??= []).push(await measured(kind, { users: 16, rate, seconds: 2 }));
  });
  s.privateBusy = memoryOf(fresh(), 'Private_Dirty');
  await rested();
  s.privateAfterCalls = memoryOf(fresh(), 'Private_Dirty');
  if (n === 1000) s.p99 = await measured('list', { users: n, rate: 500, seconds: 8 });
  s.idle = memoryPerUser(n);
  say(`${n} users: upstream`);
  s.firstUpstream = await measured('upstream', n > 1000 ? quickly(from, n) : once(from, n, 100));
  s.connectedBusy = memoryPerUser(n);
  s.privateConnectedBusy = memoryOf(fresh(), 'Private_Dirty');
  await rested();
  s.connected = memoryPerUser(n);
  s.privateConnected = memoryOf(fresh(), 'Private_Dirty');
  s.upstream = (await rounds(counted ? 1 : 3, [['upstream', { users: n, rate: 300, seconds: 2 }]])).upstream;
  if (n === 100) {
    say('counts');
    figures.counts = await counts();
  }
  await rested();
  s.privateAtEnd = memoryOf(fresh(), 'Private_Dirty');
  s.total = group.kb;
  s.workers = rig.members().worker.length;
}

async function warm() {
  await rig.serve({ worker_idle_seconds: 86400 });
  say('making people');
  await rig.people(largest);
  figures.bytes = rig.bytes;
  if (!counted) {
    rig.also(await startSdk(rig.tools, rig.dir));
    await measured('sdk list', { users: 16, rate: 50, seconds: 5 });
    await measured('sdk call', { users: 16, rate: 100, seconds: 4 });
  }
  figures.failures = 0;
  await sleep(500);
  group = new MemoryGroup(rig.members().all);
  figures.exact = group.exact;
  figures.empty = group.kb;
  figures.blankPrivate = memoryOf(rig.members().worker, 'Private_Dirty');
  figures.masters = { empty: privateMasters() };
  let from = 0;
  for (const n of sizes) {
    await atSize(from, n);
    if (n === 100) await rig.without();
    from = n;
  }
  figures.masters[largest] = privateMasters();
  figures.longest = memoryOf(workersByAge().slice(0, 10), 'Private_Dirty');
}

const bound = () => rig.log().split('"worker_bound"').length - 1;

async function allGone() {
  await until('idle workers to leave', () => rig.members().worker.length <= blanks, 30000).catch(() => say('some workers stay'));
}

/** Runs it and tells what share of the requests hit a worker that had just been made. */
async function cold(kind, how) {
  const before = bound();
  const f = await measured(kind, how);
  f.coldShare = (bound() - before) / f.sent;
  return f;
}

async function churn() {
  say('churn');
  await rig.serve({ worker_idle_seconds: 1 });
  await rig.people(largest);
  const some = Math.min(largest, 300), many = Math.min(largest, 2000);
  await measured('list', once(0, some, 300));
  await allGone();
  const before = privateMasters();
  const c = figures.churn = { freshPrivate: memoryOf(rig.members().worker, 'Private_Dirty') };
  c.every = await cold('list', quickly(0, largest));
  await allGone();
  const after = privateMasters();
  c.masters = { before, after };
  /* A few people are lost among the pages of six programs. */
  if (largest >= some + 500) c.perAbsentUser = Object.keys(after).reduce((n, k) => n + after[k] - before[k], 0) / (largest - some);
  say('churn: list');
  c.list = await cold('list', { users: many, rate: 300, seconds: 15 });
  say('churn: upstream');
  c.upstream = await cold('upstream', { users: Math.min(largest, 1000), rate: 100, seconds: 15 });
  c.privateConnected = memoryOf(fresh(), 'Private_Dirty');
  await allGone();
  c.blankAfter = memoryOf(rig.members().worker, 'Private_Dirty');
}

async function stop(code) {
  group?.close();
  await rig?.stop().catch(error => say(`stopping: ${error}`));
  process.exit(code);
}

process.on('uncaughtException', error => { say(`failed: ${error.stack}`); void stop(1); });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => { say(`${signal}: ending`); void stop(1); });
if (fits < 10000) say(`${files} descriptors allow ${fits} workers, not 10,000`);
if (!isRoot) say('not root: reduced mode, and no counts of system calls');
let code = 0;
try {
  rig = await Rig.start({ core: Number(options.core), seconds: 1500 });
  if (counted || parts.includes('warm')) await warm();
  if (parts.includes('churn')) await churn();
} catch (error) {
  say(`ended early: ${error.stack}`);
  code = 1;
}
figures.seconds = (Date.now() - begun) / 1000;
mkdirSync(join(options.out, '..'), { recursive: true });
writeFileSync(`${options.out}.json`, JSON.stringify(figures, null, 1));
let page = '';
try {
  page = table(figures);
} catch (error) {
  say(`the table lacks figures: ${error}`);
  code = 1;
}
writeFileSync(`${options.out}.md`, page);
if (options.gate) {
  if (!gate(figures)) code = 1;
} else process.stdout.write(page);
if (options.doc !== '' && code === 0)
  writeFileSync(options.doc, readFileSync(options.doc, 'utf8')
    .replace(/(<!-- figures -->\n)[\s\S]*(<!-- end of figures -->)/, (_, a, b) => `${a}\n${page}\n${b}`));
await stop(code);
