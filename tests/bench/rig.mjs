// A whole Tonearm under load on one core: people, requests, and one measured
// run.  Isolated mode with every filter, as it is delivered; only limits that
// would slow the load generator down are lifted.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { makePeople } from '../e2e/lib/people.mjs';
import { MODERN, modern } from '../e2e/lib/rpc.mjs';
import { System, build, freePort, isRoot, sleep } from '../e2e/lib/system.mjs';
import { startStatic, startUpstream } from './nginx.mjs';
import { nameOf, run, steal, tree, used, userOf } from './measure.mjs';

const QUERY = 'river';
const FIRST_WORKER = 50100;   /* server.worker_uid_base */

/** The bytes of a POST in which @TOKEN@ stands for the credential. */
function request(port, method, params) {
  const body = JSON.stringify({
    jsonrpc: '2.0', id: 1, method,
    params: {
      ...params,
      _meta: { 'io.modelcontextprotocol/protocolVersion': MODERN, 'io.modelcontextprotocol/clientCapabilities': {} },
    },
  });
  return `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer @TOKEN@\r\n` +
    'Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\n' +
    `MCP-Protocol-Version: ${MODERN}\r\nMcp-Method: ${method}\r\n${params.name ? `Mcp-Name: ${params.name}\r\n` : ''}` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

const get = (port, file) => `GET /${file} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer @TOKEN@\r\n` +
  'Accept: application/json, text/event-stream\r\n\r\n';

/** Keeps the core awake with work of the lowest kind; ends by itself. */
function spin(core, seconds) {
  const child = spawn('chrt', ['-i', '0', 'taskset', '-c', String(core), 'timeout', String(seconds),
    'sh', '-c', 'while :; do :; done'], { stdio: 'ignore' });
  const ended = new Promise(resolve => child.on('exit', resolve));
  return { async stop() { child.kill('SIGTERM'); await ended; } };
}

export class Rig {
  static async start({ core, seconds }) {
    const rig = new Rig();
    rig.core = core;
    rig.dir = mkdtempSync('/tmp/tonearm-bench-');
    rig.state = mkdtempSync('/tmp/tonearm-quickstart-bench-');
    rig.spinner = spin(core, seconds);
    rig.upstream = await startUpstream('{}');
    rig.port = await freePort();
    rig.sandboxPort = await freePort();
    rig.tokens = [];
    return rig;
  }

  /** Starts the server on the kept state, or starts it anew. */
  async serve(settings) {
    await this.system?.stop();
    const lines = Object.entries({ spotify_per_second: 1000, requests_per_user: 64, workers_max: 12000, ...settings })
      .map(([name, value]) => `${name} = ${value}\n`).join('');
    this.system = await System.start({
      name: 'bench', state: this.state, port: this.port, sandboxPort: this.sandboxPort,
      config: `[server]\nworker_uid_count = 12100\n[spotify]\nca_file = ${this.upstream.authority}\n[limits]\n${lines}`,
      env: { TONEARM_SPOTIFY_API_URL: this.upstream.url },
    });
    this.root = this.system.supervisor().pid;
    await sleep(1000);
  }

  /** Sees to it that there are n people. */
  async people(n) {
    if (this.tokens.length >= n) return;
    /* Nothing is measured here: all cores may help. */
    const helpers = [process.pid, this.system.databasePid()];
    for (const pid of helpers) await run('taskset', ['-apc', `0-${cpus().length - 1}`, String(pid)]);
    const more = await makePeople({
      build, configuration: join(this.state, 'tonearm.conf'), sandbox: this.system.sandbox.url,
      count: n - this.tokens.length, prefix: `p${this.tokens.length}x`,
    });
    for (const pid of helpers) await run('taskset', ['-apc', String(this.core), String(pid)]);
    if (this.tokens.length === 0) await this.#learn(more[0]);
    this.tokens.push(...more.map(p => p.token));
  }

  /** What the answers are, and how long: for the upstream and for nginx. */
  async #learn({ user, token }) {
    const { access } = (await this.system.sandbox.post('people', { count: 1, prefix: 'learn', scope: '' })).people[0];
    const search = await fetch(`${this.system.sandbox.url}/v1/search?q=${QUERY}&type=track&limit=4`,
      { headers: { authorization: `Bearer ${access}` } });
    if (!search.ok) throw new Error(`the sandbox's search: ${search.status} ${await search.text()} (for ${user})`);
    const answer = await search.text();
    writeFileSync(join(this.upstream.dir, 'v1/search'), answer);
    const endpoint = `${this.system.url}/mcp`;
    const list = await modern(endpoint, token, 'tools/list');
    const call = await modern(endpoint, token, 'tools/call', { name: 'play', arguments: { uris: ['no link'] } });
    this.tools = list.json.result.tools;
    this.bytes = { upstream: answer.length, list: list.text.length, call: call.text.length };
    this.static = await startStatic({ list: this.bytes.list, call: this.bytes.call });
    this.kinds = {
      list: [this.port, request(this.port, 'tools/list', {}), '"tools":[{'],
      call: [this.port, request(this.port, 'tools/call', { name: 'play', arguments: { uris: ['no link'] } }), 'are not links or URIs'],
      upstream: [this.port, request(this.port, 'tools/call',
        { name: 'search', arguments: { query: QUERY, types: ['track'], limit: 4 } }), '"returned":4'],
      'nginx list': [this.static.port, get(this.static.port, 'list'), 'xxxx'],
      'nginx call': [this.static.port, get(this.static.port, 'call'), 'xxxx'],
    };
  }

  /** The members of the server's tree by name: {front: [pid], worker: [...]}.  */
  members() {
    const all = { all: tree(this.root) };
    for (const pid of all.all) {
      try {
        const name = nameOf(pid).replace(/^tonearm-/, '');
        /* The nursery has the worker's name; a worker has a user of its own. */
        (all[name === 'worker' && userOf(pid) < FIRST_WORKER ? 'nursery' : name] ??= []).push(pid);
      } catch { /* it ended meanwhile */ }
    }
    return all;
  }

  /** The SDK's server, which is measured beside ours. */
  also(sdk) {
    this.sdk = sdk;
    Object.assign(this.kinds, sdk.kinds);
  }

  async without() {
    await this.sdk?.stop();
    this.sdk = null;
  }

  /** Sends requests and gives the load generator's figures; users: how many, or [from, to). */
  async load(kind, { users, rate, seconds, order = 'random', connections = 64 }) {
    const [port, text, expect] = this.kinds[kind];
    const [from, to] = Array.isArray(users) ? users : [0, users];
    writeFileSync(join(this.dir, 'request'), text);
    const tokens = kind.startsWith('sdk') ? this.sdk.tokens : this.tokens;
    writeFileSync(join(this.dir, 'tokens'), tokens.slice(from, to).join('\n') + '\n');
    const args = [port, join(this.dir, 'request'), join(this.dir, 'tokens'), rate, seconds, connections, order, expect];
    const { out, err } = await run(join(build, 'tonearm-load'), args.map(String), { seconds: seconds + 30 });
    if (err) process.stderr.write(err);
    const figures = JSON.parse(out);
    figures.failed = figures.sent - figures.good;
    return figures;
  }

  /** The same with what it cost: microseconds of CPU and faults a request. */
  async measured(kind, options) {
    const ours = /^[a-z]+$/.test(kind);
    const roots = ours ? { cpu: this.root, database: this.system.databasePid(), upstream: this.upstream.pid } :
      { cpu: kind.startsWith('sdk') ? this.sdk.pid : this.static.pid };
    const before = Object.entries(roots).map(([name, pid]) => [name, pid, used(pid)]);
    const stolen = steal(this.core);
    const figures = await this.load(kind, options);
    figures.steal = (steal(this.core) - stolen) / figures.seconds;
    for (const [name, pid, then] of before) {
      const now = used(pid);
      figures[name] = (now.cpu - then.cpu) / 1000 / figures.good;
      if (name === 'cpu') figures.faults = (now.faults - then.faults) / figures.good;
    }
    return figures;
  }

  log() {
    const path = join(this.state, 'log/tonearm.log');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  async stop() {
    await this.system?.stop();
    await this.without();
    await this.static?.stop();
    await this.upstream?.stop();
    await this.spinner.stop();
    for (const dir of [this.dir, this.state]) rmSync(dir, { recursive: true, force: true });
  }
}

export { isRoot };
