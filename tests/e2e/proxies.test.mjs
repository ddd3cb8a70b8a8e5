// The sample proxy configurations: they work, and no log of theirs holds a
// credential, not even when we are down.
// Alone: three proxies beside it are enough to do.
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

/** A client's way in as far as the proxy can break it: its answer has an address of 7 KB. */
async function signInThrough(url, headers) {
  for (const path of ['/.well-known/oauth-authorization-server', '/.well-known/oauth-protected-resource/mcp'])
    assert.equal((await post(url + path, undefined, { method: 'GET', headers })).status, 200, path);
  const redirect = 'http://127.0.0.1:33419/callback';
  const made = await post(`${url}/register`, { client_name: 'x', redirect_uris: [redirect] }, { headers });
  assert.equal(made.status, 201, made.text);
  const state = 'ä'.repeat(1100), query = new URLSearchParams({
    response_type: 'code', client_id: made.json.client_id, redirect_uri: redirect, state, prompt: 'none',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256',
  });
  const answer = await post(`${url}/authorize?${query}`, undefined, { method: 'GET', headers });
  assert.equal(answer.status, 303, answer.text.slice(0, 300));
  assert.equal(new URL(answer.headers.location).searchParams.get('state'), state);
  return state;
}

for (const kind of ['nginx', 'haproxy', 'caddy']) {
  test(`${kind}: the sample configuration serves both ways in, and logs no credential`, async () => {
    const headers = { host: `127.0.0.1:${system.port}` };
    const bearer = { ...headers, authorization: `Bearer ${token}` };
    let logs, state;
    const up = await startProxy(kind, system.port), down = await startProxy(kind, await freePort());
    try {
      const byLink = await post(`${up.url}/claude-mcp?token=${link}`, hello, { headers });
      assert.equal(byLink.status, 200, byLink.text);
      assert.equal(byLink.json.result.protocolVersion, LEGACY);
      assert.equal((await post(`${up.url}/mcp`, hello, { headers: bearer })).status, 200);
      state = await signInThrough(up.url, headers);
      assert.equal((await post(`${up.url}/claude-mcp?token=${link}x`, hello, { headers })).status, 401);
      // Nobody behind it: error logs like to quote the request.
      assert.ok((await post(`${down.url}/claude-mcp?token=${link}`, hello, { headers })).status >= 500);
      assert.ok((await post(`${down.url}/mcp`, hello, { headers: bearer })).status >= 500);
    } finally {
      logs = await up.stop() + await down.stop();
    }
    assert.match(logs, /claude-mcp/, `${kind} logged no request`);
    assert.ok(!logs.includes(state) && !logs.includes(encodeURIComponent(state)), `a state in the log of ${kind}`);
    assert.ok(!logs.includes(link) && !logs.includes(token), `a credential in the log of ${kind}`);
  });
}
