// Both eras of the protocol as a client that knows its own request exactly:
// nothing is added that a test did not ask for.
import assert from 'node:assert/strict';
import { MODERN, LEGACY, post } from './rpc.mjs';

export { MODERN, LEGACY };
export const VERSION = 'io.modelcontextprotocol/protocolVersion', CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';
export const LEGACIES = ['2025-03-26', '2025-06-18', '2025-11-25'];

export const bearer = who => ({ authorization: `Bearer ${who.token}` });
export const request = (method, params, id = 1) => ({ jsonrpc: '2.0', id, method, ...(params ? { params } : {}) });
export const envelope = (more = {}) => ({ [VERSION]: MODERN, [CAPABILITIES]: {}, ...more });

/** A body and headers of 2026-07-28, to be spoilt as wanted. */
export function modernRequest(who, method, params = {}, { id = 1 } = {}) {
  const name = { 'tools/call': params.name, 'prompts/get': params.name, 'resources/read': params.uri }[method];
  return {
    body: request(method, { ...params, _meta: envelope(params._meta) }, id),
    headers: { ...bearer(who), 'mcp-protocol-version': MODERN, 'mcp-method': method, ...(name ? { 'mcp-name': name } : {}) },
  };
}

/** initialize; the answer. */
export const initialize = (who, protocolVersion = LEGACY, { headers = {}, capabilities = {} } = {}) => post(who.endpoint,
  request('initialize', { protocolVersion, capabilities, clientInfo: { name: 'tests', version: '1' } }, 0),
  { headers: { ...bearer(who), ...headers } });

/** A session: {id, version}, and ask(method, params, {id, headers}). */
export async function session(who, version = LEGACY, options) {
  const answer = await initialize(who, version, options);
  assert.equal(answer.status, 200, answer.text);
  const id = answer.headers['mcp-session-id'];
  const send = (body, { headers = {}, method } = {}) =>
    post(who.endpoint, body, { method, headers: { ...bearer(who), 'mcp-session-id': id, ...headers } });
  return {
    id, version: answer.json.result.protocolVersion, result: answer.json.result, send,
    headers: { ...bearer(who), 'mcp-session-id': id },
    ask: (method, params, { id: n = 1, headers } = {}) => send(request(method, params, n), { headers }),
  };
}

/** The answer is an error with this status and code, and the right id; null: without. */
export function assertError(answer, status, code, id = 1) {
  const text = `${answer.status} ${answer.text.slice(0, 300)}`;
  assert.equal(answer.status, status, text);
  assert.equal(answer.json?.error?.code, code, text);
  assert.equal(typeof answer.json.error.message, 'string', text);
  assert.equal(answer.json.jsonrpc, '2.0', text);
  if (id === null) assert.ok(!('id' in answer.json), text);
  else assert.deepEqual(answer.json.id, id, text);
}

/** A result; its value. */
export function resultOf(answer, id = 1) {
  assert.equal(answer.status, 200, answer.text.slice(0, 500));
  assert.ok(answer.json?.result, answer.text.slice(0, 500));
  assert.deepEqual(answer.json.id, id);
  return answer.json.result;
}
