// The sample proxy configurations: they work, and no log of theirs holds a
// credential, not even when we are down.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeLink, makeToken, signIn } from './lib/journey.mjs';
import { startProxy } from './lib/proxy.mjs';
import { LEGACY, post } from './lib/rpc.mjs';
import { System, freePort } from './lib/system.mjs';

let system, link, token;
before(async () => {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  system = await System.start({ name: 'proxies' });
  const person = await signIn(system, 'wren');
  link = await makeLink(person);
  token = await makeToken(person);
});
after(async () => { await system?.stop(); });

const hello = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: LEGACY, capabilities: {}, clientInfo: { name: 'x', version: '1' } } };

for (const kind of ['nginx', 'haproxy', 'caddy']) {
  test(`${kind}: the sample configuration serves both ways in, and logs no credential`, async () => {
    const headers = { host: `127.0.0.1:${system.port}` };
    const bearer = { ...headers, authorization: `Bearer ${token}` };
    let logs;
    const up = await startProxy(kind, system.port), down = await startProxy(kind, await freePort());
    try {
      const byLink = await post(`${up.url}/claude-mcp?token=${link}`, hello, { headers });
      assert.equal(byLink.status, 200, byLink.text);
      assert.equal(byLink.json.result.protocolVersion, LEGACY);
      assert.equal((await post(`${up.url}/mcp`, hello, { headers: bearer })).status, 200);
      assert.equal((await post(`${up.url}/claude-mcp?token=${link}x`, hello, { headers })).status, 401);
      // Nobody behind it: error logs like to quote the request.
      assert.ok((await post(`${down.url}/claude-mcp?token=${link}`, hello, { headers })).status >= 500);
      assert.ok((await post(`${down.url}/mcp`, hello, { headers: bearer })).status >= 500);
    } finally {
      logs = await up.stop() + await down.stop();
    }
    assert.match(logs, /claude-mcp/, `${kind} logged no request`);
    assert.ok(!logs.includes(link) && !logs.includes(token), `a credential in the log of ${kind}`);
  });
}
