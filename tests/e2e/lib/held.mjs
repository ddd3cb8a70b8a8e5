// A second tonearmd beside a system's own, on the same database and sandbox,
// whose listening socket lives in a holder (holder.c) as it would in systemd: it can be
// ended and started again while clients go on asking.  As root it has the
// capabilities of the sample unit and no more.
import { spawn } from 'node:child_process';
import { chmodSync, createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build, isRoot, outDir, sleep, source, until } from './system.mjs';

/** What the sample unit leaves to tonearmd, as a command in front of it. */
function unitLimits() {
  if (!isRoot) return [];
  const unit = readFileSync(join(source, 'etc/systemd/tonearm.service'), 'utf8');
  const caps = unit.match(/^CapabilityBoundingSet=(.*)$/m)[1].split(' ').map(cap => `+${cap.replace('CAP_', '').toLowerCase()}`);
  return ['/usr/bin/setpriv', '--no-new-privs', '--bounding-set', `-all,${caps.join(',')}`, '--'];
}

export class Held {
  /** where: a port, or 'unix' for a socket file. */
  static async create(system, { name = 'held', where = 'unix', env = {} } = {}) {
    const held = new Held();
    mkdirSync(outDir, { recursive: true });
    held.dir = mkdtempSync('/tmp/tonearm-held-');
    chmodSync(held.dir, 0o755);    // the proxy's user has to reach the socket
    held.system = system;
    held.socket = where === 'unix' ? join(held.dir, 'http.sock') : undefined;
    held.upstream = held.socket ?? where;
    held.control = join(held.dir, 'control');
    held.ends = new Map();
    held.logPath = join(outDir, `${name}.log`);
    held.confPath = join(system.state, 'tonearm.conf');
    held.holder = spawn(join(build, 'held-listener'),
      [held.socket ? `unix:${held.socket}` : String(where), ...unitLimits(), join(system.state, 'opt/sbin/tonearmd'), '-c', held.confPath],
      {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: {
          ...process.env,
          TONEARM_SERVER_CONTROL_SOCKET: held.control, TONEARM_SERVER_ROLE_USER_BASE: '48000',
          TONEARM_SERVER_WORKER_UID_BASE: '48100', TONEARM_SERVER_WORKER_UID_COUNT: '1000',
          TONEARM_LIMITS_WORKERS_MAX: '1000',
          // Somebody who asks steadily piles up more than 8 requests in a restart.
          TONEARM_LIMITS_REQUESTS_PER_USER: '64', ...env,
        },
      });
    held.holder.stderr.pipe(createWriteStream(held.logPath));
    createInterface({ input: held.holder.stdout }).on('line', line => {
      const [what, pid, status] = line.split(' ');
      if (what === 'started') held.pid = Number(pid);
      else held.ends.set(Number(pid), Number(status));
    });
    await held.start().catch(async error => {
      await held.stop();
      throw error;
    });
    return held;
  }

  /** Starts tonearmd once more and waits until it serves; ms it took. */
  async start() {
    const began = Date.now(), last = this.pid;
    this.holder.stdin.write('start\n');
    await until('tonearmd to start', () => this.pid !== last);
    await until('tonearmd to be ready', async () => {
      if (this.ends.has(this.pid)) throw new Error(`tonearmd ended: ${readFileSync(this.logPath, 'utf8').slice(-2000)}`);
      return (await this.get('/ready')) === 200;
    }, 30000);
    return Date.now() - began;
  }

  signal(signal) { process.kill(this.pid, signal); }

  /** Waits for the end of a tonearmd; its wait status. */
  async ended(pid = this.pid, ms = 45000) {
    await until('tonearmd to end', () => this.ends.has(pid), ms);
    return this.ends.get(pid);
  }

  /** SIGTERM, its end, a new one; {down, up} in ms. */
  async restart() {
    const began = Date.now();
    this.signal('SIGTERM');
    const status = await this.ended();
    if (status !== 0) throw new Error(`tonearmd ended with ${status}`);
    const down = Date.now() - began;
    return { down, up: await this.start() };
  }

  /** Status of a GET past every proxy. */
  get(path) {
    return new Promise((resolve, reject) => {
      const to = this.socket ? { socketPath: this.socket } : { host: '127.0.0.1', port: this.upstream };
      http.get({ ...to, path, headers: { host: new URL(this.system.url).host, connection: 'close' } },
        answer => { answer.resume(); answer.on('end', () => resolve(answer.statusCode)); }).on('error', reject);
    });
  }

  /** The figures of "tonearm status". */
  status() {
    return new Promise((resolve, reject) => {
      let text = '';
      const socket = connect(this.control, () => socket.write('status\n'));
      socket.on('data', part => { text += part; });
      socket.on('error', reject);
      socket.on('end', () => resolve(Object.fromEntries(text.trim().split('\n').map(line => {
        const at = line.indexOf(' ');
        return [line.slice(0, at), line.slice(at + 1)];
      }))));
    });
  }

  log() {
    return readFileSync(this.logPath, 'utf8').split('\n').filter(Boolean)
      .map(line => { try { return JSON.parse(line); } catch { return { event: 'unparsable', line }; } });
  }

  async stop() {
    if (this.pid && !this.ends.has(this.pid)) {
      this.signal('SIGTERM');
      await sleep(20);
      this.signal('SIGTERM');
      await this.ended();
    }
    this.holder.stdin.end();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
