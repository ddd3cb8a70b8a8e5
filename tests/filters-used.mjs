// Each role's list of system calls (shared/confine/filters.c) against the calls
// that the role makes while whole-system tests run under strace: a call that
// stands in a list was seen, or its comment says "unseen:" and why it stands
// there; what was seen is in the list (else the program would have died of it).
//
//   node tests/filters-used.mjs BUILD [TEST-FILE...]     prints TAP
//
// Rates every list by what three suites and the unit tests of whole programs do;
// about five minutes.  With TONEARM_TRACES=FOLDER the traces of an earlier run are read, not made.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const source = new URL('..', import.meta.url).pathname;
const build = resolve(process.argv[2] ?? join(source, 'build/check/gcc'));
const tests = process.argv.length > 3 ? process.argv.slice(3)
  : ['clients', 'deaths', 'isolation'].map(n => `tests/e2e/${n}.test.mjs`);
const UNITS = ['unit-vault', 'test_egress_program', 'tests/unit/front/test_front', 'tests/unit/keyring/test_program',
  'unit-portal-program', 'unit-enroll', 'unit-fetch-program'];
const ROLES = ['front', 'vault', 'keyring', 'portal', 'egress', 'enroll', 'fetch', 'worker'];

// --- what the lists say ---------------------------------------------------------

/** {list: [{name, when, reason}]} from filters.c. */
function lists() {
  const text = readFileSync(join(source, 'shared/confine/filters.c'), 'utf8');
  const found = {};
  for (const [, name, body] of text.matchAll(/const struct call (\w+)\[\] = \{\n([\s\S]*?)\n\};/g)) {
    found[name] = [];
    for (const line of body.split('\n')) {
      const reason = line.match(/\/\* unseen: (.*?) \*\//)?.[1];
      for (const [, call, when] of line.matchAll(/\{"(\w+)", (CALL_\w+)\}/g))
        found[name].push({ name: call, when, reason });
    }
  }
  return found;
}

// --- what the programs do --------------------------------------------------------

/** A folder that quickstart takes for a build, whose server runs under strace. */
function tracedBuild(work, traces) {
  const shim = join(work, 'build');
  mkdirSync(shim);
  for (const name of readdirSync(build).filter(n => /^tonearm(-\w+)*$|^tonearmd$/.test(n)))
    symlinkSync(join(build, name), join(shim, name));
  writeFileSync(join(work, 'tonearmd'), `#!/bin/sh
exec strace -DDD -f -ff -qq -s 0 -e signal=none -o ${traces}/$$ "$(dirname "$0")/traced/tonearmd" "$@"
`);
  chmodSync(join(work, 'tonearmd'), 0o755);
  writeFileSync(join(shim, 'Makefile'), `install:
\t+@$(MAKE) -s -C ${build} install prefix=$(prefix)
\t@mkdir -p $(prefix)/sbin/traced && mv $(prefix)/sbin/tonearmd $(prefix)/sbin/traced/
\t@cp ${join(work, 'tonearmd')} $(prefix)/sbin/tonearmd
`);
  return shim;
}

function makeTraces(work) {
  const traces = join(work, 'traces'), out = join(work, 'out');
  mkdirSync(traces);
  mkdirSync(out);
  const shim = tracedBuild(work, traces);
  for (const file of tests) {
    const run = spawnSync(process.execPath, ['--test', join(source, file)], {
      cwd: source, encoding: 'utf8', maxBuffer: 1 << 28, timeout: 900000,
      env: { ...process.env, TONEARM_BUILD: shim, TONEARM_SOURCE: source, TONEARM_OUT: out },
    });
    writeFileSync(join(out, `${basename(file)}.tap`), run.stdout + run.stderr);
    // Tests that measure time may fail so much slowed down; what they made the
    // programs do counts all the same.
    const [, passed] = run.stdout.match(/^(?:# |ℹ )pass (\d+)/m) ?? [0, 0];
    const [, failed] = run.stdout.match(/^(?:# |ℹ )fail (\d+)/m) ?? [0, '?'];
    console.log(`# ${basename(file)}: ${passed} tests passed, ${failed} failed under strace`);
  }
  // Unit tests that run a program behind its filter: a database over TLS and by name,
  // Spotify over TLS.
  for (const name of UNITS.filter(n => existsSync(join(build, n)))) {
    const run = spawnSync('strace', ['-f', '-ff', '-qq', '-s', '0', '-e', 'signal=none',
      '-o', join(traces, `unit-${basename(name)}`), `./${name}`],
    { cwd: build, timeout: 300000, stdio: 'ignore', env: { ...process.env, srcdir: source } });
    console.log(`# ${name}: ${run.status === 0 ? 'passed' : 'failed'} under strace`);
  }
  return traces;
}

/** Adds the calls of one process, after its filter was applied, to seen[role]. */
function readTrace(path, seen, counts) {
  const lines = readFileSync(path, 'utf8').split('\n');
  const program = lines.findLast(l => l.startsWith('execve('))?.match(/tonearm-(\w+)"/)?.[1];
  const from = lines.findIndex(l => /^seccomp\(SECCOMP_SET_MODE_FILTER, .* = 0/.test(l));
  if (from < 0) return;
  // A worker is forked, the others are executed.
  const role = program ?? 'worker';
  counts[role] = (counts[role] ?? 0) + 1;
  for (const line of lines.slice(from + 1)) {
    const [, call] = line.match(/^(\w+)\(/) ?? [];
    if (call) (seen[role] ??= new Map()).set(call, line);
  }
}

function readTraces(folder) {
  const seen = {}, counts = {};
  for (const name of readdirSync(folder)) readTrace(join(folder, name), seen, counts);
  console.log(`# processes behind a filter: ${JSON.stringify(counts)}`);
  return seen;
}

// --- both directions --------------------------------------------------------------

function compare(seen) {
  const all = lists(), complaints = { unseen: [], unlisted: [], stale: [] };
  const common = new Map(all.calls_of_all.map(c => [c.name, c]));
  const anywhere = name => ROLES.some(r => seen[r]?.has(name));
  for (const c of common.values()) {
    if (!anywhere(c.name) && !c.reason) complaints.unseen.push(`every role: ${c.name}`);
    if (anywhere(c.name) && c.reason) complaints.stale.push(`every role: ${c.name}`);
  }
  for (const role of ROLES) {
    const own = new Map((all[role] ?? all.worker).map(c => [c.name, c]));
    const mine = name => all[role] ? seen[role]?.has(name) : ['enroll', 'fetch', 'worker'].some(r => seen[r]?.has(name));
    for (const c of all[role] ? own.values() : []) {
      const used = role === 'worker' ? mine(c.name) || seen.enroll?.has(c.name) || seen.fetch?.has(c.name) : mine(c.name);
      if (!used && !c.reason) complaints.unseen.push(`${role}: ${c.name}`);
      if (used && c.reason) complaints.stale.push(`${role}: ${c.name}`);
    }
    for (const [name, line] of seen[role] ?? [])
      if (!common.has(name) && !own.has(name)) complaints.unlisted.push(`${role}: ${line}`);
    if (process.env.TONEARM_VERBOSE)
      console.log(`# ${role}: ${[...(seen[role]?.keys() ?? [])].sort().join(' ')}`);
  }
  return complaints;
}

let bad = 0, n = 0;
function say(ok, what, details = []) {
  console.log(`${ok ? 'ok' : 'not ok'} ${++n} - ${what}`);
  for (const d of details) console.log(`# ${d}`);
  if (!ok) bad++;
}

try {
  execFileSync('strace', ['-V'], { stdio: 'ignore' });
} catch {
  console.log('1..0 # skipped: strace is not installed');
  process.exit(0);
}
const given = process.env.TONEARM_TRACES;
const work = given ? null : mkdtempSync('/tmp/tonearm-filters-');
if (work) chmodSync(work, 0o755);
try {
  const seen = readTraces(given ?? makeTraces(work));
  say(ROLES.every(r => seen[r]?.size > 5), 'every role was seen at work behind its filter');
  const { unseen, unlisted, stale } = compare(seen);
  say(unseen.length === 0, 'every call in a list was seen or has a reason', unseen);
  say(unlisted.length === 0, 'every call that was seen stands in the list', unlisted);
  // No failure: which test makes a rare call may hang on time.
  for (const s of stale) console.log(`# seen although its comment says unseen: ${s}`);
  console.log(`1..${n}`);
} finally {
  if (work && !process.env.TONEARM_KEEP && existsSync(work)) rmSync(work, { recursive: true, force: true });
  else if (work) console.log(`# kept: ${work}`);
}
process.exit(bad ? 1 : 0);
