// Does the check of what the server sends see what it should?  The recorder in
// front of a small server that answers in every form, the validator with a
// good and with broken messages for each version.  No Tonearm is started.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Events, VERSIONS } from './lib/record.mjs';
import { Validator } from './lib/validate.mjs';

const here = new URL('.', import.meta.url).pathname;

/** Runs a module with the recorder in front; what it wrote. */
function recorded(t, source) {
  const dir = mkdtempSync('/tmp/tonearm-record-');
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    env: { PATH: process.env.PATH, NODE_OPTIONS: `--import ${join(here, 'lib/record.mjs')}`, TONEARM_RECORD: join(dir, 'out') },
    encoding: 'utf8', timeout: 30000,
  });
  assert.equal(run.status, 0, run.stderr);
  const lines = readdirSync(join(dir, 'out')).filter(f => f.startsWith('messages-'))
    .flatMap(f => readFileSync(join(dir, 'out', f), 'utf8').trim().split('\n').map(l => JSON.parse(l)));
  return { lines, stdout: run.stdout, text: JSON.stringify(lines), folder: join(dir, 'out') };
}

const SERVER = `
  import http from 'node:http';
  const server = http.createServer((q, r) => {
    const parts = [];
    q.on('data', d => parts.push(d));
    q.on('end', () => {
      const text = Buffer.concat(parts).toString(), body = text ? JSON.parse(text) : {};
      const answer = (id, result) => JSON.stringify({ jsonrpc: '2.0', id, result });
      if (Array.isArray(body)) {
        r.setHeader('content-type', 'application/json');
        r.end('[' + body.map(m => answer(m.id, { of: m.method })).join() + ']');
      } else if (body.method === 'initialize') {
        r.setHeader('content-type', 'application/json');
        r.setHeader('mcp-session-id', 'a-session');
        r.end(answer(body.id, { protocolVersion: '2025-06-18', text: '\\u00e4\\u{1f3b5}' }));
      } else if (q.method === 'GET' || body.params?.stream) {
        r.setHeader('content-type', 'text/event-stream');
        r.write(': hello\\n\\nid: 1\\ndata:\\n\\nevent: message\\nda');
        setTimeout(() => {
          r.write('ta: {"jsonrpc":"2.0","method":"notifications/progress"}\\r');
          setTimeout(() => r.end('\\n\\r\\ndata: {"jsonrpc":"2.0",\\ndata: "id":' + JSON.stringify(body.id ?? 0) + ',"result":{}}\\n\\n'), 20);
        }, 20);
      } else {
        r.writeHead(400, { 'content-type': 'application/json' });
        r.end(body.method === 'torn' ? '{"jsonrpc"' : '{"jsonrpc":"2.0","error":{"code":-32600,"message":"no"}}');
      }
    });
  }).listen(0, '127.0.0.1');
  await new Promise(ok => server.on('listening', ok));
  const url = 'http://127.0.0.1:' + server.address().port;
`;
const ASK = `
  const says = [];
  for (const [body, more = {}] of [
    [{ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25' } }],
    [{ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'play', stream: true } }, { 'mcp-session-id': 'a-session' }],
    [[{ jsonrpc: '2.0', id: 'x', method: 'ping' }, { jsonrpc: '2.0', id: 3, method: 'tools/list' }], { 'mcp-protocol-version': '2025-03-26' }],
    [{ jsonrpc: '2.0', id: 4, method: 'tools/list', params: { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } } }],
    [{ jsonrpc: '2.0', id: 5, method: 'torn' }],
  ]) says.push(await ask(url + '/mcp', JSON.stringify(body), { 'content-type': 'application/json', authorization: 'Bearer hush-hush', ...more }));
  await ask(url + '/elsewhere', '{"jsonrpc":"2.0","id":9,"method":"initialize"}', {});
  await ask(url + '/mcp', undefined, { 'mcp-session-id': 'a-session' });
  console.log(JSON.stringify(says));
  server.close(); server.closeAllConnections();
`;
const HTTP = `const ask = (to, body, headers) => new Promise((ok, no) => {
  const q = http.request(to, { method: body ? 'POST' : 'GET', headers: Object.entries({ host: 'x', 'transfer-encoding': 'chunked', ...headers }).flat() }, r => {
    let text = ''; r.setEncoding('utf8'); r.on('data', d => { text += d; }); r.on('end', () => ok(text)); }).on('error', no);
  if (body) { q.write(body.slice(0, 5)); q.end(body.slice(5)); } else q.end(); });`;
const FETCH = `const ask = async (to, body, headers) =>
  (await fetch(to, { method: body ? 'POST' : 'GET', headers, body })).text();`;

for (const [name, ask] of [['node:http', HTTP], ['fetch', FETCH]]) {
  test(`the recorder notes what comes by ${name} and changes nothing`, t => {
    const { lines, stdout, text } = recorded(t, SERVER + ask + ASK);
    assert.deepEqual(lines.map(l => [l.version, l.via ?? l.note, l.http, l.answers, l.tool, l.status]), [
      ['2025-06-18', 'json', 'POST', 'initialize', undefined, 200],
      ['2025-06-18', 'event', 'POST', undefined, undefined, 200],
      ['2025-06-18', 'event', 'POST', 'tools/call', 'play', 200],
      ['2025-03-26', 'batch', 'POST', 'ping', undefined, 200],
      ['2025-03-26', 'batch', 'POST', 'tools/list', undefined, 200],
      ['2026-07-28', 'json', 'POST', 'tools/list', undefined, 400],
      ['2025-03-26', 'not JSON', undefined, undefined, undefined, 400],
      ['2025-06-18', 'event', 'GET', undefined, undefined, 200],
      ['2025-06-18', 'event', 'GET', undefined, undefined, 200],
    ]);
    assert.equal(lines[0].message.result.text, '\u00e4\u{1f3b5}');
    assert.doesNotMatch(text, /hush|a-session/);
    assert.equal(JSON.parse(stdout).length, 5);
  });
}

test('events are put together whatever their line ends and pieces are', () => {
  const text = ': c\r\ndata: a\r\ndata: b\r\n\r\nid: 1\ndata:\n\ndata:c\r\rdata: d\n\n';
  for (let size = 1; size < text.length; size++) {
    const events = new Events(), out = [];
    for (let i = 0; i < text.length; i += size) out.push(...events.push(text.slice(i, i + size)));
    assert.deepEqual(out, ['a\nb', '', 'c', 'd'], `in pieces of ${size}`);
  }
});

/** Good answers of a version, [answers, result or message]. */
function good(version) {
  const modern = version === '2026-07-28';
  const more = modern ? { resultType: 'complete' } : {}, list = modern ? { ...more, ttlMs: 0, cacheScope: 'private' } : {};
  return {
    list: { answers: 'tools/list', result: { tools: [{ name: 'a', description: 'b', inputSchema: { type: 'object' } }], ...list } },
    call: { answers: 'tools/call', tool: 'a', result: { content: [{ type: 'text', text: 'x' }], ...more } },
    begin: modern ?
      { answers: 'server/discover', result: { supportedVersions: [version], capabilities: {}, ...list } } :
      { answers: 'initialize', result: { protocolVersion: version, capabilities: {}, serverInfo: { name: 'n', version: '1' } } },
  };
}

const whole = (version, { result, message, answers, tool }, more = {}) => JSON.parse(JSON.stringify({
  version, via: 'json', http: 'POST', status: 200, answers, tool, message: message ?? { jsonrpc: '2.0', id: 1, result }, ...more,
}));

for (const version of VERSIONS) {
  test(`${version}: good messages fit, each broken one is found`, t => {
    const validator = Validator.of(version);
    if (!validator) return t.skip('the schema files are absent');
    const faults = (part, more) => validator.faults(whole(version, part, more));
    const { list, call, begin } = good(version), modern = version === '2026-07-28', old = version < '2025-11-25';
    for (const part of [list, call, begin]) assert.deepEqual(faults(part), [], JSON.stringify(part));
    const error = (code, more = {}) => ({ message: { jsonrpc: '2.0', id: 1, error: { code, message: 'no' }, ...more } });
    assert.deepEqual(faults(error(-32602)), []);
    assert.deepEqual(faults(error(-32600, { id: undefined }), { status: 400 }), []);
    const note = { message: { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 0.5 } } };
    assert.deepEqual(faults(note, { via: 'event' }), []);

    const broken = {
      'a tool without schema': [{ ...list, result: { ...list.result, tools: [{ name: 'a' }] } }],
      'tools that are no list': [{ ...list, result: { ...list.result, tools: {} } }],
      'a member that no version knows': [{ ...list, result: { ...list.result, unheard: 1 } }],
      'a schema that is none': [{ ...list, result: { ...list.result, tools: [{ name: 'a', inputSchema: { type: 'object', properties: { p: { type: 'text' } } } }] } }],
      'an unknown block': [{ ...call, result: { ...call.result, content: [{ type: 'smell' }] } }],
      'no content': [{ ...call, result: {} }],
      'a capability of no shape': [{ ...begin, result: { ...begin.result, capabilities: { tools: true } } }],
      'a null id': [error(-32600, { id: null }), { status: 400 }],
      'an id that is no id': [{ message: { jsonrpc: '2.0', id: {}, result: call.result }, answers: 'tools/call' }],
      'no jsonrpc': [{ message: { id: 1, result: call.result }, answers: 'tools/call' }],
      'result and error': [{ message: { jsonrpc: '2.0', id: 1, result: {}, error: { code: 1, message: '' } } }],
      'an error without code': [{ message: { jsonrpc: '2.0', id: 1, error: { message: 'no' } } }],
      'an error that answers nothing, with 200': [error(-32600, { id: undefined })],
      'a reserved code': [error(-32077), { status: 400 }],
      'progress without token': [{ message: { jsonrpc: '2.0', method: 'notifications/progress', params: { progress: 1 } } }],
      'a notification of nobody': [{ message: { jsonrpc: '2.0', method: 'notifications/initialized' } }],
      'an unknown method with the other era\'s status': [error(-32601), { status: modern ? 200 : 404 }],
      'no JSON': [{}, { note: 'not JSON', text: '{' }],
      ...(modern ? {
        'no resultType': [{ ...call, result: { content: [] } }],
        'a list without ttlMs': [{ ...list, result: { tools: [], resultType: 'complete', cacheScope: 'public' } }],
        'a request to the client': [{ message: { jsonrpc: '2.0', id: 's', method: 'roots/list' } }, { via: 'event' }],
        'cancelled by the server': [{ message: { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } } }],
        'an empty input_required': [{ answers: 'tools/call', result: { resultType: 'input_required' } }],
        'a version error without data': [error(-32022), { status: 400 }],
        'a mismatch with status 200': [error(-32020)],
        'the old error for resources': [error(-32002)],
      } : {
        'resultType': [{ answers: 'ping', result: { resultType: 'complete' } }],
        'ttlMs': [{ ...list, result: { ...list.result, ttlMs: 1 } }],
        'a modern code': [error(-32020), { status: 400 }],
        'a lost session with status 400': [error(-32001), { status: 400 }],
      }),
      ...(version < '2025-06-18' ? {
        'structured content too early': [{ ...call, result: { content: [], structuredContent: {} } }],
        'a link too early': [{ ...call, result: { content: [{ type: 'resource_link', uri: 'a:b', name: 'c' }] } }],
      } : {}),
      ...(old ? { 'icons too early': [{ ...list, result: { tools: [{ name: 'a', inputSchema: { type: 'object' }, icons: [] }] } }] } : {}),
    };
    for (const [name, args] of Object.entries(broken)) assert.ok(faults(...args).length > 0, `not found: ${name}`);
    if (version < '2025-06-18') return;
    // T-8: what a tool promises.
    validator.learn({ answers: 'tools/list', message: { result: { tools: [{ name: 'a', outputSchema: { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } } }] } } });
    const says = structuredContent => faults({ ...call, result: { ...call.result, structuredContent } });
    assert.deepEqual(says({ n: 1 }), []);
    assert.ok(says({ n: 'x' }).length && says({}).length && says(undefined).length);
    assert.deepEqual(faults({ ...call, result: { ...call.result, isError: true } }), []);
  });
}

/** Runs schema-check.mjs over entries. */
function check(t, entries, args = []) {
  const dir = mkdtempSync('/tmp/tonearm-record-');
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, 'versions'));
  if (entries.length) writeFileSync(join(dir, 'messages-1.jsonl'), entries.map(e => `${JSON.stringify(e)}\n`).join(''));
  return spawnSync(process.execPath, [join(here, 'schema-check.mjs'), dir, ...args], { encoding: 'utf8' });
}

test('the check of a run is red for one broken message, for none, and for an absent version', t => {
  const version = '2026-07-28';
  if (!Validator.of(version)) return t.skip('the schema files are absent');
  const fine = whole(version, good(version).list), broken = whole(version, { answers: 'tools/list', result: { tools: [] } });
  const green = check(t, [fine], [version]);
  assert.equal(green.status, 0, green.stdout);
  assert.match(green.stdout, /^ok 3 - 2026-07-28 ListToolsResult: 1$/m);
  const red = check(t, [fine, broken]);
  assert.equal(red.status, 1);
  assert.match(red.stdout, /^not ok 3 - 2026-07-28 ListToolsResult: 2, 1 do not fit\n# .*ttlMs/m);
  assert.equal(check(t, []).status, 1);
  assert.match(check(t, [fine], ['2025-03-26']).stdout, /^not ok .*2025-03-26: no message/m);
  assert.equal(check(t, [{ ...fine, version: '2023-01-01' }]).status, 1);
});

test('without the schema files the check says so and is not red', t => {
  const dir = mkdtempSync('/tmp/tonearm-record-');
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, 'messages-1.jsonl'), `${JSON.stringify(whole('2026-07-28', good('2026-07-28').list))}\n`);
  const run = spawnSync(process.execPath, [join(here, 'schema-check.mjs'), dir],
    { encoding: 'utf8', env: { ...process.env, TONEARM_SHARED: join(dir, 'nothing') } });
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.match(run.stdout, /# SKIP there is no/);
});
