// Two servers on one database, behind one address: what one began the other
// ends, and what ends on one is over on the other.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Database } from './lib/database.mjs';
import { Gate } from './lib/gate.mjs';
import { Held } from './lib/held.mjs';
import { RawClient, Visitor } from './lib/oauth.mjs';
import { modern, post } from './lib/rpc.mjs';
import { Stream } from './lib/stream.mjs';
import { System, freePort, until } from './lib/system.mjs';

let system, held, gate, endpoint, database, ports;
let route = () => ports[0];
before(async () => {
  const port = await freePort();
  ports = [await freePort(), await freePort()];
  gate = await Gate.open(port, path => route(path));
  system = await System.start({ name: 'oauth-nodes', port: ports[0], args: ['--public-url', gate.url] });
  held = await Held.create(system, { name: 'oauth-nodes-held', where: ports[1] });
  endpoint = `${gate.url}/mcp`;
  database = new Database(system);
});
after(async () => {
  await held?.stop();
  await system?.stop();
  gate?.close();
});

const visitor = () => new Visitor(gate.url, system.sandbox.url);

/** From now on all goes to this node; or, without one, to each in turn. */
function through(node) {
  let n = 0;
  route = node === undefined ? () => ports[n++ % 2] : () => ports[node];
}

const status = async (node, token) => {
  const before = route;
  through(node);
  const answer = modern(endpoint, token, 'tools/list');
  route = before;
  return (await answer).status;
};

/** A client of our own that is signed in, and the code that it got in by. */
async function member(user) {
  const me = await (await new RawClient(endpoint).discover()).register(), person = visitor();
  const used = me.code(await person.walk(me.begin(), me.redirect, { user }));
  const answer = await me.redeem(used);
  assert.equal(answer.status, 200, answer.text);
  return Object.assign(me, { person, used });
}

test('every step of a sign-in may come to another node', async () => {
  through();
  for (const user of ['marlow', 'wren']) {
    const me = await member(user);
    for (const node of [0, 1, 0, 1]) assert.equal(await status(node, me.tokens.access_token), 200);
  }
});

test('a code of one node is good on the other, once on both together', async () => {
  through(0);
  const me = await member('marlow');
  const code = me.code(await me.person.walk(me.begin(), me.redirect));
  through();
  const answers = await Promise.all([me.redeem(code), me.redeem(code)]);
  const good = answers.filter(a => a.status === 200);
  assert.ok(good.length <= 1, 'a code was redeemed twice');
  assert.ok(answers.every(a => a.status === 200 || a.json.error === 'invalid_grant'), JSON.stringify(answers.map(a => a.text)));
});

test('both nodes are asked to refresh the same token at once: one answer', async () => {
  through();
  const me = await member('juniper');
  for (let round = 0; round < 5; round++) {
    const old = me.tokens.refresh_token;
    const answers = await Promise.all(Array.from({ length: 10 }, () => me.refresh(old)));
    assert.deepEqual(answers.map(a => a.status), Array(10).fill(200));
    assert.equal(new Set(answers.map(a => a.json.refresh_token)).size, 1);
    for (const node of [0, 1]) assert.equal(await status(node, answers[0].json.access_token), 200);
  }
});

test('an answer that is lost with its whole node is given again by the other', async () => {
  through(1);
  const me = await member('wren'), old = me.tokens.refresh_token;
  const lost = gate.lose('/token');
  await assert.rejects(me.refresh(old));
  assert.equal(await lost, 200);
  held.signal('SIGKILL');
  await held.ended();
  through(0);
  const again = await me.refresh(old);
  assert.equal(again.status, 200, again.text);
  assert.equal(await status(0, me.tokens.access_token), 200);
  await held.start();
  assert.equal(await status(1, me.tokens.access_token), 200);
  through(1);
  assert.equal((await me.refresh(old)).json.refresh_token, again.json.refresh_token);
});

/** A session and its stream on a node. */
async function connected(node, token) {
  through(node);
  const headers = { authorization: `Bearer ${token}` };
  const opened = await post(endpoint, { jsonrpc: '2.0', id: 0, method: 'initialize', params: {
    protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'tests', version: '1' } } }, { headers });
  assert.equal(opened.status, 200, opened.text);
  const session = { ...headers, 'mcp-session-id': opened.headers['mcp-session-id'], 'mcp-protocol-version': '2025-11-25' };
  const stream = await Stream.open(endpoint, undefined, { method: 'GET', headers: { ...session, accept: 'text/event-stream' } });
  assert.equal(stream.status, 200);
  return { session, stream };
}

const ways = {
  'the client itself': async me => { await me.revoke(me.tokens.refresh_token); },
  'its person, on the account page': async me => {
    await me.person.go('/account');
    await me.person.send(f => f.action === '/account/revoke' && f.fields.kind === 'client');
  },
  'a code that came twice': async me => { await me.redeem(me.used); },
  'a refresh token that came twice': async me => {
    const old = me.tokens.refresh_token;
    await me.refresh(old);
    database.sql("UPDATE tonearm.refresh SET rotated_at = rotated_at - interval '61 seconds' WHERE rotated_at IS NOT NULL");
    await me.refresh(old);
  },
};
for (const [who, revoke] of Object.entries(ways))
  test(`what is revoked on one node ends on the other within two seconds: by ${who}`, async () => {
    through(0);
    const me = await member('saffron');
    const there = await connected(1, me.tokens.access_token);
    through(0);
    const began = performance.now();
    await revoke(me);
    assert.ok(await there.stream.until(s => s.closed !== undefined, 2000) || there.stream.closed !== undefined, 'the stream lives on');
    await until('the other node to refuse', async () => (await status(1, me.tokens.access_token)) === 401, 2000);
    console.log(`${who}: over on the other node after ${Math.round(performance.now() - began)} ms`);
    assert.equal((await me.refresh()).json.error, 'invalid_grant');
  });
