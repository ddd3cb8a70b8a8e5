// The protocol before the official conformance suite: both of its lines, every
// revision that they know, against a whole system whose workers offer the
// fixtures that the suite asks for; and its scenarios for authorization servers.  Prints TAP: a line for each run and
// scenario, and one for each run's totals.
//
//   TONEARM_BUILD=... node tests/conformance/suite.mjs [NAME-OF-A-RUN ...]
//
// TONEARM_OUT: where the checks of each scenario are kept.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { makeToken, signIn } from '../e2e/lib/journey.mjs';
import { System, freePort, outDir } from '../e2e/lib/system.mjs';
import { authorization } from './authorization.mjs';
import { openDoor } from './door.mjs';

const modules = new URL('../e2e/node_modules/', import.meta.url).pathname;
const NEW = '@modelcontextprotocol/conformance', OLD = 'conformance-0.1';
const AT_ONCE = 3;
const MOST_MS = 240000;

// What each run consists of.  scenarios and passed are what the pinned versions of
// the suite make of it (one check is only made where answers are streams): fewer mean that something silently did not run.
const RUNS = [
  { name: '2026-07-28', user: 'marlow', suite: NEW, args: ['--requirements', '2026-07-28'], scenarios: 50, passed: 196 },
  { name: '2026-07-28-streams', user: 'juniper', streams: true, suite: NEW, args: ['--requirements', '2026-07-28'], scenarios: 50, passed: 197 },
  { name: '2025-11-25', user: 'wren', suite: NEW, args: ['--requirements', '2025-11-25'], scenarios: 33, passed: 83 },
  { name: '2025-11-25-streams', user: 'otter', streams: true, suite: NEW, args: ['--requirements', '2025-11-25'], scenarios: 33, passed: 84 },
  { name: '2025-06-18', user: 'saffron', suite: NEW, args: ['--suite', 'all', '--spec-version', '2025-06-18'], scenarios: 27, passed: 56 },
  { name: '2025-03-26', user: 'wren', suite: NEW, args: ['--suite', 'all', '--spec-version', '2025-03-26'], scenarios: 1, passed: 3 },
  // The suite never sends a secret where the server also takes clients without one.
  { name: 'authorization', user: 'marlow', browser: true, suite: NEW, scenarios: 2, passed: 3 },
  { name: 'authorization-resource', user: 'wren', browser: true, resource: true, suite: NEW, scenarios: 2, passed: 3 },
  { name: '0.1.16', user: 'saffron', suite: OLD, args: ['--suite', 'all'], scenarios: 32, passed: 46 },
];

// A warning of the suite, of what a server SHOULD do, counts like a failure here.
let lines = 0, failed = 0;
function tell(good, what, reasons = []) {
  lines++;
  if (!good) failed++;
  console.log(`${good ? 'ok' : 'not ok'} ${lines} - ${what}`);
  for (const reason of reasons) console.log(`  # ${reason.replaceAll('\n', ' ').slice(0, 600)}`);
}

/** Runs the suite once; resolves with its exit code and output. */
function conduct(run, url, out) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  return new Promise((resolve, reject) => {
    const log = createWriteStream(`${out}.log`);
    const child = spawn(process.execPath, [join(modules, run.suite, 'dist/index.js'), 'server', '--url', url, ...run.args, '-o', out],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), MOST_MS);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', d => { text += d; log.write(d); });
    child.on('error', reject);
    child.on('close', (code, signal) => { clearTimeout(timer); log.end(); resolve({ code: code ?? signal, text }); });
  });
}

/** [{scenario, passed, failures, warnings}] from the folder of a run. */
function read(out) {
  return readdirSync(out, { withFileTypes: true }).filter(d => d.isDirectory()).map(({ name }) => {
    const path = join(out, name, 'checks.json');
    if (!existsSync(path)) return null;
    const checks = JSON.parse(readFileSync(path, 'utf8'));
    const of = status => checks.filter(c => c.status === status);
    return {
      scenario: name.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT.*$/, ''),
      passed: of('SUCCESS').length, failures: of('FAILURE'), warnings: of('WARNING'), skipped: of('SKIPPED'),
    };
  }).filter(Boolean);
}

const reason = check => `${check.id}: ${check.errorMessage ?? check.description ?? 'no reason given'}`;

function judge(run, how, out) {
  const scenarios = read(out);
  let passed = 0, bad = 0, warned = 0;
  for (const s of scenarios) {
    passed += s.passed;
    warned += s.warnings.length;
    bad += s.failures.length;
    tell(s.failures.length + s.warnings.length === 0 && s.passed + s.skipped.length > 0,
      `${run.name} ${s.scenario}: ${s.passed} passed, ${s.failures.length} failed`,
      [...s.failures.map(reason), ...s.warnings.map(w => `warning: ${reason(w)}`)]);
  }
  const total = `${run.name}: ${scenarios.length} scenarios, ${passed} passed, ${bad} failed (${run.seconds} s)`;
  const faults = [];
  if (scenarios.length !== run.scenarios) faults.push(`${run.scenarios} scenarios should have run`);
  if (passed < run.passed) faults.push(`${run.passed} checks should have passed`);
  if (bad > 0) faults.push(`${bad} checks failed`);
  if (warned > 0) faults.push(`${warned} warnings`);
  if (how.code !== 0) faults.push(`the suite ended with ${how.code}: ${how.text.trim().split('\n').slice(-3).join(' | ')}`);
  tell(faults.length === 0, total, faults);
}

const wanted = process.argv.slice(2);
const runs = RUNS.filter(r => wanted.length === 0 || wanted.includes(r.name));
const port = await freePort(), inner = await freePort(), tokens = new Map();
const door = await openDoor(port, inner, tokens);
// The port is of the public URL: the door must be known before the server.
const url = `http://127.0.0.1:${port}`;
const system = await System.start({
  name: 'conformance', port: inner, args: ['--public-url', url],
  programs: { 'tonearm-worker': 'tonearm-worker-fixtures' },
});
try {
  for (const user of new Set(runs.map(r => r.user))) tokens.set(user, await makeToken(await signIn(system, user, url)));
  const waiting = [...runs];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let run; (run = waiting.shift());) {
      const out = join(outDir, 'conformance', run.name), began = Date.now();
      const how = run.browser ?
        await authorization({ url, sandbox: system.sandbox.url, user: run.user, out, resource: run.resource && `${url}/mcp` }) :
        await conduct(run, `${url}/${run.user}${run.streams ? '/streams' : ''}/mcp`, out);
      run.seconds = Math.round((Date.now() - began) / 1000);
      judge(run, how, out);
    }
  }));
} finally {
  door.close();
  await system.stop();
}
console.log(`1..${lines}`);
process.exitCode = failed === 0 && lines > 0 ? 0 : 1;
