// A whole Tonearm for a test: quickstart on ports and a state folder of its
// own, from the build that ./check made.  Everything is stopped at the end.
import { spawn, execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, mkdirSync, writeFileSync, readFileSync, rmSync, existsSync, readdirSync, chmodSync, copyFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cluster, installed } from './ready.mjs';

export const source = process.env.TONEARM_SOURCE ?? new URL('../../..', import.meta.url).pathname;
export const build = process.env.TONEARM_BUILD ?? join(source, 'build/check/gcc');
export const outDir = process.env.TONEARM_OUT ?? join(source, 'build/check/e2e');
export const isRoot = process.getuid() === 0;

/** Resolves after ms milliseconds. */
export const sleep = ms => new Promise(r => setTimeout(r, ms));

/** Waits until probe() gives something truthy, and returns it. */
export async function until(what, probe, ms = 10000) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try {
      const got = await probe();
      if (got) return got;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}${last ? `: ${last}` : ''}`);
    await sleep(25);
  }
}

/** A TCP port that is free just now, below those that the kernel gives to connections. */
export async function freePort() {
  for (;;) {
    const port = 20000 + Math.floor(Math.random() * 12000), server = createServer();
    server.listen(port, '127.0.0.1');
    const free = await new Promise(resolve => { server.on('listening', () => resolve(true)).on('error', () => resolve(false)); });
    await new Promise(resolve => server.close(resolve));
    if (free) return port;
  }
}

/** JSON request to the sandbox's control interface. */
export class Sandbox {
  constructor(url) {
    this.url = url;
  }

  async call(method, path, body) {
    const answer = await fetch(`${this.url}/_sandbox/${path}`, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`sandbox ${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  get(path) { return this.call('GET', path); }
  post(path, body = {}) { return this.call('POST', path, body); }
  delete(path) { return this.call('DELETE', path); }
}

/** Our own bounds on calls to Spotify would slow every test down: off, unless a test sets them. */
function unbounded(config) {
  const names = ['calls_per_day_family', 'calls_per_30s'].filter(name => !config.match(new RegExp(`^${name} *=`, 'm')));
  const cache = config.match(/^spotify_cache *=/m) ? '' : '\n[limits]\nspotify_cache = 0\n';
  return (names.length ? `\n[spotify]\n${names.map(name => `${name} = 0\n`).join('')}` : '') + cache;
}

export class System {
  /** fromNothing: as quickstart's users have it, without what is ready-made for tests. */
  static async start({ config = '', name = 'system', state, port, sandboxPort, env = {}, args = [], programs, fromNothing = false } = {}) {
    const system = new System();
    mkdirSync(outDir, { recursive: true });
    system.ownsState = !state;
    // Role users must reach the programs below it; quickstart sees to the rest.
    system.state = state ?? mkdtempSync('/tmp/tonearm-quickstart-test-');
    if (system.ownsState) chmodSync(system.state, 0o711);
    system.name = name;
    system.port = port ?? await freePort();
    system.sandboxPort = sandboxPort ?? await freePort();
    system.url = `http://127.0.0.1:${system.port}`;
    system.sandbox = new Sandbox(`http://127.0.0.1:${system.sandboxPort}`);
    if (programs) env = { ...env, TONEARM_SERVER_PROGRAMS_DIR: system.#otherPrograms(programs) };
    const extra = join(system.state, 'extra.conf');
    writeFileSync(extra, config + unbounded(config));
    if (!fromNothing) cluster(join(system.state, 'pg'), system.systemUser, outDir);
    await system.#launch(['--no-install', '--build', fromNothing ? build : installed(build, source, outDir), '--state', system.state,
      '--port', String(system.port), '--sandbox-port', String(system.sandboxPort),
      '--config', extra, ...args], env);
    return system;
  }

  /** A folder of programs where some are others: {name: built name}. */
  #otherPrograms(instead) {
    const dir = join(this.state, 'programs');
    mkdirSync(dir, { recursive: true, mode: 0o755 });
    for (const role of ['front', 'vault', 'keyring', 'portal', 'egress', 'enroll', 'fetch', 'worker'])
      copyFileSync(join(build, instead[`tonearm-${role}`] ?? `tonearm-${role}`), join(dir, `tonearm-${role}`));
    return dir;
  }

  async #launch(args, env) {
    this.output = '';
    this.process = spawn(join(source, 'quickstart'), args, {
      stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env },
    });
    for (const stream of [this.process.stdout, this.process.stderr])
      stream.on('data', chunk => { this.output += chunk; });
    this.exited = new Promise(resolve => this.process.on('exit', (code, signal) => resolve({ code, signal })));
    let gone = null;
    this.exited.then(how => { gone = how; });
    const ready = () => gone !== null || this.output.includes('is running');
    await until('quickstart to be ready', ready, 120000).then(() => {
      if (gone) throw new Error(`quickstart ended (${gone.code})`);
    }).catch(async error => {
      await this.stop();
      throw new Error(`${error.message}\n${this.output}`);
    });
  }

  /**
   * SIGINT as Ctrl-C does; waits for the end.  Where nothing is kept, tonearmd is
   * told again: then it does not wait for idle connections.
   */
  async stop() {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const pid = this.ownsState ? this.supervisor()?.pid : undefined;
      this.process.kill('SIGINT');
      await sleep(200);
      try {
        if (pid) process.kill(pid, 'SIGTERM');
      } catch { /* it has ended */ }
    }
    const how = await this.exited;
    this.keepLog();
    if (this.ownsState) rmSync(this.state, { recursive: true, force: true });
    return how;
  }

  keepLog() {
    const path = join(this.state, 'log/tonearm.log');
    if (existsSync(path)) writeFileSync(join(outDir, `${this.name}.log`), readFileSync(path));
  }

  /** The server's log as objects. */
  log() {
    return readFileSync(join(this.state, 'log/tonearm.log'), 'utf8').split('\n').filter(Boolean)
      .map(line => { try { return JSON.parse(line); } catch { return { event: 'unparsable', line }; } });
  }

  /** The pid of the worker that answers ask, a function that makes one request of MCP.
   * Nobody else may be calling.  Front's lines come after the answers, in their order:
   * this one's is between two of its own. */
  async workerOf(ask) {
    const from = await this.#markLog();
    await ask();
    const to = await this.#markLog();
    const lines = this.log().slice(0, to);
    const requests = lines.slice(from).filter(l => l.event === 'request' && l.route === 'mcp');
    if (requests.length !== 1) throw new Error(`one request was to be made: ${JSON.stringify(requests)}`);
    const { worker } = requests[0];
    return until(`the binding of worker ${worker} in the log`,
      () => this.log().findLast(l => l.event === 'worker_bound' && l.worker === worker)?.pid);
  }

  /** A request that leaves a line of its own in front's log; that line's index. */
  async #markLog() {
    const path = '/a-mark-in-the-log', marks = () => this.log().flatMap((l, i) => l.event === 'request' && l.status === 404 ? [i] : []);
    const n = marks().length;
    if (await this.status(path) !== 404) throw new Error(`${path} was found`);
    return until('the mark in the log', () => marks()[n]);
  }

  /** Our own programs: [{pid, name, parent}]. */
  processes() {
    return this.everything().filter(p => p.name.startsWith('tonearm'));
  }

  /** All processes of this run but the sandbox, which stands for Spotify. */
  everything() {
    const all = new Map();
    for (const entry of readdirSync('/proc').filter(e => /^\d+$/.test(e))) {
      try {
        const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
        const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        all.set(Number(entry), { pid: Number(entry), name, parent });
      } catch { /* it ended meanwhile */ }
    }
    const below = [];
    const walk = pid => {
      for (const p of all.values())
        if (p.parent === pid) { below.push(p); walk(p.pid); }
    };
    walk(this.process.pid);
    return below.filter(p => p.name !== 'tonearm-sandbox' && p.name !== 'runuser');
  }

  supervisor() {
    return this.processes().find(p => p.name === 'tonearmd');
  }

  /** PostgreSQL: its pid from the pid file, or null. */
  databasePid() {
    try {
      return Number(readFileSync(join(this.state, 'pg/postmaster.pid'), 'utf8').split('\n')[0]);
    } catch {
      return null;
    }
  }

  get systemUser() {
    return isRoot ? 'tonearm-quickstart' : execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();
  }

  /** Runs a program as the database's owner; its output. */
  asOwner(command, args, options = {}) {
    const argv = isRoot ? ['-u', this.systemUser, '--', command, ...args] : args;
    return execFileSync(isRoot ? 'runuser' : command, argv,
      { encoding: 'utf8', cwd: '/', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  }

  /** As asOwner, while the test goes on. */
  async asOwnerMeanwhile(command, args, options = {}) {
    const argv = isRoot ? ['-u', this.systemUser, '--', command, ...args] : args;
    return (await promisify(execFile)(isRoot ? 'runuser' : command, argv, { cwd: '/', ...options })).stdout;
  }

  get socketDir() {
    return readFileSync(join(this.state, 'pg/postmaster.pid'), 'utf8').split('\n')[4];
  }

  stopDatabase() {
    this.databaseOptions = readFileSync(join(this.state, 'pg/postmaster.opts'), 'utf8');
    this.asOwner('/usr/lib/postgresql/15/bin/pg_ctl', ['-D', join(this.state, 'pg'), '-m', 'fast', '-w', 'stop']);
  }

  /** Takes as long as PostgreSQL needs to recover; whoever calls goes on meanwhile. */
  async startDatabase() {
    const options = this.databaseOptions.match(/"-c" "[^"]*"/g).map(o => o.replaceAll('"', '')).join(' ');
    const command = ['/usr/lib/postgresql/15/bin/pg_ctl',
      '-D', join(this.state, 'pg'), '-w', '-l', join(this.state, 'pg/restart.log'), '-o', options, 'start'];
    if (isRoot) command.unshift('runuser', '-u', this.systemUser, '--');
    const [code] = await once(spawn(command[0], command.slice(1), { cwd: '/', stdio: 'ignore' }), 'exit');
    if (code !== 0) throw new Error(`PostgreSQL was not started (${code})`);
  }

  /** A dump of the database as text. */
  dump() {
    return this.asOwner('pg_dump', ['-h', this.socketDir, 'tonearm']);
  }

  async status(path = '/ready') {
    return (await fetch(this.url + path)).status;
  }
}
