// What has broken other servers' clients, each a test by its rule
// (docs/protocol.md) and, where it is known, its incident: the front door,
// which era a request belongs to, headers, ids and statuses.  What lists, tools
// and streams hold is in traps-answers.test.mjs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CAPABILITIES, LEGACIES, LEGACY, MODERN, VERSION, assertError, bearer, envelope, initialize, modernRequest, request, resultOf, session,
} from './lib/eras.mjs';
import { makeLink, member } from './lib/journey.mjs';
import { modern, post } from './lib/rpc.mjs';
import { System, until } from './lib/system.mjs';

let system, who, other;
before(async () => {
  system = await System.start({ name: 'traps' });
  await system.sandbox.post('users', { count: 3, prefix: 'trap' });
  who = await member(system, 'trap001');
  other = await member(system, 'trap002');
});
after(async () => { await system?.stop(); });

const sent = ({ body, headers }, more = {}) => post(who.endpoint, body, { headers: { ...headers, ...more } });

/* --- the front door --- */

test('H-2: a trailing slash is the same place, and nothing is ever redirected (claude.ai strips it)', async () => {
  for (const path of ['/mcp', '/mcp/']) {
    for (const [method, body] of [['POST', request('initialize', { protocolVersion: LEGACY, capabilities: {} })], ['POST', '{'], ['GET'], ['DELETE'], ['OPTIONS']]) {
      const answer = await post(system.url + path, body, { method, headers: bearer(who) });
      assert.ok(answer.status < 300 || answer.status >= 400, `${method} ${path}: ${answer.status}`);
      assert.equal(answer.headers.location, undefined);
      assert.notEqual(answer.headers['content-type'], 'text/html; charset=utf-8');
    }
    const { body, headers } = modernRequest(who, 'server/discover');
    assert.equal((await post(system.url + path, body, { headers })).status, 200, path);
  }
});

test('H-3, H-4: no Origin is normal, the own one is welcome, others and null are 403', async () => {
  const ask = modernRequest(who, 'tools/list');
  assert.equal((await sent(ask)).status, 200);
  assert.equal((await sent(ask, { origin: system.url })).status, 200);
  for (const origin of ['https://evil.example.com', 'null', `${system.url}.evil.example`, 'https://claude.ai.evil.example', 'x'])
    assert.equal((await sent(ask, { origin })).status, 403, origin);
});

test('H-5: a foreign Host is refused (DNS rebinding), the own one served', async () => {
  const ask = modernRequest(who, 'tools/list'), { port } = system;
  for (const host of ['evil.example.com', 'evil.example.com:80', `127.0.0.1.evil.example:${port}`]) {
    const { status } = await sent(ask, { host });
    assert.ok(status >= 400 && status < 500, `${host}: ${status}`);
  }
  assert.equal((await sent(ask, { host: `127.0.0.1:${port}` })).status, 200);
});

test('H-6: a token in the address opens nothing', async () => {
  const { body, headers } = modernRequest(who, 'tools/list');
  delete headers.authorization;
  for (const name of ['token', 'access_token']) {
    const answer = await post(`${who.endpoint}?${name}=${who.token}`, body, { headers });
    assert.ok([400, 401].includes(answer.status), `${name}: ${answer.status}`);
    assert.doesNotMatch(answer.text, new RegExp(who.token));
  }
});

test('H-7: 401 comes before 400, 405, 406, 413 and 415, so that every probe finds the way to sign in', async () => {
  const fine = JSON.stringify(request('initialize', { protocolVersion: LEGACY, capabilities: {} }));
  const probes = [
    ['GET', undefined, {}], ['GET', undefined, { accept: 'text/event-stream' }], ['GET', undefined, { accept: 'text/html' }],
    ['DELETE', undefined, {}], ['DELETE', undefined, { 'mcp-session-id': 'x' }],
    ['POST', '{', {}], ['POST', '', {}], ['POST', fine, {}], ['POST', fine, { 'content-type': 'text/plain' }],
    ['POST', fine, { accept: 'text/html' }], ['POST', '[]', {}], ['POST', fine, { 'mcp-protocol-version': '1' }],
    ['POST', fine, { 'mcp-session-id': 'nonsense' }], ['POST', JSON.stringify('x'.repeat(100000)), {}],
  ];
  for (const [method, body, headers] of probes) {
    for (const token of [undefined, 'Bearer', 'Bearer nonsense', 'Basic eDp5', `Bearer ${who.token}x`]) {
      const answer = await post(who.endpoint, body, { method, headers: { ...headers, ...(token ? { authorization: token } : {}) } });
      // An address that fails very often is told to wait.
      if (answer.status === 429) {
        assert.ok(Number(answer.headers['retry-after']) > 0);
        continue;
      }
      assert.equal(answer.status, 401, `${method} ${token} ${JSON.stringify(headers)}: ${answer.status}`);
      assert.match(answer.headers['www-authenticate'], /^Bearer\b/i);
    }
  }
});

test('H-8: application/json with any parameters and in any case; everything else, and nothing, is 415', async () => {
  const ask = modernRequest(who, 'tools/list');
  for (const type of ['application/json', 'application/json; charset=utf-8', 'application/json;charset=UTF-8;x="y"', 'Application/JSON'])
    assert.equal((await sent(ask, { 'content-type': type })).status, 200, type);
  for (const type of ['text/plain', 'application/jsonx', 'application/x-www-form-urlencoded', 'text/json', ''])
    assert.equal((await sent(ask, { 'content-type': type })).status, 415, type);
});

test('H-9: Accept: both, */* (a probe of claude.ai), only JSON (old Claude Code), only events, none; 406 only where nothing fits', async () => {
  const asks = [modernRequest(who, 'tools/list'), modernRequest(who, 'tools/call', { name: 'get_status' }),
    { body: request('initialize', { protocolVersion: LEGACY, capabilities: {} }), headers: bearer(who) }];
  for (const ask of asks) {
    for (const accept of ['application/json, text/event-stream', 'text/event-stream, application/json', '*/*', 'application/json',
      'application/*', 'application/json;q=0.5, text/event-stream;q=0.1', ' application/json ,\ttext/event-stream', 'text/html, */*;q=0.1']) {
      const answer = await sent(ask, { accept });
      assert.equal(answer.status, 200, `${accept}: ${answer.text}`);
      assert.match(answer.headers['content-type'], /^application\/json/, accept);
      assert.ok(answer.json.result, accept);
    }
    const events = await sent(ask, { accept: 'text/event-stream' });
    assert.match(events.headers['content-type'], /^text\/event-stream/);
    assert.match(events.text, /^(id: .*\ndata:? *\n\n)?event: message\ndata: \{.*"result"/s);
    for (const accept of ['text/html', 'image/*', 'application/json;q=0, text/event-stream;q=0'])
      assert.equal((await sent(ask, { accept })).status, 406, accept);
  }
  // Node's own clients always send one; a bare socket does not.
  const { Stream } = await import('./lib/stream.mjs');
  const bare = await Stream.open(who.endpoint, asks[0].body, { headers: { ...asks[0].headers, accept: [] } });
  assert.equal(bare.status, 200);
  assert.ok((await bare.body()).result);
});

test('claude.ai connects with two probes, one with */* and a version header, one without version header', async () => {
  const body = request('initialize', { protocolVersion: LEGACY, capabilities: {}, clientInfo: { name: 'Anthropic/ClaudeAI', version: '1.0.0' } }, 0);
  for (const headers of [{ accept: '*/*', 'mcp-protocol-version': LEGACY }, { accept: '*/*' }, {}]) {
    const answer = await post(who.endpoint, body, { headers: { ...bearer(who), ...headers } });
    assert.equal(resultOf(answer, 0).protocolVersion, LEGACY);
    const sessionId = answer.headers['mcp-session-id'];
    const list = await post(who.endpoint, request('tools/list'), { headers: { ...bearer(who), ...headers, 'mcp-session-id': sessionId } });
    assert.ok(resultOf(list).tools.length > 0);
  }
  // The same by the personal link, where the client sends no header at all.
  const link = `${system.url}/claude-mcp?token=${await makeLink(who.person)}`;
  for (const at of [link, link.replace('?', '/?')]) {
    const answer = await post(at, body, { headers: { accept: '*/*' } });
    assert.equal(resultOf(answer, 0).protocolVersion, LEGACY);
  }
});

test('H-10: what two parsers could read in two ways is refused as no JSON: doubled names, halves of characters, NUL, wrong bytes', async () => {
  const { headers } = modernRequest(who, 'tools/list');
  const meta = JSON.stringify(envelope()), body = inner => `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":${meta}${inner}}}`;
  assert.equal((await post(who.endpoint, body(''), { headers })).status, 200);
  for (const inner of [',"a":1,"a":1', ',"\\u0061":1,"a":2', ',"a":"\\ud800"', ',"a":"\\udc00x"', ',"a":"\\u0000"', ',"a":NaN', ',"a":01', ',"a":\'x\'',
    ',"a":1,', `,"a":${'['.repeat(200)}${']'.repeat(200)}`, ',"a":"\n"', ',"a":1e999'])
    assertError(await post(who.endpoint, body(inner), { headers }), 400, -32700, null);
  for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]]) {
    const raw = Buffer.concat([Buffer.from('{"jsonrpc":"2.0","id":1,"method":"'), Buffer.from(bytes), Buffer.from('"}')]);
    const { Stream } = await import('./lib/stream.mjs');
    const stream = await Stream.open(who.endpoint, undefined, { method: 'POST', headers: { ...headers, 'content-type': 'application/json', 'content-length': 0 } });
    assert.equal(stream.status, 400);
    assertError(await rawPost(raw, headers), 400, -32700, null);
  }
});

/** Bytes as they are. */
async function rawPost(bytes, headers) {
  const answer = await fetch(who.endpoint, { method: 'POST', body: bytes, headers: { accept: 'application/json', 'content-type': 'application/json', ...headers } });
  const text = await answer.text();
  return { status: answer.status, text, json: JSON.parse(text) };
}

test('H-10: a body over the limit is 413 and says so in JSON', async () => {
  const { headers } = modernRequest(who, 'tools/list');
  const answer = await rawPost(Buffer.alloc((1 << 20) + 1, 0x20), headers).catch(error => ({ error }));
  // The server may close while the client still writes; then the client sees that.
  if (!answer.error) assertError(answer, 413, -32600, null);
  else assert.match(String(answer.error.cause ?? answer.error), /EPIPE|ECONNRESET|closed/);
});

test('H-11: preflight: 204 without a token, every header that clients send, and any Mcp-Param-*', async () => {
  for (const path of ['/mcp', '/mcp/']) {
    const answer = await post(system.url + path, undefined, {
      method: 'OPTIONS',
      headers: {
        origin: system.url, 'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, mcp-param-region, Mcp-Param-Tenant-Id, x-other',
      },
    });
    assert.equal(answer.status, 204);
    assert.equal(answer.text, '');
    const methods = answer.headers['access-control-allow-methods'].split(/, */), names = answer.headers['access-control-allow-headers'].toLowerCase().split(/, */);
    for (const m of ['GET', 'POST', 'DELETE', 'OPTIONS']) assert.ok(methods.includes(m), m);
    for (const n of ['authorization', 'content-type', 'accept', 'mcp-protocol-version', 'mcp-session-id', 'last-event-id', 'mcp-method', 'mcp-name',
      'mcp-param-region', 'mcp-param-tenant-id']) assert.ok(names.includes(n), n);
    assert.ok(!names.includes('x-other'));
    assert.ok(!(answer.headers['access-control-allow-origin'] === '*' && answer.headers['access-control-allow-credentials']));
  }
  const plain = await sent(modernRequest(who, 'tools/list'), { origin: system.url });
  assert.equal(plain.headers['access-control-allow-origin'], system.url);
  const exposed = plain.headers['access-control-expose-headers'].toLowerCase();
  assert.match(exposed, /mcp-session-id/);
  assert.match(exposed, /www-authenticate/);
});

test('H-14: names of headers in any case, values trimmed of spaces and tabs, the values themselves exact', async () => {
  const { body } = modernRequest(who, 'tools/call', { name: 'get_status' });
  const ask = headers => post(who.endpoint, body, { headers: { ...bearer(who), ...headers } });
  const base = { 'MCP-PROTOCOL-VERSION': MODERN, 'mCp-MeThOd': 'tools/call', 'MCP-NAME': 'get_status' };
  resultOf(await ask(base));
  resultOf(await ask({ ...base, 'MCP-NAME': ' \tget_status\t ', 'mCp-MeThOd': '  tools/call ', 'MCP-PROTOCOL-VERSION': `\t${MODERN} ` }));
  assertError(await ask({ ...base, 'MCP-NAME': 'Get_Status' }), 400, -32020);
  assertError(await ask({ ...base, 'mCp-MeThOd': 'Tools/Call' }), 400, -32020);
  const s = await session(who);
  resultOf(await s.ask('ping', undefined, { headers: { 'mcp-session-id': `  ${s.id}\t` } }));
  // Twice it means two things to two readers.
  for (const name of ['MCP-Protocol-Version', 'Mcp-Method', 'Mcp-Name'])
    assert.equal((await ask({ ...base, [name.toLowerCase()]: [Object.entries(base).find(([k]) => k.toLowerCase() === name.toLowerCase())[1], 'x'] })).status, 400, name);
});

test('H-15: three POSTs at once with answers as events, eight with JSON: each gets its own', async () => {
  const s = await session(who);
  for (const [n, accept] of [[3, 'text/event-stream'], [8, 'application/json']]) {
    const answers = await Promise.all(Array.from({ length: n }, (_, i) => s.ask('tools/call', { name: 'get_status' }, { id: `p${i}`, headers: { accept } })));
    answers.forEach((a, i) => {
      assert.equal(a.status, 200, a.text);
      assert.match(a.text, new RegExp(`"id":"p${i}"`));
    });
  }
});

test('H-16, H-17: answers are kept by nobody on the way, hold one message, and a burst of one address is not refused', async () => {
  const people = [who, other];
  const answers = await Promise.all(Array.from({ length: 16 }, (_, i) => {
    const { body, headers } = modernRequest(people[i % 2], 'tools/list', {}, { id: i });
    return post(who.endpoint, body, { headers });
  }));
  answers.forEach((a, i) => {
    resultOf(a, i);
    assert.match(a.headers['cache-control'], /no-store/);
    assert.equal(a.headers['content-type'].split(';')[0], 'application/json');
  });
});

/* --- which era --- */

test('E-1: what 2026-07-28 took out is 404 and -32601 there, although old clients have it here', async () => {
  for (const method of ['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe', 'tasks/list', 'tasks/result', 'nonsense', 'tools', 'Tools/list']) {
    const ask = modernRequest(who, method, { protocolVersion: LEGACY, uri: 'x:y', level: 'info' });
    assertError(await sent(ask), 404, -32601);
  }
  const s = await session(who);
  resultOf(await s.ask('ping'));
});

test('E-2: 2026-07-28 inside initialize becomes 2025-11-25 (Claude Code lost every tool where it was echoed)', async () => {
  for (const [asked, got] of [[MODERN, LEGACY], ['2027-01-01', LEGACY], ['2024-10-07', LEGACY], ['1.0', LEGACY], ['', LEGACY],
    ['2024-11-05', '2024-11-05'], ...LEGACIES.map(v => [v, v])]) {
    const answer = await initialize(who, asked);
    assert.equal(resultOf(answer, 0).protocolVersion, got, asked);
    assert.match(answer.headers['mcp-session-id'], /^[\x21-\x7e]+$/);
    const list = await post(who.endpoint, request('tools/list'), { headers: { ...bearer(who), 'mcp-session-id': answer.headers['mcp-session-id'], 'mcp-protocol-version': got } });
    const result = resultOf(list);
    for (const member of ['resultType', 'ttlMs', 'cacheScope']) assert.ok(!(member in result), `${asked}: ${member} (E-5)`);
  }
});

test('E-3: from the body of a 400 a client can tell the era: modern codes only from modern requests', async () => {
  const isModern = a => a.json?.error?.code <= -32020 && a.json.error.code >= -32022;
  const { body, headers } = modernRequest(who, 'server/discover');
  const without = name => Object.fromEntries(Object.entries(headers).filter(([k]) => k !== name));
  for (const h of [without('mcp-protocol-version'), without('mcp-method'), { ...headers, 'mcp-protocol-version': LEGACY }])
    assert.ok(isModern(await post(who.endpoint, body, { headers: h })));
  // A header of the new era without the envelope: never served as legacy.
  for (const version of [MODERN, '2026-01-01', '2030-12-31']) {
    for (const [method, params] of [['tools/list', {}], ['tools/list', undefined], ['initialize', { protocolVersion: LEGACY, capabilities: {} }], ['server/discover', { _meta: {} }]]) {
      const answer = await post(who.endpoint, request(method, params), { headers: { ...bearer(who), 'mcp-protocol-version': version } });
      assertError(answer, 400, -32602);
      assert.match(answer.json.error.message, /io\.modelcontextprotocol\/protocolVersion/);
    }
  }
  // Legacy mistakes have legacy codes.
  for (const [b, h] of [[request('tools/list'), {}], [request('tools/list'), { 'mcp-session-id': 'nonsense' }],
    [request('tools/list'), { 'mcp-protocol-version': '2025-01-01' }], [{ id: 1 }, {}]]) {
    const answer = await post(who.endpoint, b, { headers: { ...bearer(who), ...h } });
    assert.ok(answer.status >= 400 && !isModern(answer), answer.text);
  }
});

test('E-4: server/discover is fast and whole, also for somebody who was never here (Claude Code hung for 30 s)', async () => {
  const fresh = await member(system, 'trap003');
  const began = performance.now();
  const answer = await modern(fresh.endpoint, fresh.token, 'server/discover');
  const took = performance.now() - began;
  const result = resultOf(answer);
  assert.ok(took < 3000, `${took} ms`);
  assert.deepEqual(result.supportedVersions, [MODERN, ...LEGACIES.toReversed(), '2024-11-05']);
  assert.equal(result.resultType, 'complete');
  assert.equal(typeof result.capabilities, 'object');
  assert.ok(Number.isInteger(result.ttlMs) && result.ttlMs >= 0);
  assert.ok(['public', 'private'].includes(result.cacheScope));
  assert.equal(result._meta['io.modelcontextprotocol/serverInfo'].name, 'tonearm');
  assert.ok(Buffer.byteLength(result.instructions ?? '') < 2048, 'Claude Code cuts after 2 KB');
});

/* --- the modern envelope --- */

test('M-1: ids come back as they were: text, empty text, 0, negative, beyond 2^53; null and others are no ids', async () => {
  const { headers } = modernRequest(who, 'tools/list');
  const raw = id => `{"jsonrpc":"2.0","id":${id},"method":"tools/list","params":{"_meta":${JSON.stringify(envelope())}}}`;
  const s = await session(who);
  for (const id of ['"a"', '""', '"1"', '0', '1', '-1', '9007199254740993', '-9223372036854775808', '9223372036854775807', '"\u00e9\\n\u{1f3b5}"']) {
    for (const answer of [await post(who.endpoint, raw(id), { headers }), await s.send(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`)]) {
      assert.equal(answer.status, 200, answer.text);
      assert.ok(answer.text.includes(`"id":${id}`), `${id}: ${answer.text.slice(0, 100)}`);
    }
    const wrong = await post(who.endpoint, raw(id).replace('tools/list', 'none'), { headers: { ...headers, 'mcp-method': 'none' } });
    assert.ok(wrong.status === 404 && wrong.text.includes(`"id":${id}`), wrong.text);
  }
  // A null id fails the schemas of 2025-11-25 and 2026-07-28: there is none in the error.
  for (const id of ['null', 'true', '1.5', '[]', '{}', '[1]'])
    for (const answer of [await post(who.endpoint, raw(id), { headers }), await s.send(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`)])
      assertError(answer, 400, -32600, null);
});

test('M-3, M-4: the two keys are needed with their types; clientInfo is not', async () => {
  const { headers } = modernRequest(who, 'tools/list');
  const ask = meta => post(who.endpoint, request('tools/list', { _meta: meta }), { headers });
  resultOf(await ask(envelope()));
  resultOf(await ask(envelope({ 'io.modelcontextprotocol/clientInfo': { name: 'x', version: '1' }, traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' })));
  for (const meta of [{}, { [VERSION]: MODERN }, { [CAPABILITIES]: {} }, envelope({ [VERSION]: 7 }), envelope({ [VERSION]: null }),
    envelope({ [CAPABILITIES]: [] }), envelope({ [CAPABILITIES]: null }), envelope({ [CAPABILITIES]: 'x' }), null, [], 'x'])
    assertError(await ask(meta), 400, -32602);
  for (const params of [undefined, {}, [], null, 'x'])
    assertError(await post(who.endpoint, { jsonrpc: '2.0', id: 1, method: 'tools/list', params }, { headers }), 400, -32602);
});

test('M-5, M-6: the version in header and body: absent or different -32020, unknown -32022 with what there is', async () => {
  const { body, headers } = modernRequest(who, 'tools/list');
  const ask = (named, claimed = MODERN) => {
    const h = { ...headers, 'mcp-protocol-version': named };
    if (named === undefined) delete h['mcp-protocol-version'];
    return post(who.endpoint, { ...body, params: { _meta: envelope({ [VERSION]: claimed }) } }, { headers: h });
  };
  for (const [named, claimed] of [[undefined, MODERN], [LEGACY, MODERN], ['2026-07-29', MODERN], ['', MODERN], [MODERN, LEGACY], [MODERN, '2030-01-01']])
    assertError(await ask(named, claimed), 400, -32020);
  for (const version of ['2030-01-01', '1.0', LEGACY]) {
    const answer = await ask(version, version);
    assertError(answer, 400, -32022);
    assert.equal(answer.json.error.data.requested, version);
    assert.deepEqual(answer.json.error.data.supported.slice(0, 2), [MODERN, LEGACY]);
  }
});

test('M-7 to M-9: Mcp-Method and Mcp-Name repeat the body, names in Base64 as well', async () => {
  const status = modernRequest(who, 'tools/call', { name: 'get_status' });
  const b64 = text => `=?base64?${Buffer.from(text).toString('base64')}?=`;
  resultOf(await sent(status, { 'mcp-name': b64('get_status') }));
  const without = (ask, name) => ({ ...ask, headers: Object.fromEntries(Object.entries(ask.headers).filter(([k]) => k !== name)) });
  for (const ask of [without(status, 'mcp-name'), without(status, 'mcp-method')]) assertError(await sent(ask), 400, -32020);
  for (const name of ['search', '', b64('search'), '=?base64?!!!!?=', '=?base64?Z2V0X3N0YXR1cw?=', '=?base64?/w==?=', '=?BASE64?Z2V0X3N0YXR1cw==?=', '=?base64?Z2V0X3N0YXR1cw==', '=?base64?=', '=?base64??='])
    assertError(await sent(status, { 'mcp-name': name }), 400, -32020);
  // A name that is itself written in that way is compared when decoded.
  const odd = modernRequest(who, 'tools/call', { name: 'sp\u00e4t' });
  assertError(await sent(odd, { 'mcp-name': b64('sp\u00e4t') }), 200, -32602);
  const read = modernRequest(who, 'resources/read', { uri: 'spotify://status' });
  resultOf(await sent(read));
  resultOf(await sent(read, { 'mcp-name': b64('spotify://status') }));
  assertError(await sent(read, { 'mcp-name': 'spotify://other' }), 400, -32020);
  assertError(await sent(without(read, 'mcp-name')), 400, -32020);
  // Unknown Mcp-Param-* are ignored (M-10).
  resultOf(await sent(status, { 'mcp-param-region': 'x' }));
});

test('M-12, M-14: an unknown method is 404 whatever its params; a mismatch comes before it', async () => {
  for (const params of [{}, { cursor: 5 }, { name: 7, arguments: [] }]) assertError(await sent(modernRequest(who, 'no/such', params)), 404, -32601);
  assertError(await sent(modernRequest(who, 'no/such'), { 'mcp-method': 'tools/list' }), 400, -32020);
  assertError(await sent(modernRequest(who, 'no/such'), { 'mcp-protocol-version': LEGACY }), 400, -32020);
});

test('M-15: notifications of the new era are taken and dropped: 202 without body', async () => {
  for (const method of ['notifications/cancelled', 'notifications/initialized', 'notifications/unheard'])
    for (const params of [undefined, { _meta: envelope() }, { requestId: 1 }]) {
      const answer = await post(who.endpoint, { jsonrpc: '2.0', method, params }, { headers: { ...bearer(who), 'mcp-protocol-version': MODERN, 'mcp-method': method } });
      assert.equal(answer.status, 202, answer.text);
      assert.equal(answer.text, '');
    }
});

test('M-16: a session id and a Last-Event-ID mean nothing to the new era, and none is made', async () => {
  const ended = await session(who);
  await ended.send(undefined, { method: 'DELETE' });
  for (const id of ['nonsense', ended.id, (await session(other)).id]) {
    const answer = await sent(modernRequest(who, 'tools/list'), { 'mcp-session-id': id, 'last-event-id': 'abc-7' });
    resultOf(answer);
    assert.equal(answer.headers['mcp-session-id'], undefined);
  }
});

test('M-25: what a handler refuses has status 200 and -32602: unknown tool, cursor, resource', async () => {
  for (const [method, params] of [['tools/call', { name: 'no_such_tool' }], ['tools/call', { name: 'get_status', arguments: [] }], ['tools/list', { cursor: 'x' }],
    ['resources/list', { cursor: 'x' }], ['resources/read', { uri: 'spotify://no-such' }], ['resources/read', { uri: '../../etc/passwd' }]]) {
    const answer = await sent(modernRequest(who, method, params));
    assertError(answer, 200, -32602);
    if (method === 'resources/read') assert.equal(answer.json.error.data.uri, params.uri);
  }
});

/* --- legacy sessions --- */

test('L-2: no notifications/initialized is waited for: the first request may race it, or never see it', async () => {
  const s = await session(who);
  resultOf(await s.ask('tools/list'));
  const raced = await session(who);
  const [note, list] = await Promise.all([
    raced.send({ jsonrpc: '2.0', method: 'notifications/initialized' }), raced.ask('tools/list')]);
  assert.equal(note.status, 202);
  assert.equal(note.text, '');
  resultOf(list);
  assert.equal((await raced.send({ jsonrpc: '2.0', method: 'notifications/initialized', params: {} })).status, 202);
});

test('L-3: notifications and responses alone are 202 without body, whatever they answer', async () => {
  const s = await session(who);
  for (const body of [{ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 99 } }, { jsonrpc: '2.0', method: 'notifications/unheard' },
    { jsonrpc: '2.0', method: 'notifications/roots/list_changed' }, { jsonrpc: '2.0', id: 'never-asked', result: {} }, { jsonrpc: '2.0', id: 5, error: { code: 1, message: 'no' } }]) {
    const answer = await s.send(body);
    assert.equal(answer.status, 202, answer.text);
    assert.equal(answer.text, '');
  }
});

test('L-4: no version header is fine (VS Code), another version of this era as well; an unknown one is 400', async () => {
  for (const version of ['2024-11-05', ...LEGACIES]) {
    const s = await session(who, version);
    resultOf(await s.ask('tools/list'));
    for (const named of LEGACIES) resultOf(await s.ask('tools/list', undefined, { headers: { 'mcp-protocol-version': named } }));
    for (const named of ['2025-01-01', '1', 'x', '1999-12-31']) {
      const answer = await s.ask('tools/list', undefined, { headers: { 'mcp-protocol-version': named } });
      assert.equal(answer.status, 400, `${named}: ${answer.text}`);
    }
  }
});

test('L-6, L-7: no session 400; foreign, broken or ended 404 with -32001, never 401 or 400', async () => {
  assertError(await post(who.endpoint, request('tools/list'), { headers: bearer(who) }), 400, -32600);
  const mine = await session(who), theirs = await session(other), gone = await session(who);
  assert.ok([200, 202, 204].includes((await gone.send(undefined, { method: 'DELETE' })).status));
  const bad = [theirs.id, gone.id, 'nonsense', 'v1.', 'v1.AAAA.BBBB', `${mine.id}x`, mine.id.slice(0, -1), mine.id.toLowerCase(), mine.id.replace(/^v1/, 'v2'),
    'x'.repeat(500), 'a b', '~', `${mine.id}, ${mine.id}`];
  for (const id of bad) {
    assertError(await mine.ask('tools/list', undefined, { headers: { 'mcp-session-id': id } }), 404, -32001);
    assert.equal((await mine.send({ jsonrpc: '2.0', method: 'notifications/initialized' }, { headers: { 'mcp-session-id': id } })).status, 404);
    assert.equal((await mine.send(undefined, { method: 'DELETE', headers: { 'mcp-session-id': id } })).status, 404);
  }
  resultOf(await mine.ask('tools/list'));
  resultOf(await post(other.endpoint, request('tools/list'), { headers: theirs.headers }));
});

test('L-9: a session outlives its worker (claude.ai and Claude Code do not begin a new one)', async () => {
  const s = await session(who, '2025-06-18');
  for (let i = 0; i < 3; i++) {
    for (const p of system.processes().filter(p => p.name === 'tonearm-worker')) process.kill(p.pid, 'SIGKILL');
    // The request that meets the death itself may fail, with a status that says: again.
    await until('a new worker', async () => {
      const answer = await s.ask('tools/list').catch(() => null);
      assert.ok(answer === null || [200, 502, 503].includes(answer.status), answer?.text);
      return answer?.status === 200;
    });
  }
});

test('L-16: batches for 2025-03-26 only; an empty one, one with initialize, and one of 2025-06-18 or later is 400', async () => {
  const s = await session(who, '2025-03-26');
  const two = [request('ping', undefined, 'a'), request('tools/list', {}, 2), { jsonrpc: '2.0', method: 'notifications/initialized' }];
  const answer = await s.send(two);
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json.map(m => m.id).sort(), [2, 'a']);
  assert.equal((await s.send([two[2], two[2]])).status, 202);
  for (const body of [[], [request('initialize', { protocolVersion: LEGACY, capabilities: {} })]])
    assert.equal((await s.send(body)).status, 400);
  for (const version of ['2025-06-18', '2025-11-25']) {
    const later = await session(who, version);
    assertError(await later.send(two), 400, -32600, null);
  }
  const meta = request('tools/list', { _meta: envelope() }, 1);
  for (const headers of [{}, { 'mcp-protocol-version': MODERN, 'mcp-method': 'tools/list' }])
    assertError(await s.send([meta, meta], { headers }), 400, -32600, null);
});

test('L-20: 404 has two meanings: here an unknown method is 200 and -32601, an unknown resource -32002', async () => {
  const s = await session(who);
  for (const method of ['no/such', 'server/discover', 'subscriptions/listen', 'tasks/list']) assertError(await s.ask(method), 200, -32601);
  const answer = await s.ask('resources/read', { uri: 'spotify://no-such' });
  assertError(answer, 200, -32002);
  assert.equal(answer.json.error.data.uri, 'spotify://no-such');
});

test('X-5: nothing about a first POST leads a client to the old transport: no 400, 404, 405, 406 or 415 for what clients send', async () => {
  for (const version of ['2024-11-05', ...LEGACIES, MODERN]) {
    for (const headers of [{}, { 'mcp-protocol-version': version === MODERN ? LEGACY : version }, { accept: '*/*' }, { accept: 'application/json' },
      { 'content-type': 'application/json; charset=utf-8' }, { 'user-agent': 'openai-mcp/1.0.0' }]) {
      const answer = await initialize(who, version, { headers });
      assert.equal(answer.status, 200, `${version} ${JSON.stringify(headers)}: ${answer.text}`);
    }
  }
});
