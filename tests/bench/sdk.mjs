// Starts sdk-server.mjs with sessions for the load generator.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LEGACY, post } from '../e2e/lib/rpc.mjs';
import { freePort, until } from '../e2e/lib/system.mjs';

const SESSIONS = 16;

function request(port, method, params) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  return `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nMcp-Session-Id: @TOKEN@\r\n` +
    `Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\nMCP-Protocol-Version: ${LEGACY}\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** {pid, kinds, tokens, stop()}; tools as our tools/list gave them. */
export async function startSdk(tools, dir) {
  const port = await freePort(), file = `${dir}/tools.json`, url = `http://127.0.0.1:${port}/mcp`;
  writeFileSync(file, JSON.stringify(tools));
  const child = spawn(process.execPath, [fileURLToPath(new URL('sdk-server.mjs', import.meta.url)), String(port), file],
    { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise(resolve => child.on('exit', resolve));
  const hello = () => post(url, {
    jsonrpc: '2.0', id: 0, method: 'initialize',
    params: { protocolVersion: LEGACY, capabilities: {}, clientInfo: { name: 'bench', version: '1' } },
  });
  await until('the SDK to listen', hello, 20000);
  const tokens = [];
  for (let i = 0; i < SESSIONS; i++) {
    const session = (await hello()).headers['mcp-session-id'];
    await post(url, { jsonrpc: '2.0', method: 'notifications/initialized' }, { headers: { 'mcp-session-id': session } });
    tokens.push(session);
  }
  return {
    pid: child.pid, tokens,
    kinds: {
      'sdk list': [port, request(port, 'tools/list', {}), '"tools":[{'],
      'sdk call': [port, request(port, 'tools/call', { name: 'get_status', arguments: {} }), 'xxxx'],
    },
    async stop() { child.kill('SIGTERM'); await ended; },
  };
}
