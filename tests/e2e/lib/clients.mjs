// The real MCP clients behind the same few calls, whatever they are made of.
// What a server tells or asks them without being asked is kept in `heard`, and
// answered by `answers`, which a test may change at any time.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { UnauthorizedError as UnauthorizedV1 } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2, UnauthorizedError as UnauthorizedV2 } from '@modelcontextprotocol/client';
import { recordEnv } from './record.mjs';
import { until } from './system.mjs';

const modules = new URL('../node_modules/', import.meta.url).pathname;
const info = { name: 'tonearm-tests', version: '1.0.0' };
const capabilities = { elicitation: {}, sampling: {}, roots: { listChanged: true } };
const bearer = token => (token ? { requestInit: { headers: { Authorization: `Bearer ${token}` } } } : {});

/** What the person at this client says, until a test says otherwise. */
const usual = () => ({
  elicit: () => ({ action: 'decline' }),
  sample: () => ({ role: 'assistant', model: 'none', stopReason: 'endTurn', content: { type: 'text', text: 'sampled' } }),
  roots: () => ({ roots: [{ uri: 'file:///music', name: 'music' }] }),
});

function wrap(client, requests, more = {}) {
  const self = {
    client, heard: [], asked: [], answers: usual(),
    list: async () => (await client.listTools()).tools,
    read: uri => client.readResource({ uri }),
    resources: async () => (await client.listResources()).resources,
    templates: async () => (await client.listResourceTemplates()).resourceTemplates,
    prompts: async () => (await client.listPrompts()).prompts,
    prompt: (name, args) => client.getPrompt({ name, arguments: args }),
    complete: (ref, name, value) => client.complete({ ref, argument: { name, value } }),
    logLevel: level => client.setLoggingLevel(level),
    watch: uri => client.subscribeResource({ uri }),
    unwatch: uri => client.unsubscribeResource({ uri }),
    close: () => client.close(),
    /** How often it heard this. */
    times: method => self.heard.filter(n => n.method === method).length,
    /** Waits until it hears this; make() is what makes the server say it. */
    async hears(method, make, ms = 5000) {
      const from = self.heard.length;
      await make?.();
      return until(`${method}`, () => self.heard.slice(from).find(n => n.method === method), ms);
    },
    ...more,
  };
  client.fallbackNotificationHandler = async n => { self.heard.push({ method: n.method, params: n.params }); };
  const put = (what, answer) => client.setRequestHandler(requests[what], async request => {
    self.asked.push({ method: what, params: request.params });
    return self.answers[answer](request.params);
  });
  put('elicitation/create', 'elicit');
  put('sampling/createMessage', 'sample');
  put('roots/list', 'roots');
  return self;
}

const v1Requests = {
  'elicitation/create': ElicitRequestSchema, 'sampling/createMessage': CreateMessageRequestSchema, 'roots/list': ListRootsRequestSchema,
};
const v2Requests = Object.fromEntries(Object.keys(v1Requests).map(name => [name, name]));

function wrapV1(client) {
  return wrap(client, v1Requests, {
    call: (name, args = {}, options) => client.callTool({ name, arguments: args }, undefined, options),
  });
}

/** Connects; with a provider (lib/oauth.mjs) as a program does whose person has to sign in
 *  first: it waits for what the browser brings back and tries again. */
async function connect(self, make, provider, finish) {
  self.transport = make();
  try {
    await self.client.connect(self.transport);
  } catch (error) {
    if (!provider?.answer || !(error instanceof UnauthorizedV1 || error instanceof UnauthorizedV2)) throw error;
    await finish(self.transport, await provider.answer());
    self.transport = make();
    await self.client.connect(self.transport);
  }
  return self;
}

/** SDK v1: the handshake era. */
export async function sdk1(url, token, { provider } = {}) {
  return connect(wrapV1(new ClientV1(info, { capabilities })),
    () => new HttpV1(new URL(url), provider ? { authProvider: provider } : bearer(token)),
    provider, (transport, params) => transport.finishAuth(params.get('code')));
}

/** SDK v2, negotiating (must end up with 2026-07-28 here), or era 'legacy'. */
export async function sdk2(url, token, { era = 'auto', provider } = {}) {
  const client = new ClientV2(info, { capabilities, versionNegotiation: { mode: era } });
  const self = wrap(client, v2Requests, {
    call: (name, args = {}, options) => client.callTool({
      name, arguments: args,
      ...(self.level ? { _meta: { 'io.modelcontextprotocol/logLevel': self.level } } : {}),
    }, options),
  });
  if (era === 'auto') modernWays(self);
  return connect(self, () => new HttpV2(new URL(url), provider ? { authProvider: provider } : bearer(token)),
    provider, (transport, params) => transport.finishAuth(params));
}

/** The level is part of each request there, and changes come on a stream that
 *  the host opens, and opens again when it has ended: this is that host. */
function modernWays(self) {
  const filter = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true, resourceSubscriptions: [] };
  let stream = null, over = false;
  const open = async () => {
    const mine = await self.client.listen({ ...filter });
    stream = mine;
    mine.closed.then(async () => {
      while (!over && stream === mine) {
        await new Promise(r => setTimeout(r, 200));
        await open().catch(() => {});
      }
    });
  };
  const reopen = async () => {
    const old = stream;
    stream = null;
    await old?.close();
    await open();
  };
  self.logLevel = async level => { self.level = level; };
  self.listens = reopen;
  self.watch = async uri => { filter.resourceSubscriptions.push(uri); await reopen(); };
  self.unwatch = async uri => {
    filter.resourceSubscriptions = filter.resourceSubscriptions.filter(u => u !== uri);
    await reopen();
  };
  self.close = async () => {
    over = true;
    await self.client.close();
  };
}

/** mcp-remote with a header, as a host without HTTP would start it; without a token it
 *  opens `browser` (a program) for sign-in and keeps what it gets in `folder`. */
export async function mcpRemote(url, token, { protocol, browser, folder, args = [] } = {}) {
  const self = wrapV1(new ClientV1(info, { capabilities }));
  self.transport = new StdioClientTransport({
    command: process.execPath,
    args: [join(modules, 'mcp-remote/dist/proxy.js'), url, '--allow-http', '--transport', 'http-only',
      ...(protocol ? ['--protocol', protocol] : []),
      ...(token ? ['--header', 'Authorization:${AUTH}'] : []), ...args],
    env: {
      ...recordEnv(), PATH: process.env.PATH, HOME: mkdtempSync('/tmp/tonearm-remote-'),
      MCP_REMOTE_CONFIG_DIR: folder ?? mkdtempSync('/tmp/tonearm-remote-'), ...(browser ? { BROWSER: browser } : {}),
      ...(process.env.NODE_TLS_REJECT_UNAUTHORIZED ? { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' } : {}),
      ...(token ? { AUTH: `Bearer ${token}` } : {}),
    },
    stderr: 'pipe',
  });
  // Nobody reads it, and a full pipe would stop the bridge.
  self.said = '';
  self.transport.stderr.on('data', d => { self.said = (self.said + d).slice(-20000); });
  await self.client.connect(self.transport);
  return self;
}

/** All that speak to a server for longer than one request: name -> connect. */
export const lasting = {
  'SDK v1': (url, token) => sdk1(url, token),
  'SDK v2, 2026-07-28': (url, token) => sdk2(url, token),
  'SDK v2, handshake': (url, token) => sdk2(url, token, { era: 'legacy' }),
  'mcp-remote': (url, token) => mcpRemote(url, token),
  'mcp-remote auto': (url, token) => mcpRemote(url, token, { protocol: 'auto' }),
};

/** The Inspector's command line; what it printed, as JSON where it is JSON. */
export function inspector(url, token, args, { era } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(modules, '@modelcontextprotocol/inspector/clients/launcher/build/index.js'),
      '--cli', url, '--transport', 'http', ...(era ? ['--protocol-era', era] : []),
      ...(token ? ['--header', `Authorization: Bearer ${token}`] : []), ...args],
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
