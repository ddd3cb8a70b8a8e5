// Malformed traffic over HTTP in both eras: whatever comes, the server answers
// soon and well-formed, no process dies, and the next good request is served.
// TONEARM_SEED: the seed of another run (it is printed), or SEED:NUMBER for one
// request of it; TONEARM_LONG=1: 50,000 requests instead of 2,000.
// Alone: it wants answers to be soon.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { LEGACIES, bearer, resultOf, session } from './lib/eras.mjs';
import { member } from './lib/journey.mjs';
import { malformed } from './lib/mutate.mjs';
import { modern, post } from './lib/rpc.mjs';
import { Stream } from './lib/stream.mjs';
import { System, build, sleep } from './lib/system.mjs';

const [seed, only] = (process.env.TONEARM_SEED ?? String(Date.now() % 1e9)).split(':').map(Number);
const TOTAL = Number(process.env.TONEARM_MALFORMED ?? (process.env.TONEARM_LONG ? 50000 : 2000));
const PEOPLE = 4, LANES = 2, SESSIONS_FOR = 200, HANG_MS = 20000, SLOW_MS = 70000, QUIET_MS = 400;
// 401 and 5xx are for nobody who has a token; 429 would be a limit that such a
// client cannot reach.
const STATUSES = new Set([200, 202, 400, 403, 404, 405, 406, 413, 415]);

const systems = [];
after(async () => { for (const s of systems) await s.stop(); });

/** What the server offers: tools, prompts, addresses. */
async function offered(who) {
  const ask = async (method, name) => (await modern(who.endpoint, who.token, method)).json.result?.[name] ?? [];
  const resources = await ask('resources/list', 'resources'), templates = await ask('resources/templates/list', 'resourceTemplates');
  return {
    tools: await ask('tools/list', 'tools'), prompts: await ask('prompts/list', 'prompts'),
    uris: [...resources.map(r => r.uri), ...templates.map(t => t.uriTemplate.replace(/\{[^}]*\}/g, '7'))],
  };
}

/** The ids of the requests in a body, as JavaScript reads it; null: not readable. */
function expectedIds(body) {
  let parsed;
  try { parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)); } catch { return null; }
  return (Array.isArray(parsed) ? parsed : [parsed]).map(m => m?.id).filter(id => typeof id === 'string' || typeof id === 'number');
}

/** What is wrong with one message of the server; ''. */
function complaint(m, ids, status) {
  if (m === null || typeof m !== 'object' || Array.isArray(m) || m.jsonrpc !== '2.0') return 'not JSON-RPC 2.0';
  const extra = Object.keys(m).filter(k => !['jsonrpc', 'id', 'method', 'params', 'result', 'error'].includes(k));
  if (extra.length) return `unknown members ${extra}`;
  if ('method' in m) return typeof m.method === 'string' && !('result' in m) && !('error' in m) ? '' : 'neither request nor answer';
  if (('result' in m) === ('error' in m)) return 'not one of result and error';
  if ('result' in m && (m.result === null || typeof m.result !== 'object' || Array.isArray(m.result))) return 'the result is no object';
  if ('error' in m && (!Number.isInteger(m.error?.code) || typeof m.error.message !== 'string' || !m.error.message)) return 'not an error';
  if (!('id' in m)) return 'result' in m ? 'a result without id' : status < 400 && !ids?.batch ? 'an error without id' : '';
  if (typeof m.id !== 'string' && typeof m.id !== 'number') return 'not an id';
  return ids?.includes(m.id) ? '' : `id ${JSON.stringify(m.id)} was not asked`;
}

/** Answers what the server asks on a stream, well or badly. */
async function reply(who, headers, question, n) {
  const bodies = [{ jsonrpc: '2.0', id: question.id, result: { action: 'decline' } }, { jsonrpc: '2.0', id: question.id, result: 7 },
    { jsonrpc: '2.0', id: question.id, error: { code: -1, message: 'no' } }, { jsonrpc: '2.0', id: question.id, result: { action: 'accept', content: [] } }];
  const answer = await post(who.endpoint, bodies[n % bodies.length], { headers: { ...bearer(who), ...headers } });
  return answer.status;
}

async function readStream(who, sent, stream, ids, n) {
  let asked = 0;
  for (;;) {
    // What has been asked is answered; a stream with nothing to say is left.
    const questions = stream.messages.filter(m => m.method && m.id !== undefined);
    while (asked < questions.length && asked < 12) await reply(who, { 'mcp-session-id': sent.headers['mcp-session-id'] ?? '' }, questions[asked++], n);
    const count = stream.all.length;
    if (!(await stream.until(s => s.all.length > count, QUIET_MS)) || stream.closed !== undefined) break;
  }
  const ended = stream.closed !== undefined;
  await stream.close();
  for (const m of stream.messages) {
    const wrong = complaint(m, ids, 200);
    if (wrong) return `${wrong}: ${JSON.stringify(m).slice(0, 300)}`;
  }
  const answers = stream.messages.filter(m => !m.method).length;
  if (ids && answers > ids.length) return `${answers} answers`;
  // One that says when to come back may end before its answer (L-13).
  const polled = stream.events.some(e => e.retry !== undefined);
  return ended && !polled && sent.method === 'POST' && answers === 0 ? 'a stream that ended without an answer' : '';
}

/** Sends one; what is wrong with its answer, or ''.  say.outcome: what it was. */
async function attempt(who, sent, agent, n, say) {
  const ids = sent.body && expectedIds(sent.body);
  // Tools of the fixtures whose task is to be slow.
  const limit = /slow/.test(sent.body ?? '') ? SLOW_MS : HANG_MS;
  let stream;
  for (let again = 0; ; again++) {
    let timer;
    stream = await Promise.race([
      Stream.open(who.endpoint, sent.body, {
        agent, method: sent.method,
        headers: { ...(sent.body ? { 'content-type': 'application/json', 'content-length': sent.body.length } : {}), ...sent.headers, ...bearer(who) },
      }),
      new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`no answer in ${limit} ms`)), limit); }),
    ]).finally(() => clearTimeout(timer));
    // Streams and calls that were left behind take a moment to be cleared away.
    if (stream.status !== 429 || again === 20) break;
    await stream.body();
    await sleep(100);
  }
  say.outcome = stream.isEvents ? 'events' : stream.status;
  if (!STATUSES.has(stream.status)) return `status ${stream.status}: ${JSON.stringify(await stream.body()).slice(0, 300)}`;
  if (stream.isEvents) return readStream(who, sent, stream, ids, n);
  if (!(await stream.until(s => s.closed !== undefined, limit))) return 'the answer does not end';
  const answer = await stream.body();
  say.outcome = Array.isArray(answer) ? 'batch' : answer.error ? `${stream.status} ${answer.error.code}` : stream.status;
  if (stream.status === 202) return answer === '' ? '' : '202 with a body';
  if (sent.method !== 'POST' && answer === '') return '';
  if (!(stream.headers['content-type'] ?? '').startsWith('application/json')) return `status ${stream.status} with ${stream.headers['content-type']}`;
  if (typeof answer === 'string') return `no JSON: ${answer.slice(0, 200)}`;
  if (!Array.isArray(answer)) return complaint(answer, ids, stream.status) && `${complaint(answer, ids, stream.status)}: ${stream.status} ${JSON.stringify(answer).slice(0, 300)}`;
  if (answer.length === 0 || stream.status !== 200) return 'an array that is no answer to a batch';
  const inBatch = ids && Object.assign([...ids], { batch: true });
  return answer.map(m => complaint(m, inBatch, 200)).find(Boolean) ?? '';
}

/** All requests of one program. */
async function run(t, programs, count) {
  const system = await System.start({ name: programs ? 'malformed-fixtures' : 'malformed', programs, config: '[limits]\nspotify_per_second = 1000\n' });
  systems.push(system);
  await system.sandbox.post('users', { count: PEOPLE, prefix: 'muddle' });
  const people = [], wrong = [], agent = new http.Agent({ keepAlive: true, maxSockets: 64 }), outcomes = new Map();
  for (let i = 1; i <= PEOPLE; i++) people.push(await member(system, `muddle00${i}`));
  const what = await offered(people[0]);
  assert.ok(what.tools.length > 0);

  /** A good request in each era is served. */
  const stillThere = async who => {
    resultOf(await modern(who.endpoint, who.token, 'tools/list', {}, { id: 'good' }), 'good');
    const s = await session(who);
    resultOf(await s.ask('ping', undefined, { id: 'good' }), 'good');
    assert.deepEqual(system.log().filter(l => l.event === 'obituary'), []);
  };
  const began = performance.now();
  let next = Number.isInteger(only) ? only : 0;
  const end = Number.isInteger(only) ? only + 1 : count;
  let slowest = 0;
  const lane = async who => {
    let sessions = [], left = 0;
    while (next < end && wrong.length < 5) {
      const n = next++;
      if (left-- <= 0) {
        sessions = await Promise.all(LEGACIES.map(async v => ({ id: (await session(who, v)).id, version: v })));
        left = SESSIONS_FOR;
      }
      // Sessions are this person's, and new each time: all else is of the seed.
      const sent = malformed(seed, n, { ...what, sessions }), at = performance.now();
      const say = { text: '' };
      say.text = await attempt(who, sent, agent, n, say).catch(error => String(error.cause ?? error));
      slowest = Math.max(slowest, performance.now() - at);
      for (const kind of [sent.era, say.outcome]) outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
      if (say.text) wrong.push({ again: `TONEARM_SEED=${seed}:${n}`, say: say.text, method: sent.method, headers: sent.headers, body: sent.body?.toString('latin1').slice(0, 1500) });
      if (sent.method === 'DELETE') left = 0;
      if (n % 50 === 49) await stillThere(who).catch(error => wrong.push({ again: `TONEARM_SEED=${seed}, after ${n}`, say: error.message }));
    }
  };
  await Promise.all(people.flatMap(p => Array.from({ length: LANES }, () => lane(p))));
  agent.destroy();
  t.diagnostic(`seed ${seed}: ${[...outcomes].sort((a, b) => b[1] - a[1]).map(([k, v]) => `${v} ${k}`).join(', ')} in ${Math.round(performance.now() - began)} ms, slowest ${Math.round(slowest)} ms`);
  assert.deepEqual(wrong, [], `seed ${seed}`);
  for (const who of people) await stillThere(who);
  await system.stop();
  systems.pop();
}

const half = Math.ceil(TOTAL / 2);
test(`${half} malformed requests (seed ${seed}): each is answered well-formed and soon, nothing dies`, t => run(t, undefined, half));

test(`${half} more with everything a server can offer`, {
  skip: !existsSync(join(build, 'tonearm-worker-fixtures')) && 'the fixtures are not built',
}, t => run(t, { 'tonearm-worker': 'tonearm-worker-fixtures' }, half));

test('the generator makes the same request again, and all kinds of them', () => {
  const what = { tools: [{ name: 'a', inputSchema: { type: 'object', properties: { n: { type: 'integer' } } } }], prompts: [], uris: [], sessions: [{ id: 's', version: '2025-03-26' }] };
  const seen = { modern: 0, legacy: 0, GET: 0, DELETE: 0, batch: 0, unreadable: 0, doubled: 0 };
  for (let n = 0; n < 3000; n++) {
    const one = malformed(seed, n, what), two = malformed(seed, n, what);
    assert.deepEqual(one, two);
    seen[one.era]++;
    if (one.method !== 'POST') { seen[one.method]++; continue; }
    if (one.body[0] === 0x5b) seen.batch++;
    if (expectedIds(one.body) === null) seen.unreadable++;
    if (/"a":.*"a":/.test(one.body.toString('latin1'))) seen.doubled++;
  }
  for (const [kind, n] of Object.entries(seen)) assert.ok(n > 10, `${kind}: ${n}`);
});
