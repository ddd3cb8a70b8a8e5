// Does a message of the server fit the schema of its protocol version, and what
// the versions say beside their schemas?  The schema files lie outside of the
// project: TONEARM_SHARED/mcp, or ../shared/mcp.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const MODERN = '2026-07-28';
const shared = process.env.TONEARM_SHARED ?? new URL('../../../../shared', import.meta.url).pathname;
export const schemaFile = version => join(shared, `mcp/schema-${version}.json`);

const RESULTS = {
  initialize: 'InitializeResult', ping: 'EmptyResult', 'logging/setLevel': 'EmptyResult',
  'tools/list': 'ListToolsResult', 'tools/call': 'CallToolResult',
  'resources/list': 'ListResourcesResult', 'resources/templates/list': 'ListResourceTemplatesResult',
  'resources/read': 'ReadResourceResult', 'resources/subscribe': 'EmptyResult', 'resources/unsubscribe': 'EmptyResult',
  'prompts/list': 'ListPromptsResult', 'prompts/get': 'GetPromptResult', 'completion/complete': 'CompleteResult',
  'server/discover': 'DiscoverResult', 'subscriptions/listen': 'SubscriptionsListenResult',
};
/** Errors that have a definition of their own; the older versions have none. */
const ERRORS = {
  [-32020]: 'HeaderMismatchError', [-32021]: 'MissingRequiredClientCapabilityError',
  [-32022]: 'UnsupportedProtocolVersionError', [-32042]: 'URLElicitationRequiredError',
};
/** HTTP status that an error has to have where it is the whole answer. */
const STATUS = {
  modern: { [-32020]: [400], [-32021]: [400], [-32022]: [400], [-32601]: [404], [-32700]: [400],
    [-32600]: [400, 403, 406, 413, 415, 429] },
  legacy: { [-32601]: [200], [-32001]: [404], [-32700]: [400] },
};
const SCHEMA_WORDS = ['inputSchema', 'outputSchema', 'requestedSchema'];

/** A copy in which objects with listed members have no others: what a version
 *  does not know must not be sent to its clients (L-21). */
function closed(node, name) {
  if (Array.isArray(node)) return node.map(n => closed(n));
  if (node === null || typeof node !== 'object') return node;
  const out = {};
  for (const [key, value] of Object.entries(node))
    out[key] = key === 'properties' ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, closed(v, k)])) :
      key === 'allOf' ? value : closed(value, key);
  if (out.properties && !('additionalProperties' in out) && !SCHEMA_WORDS.includes(name) && !/Meta(Object)?$/.test(name ?? ''))
    out.additionalProperties = false;
  return out;
}

const methodsOf = (definitions, union) => Object.fromEntries((definitions[union]?.anyOf ?? []).map(({ $ref }) => {
  const name = $ref.split('/').pop();
  return [definitions[name].properties.method.const, name];
}));

export class Validator {
  /** null where the schema of this version is absent. */
  static of(version) {
    return existsSync(schemaFile(version)) ? new Validator(version) : null;
  }

  constructor(version) {
    this.version = version;
    this.modern = version === MODERN;
    const schema = JSON.parse(readFileSync(schemaFile(version), 'utf8'));
    const Dialect = schema.$schema.includes('2020-12') ? Ajv2020 : Ajv;
    const word = schema.$defs ? '$defs' : 'definitions';
    this.definitions = schema[word];
    // Names as they are; `byte` is Base64 in these files.
    this.ajv = new Dialect({ strict: false, allErrors: true, validateFormats: true });
    addFormats(this.ajv);
    this.ajv.addSchema({ ...schema, [word]: closed(this.definitions) }, 'mcp');
    this.word = word;
    this.requests = methodsOf(this.definitions, 'ServerRequest');
    this.notifications = methodsOf(this.definitions, 'ServerNotification');
    // For the schemas in messages.
    this.other = new Ajv2020({ strict: false, allErrors: true });
    addFormats(this.other);
    this.outputs = new Map();
  }

  #fits(name, value) {
    const check = this.ajv.getSchema(`mcp#/${this.word}/${name}`);
    if (!check) return [`there is no ${name} in ${this.version}`];
    return check(value) ? [] : check.errors.slice(0, 4).map(e =>
      `${name}${e.instancePath} ${e.message}${e.params?.additionalProperty ? ` (${e.params.additionalProperty})` : ''}`);
  }

  /** What kind of message is it: the name of its definition. */
  kind({ message, answers }) {
    const m = message;
    if (m === null || typeof m !== 'object') return 'nothing';
    if (m.method !== undefined) return (m.id === undefined ? this.notifications : this.requests)[m.method] ?? 'unknown method';
    if (m.error !== undefined) return 'error';
    if (m.result?.resultType === 'input_required') return 'InputRequiredResult';
    return m.result?.resultType === 'task' ? 'Result' : RESULTS[answers] ?? 'Result';
  }

  /** Remembers what the tools of a list promise. */
  learn({ message, answers }) {
    if (answers !== 'tools/list' || !Array.isArray(message?.result?.tools)) return;
    for (const { name, outputSchema } of message.result.tools) {
      if (!outputSchema) continue;
      if (!this.outputs.has(name)) this.outputs.set(name, new Map());
      const known = this.outputs.get(name), text = JSON.stringify(outputSchema);
      try { if (!known.has(text)) known.set(text, this.other.compile(outputSchema)); } catch { /* #tools() says so */ }
    }
  }

  /** What is wrong with a recorded message; empty: nothing. */
  faults(entry) {
    const m = entry.message;
    if (entry.note) return [`${entry.note}: ${entry.text}`];
    if (m === null || typeof m !== 'object' || Array.isArray(m)) return ['not an object'];
    if (m.jsonrpc !== '2.0') return ['jsonrpc is not "2.0"'];
    if (m.method !== undefined) return this.#call(m, entry);
    if ((m.result === undefined) === (m.error === undefined)) return ['neither a result nor an error'];
    return m.error !== undefined ? this.#error(m, entry) : this.#result(m, entry);
  }

  #call(m, entry) {
    const extra = Object.keys(m).filter(k => !['jsonrpc', 'id', 'method', 'params'].includes(k));
    if (extra.length) return [`unknown members ${extra}`];
    const name = this.kind(entry);
    if (name === 'unknown method') return [`${m.method} is nothing that a server sends in ${this.version}`];
    if (this.modern && m.method === 'notifications/cancelled') return ['notifications/cancelled over HTTP (S-5)'];
    // The older definitions have only method and params.
    const { jsonrpc, id, ...rest } = m;
    const bare = !('jsonrpc' in (this.definitions[name].properties ?? {}));
    return [...this.#fits(m.id === undefined ? 'JSONRPCNotification' : 'JSONRPCRequest', m), ...this.#fits(name, bare ? rest : m)];
  }

  #result(m, entry) {
    const envelope = this.definitions.JSONRPCResultResponse ? 'JSONRPCResultResponse' : 'JSONRPCResponse';
    const name = this.kind(entry), out = [...this.#fits(envelope, m), ...this.#fits(name, m.result)];
    if (entry.status !== 200) out.push(`a result with status ${entry.status}`);
    if (name === 'EmptyResult' || !this.modern) {
      for (const member of ['ttlMs', 'cacheScope', ...(this.modern ? [] : ['resultType'])])
        if (member in m.result) out.push(`${name} has ${member} (E-5)`);
    }
    if (name === 'InputRequiredResult' && !m.result.inputRequests && !m.result.requestState)
      out.push('neither inputRequests nor requestState (R-1)');
    if (name === 'ListToolsResult') out.push(...this.#tools(m.result.tools));
    if (name === 'CallToolResult') out.push(...this.#structured(m.result, entry.tool));
    return out;
  }

  #tools(tools) {
    return (Array.isArray(tools) ? tools : []).flatMap(t => ['inputSchema', 'outputSchema'].flatMap(word =>
      t[word] && !this.other.validateSchema(t[word]) ? [`${t.name}.${word}: ${this.other.errorsText()}`] : []));
  }

  /** T-8: what a tool's schema promises is there, and fits. */
  #structured(result, tool) {
    const known = this.outputs.get(tool);
    if (!known || result.isError) return [];
    if (!('structuredContent' in result)) return [`${tool} has no structuredContent (T-8)`];
    const checks = [...known.values()];
    return checks.length === 0 || checks.some(check => check(result.structuredContent)) ? [] :
      [`${tool}: structuredContent ${this.other.errorsText(checks[0].errors)} (T-8)`];
  }

  #error(m, entry) {
    const { code } = m.error, out = [];
    const name = this.definitions.JSONRPCErrorResponse ? 'JSONRPCErrorResponse' : 'JSONRPCError';
    // These versions have no form for an error that answers nothing; it goes out
    // without id and with a status that says enough.
    const none = name === 'JSONRPCError' && !('id' in m) && entry.status >= 400;
    out.push(...this.#fits(name, none ? { ...m, id: 0 } : m));
    if (!('id' in m) && entry.status < 400) out.push('an error without id and without status');
    const own = ERRORS[code];
    if (own && this.definitions[own]) out.push(...this.#fits(own, m));
    else if (own || (code <= -32020 && code >= -32099)) out.push(`code ${code} is not of ${this.version}`);
    if (this.modern && code === -32002) out.push('-32002 is legacy');
    const expected = STATUS[this.modern ? 'modern' : 'legacy'][code];
    // In a batch or a stream the status is that of the whole (via).
    if (expected && entry.via === 'json' && entry.http === 'POST' && !expected.includes(entry.status))
      out.push(`code ${code} with status ${entry.status}`);
    return out;
  }
}
