// The traps that lie in what is answered, each a test by its rule
// (docs/protocol.md): lists and their tools, results, content of each version,
// capabilities against what works, and streams.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  LEGACIES, LEGACY, MODERN, assertError, bearer, envelope, modernRequest, request, resultOf, session,
} from './lib/eras.mjs';
import { member } from './lib/journey.mjs';
import { modern, post } from './lib/rpc.mjs';
import { Stream } from './lib/stream.mjs';
import { System, sleep } from './lib/system.mjs';

const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';
const STREAMS = 8;

let system, who, other, patient;
before(async () => {
  system = await System.start({ name: 'traps-answers', config: '[limits]\nspotify_per_second = 1000\n' });
  await system.sandbox.post('users', { count: 3, prefix: 'trap' });
  who = await member(system, 'trap001');
  other = await member(system, 'trap002');
  // Opened first and looked at last: it must still be there then.
  const third = await member(system, 'trap003');
  patient = await listen(third, {}, { id: 'patient' });
});
after(async () => { await patient?.close(); await system?.stop(); });

const ask = async (method, params, options) => resultOf(await modern(who.endpoint, who.token, method, params, options));
const call = (name, args, options) => ask('tools/call', { name, arguments: args }, options);

/** Opens subscriptions/listen. */
function listen(person, notifications, { id = 1, headers = {} } = {}) {
  const { body, headers: own } = modernRequest(person, 'subscriptions/listen', { notifications }, { id });
  return Stream.open(person.endpoint, body, { headers: { ...own, ...headers } });
}

/* --- tools --- */

test('T-2: tools/list is the same each time, over connections and eras', async () => {
  const lists = [await ask('tools/list'), await ask('tools/list', {}, { headers: { connection: 'close' } }), (await modern(other.endpoint, other.token, 'tools/list')).json.result];
  for (const list of lists) assert.deepEqual(list.tools, lists[0].tools);
  const s = await session(who);
  assert.deepEqual(resultOf(await s.ask('tools/list')).tools.map(t => t.name), lists[0].tools.map(t => t.name));
});

test('T-3, T-4, T-18: names that every model and client takes, few tools, short descriptions, titles', async () => {
  const { tools } = await ask('tools/list');
  assert.ok(tools.length > 0 && tools.length <= 40, `${tools.length} tools`);
  assert.equal(new Set(tools.map(t => t.name)).size, tools.length);
  for (const t of tools) {
    assert.match(t.name, /^[a-z][a-z0-9_]{0,39}$/);
    assert.ok(t.title && t.annotations.title === t.title, t.name);
    assert.ok(t.description.length > 0 && Buffer.byteLength(t.description) <= 2048, t.name);
  }
  // A model reads it at every turn; the icons are not for it.
  const bytes = Buffer.byteLength(JSON.stringify(tools.map(({ icons, ...t }) => t)));
  assert.ok(bytes < 32768, `${bytes} bytes`);
});

/** Visits a schema and everything inside it. */
function visit(schema, see, path = '') {
  see(schema, path);
  for (const [name, s] of Object.entries(schema.properties ?? {})) visit(s, see, `${path}/${name}`);
  if (schema.items && !Array.isArray(schema.items)) visit(schema.items, see, `${path}[]`);
}

test('T-5 to T-7: schemas in the subset that no client drops a tool for (VS Code: items; Claude: root composition, draft-07)', async () => {
  const { tools } = await ask('tools/list');
  for (const t of tools) {
    for (const word of ['inputSchema', 'outputSchema']) {
      const schema = t[word];
      if (word === 'outputSchema' && !schema) continue;
      assert.equal(schema.type, 'object', `${t.name} ${word}`);
      assert.ok(!('$schema' in schema) || schema.$schema === 'https://json-schema.org/draft/2020-12/schema');
      visit(schema, (s, path) => {
        const where = `${t.name} ${word}${path}`;
        for (const bad of ['oneOf', 'anyOf', 'allOf', 'not', 'if', '$ref', '$defs', 'definitions', 'strict', 'const', 'prefixItems'])
          assert.ok(!(bad in s), `${where}: ${bad}`);
        assert.equal(typeof s.type, 'string', where);
        if (s.type === 'array') assert.ok(s.items && typeof s.items === 'object' && !Array.isArray(s.items) && s.items.type, where);
        if (s.enum) assert.ok(s.enum.every(e => typeof e === 'string'), where);
        for (const name of Object.keys(s.properties ?? {})) assert.match(name, /^[a-zA-Z0-9_]{1,64}$/, where);
        if (word === 'outputSchema') assert.notEqual(s.additionalProperties, false, where);
      });
    }
    if (Object.keys(t.inputSchema.properties ?? {}).length === 0) assert.equal(t.inputSchema.additionalProperties, false, t.name);
  }
});

test('T-14: hints are explicit on every tool, and a reading tool is not destructive', async () => {
  for (const { name, annotations: a } of (await ask('tools/list')).tools) {
    for (const hint of ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint']) assert.equal(typeof a[hint], 'boolean', `${name} ${hint}`);
    assert.ok(!(a.readOnlyHint && a.destructiveHint), name);
  }
});

test('T-8 to T-10: structured content is an object and complete, and its text says the same', async () => {
  const { tools } = await ask('tools/list');
  for (const t of tools.filter(t => t.annotations.readOnlyHint && !(t.inputSchema.required ?? []).length)) {
    const result = await call(t.name, {});
    if (result.isError) continue;
    assert.ok(result.content.length > 0 && result.content.every(c => c.type !== 'text' || c.text.length > 0), t.name);
    assert.ok(!t.outputSchema || (typeof result.structuredContent === 'object' && !Array.isArray(result.structuredContent)), t.name);
    for (const member of t.outputSchema?.required ?? []) assert.ok(member in result.structuredContent, `${t.name}: ${member}`);
    assert.ok(JSON.stringify(result).length < 150000, `${t.name}: claude.ai takes 150,000 characters (T-16)`);
  }
});

test('T-10, T-11: an error that the model sees is text, complete by itself; unknown tools are -32602', async () => {
  const bad = [['search', {}], ['search', { query: '' }], ['search', { query: 'x', limit: 'many' }], ['search', { query: ['x'] }],
    ['add_to_playlist', { playlist: 'no such', uris: ['nonsense'] }], ['get_playlist', { playlist: 'x'.repeat(300) }], ['get_status', { unheard: 1 }]];
  for (const [name, args] of bad) {
    const result = await call(name, args);
    assert.equal(result.isError, true, `${name} ${JSON.stringify(args)}: ${JSON.stringify(result).slice(0, 200)}`);
    assert.ok(result.content.length > 0 && result.content.every(c => c.type === 'text' && c.text.length > 10), name);
    assert.equal(result.resultType, 'complete');
  }
  for (const name of ['no_such_tool', '', 'SEARCH', 'search ', '../search'])
    assertError(await modern(who.endpoint, who.token, 'tools/call', { name, arguments: {} }, { headers: { 'mcp-name': `=?base64?${Buffer.from(name).toString('base64')}?=` } }), 200, -32602);
});

test('T-12: arguments may be absent, numbers come as text, what may be left out as null', async () => {
  for (const params of [{ name: 'get_status' }, { name: 'get_status', arguments: {} }, { name: 'get_status', arguments: null }]) {
    const answer = await modern(who.endpoint, who.token, 'tools/call', params);
    assert.ok(!resultOf(answer).isError, answer.text);
  }
  const s = await session(who);
  assert.ok(!resultOf(await s.ask('tools/call', { name: 'get_status' })).isError);
  const one = await call('search', { query: 'rain', types: ['track'], limit: 2 });
  for (const args of [{ query: 'rain', types: ['track'], limit: '2' }, { query: 'rain', types: ['track'], limit: 2.0 }]) {
    const result = await call('search', args);
    assert.ok(!result.isError, JSON.stringify(result));
    assert.deepEqual(result.structuredContent, one.structuredContent);
  }
  assert.ok(!(await call('search', { query: 'rain', types: null, limit: null })).isError);
});

/* --- lists and results --- */

test('M-18, M-19, M-23: every result of 2026-07-28 says resultType and who serves; lists say how long they hold (Claude Code rejects them else)', async () => {
  const lists = [['server/discover'], ['tools/list'], ['resources/list'], ['resources/templates/list'], ['resources/read', { uri: 'spotify://status' }]];
  for (const [method, params] of [...lists, ['tools/call', { name: 'get_status' }], ['tools/call', { name: 'search', arguments: {} }]]) {
    const result = await ask(method, params);
    assert.equal(result.resultType, 'complete', method);
    const info = result._meta['io.modelcontextprotocol/serverInfo'];
    assert.ok(info.name && info.version, method);
    if (method === 'tools/call') {
      assert.ok(!('ttlMs' in result) && !('cacheScope' in result));
    } else {
      assert.ok(Number.isInteger(result.ttlMs) && result.ttlMs >= 0, method);
      assert.ok(['public', 'private'].includes(result.cacheScope), method);
    }
  }
});

test('M-24: what holds a person\'s things, or depends on the permission, is private', async () => {
  assert.equal((await ask('resources/read', { uri: 'spotify://status' })).cacheScope, 'private');
  const list = await ask('tools/list');
  if (list.cacheScope === 'public') {
    // Then it must be the same whatever the token may do.
    const { makeToken } = await import('./lib/journey.mjs');
    const token = await makeToken(other.person, { access: 'read', label: 'less' });
    assert.deepEqual(resultOf(await modern(who.endpoint, token, 'tools/list')).tools, list.tools);
  }
  const mine = await ask('server/discover'), theirs = resultOf(await modern(other.endpoint, other.token, 'server/discover'));
  if (mine.cacheScope === 'public') assert.deepEqual(mine, theirs);
});

test('E-5, L-21: old versions get nothing of later ones: no members of 2026-07-28, no titles, schemas or icons before their time', async () => {
  const has = (value, name) => JSON.stringify(value).includes(`"${name}":`);
  for (const version of ['2024-11-05', ...LEGACIES]) {
    const s = await session(who, version);
    const all = [s.result];
    for (const [method, params] of [['tools/list'], ['resources/list'], ['resources/templates/list'], ['resources/read', { uri: 'spotify://status' }], ['ping'],
      ['tools/call', { name: 'get_status' }], ['tools/call', { name: 'search', arguments: { query: 'rain', limit: 2 } }], ['tools/call', { name: 'search' }]])
      all.push(resultOf(await s.ask(method, params)));
    for (const result of all) for (const member of ['resultType', 'ttlMs', 'cacheScope']) assert.ok(!(member in result), `${version}: ${member}`);
    const [begin, list, resources, , , , status, found] = all;
    const later = version < '2025-06-18';
    assert.equal(has(list, 'outputSchema'), !later, version);
    assert.equal('structuredContent' in status, !later, version);
    assert.equal('structuredContent' in found, !later, version);
    if (later) for (const t of [...list.tools, ...resources.resources, begin.serverInfo]) assert.ok(!('title' in t), `${version} ${t.name}`);
    if (version < LEGACY) for (const x of [begin.serverInfo, ...list.tools, ...resources.resources]) assert.ok(!('icons' in x), version);
    if (version < '2025-03-26') for (const t of list.tools) assert.ok(!('annotations' in t), version);
    for (const r of all) assert.ok(later === false || !has(r.content ?? [], 'resource_link'), version);
  }
});

test('9.11, 9.12: the icons of the server are fetched without a token, from any origin, as the type they say', async () => {
  const { icons, websiteUrl, title, description } = (await session(who)).result.serverInfo;
  assert.ok(title && description);
  assert.equal(websiteUrl, system.url);
  assert.deepEqual((await ask('server/discover'))._meta['io.modelcontextprotocol/serverInfo'].icons, icons);
  assert.equal(icons[0].mimeType, 'image/png');
  for (const icon of icons) {
    assert.ok(icon.src.startsWith(`${system.url}/`), icon.src);
    const answer = await post(icon.src, undefined, { method: 'GET', headers: { origin: 'https://client.example', accept: 'image/*' } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], icon.mimeType);
    assert.equal(answer.headers['access-control-allow-origin'], '*');
  }
});

test('what is advertised works, and what works is advertised, in both eras', async () => {
  const s = await session(who);
  const eras = [
    [(await ask('server/discover')).capabilities, (m, p) => modern(who.endpoint, who.token, m, p), 404],
    [s.result.capabilities, (m, p) => s.ask(m, p), 200],
  ];
  for (const [caps, send, missing] of eras) {
    for (const [capability, method, params] of [
      [caps.tools, 'tools/list', {}], [caps.resources, 'resources/list', {}], [caps.resources, 'resources/templates/list', {}], [caps.prompts, 'prompts/list', {}],
      [caps.completions, 'completion/complete', { ref: { type: 'ref/prompt', name: 'x' }, argument: { name: 'a', value: '' } }],
    ]) {
      const answer = await send(method, params);
      if (capability) assert.ok(answer.json.result || answer.json.error.code === -32602, `${method}: ${answer.text}`);
      else assertError(answer, missing, -32601);
    }
  }
  const legacy = eras[1][0];
  const level = await s.ask('logging/setLevel', { level: 'info' });
  if (legacy.logging) resultOf(level);
  else assertError(level, 200, -32601);
  const subscribed = await s.ask('resources/subscribe', { uri: 'spotify://player' });
  if (legacy.resources?.subscribe) resultOf(subscribed);
  else assertError(subscribed, 200, -32601);
});

test('9.2: templates are answered though there may be none; what does not exist is no empty list of contents', async () => {
  assert.ok(Array.isArray((await ask('resources/templates/list')).resourceTemplates));
  for (const r of (await ask('resources/list')).resources) {
    assert.ok(r.uri && r.name && r.description && r.mimeType, r.uri);
    const { contents } = await ask('resources/read', { uri: r.uri });
    assert.ok(contents.length > 0 && contents.every(c => c.uri === r.uri && (typeof c.text === 'string' || typeof c.blob === 'string')));
  }
  for (const uri of ['spotify://', 'spotify://status/../x', 'file:///etc/passwd', 'x', 'spotify://status?a=b', 'SPOTIFY://STATUS'])
    assertError(await modern(who.endpoint, who.token, 'resources/read', { uri }), 200, -32602);
});

test('9.5: a cursor that was not given out is -32602 in both eras; null is none', async () => {
  const s = await session(who);
  for (const method of ['tools/list', 'resources/list', 'resources/templates/list']) {
    for (const cursor of ['x', '', '0', 5, [], {}]) {
      assertError(await modern(who.endpoint, who.token, method, { cursor }), 200, -32602);
      assertError(await s.ask(method, { cursor }), 200, -32602);
    }
    assert.ok(!('nextCursor' in await ask(method)), 'one page: several clients read no other');
  }
});

/* --- streams --- */

test('H-12, H-15, M-20, M-22: an answer as events: its headers, no event ids in 2026-07-28, the answer last, then the end', async () => {
  const { body, headers } = modernRequest(who, 'tools/call', { name: 'get_status' }, { id: 0 });
  const stream = await Stream.open(who.endpoint, body, { headers: { ...headers, accept: 'text/event-stream' } });
  assert.ok(stream.isEvents);
  assert.match(stream.headers['cache-control'], /no-cache/);
  assert.match(stream.headers['cache-control'], /no-transform/);
  assert.equal(stream.headers['x-accel-buffering'], 'no');
  await stream.until(s => s.closed !== undefined);
  assert.ok(stream.events.every(e => e.id === undefined && e.event === 'message'));
  assert.equal(stream.messages.at(-1).id, 0);
  assert.ok(stream.messages.at(-1).result);
});

test('S-1 to S-4, S-6: listen with an empty filter is acknowledged first, under the request\'s id with its type, and stays', async () => {
  for (const id of [0, -1, 'a', '', 7]) {
    const stream = await listen(who, {}, { id });
    assert.equal(stream.status, 200);
    assert.ok(stream.isEvents);
    assert.ok(await stream.until(s => s.messages.length));
    const [first] = stream.messages;
    assert.equal(first.method, 'notifications/subscriptions/acknowledged');
    assert.equal(first.params._meta[SUBSCRIPTION], id);
    assert.deepEqual(first.params.notifications, {});
    await sleep(20);
    assert.equal(stream.closed, undefined);
    assert.equal(stream.messages.length, 1);
    await stream.close();
  }
  // What is not advertised is not honoured; what is unknown is ignored.
  const caps = (await ask('server/discover')).capabilities;
  const wide = await listen(who, { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: false, resourceSubscriptions: ['spotify://status', 'spotify://no-such'], unheard: 1 });
  assert.ok(await wide.until(s => s.messages.length));
  const granted = wide.messages[0].params.notifications;
  assert.equal(Boolean(granted.toolsListChanged), Boolean(caps.tools?.listChanged));
  assert.equal(Boolean(granted.promptsListChanged), Boolean(caps.prompts?.listChanged));
  assert.ok(!granted.resourcesListChanged);
  if (!caps.resources?.subscribe) assert.ok(!granted.resourceSubscriptions?.length);
  await wide.close();
});

test('S-1: a filter that is none is -32602; without event-stream in Accept there is no stream', async () => {
  for (const notifications of [undefined, null, [], 'x', { toolsListChanged: 'yes' }, { resourceSubscriptions: 'x' }, { resourceSubscriptions: [1] }, { promptsListChanged: null }])
    assertError(await modern(who.endpoint, who.token, 'subscriptions/listen', { notifications }), 200, -32602);
  const answer = await modern(who.endpoint, who.token, 'subscriptions/listen', { notifications: {} }, { headers: { accept: 'application/json' } });
  assert.ok(answer.status >= 400 && answer.json.error, answer.text);
});

test(`S-7: the ${STREAMS} + 1st stream of a person is refused with a JSON-RPC error, and one that ends makes room; calls go on`, async () => {
  const streams = [];
  try {
    for (let i = 0; i < STREAMS; i++) {
      const stream = await listen(other, {}, { id: i });
      assert.ok(stream.isEvents, `stream ${i}`);
      assert.ok(await stream.until(s => s.messages.length));
      streams.push(stream);
    }
    const more = await listen(other, {}, { id: 'over' });
    const answer = more.isEvents ? await more.until(s => s.messages.find(m => m.error)) : await more.body();
    assert.ok(answer?.error, JSON.stringify(answer));
    assert.equal(answer.id ?? 'over', 'over');
    await more.close();
    for (const s of streams) assert.equal(s.closed, undefined);
    resultOf(await modern(other.endpoint, other.token, 'tools/call', { name: 'get_status' }));
    await streams.pop().close();
    let again;
    for (let i = 0; i < 50 && !again?.isEvents; i++) {
      await again?.close();
      await sleep(100);
      again = await listen(other, {}, { id: 'again' });
    }
    assert.ok(again.isEvents);
    streams.push(again);
  } finally {
    for (const s of streams) await s.close();
  }
});

test('L-10: GET of a session is a stream or 405, never 400, 404 or JSON (Claude Code, Cursor, ChatGPT after a long pause)', async () => {
  for (const version of LEGACIES) {
    const s = await session(who, version);
    for (const headers of [{ accept: 'text/event-stream' }, { accept: 'text/event-stream', 'mcp-protocol-version': version }, { accept: '*/*' },
      { accept: 'text/event-stream', 'last-event-id': 'nonsense' }, { accept: 'application/json, text/event-stream' }]) {
      const stream = await Stream.open(who.endpoint, undefined, { method: 'GET', headers: { ...s.headers, ...headers } });
      assert.ok([200, 405].includes(stream.status), `${version} ${JSON.stringify(headers)}: ${stream.status}`);
      if (stream.status === 200) {
        assert.ok(stream.isEvents);
        assert.equal(stream.headers['x-accel-buffering'], 'no');
        // L-13: an event without data is for 2025-11-25 only.
        await stream.until(x => x.all.length, 100);
        const empty = stream.events.filter(e => e.id !== undefined && !e.data);
        assert.ok(version === LEGACY || empty.length === 0, `${version}: priming event`);
        assert.deepEqual(stream.messages, []);
      } else {
        assert.match(stream.headers.allow, /POST/);
      }
      await stream.close();
    }
  }
});

test('L-6, L-10, M-16: GET without session, with an ended one, or of the new era is never a stream of somebody', async () => {
  const get = async headers => {
    const stream = await Stream.open(who.endpoint, undefined, { method: 'GET', headers: { ...bearer(who), accept: 'text/event-stream', ...headers } });
    await stream.close();
    return stream.status;
  };
  assert.ok([400, 405].includes(await get({})));
  assert.equal(await get({ 'mcp-protocol-version': MODERN }), 405);
  const ended = await session(who), foreign = await session(other);
  await ended.send(undefined, { method: 'DELETE' });
  for (const id of [ended.id, foreign.id, 'nonsense']) assert.ok([404, 405].includes(await get({ 'mcp-session-id': id })), id);
  const s = await session(who);
  for (const accept of ['application/json', 'text/html']) assert.ok([405, 406].includes(await get({ 'mcp-session-id': s.id, accept })), accept);
});

test('L-8: DELETE ends a session or is 405; without session 400, in the new era 405 or 400', async () => {
  const s = await session(who);
  const answer = await s.send(undefined, { method: 'DELETE' });
  assert.ok([200, 202, 204, 405].includes(answer.status));
  if (answer.status < 300) assertError(await s.ask('ping'), 404, -32001);
  assert.ok([400, 405].includes((await post(who.endpoint, undefined, { method: 'DELETE', headers: bearer(who) })).status));
  assert.ok([400, 405].includes((await post(who.endpoint, undefined, { method: 'DELETE', headers: { ...bearer(who), 'mcp-protocol-version': MODERN } })).status));
});

test('M-21, L-15: a client that leaves in the middle harms nobody', async () => {
  const s = await session(who);
  for (let i = 0; i < 20; i++) {
    const legacy = i % 2;
    const { body, headers } = legacy ? { body: request('tools/call', { name: 'get_status' }, i), headers: s.headers } : modernRequest(who, 'tools/call', { name: 'get_status' }, { id: i });
    const stream = Stream.open(who.endpoint, body, { headers: { ...headers, accept: 'text/event-stream' } }).catch(() => null);
    await sleep(i % 5);
    (await stream)?.request.destroy();
  }
  resultOf(await s.ask('ping'));
  assert.ok(!(await call('get_status')).isError);
});

test('H-13, S-7: a stream with nothing to say is kept open, with a comment at least every 25 s (proxies cut after 60)', async () => {
  assert.ok(patient.isEvents);
  await patient.until(s => s.comments.length > 0, Math.max(0, 26000 - (performance.now() - patient.began)));
  assert.equal(patient.closed, undefined, 'it was ended by the server');
  assert.ok(patient.comments.length > 0);
  assert.ok(patient.comments[0].at < 25000, `${patient.comments[0].at} ms`);
  assert.equal(patient.messages.length, 1);
  assert.equal(patient.messages[0].params._meta[SUBSCRIPTION], 'patient');
});

test('no worker died of any of this', () => {
  assert.deepEqual(system.log().filter(l => l.event === 'obituary'), []);
});
