// JSON-RPC over HTTP as a plain client would send it, for tests that must see
// statuses, headers and ids; the real clients are in clients.mjs.
import http from 'node:http';
import https from 'node:https';

export const MODERN = '2026-07-28';
export const LEGACY = '2025-11-25';

/** One request; {status, headers, text, json}. */
export function post(url, body, { headers = {}, method = 'POST', agent } = {}) {
  return new Promise((resolve, reject) => {
    const data = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const request = (url.startsWith('https:') ? https : http).request(url, {
      method, agent,
      headers: {
        accept: 'application/json, text/event-stream',
        ...(data === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(data) }),
        ...headers,
      },
    }, response => {
      const parts = [];
      response.on('data', part => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        let json;
        try { json = JSON.parse(text); } catch { /* not JSON: json stays undefined */ }
        resolve({ status: response.statusCode, headers: response.headers, text, json });
      });
    });
    request.on('error', reject);
    request.end(data);
  });
}

/** A 2026-07-28 request with its envelope and headers. */
export function modern(endpoint, token, method, params = {}, { id = 1, agent, headers = {}, capabilities = {} } = {}) {
  const name = params.name ?? params.uri;
  return post(endpoint, {
    jsonrpc: '2.0', id, method,
    params: {
      ...params,
      _meta: {
        'io.modelcontextprotocol/protocolVersion': MODERN,
        'io.modelcontextprotocol/clientCapabilities': capabilities,
        'io.modelcontextprotocol/clientInfo': { name: 'tests', version: '1' },
        ...params._meta,
      },
    },
  }, {
    agent,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      'mcp-protocol-version': MODERN, 'mcp-method': method,
      ...(name && ['tools/call', 'prompts/get', 'resources/read'].includes(method) ? { 'mcp-name': name } : {}),
      ...headers,
    },
  });
}

/** A tool call in the modern era; the result, or an error that says why. */
export async function call(endpoint, token, name, args = {}, options = {}) {
  const answer = await modern(endpoint, token, 'tools/call', { name, arguments: args }, options);
  if (answer.status !== 200 || !answer.json?.result)
    throw new Error(`${name}: ${answer.status} ${answer.text.slice(0, 500)}`);
  return answer.json.result;
}
