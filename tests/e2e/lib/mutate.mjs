// Requests of the protocol and what becomes of them when somebody spoils them:
// in their structure, their text, their bytes, their headers.  Everything comes
// from a seed and a number, so each request can be made again by itself.

/** Numbers from 0 to below 1, the same for the same seed. */
export function randomness(seed) {
  let a = seed >>> 0;
  const next = () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const int = n => Math.floor(next() * n);
  return { next, int, pick: list => list[int(list.length)], chance: p => next() < p };
}

/** Text that stands in the JSON as it is. */
class Raw { constructor(text) { this.text = text; } }
/** An object as a list of members, so that a name can come twice. */
class Members { constructor(list) { this.list = list; } }

function write(v) {
  if (v instanceof Raw) return v.text;
  if (v instanceof Members) return `{${v.list.map(([k, x]) => `${JSON.stringify(k)}:${write(x)}`).join()}}`;
  if (Array.isArray(v)) return `[${v.map(write).join()}]`;
  if (v !== null && typeof v === 'object')
    return `{${Object.entries(v).filter(([, x]) => x !== undefined).map(([k, x]) => `${JSON.stringify(k)}:${write(x)}`).join()}}`;
  return JSON.stringify(v) ?? 'null';
}

const raws = ['01', '+1', '1.', '.5', '-', '0x10', '1e400', '-1e400', 'NaN', 'Infinity', 'True', 'nul', 'undefined', '"\\x"', '"\\u12"', '"\\ud800"', '"\\udfff\\ud800"',
  '"a\tb"', '"a', "'a'", '"\\u0000"', '1e308', '9007199254740993', '-9223372036854775808', '9223372036854775807', '9223372036854775808', '18446744073709551616',
  '1.0', '1e3', '0.1', '-0', '123456789012345678901234567890', '{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"":{"":{}}}', '[,]', '[1,]', '{,}', '{"a"}', '{a:1}', ''];
const words = ['', 'x', 'a b', '*', '../..', 'ä€\u{1f3b5}', '\u202e', 'null', '0', '-1', 'true', '__proto__', 'constructor', '2026-07-28', '2025-11-25', '2025-03-26',
  'spotify://status', 'spotify:track:6rqhFgbbKwnb9MLmUQDhG6', 'file:///etc/passwd', 'https://example.com/', 'get_status', 'search', 'tools/list', 'initialize', 'ping',
  'emergency', '%s%n', "'; drop table users; --", '\u007f', '=?base64?eA==?='];

function deep(kind, n) {
  return new Raw(kind === 0 ? '['.repeat(n) + ']'.repeat(n) : kind === 1 ? '{"a":'.repeat(n) + '1' + '}'.repeat(n) : '['.repeat(n));
}

/** Any value at all. */
export function junk(r) {
  // What is no JSON at all, or too deep, ends at the door; most is to get further.
  switch (r.int(r.chance(0.3) ? 14 : 12)) {
    case 0: return null;
    case 1: return r.chance(0.5);
    case 2: return r.int(3) - 1;
    case 3: return r.pick([1.5, -1e308, 5e-324, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53)]);
    case 4: return '';
    case 5: case 6: return r.pick(words);
    case 7: return 'y'.repeat(r.pick([100, 2000, 70000]));
    case 8: return [];
    case 9: return {};
    case 10: return [junk(r), junk(r)];
    case 11: return { [r.pick(words)]: junk(r), _meta: junk(r) };
    case 12: return deep(r.int(3), r.pick([5, 31, 32, 33, 500, 20000]));
    default: return new Raw(r.pick(raws));
  }
}

/* --- whole requests --- */

/** A value that a schema allows, more or less. */
function ofSchema(schema, r) {
  if (schema.enum) return r.pick(schema.enum);
  switch (schema.type) {
    case 'string': return r.pick(words);
    case 'integer': case 'number': return r.pick([schema.minimum ?? 0, Math.min(schema.maximum ?? 10, 10), 1, 5]);
    case 'boolean': return r.chance(0.5);
    case 'array': return Array.from({ length: r.int(4) }, () => ofSchema(schema.items ?? {}, r));
    case 'object': return Object.fromEntries(Object.entries(schema.properties ?? {}).filter(([k]) => (schema.required ?? []).includes(k) || r.chance(0.4))
      .map(([k, s]) => [k, ofSchema(s, r)]));
    default: return junk(r);
  }
}

/** A request of any method, valid but for its arguments; what: what the server offers. */
export function wholeRequest(r, what) {
  const tool = r.pick(what.tools), uri = r.chance(0.7) && what.uris.length ? r.pick(what.uris) : r.pick(words);
  const prompt = what.prompts.length ? r.pick(what.prompts) : { name: r.pick(words), arguments: [] };
  const args = () => Object.fromEntries((prompt.arguments ?? []).map(a => [a.name, r.pick(words)]));
  const list = () => (r.chance(0.3) ? { cursor: r.pick(words) } : r.chance(0.5) ? {} : undefined);
  const [method, params] = r.pick([
    () => ['tools/call', { name: tool.name, arguments: ofSchema(tool.inputSchema, r) }],
    () => ['tools/call', { name: r.chance(0.9) ? tool.name : r.pick(words), arguments: ofSchema(tool.inputSchema, r), _meta: { progressToken: r.pick([0, 1, 'p', '', -5]) } }],
    () => ['tools/call', { name: tool.name, arguments: ofSchema(tool.inputSchema, r), inputResponses: { [r.pick(words)]: { action: r.pick(['accept', 'decline', 'cancel']), content: {} } }, requestState: r.pick(words) }],
    () => ['tools/list', list()],
    () => ['resources/list', list()], () => ['resources/templates/list', list()], () => ['resources/read', { uri }],
    () => ['resources/subscribe', { uri }], () => ['resources/unsubscribe', { uri }],
    () => ['prompts/list', list()], () => ['prompts/get', { name: prompt.name, arguments: args() }],
    () => ['completion/complete', { ref: r.chance(0.5) ? { type: 'ref/prompt', name: prompt.name } : { type: 'ref/resource', uri }, argument: { name: r.pick(words), value: r.pick(words) }, context: { arguments: args() } }],
    () => ['logging/setLevel', { level: r.pick(['debug', 'info', 'emergency', 'x']) }],
    () => ['ping', undefined],
    () => ['server/discover', undefined],
    () => ['subscriptions/listen', { notifications: { toolsListChanged: r.chance(0.5), resourceSubscriptions: [uri] } }],
    () => ['initialize', { protocolVersion: r.pick(words), capabilities: { roots: {}, sampling: {}, elicitation: { form: {} }, experimental: {} }, clientInfo: { name: 'x', version: '1' } }],
    () => ['notifications/initialized', undefined], () => ['notifications/cancelled', { requestId: r.pick([0, 1, 'x', -1]), reason: 'y' }],
    () => ['notifications/progress', { progressToken: 1, progress: 2 }], () => ['notifications/roots/list_changed', undefined],
    () => ['tasks/get', { taskId: r.pick(words) }], () => ['tasks/cancel', { taskId: r.pick(words) }],
    () => [r.pick(words), junk(r)],
  ])();
  const message = { jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) };
  if (!method.startsWith('notifications/') || r.chance(0.05)) message.id = r.pick([0, 1, -1, 77, '', 'a', '0', 'long'.repeat(50), 9007199254740991]);
  if (r.chance(0.03)) return { jsonrpc: '2.0', id: message.id ?? 1, ...(r.chance(0.5) ? { result: junk(r) } : { error: { code: -1, message: 'x' } }) };
  return message;
}

const VERSION = 'io.modelcontextprotocol/protocolVersion', CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';

/** The same in the envelope of 2026-07-28, with its headers. */
export function inEnvelope(r, message, version = '2026-07-28') {
  const params = message.params !== null && typeof message.params === 'object' && !Array.isArray(message.params) && !(message.params instanceof Raw) ? message.params : {};
  const name = { 'tools/call': params.name, 'prompts/get': params.name, 'resources/read': params.uri, 'tasks/get': params.taskId, 'tasks/cancel': params.taskId }[message.method];
  const caps = r.pick([{}, { elicitation: {} }, { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} }, { extensions: { 'io.modelcontextprotocol/tasks': {} } }]);
  const header = text => (/^[\x21-\x7e]+$/.test(text) ? text : `=?base64?${Buffer.from(text).toString('base64')}?=`);
  return {
    message: { ...message, params: { ...params, _meta: { [VERSION]: version, [CAPABILITIES]: caps, 'io.modelcontextprotocol/logLevel': r.pick(['debug', 'info', undefined]), ...params._meta } } },
    headers: {
      'mcp-protocol-version': version, 'mcp-method': header(String(message.method)),
      ...(typeof name === 'string' ? { 'mcp-name': header(name) } : {}),
    },
  };
}

/* --- spoiling --- */

/** Sets a member, __proto__ as well. */
const own = (object, key, value) => Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });

/** All places in a tree: [holder, key]. */
function places(v, out = []) {
  if (v === null || typeof v !== 'object' || v instanceof Raw) return out;
  for (const key of v instanceof Members ? [] : Object.keys(v)) {
    out.push([v, key]);
    places(v[key], out);
  }
  return out;
}

/** Spoils one place of a tree; the tree, which may be another. */
export function spoil(r, tree) {
  const all = places(tree);
  if (!all.length || r.chance(0.02)) return junk(r);
  const inner = all.filter(([holder]) => holder !== tree);
  const [holder, key] = r.pick(inner.length && r.chance(0.75) ? inner : all), old = holder[key];
  switch (r.int(9)) {
    case 0: case 1: case 2: holder[key] = junk(r); break;
    case 3: if (Array.isArray(holder)) holder.splice(Number(key), 1); else delete holder[key]; break;
    case 4: holder[key] = [old]; break;
    case 5: holder[key] = typeof old === 'number' ? String(old) : typeof old === 'string' ? old.length : { value: old }; break;
    case 6: if (Array.isArray(holder)) holder.push(old);
      else own(holder, r.pick([key.toUpperCase?.() ?? 'x', `${key}\u0000`, ` ${key}`, ...words]), old);
      break;
    case 7: if (!Array.isArray(holder)) holder[key] = new Members([['a', old], ['a', junk(r)], ...(typeof old === 'object' && old && !(old instanceof Raw) ? Object.entries(old) : [])]); break;
    default: if (typeof old === 'string' && old) holder[key] = old.slice(0, r.int(old.length)) + r.pick(words) + old.slice(r.int(old.length));
  }
  return tree;
}

/** Spoils the text of a body; bytes. */
export function spoilText(r, text) {
  const bytes = Buffer.from(text), at = r.int(bytes.length + 1);
  const insert = more => Buffer.concat([bytes.subarray(0, at), Buffer.from(more), bytes.subarray(at)]);
  switch (r.int(12)) {
    case 0: return bytes.subarray(0, at);
    case 1: return insert([r.pick([0xff, 0xc0, 0x80, 0xf5, 0x00, 0x1f, 0x7f])]);
    case 2: return insert(r.pick(['{', '}', '[', ']', '"', ',', ':', '\\', '/**/', '\u00a0', '\ufeff']));
    case 3: { const b = Buffer.from(bytes); if (b.length) b[r.int(b.length)] ^= 1 << r.int(8); return b; }
    case 4: return Buffer.from(text, 'utf16le');
    case 5: return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
    case 6: return Buffer.concat([bytes, Buffer.from(r.pick([' x', '{}', '\u0000', ',', '\n\n', text]))]);
    case 7: return Buffer.concat([Buffer.alloc(r.pick([1, 1000, 100000]), 0x20), bytes]);
    case 8: return Buffer.from(text.replace('{', `{"${r.pick(['id', 'jsonrpc', 'method', 'params', '_meta'])}":${write(junk(r))},`));
    case 9: return Buffer.from(text.replaceAll('"', "'"));
    case 10: return Buffer.from(text, 'latin1');
    default: return Buffer.from(bytes.toString('base64'));
  }
}

const headerValues = ['', 'x', '2026-07-28', '2025-11-25', '2025-03-26', '2030-01-01', 'tools/list', 'tools/call', '=?base64?eA==?=', '=?base64?eA=?=', 'v1.a.b', '*/*', 'application/json',
  'text/event-stream', 'application/json;q=0', 'text/plain', 'a, b', '\u00e4', 'z'.repeat(3000), '\t x \t', '0', '-1'];
const headerNames = ['content-type', 'accept', 'mcp-protocol-version', 'mcp-method', 'mcp-name', 'mcp-session-id', 'last-event-id', 'mcp-param-region', 'mcp-param-x', 'origin', 'content-encoding'];

export function spoilHeaders(r, headers) {
  const name = r.pick(headerNames);
  switch (r.int(4)) {
    case 0: delete headers[name]; break;
    case 1: headers[name] = [r.pick(headerValues), headers[name] ?? r.pick(headerValues)]; break;
    default: headers[name] = r.pick(headerValues);
  }
}

/**
 * Request number n of a seed: {body (bytes), headers, method, era}.  what:
 * {tools, prompts, uris, sessions: [{id, version}]}.
 */
export function malformed(seed, n, what) {
  const r = randomness(seed * 1000003 + n);
  const modern = r.chance(0.5), headers = {};
  const one = () => {
    const whole = wholeRequest(r, what);
    if (!modern) return whole;
    const { message, headers: own } = inEnvelope(r, whole, r.chance(0.95) ? '2026-07-28' : r.pick(words));
    Object.assign(headers, own);
    return message;
  };
  let tree = one();
  if (!modern) {
    const session = r.pick(what.sessions);
    if (!r.chance(0.05)) headers['mcp-session-id'] = session.id;
    if (r.chance(0.5)) headers['mcp-protocol-version'] = session.version;
  }
  if (r.chance(modern ? 0.03 : 0.12)) tree = Array.from({ length: r.pick([0, 1, 2, 5, 33, 200]) }, one);
  for (let i = r.pick([0, 1, 1, 1, 2, 4]); i > 0; i--) tree = spoil(r, tree);
  let body = Buffer.from(write(tree));
  if (r.chance(0.15)) body = spoilText(r, body.toString());
  if (r.chance(0.15)) spoilHeaders(r, headers);
  for (const [k, v] of Object.entries(headers)) {
    // What the test's own HTTP library would not send.
    const fits = x => !/[^\t\x20-\x7e\x80-\xff]/.test(x);
    headers[k] = Array.isArray(v) ? v.filter(fits) : v;
    if (!Array.isArray(v) && !fits(v)) delete headers[k];
  }
  const method = r.chance(0.03) ? r.pick(['GET', 'DELETE']) : 'POST';
  return { body: method === 'POST' ? body : undefined, headers, method, era: modern ? 'modern' : 'legacy' };
}
