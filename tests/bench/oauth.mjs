// What a sign-in by a client costs: CPU of the server's programs and of
// PostgreSQL for each kind of request, beside a page that asks nobody.
//
//   TONEARM_BUILD=... node tests/bench/oauth.mjs [--count 300] [--core 0]
//
// Prints a table of microseconds a request, and as multiples of the page's.
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import { parseArgs } from 'node:util';
import { RawClient, Visitor } from '../e2e/lib/oauth.mjs';
import { System, sleep } from '../e2e/lib/system.mjs';
import { nameOf, tree, used } from './measure.mjs';

const { values: options } = parseArgs({ options: { count: { type: 'string', default: '300' }, core: { type: 'string' } } });
const count = Number(options.count);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const system = await System.start({ name: 'bench-oauth', config: '[limits]\nrequests_per_user = 64\n' });
const root = system.supervisor().pid, database = system.databasePid();
if (options.core) for (const pid of [...tree(root), ...tree(database)]) execFileSync('taskset', ['-apc', options.core, String(pid)], { stdio: 'ignore' });

function ask(method, path, { cookie, form } = {}) {
  return new Promise((resolve, reject) => {
    const body = form && new URLSearchParams(form).toString();
    const request = http.request(`${system.url}${path}`, {
      method, agent, headers: {
        ...(cookie ? { cookie } : {}),
        ...(body ? { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) } : {}),
      },
    }, answer => {
      let text = '';
      answer.setEncoding('utf8').on('data', part => { text += part; }).on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** CPU microseconds by program; workers, and what no request asks, with them. */
function now() {
  const sums = { database: used(database).cpu / 1000 };
  for (const pid of tree(root)) {
    try {
      const name = nameOf(pid).replace('tonearm-', '');
      const own = execFileSync('cat', [`/proc/${pid}/schedstat`], { encoding: 'utf8' }).split(' ')[0];
      sums[name] = (sums[name] ?? 0) + Number(own) / 1000;
    } catch { /* it ended meanwhile */ }
  }
  return sums;
}

const table = {};
/** Runs one(i) count times, one after the other. */
async function measure(name, good, one) {
  for (let i = 0; i < 10; i++) await one(i);
  const before = now();
  for (let i = 10; i < count + 10; i++) {
    const answer = await one(i);
    if (answer.status !== good) throw new Error(`${name}: ${answer.status} ${answer.text.slice(0, 300)}`);
  }
  const after = now();
  table[name] = Object.fromEntries(['front', 'portal', 'vault', 'database'].map(p => [p, (after[p] - before[p]) / count]));
}

try {
  const me = await (await new RawClient(`${system.url}/mcp`).discover()).register(), person = new Visitor(system.url, system.sandbox.url);
  await me.signIn(person, 'marlow');
  const cookie = [...person.cookies()].map(([name, value]) => `${name}=${value}`).join('; ');
  const path = () => { const url = new URL(me.begin()); return url.pathname + url.search; };
  await sleep(1000);
  await measure('GET /privacy', 200, () => ask('GET', '/privacy'));
  await measure('GET /authorize', 303, () => ask('GET', path(), { cookie }));
  const codes = [];
  for (let i = 0; i < count + 10; i++) {
    const code = me.code(await person.walk(me.begin(), me.redirect));
    codes.push({ code, verifier: me.verifier });
    // A code lives a minute: take them in as they come, but not while it is measured.
    if (codes.length === 40 || i === count + 9) await redeem(codes.splice(0));
  }
  await measure('POST /token, refresh', 200, async () => {
    const answer = await ask('POST', '/token', { form: { grant_type: 'refresh_token', refresh_token: me.tokens.refresh_token, client_id: me.id } });
    if (answer.status === 200) me.tokens = JSON.parse(answer.text);
    return answer;
  });

  async function redeem(batch) {
    const before = now();
    for (const { code, verifier } of batch) {
      const answer = await ask('POST', '/token', { form: {
        grant_type: 'authorization_code', code, redirect_uri: me.redirect, code_verifier: verifier, client_id: me.id, resource: me.resource.resource } });
      if (answer.status !== 200) throw new Error(`code: ${answer.status} ${answer.text.slice(0, 300)}`);
      me.tokens = JSON.parse(answer.text);
    }
    const after = now(), sum = table['POST /token, code'] ??= { n: 0, front: 0, portal: 0, vault: 0, database: 0 };
    for (const p of ['front', 'portal', 'vault', 'database']) sum[p] = (sum[p] * sum.n + after[p] - before[p]) / (sum.n + batch.length);
    sum.n += batch.length;
  }

  const page = table['GET /privacy'], ours = t => t.front + t.portal + t.vault;
  console.log(`| ${count} requests, one after the other | front | portal | vault | ours | against a page | PostgreSQL |\n|---|---|---|---|---|---|---|`);
  for (const [name, t] of Object.entries(table))
    console.log(`| ${name} | ${[t.front, t.portal, t.vault, ours(t)].map(n => `${n.toFixed(0)} µs`).join(' | ')} | ${(ours(t) / ours(page)).toFixed(1)}x | ${t.database.toFixed(0)} µs |`);
} finally {
  agent.destroy();
  await system.stop();
}
