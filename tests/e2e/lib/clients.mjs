// The real MCP clients, each behind the same four calls: list, call, read, close.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client';
import { recordEnv } from './record.mjs';

const modules = new URL('../node_modules/', import.meta.url).pathname;
const info = { name: 'tonearm-tests', version: '1.0.0' };
const bearer = token => (token ? { requestInit: { headers: { Authorization: `Bearer ${token}` } } } : {});

function wrap(client) {
  return {
    client,
    list: async () => (await client.listTools()).tools,
    call: (name, args = {}) => client.callTool({ name, arguments: args }),
    read: uri => client.readResource({ uri }),
    close: () => client.close(),
  };
}

/** SDK v1: the handshake era. */
export async function sdk1(url, token) {
  const client = new ClientV1(info);
  await client.connect(new HttpV1(new URL(url), bearer(token)));
  return wrap(client);
}

/** SDK v2, negotiating: must end up with 2026-07-28 here. */
export async function sdk2(url, token) {
  const client = new ClientV2(info, { versionNegotiation: { mode: 'auto' } });
  await client.connect(new HttpV2(new URL(url), bearer(token)));
  return wrap(client);
}

/** mcp-remote with a header, as a host without HTTP would start it. */
export async function mcpRemote(url, token, { protocol } = {}) {
  const client = new ClientV1(info);
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [join(modules, 'mcp-remote/dist/proxy.js'), url, '--allow-http', '--transport', 'http-only',
      ...(protocol ? ['--protocol', protocol] : []),
      ...(token ? ['--header', 'Authorization:${AUTH}'] : [])],
    env: {
      ...recordEnv(),
      PATH: process.env.PATH, HOME: mkdtempSync('/tmp/tonearm-remote-'),
      MCP_REMOTE_CONFIG_DIR: mkdtempSync('/tmp/tonearm-remote-'),
      ...(token ? { AUTH: `Bearer ${token}` } : {}),
    },
    stderr: 'pipe',
  });
  await client.connect(transport);
  return wrap(client);
}

/** The Inspector's command line; what it printed, as JSON where it is JSON. */
export function inspector(url, token, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(modules, '@modelcontextprotocol/inspector/clients/launcher/build/index.js'),
      '--cli', url, '--transport', 'http', ...(token ? ['--header', `Authorization: Bearer ${token}`] : []), ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, HOME: mkdtempSync('/tmp/tonearm-inspector-') } });
    let out = '', err = '';
    child.stdout.on('data', d => { out += d; });
    child.stderr.on('data', d => { err += d; });
    child.on('error', reject);
    child.on('exit', code => {
      if (code !== 0) return reject(new Error(`inspector ended with ${code}: ${err}${out}`));
      try {
        resolve(JSON.parse(out));
      } catch {
        reject(new Error(`inspector printed no JSON: ${out}${err}`));
      }
    });
  });
}
