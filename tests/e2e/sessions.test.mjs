// A session that its client has ended stays ended, and every other session of
// the same person goes on under its old id: over a new worker, a new server, a
// second node on the same database (docs/protocol.md L-6 to L-9).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Held } from './lib/held.mjs';
import { member } from './lib/journey.mjs';
import { LEGACY, call, post } from './lib/rpc.mjs';
import { System, freePort, isRoot, sleep, until } from './lib/system.mjs';

let system, who, other, where;
before(async () => {
  where = { port: await freePort(), sandboxPort: await freePort() };
  system = await System.start({ name: 'sessions', ...where });
  await system.sandbox.post('users', { count: 2, prefix: 'keeper' });
  who = await member(system, 'keeper001');
  other = await member(system, 'keeper002');
});
after(async () => { await system?.stop(); });

/** The address of a session's requests: the endpoint, or another node's. */
const at = node => node ? `http://127.0.0.1:${node.upstream}/mcp` : who.endpoint;

const asks = (session, { body, method, token = who.token, node } = {}) => post(at(node), body, {
  method, headers: { authorization: `Bearer ${token}`, host: new URL(system.url).host, 'mcp-session-id': session },
});
const list = (session, options) => asks(session, { body: { jsonrpc: '2.0', id: 1, method: 'tools/list' }, ...options });
const end = (session, options) => asks(session, { method: 'DELETE', ...options });

async function begin({ node } = {}) {
  const answer = await post(at(node), {
    jsonrpc: '2.0', id: 0, method: 'initialize',
    params: { protocolVersion: LEGACY, capabilities: {}, clientInfo: { name: 'tests', version: '1' } },
  }, { headers: { authorization: `Bearer ${who.token}`, host: new URL(system.url).host } });
  assert.equal(answer.status, 200, answer.text);
  return answer.headers['mcp-session-id'];
}

async function assertEnded(session, options) {
  const answer = await list(session, options);
  assert.equal(answer.status, 404, answer.text);
  assert.equal(answer.json.error.code, -32001);
  assert.equal((await end(session, options)).status, 404);
}

async function assertValid(session, options) {
  const answer = await list(session, options);
  assert.equal(answer.status, 200, answer.text);
  assert.ok(answer.json.result.tools.length > 0);
}

/** Ends every worker; the next request may meet the death, the one after it not. */
async function killWorkers() {
  for (const p of system.processes().filter(p => p.name.startsWith('tonearm-worker'))) process.kill(p.pid, 'SIGKILL');
  await until('a new worker', async () => (await call(who.endpoint, who.token, 'get_status').catch(() => null)) !== null);
}

test('DELETE ends a session for good, and no other one', async () => {
  const [ended, kept] = [await begin(), await begin()];
  await assertValid(ended);
  assert.equal((await end(ended, { token: other.token })).status, 404, 'somebody else\'s');
  await assertValid(ended);
  assert.equal((await end(ended)).status, 200);
  await assertEnded(ended);
  await assertValid(kept);

  await killWorkers();
  await assertEnded(ended);
  await assertValid(kept);

  // The same state: a new server, and a new PostgreSQL.
  const { state } = system;
  system.ownsState = false;
  await system.stop();
  system = await System.start({ name: 'sessions-again', state, ...where });
  system.ownsState = true;
  await assertEnded(ended);
  await assertValid(kept);
  assert.equal((await end(kept)).status, 200);
  await assertEnded(kept);
  await assertEnded(ended);
});

test('while the database is away a session is not ended, and DELETE says when to try again', async () => {
  const session = await begin();
  system.stopDatabase();
  try {
    const answer = await end(session);
    assert.equal(answer.status, 503, answer.text);
    assert.ok(Number(answer.headers['retry-after']) > 0);
    await assertValid(session);
  } finally {
    await system.startDatabase();
  }
  await until('the session to be ended', async () => [200, 404].includes((await end(session)).status), 60000);
  await assertEnded(session);
});

// A second node needs users of its own for its programs.
test('two nodes make one list', { skip: !isRoot && 'root only' }, async () => {
  const node = await Held.create(system, { name: 'sessions-node', where: await freePort() });
  try {
    const [here, there, again, kept] = [await begin(), await begin({ node }), await begin(), await begin()];
    await assertValid(kept, { node });
    // Each node's worker has its own list by now, and stores on top of the other's.
    assert.equal((await end(here)).status, 200);
    assert.equal((await end(there, { node })).status, 200);
    assert.equal((await end(again)).status, 200);
    await assertEnded(here, { node });
    await node.restart();
    await killWorkers();
    for (const options of [{}, { node }]) {
      for (const session of [here, there, again]) await assertEnded(session, options);
      await assertValid(kept, options);
    }
  } finally {
    await node.stop();
  }
});

test('a person without ended sessions has no row for them', async () => {
  const rows = () => system.asOwner('psql', ['-h', system.socketDir, '-d', 'tonearm', '-Atc',
    'SELECT kind, count(*) FROM tonearm.sealed GROUP BY kind ORDER BY kind']).trim().split('\n');
  await call(other.endpoint, other.token, 'get_status');
  await sleep(100);
  assert.deepEqual(rows(), ['1|2', '2|1']);
});
