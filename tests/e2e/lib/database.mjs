// Everything that can happen to a database: a proxy between the vault and
// PostgreSQL that delays, freezes, cuts and lies, and PostgreSQL's own end.
import { chmodSync, mkdtempSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { System, sleep, until } from './system.mjs';

/** Bytes on their way to PostgreSQL and back, through our hands. */
export class DatabaseProxy {
  /** target() is the path of PostgreSQL's socket at this moment. */
  constructor(target) {
    this.target = target;
    this.dir = mkdtempSync('/tmp/tonearm-test-proxy-');
    chmodSync(this.dir, 0o711);
    this.pairs = new Set();
    this.behave();
  }

  start() {
    this.server = createServer(near => this.#accept(near));
    const path = join(this.dir, '.s.PGSQL.5432');
    return new Promise(resolve => this.server.listen(path, () => { chmodSync(path, 0o777); resolve(); }));
  }

  /**
   * From now on: delay (ms, of each answer), frozen (nothing passes, nothing
   * closes: 'answers' or 'all'), spoil (answer bytes -> answer bytes, or null
   * to cut the connection; called for each piece).
   */
  behave({ delay = 0, frozen = '', spoil = null } = {}) {
    this.delay = delay;
    this.frozen = frozen;
    this.spoil = spoil;
    for (const pair of this.pairs) { this.#pump(pair.up); this.#pump(pair.down); }
  }

  /** Cuts what is open: all of it, or one connection. */
  cut(one = false) {
    const pairs = [...this.pairs];
    for (const pair of one ? pairs.slice(0, 1) : pairs) this.#end(pair);
  }

  async stop() {
    this.cut();
    await new Promise(resolve => this.server.close(resolve));
    rmSync(this.dir, { recursive: true, force: true });
  }

  #accept(near) {
    const far = createConnection(this.target());
    const pair = { near, far };
    pair.up = { pair, to: far, queue: [], answers: false };
    pair.down = { pair, to: near, queue: [], answers: true };
    this.pairs.add(pair);
    for (const [socket, way] of [[near, pair.up], [far, pair.down]]) {
      socket.on('error', () => this.#end(pair));
      socket.on('close', () => this.#end(pair));
      socket.on('data', data => {
        way.queue.push({ data, at: Date.now() + (way.answers ? this.delay : 0) });
        this.#pump(way);
      });
    }
  }

  #end(pair) {
    if (!this.pairs.delete(pair)) return;
    pair.near.destroy();
    pair.far.destroy();
  }

  #stopped(way) {
    return this.frozen === 'all' || (this.frozen === 'answers' && way.answers);
  }

  #pump(way) {
    clearTimeout(way.timer);
    while (way.queue.length > 0 && this.pairs.has(way.pair) && !this.#stopped(way)) {
      const wait = way.queue[0].at - Date.now();
      if (wait > 0) {
        way.timer = setTimeout(() => this.#pump(way), wait);
        return;
      }
      let { data } = way.queue.shift();
      if (way.answers && this.spoil) data = this.spoil(data, way.pair);
      if (data === null) this.#end(way.pair);
      else if (!way.to.destroyed) way.to.write(data);
    }
  }
}

/** Ways to spoil an answer; each is for DatabaseProxy.behave({spoil}). */
export const spoilers = {
  /** The connection ends in the middle of a message, now and then. */
  cutInTheMiddle: every => {
    let n = 0;
    return (data, pair) => {
      if (++n % every !== 0) return data;
      pair.near.write(data.subarray(0, Math.max(1, data.length >> 1)));
      return null;
    };
  },
  /** Random bytes instead of an answer. */
  noise: every => {
    let n = 0;
    return data => ++n % every === 0 ? randomBytes(data.length) : data;
  },
  /** A message that is longer than anything there is. */
  giant: every => {
    let n = 0;
    return data => ++n % every === 0 ? Buffer.concat([Buffer.from('D'), Buffer.from([0x7f, 0xff, 0xff, 0xff]), data]) : data;
  },
  /** A row nobody asked for, and the word that all is done, twice. */
  surplus: every => {
    let n = 0;
    const row = Buffer.from([0x44, 0, 0, 0, 11, 0, 1, 0, 0, 0, 1, 0x74]);
    const done = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
    return data => ++n % every === 0 ? Buffer.concat([row, done, done, data]) : data;
  },
};

/** A System whose vault reaches PostgreSQL through a DatabaseProxy. */
export async function startBehindProxy({ config = '', ...rest } = {}) {
  const state = mkdtempSync('/tmp/tonearm-quickstart-test-');
  const password = randomBytes(24).toString('hex');
  let system, dir;
  chmodSync(state, 0o711);
  writeFileSync(join(state, 'password'), password, { mode: 0o600 });
  const proxy = new DatabaseProxy(() => {
    try {
      dir = readFileSync(join(state, 'pg/postmaster.pid'), 'utf8').split('\n')[4] || dir;
    } catch { /* stopped: the folder is where it was */ }
    return join(dir, '.s.PGSQL.5432');
  });
  await proxy.start();
  try {
    system = await System.start({
      ...rest, state, config,
      env: { TONEARM_DATABASE_CONNINFO: `host=${proxy.dir} dbname=tonearm user=tonearm_vault password=${password}` },
    });
  } catch (error) {
    await proxy.stop();
    rmSync(state, { recursive: true, force: true });
    throw error;
  }
  system.ownsState = true;
  return { system, proxy };
}

/** PostgreSQL of a System, at its worst. */
export class Database {
  constructor(system) {
    this.system = system;
    this.folder = join(system.state, 'pg');
    this.options = readFileSync(join(this.folder, 'postmaster.opts'), 'utf8');
    this.socketDir = system.socketDir;
  }

  #psql(text) {
    return ['-X', '-q', '-A', '-t', '-h', this.socketDir, '-d', 'tonearm', '-c', text];
  }

  /** One statement as the database's owner; its output without frills. */
  sql(text) {
    return this.system.asOwner('psql', this.#psql(text)).trim();
  }

  /** Pids of the vault's backends; none while PostgreSQL is not to be spoken to. */
  async backends(where = 'true') {
    try {
      // A connection that a dying PostgreSQL took may hang for a minute.
      const out = await this.system.asOwnerMeanwhile('psql',
        this.#psql(`SELECT pid FROM pg_stat_activity WHERE usename = 'tonearm_vault' AND (${where})`), { timeout: 2000 });
      return out.trim().split('\n').filter(Boolean).map(Number);
    } catch {
      return [];
    }
  }

  stop() {
    this.system.stopDatabase();
  }

  /** SIGKILL to the postmaster; its children end by themselves. */
  kill() {
    process.kill(this.system.databasePid(), 'SIGKILL');
  }

  /** Starts it, again and again while remains of the killed one are in the way. */
  async start() {
    this.system.databaseOptions = this.options;
    mkdirSync(this.socketDir, { recursive: true });
    await until('PostgreSQL to start', async () => {
      this.#endRemains();
      await this.system.startDatabase();
      return true;
    }, 150000);
  }

  /** What a killed postmaster left keeps its memory, and the next one away. */
  #endRemains() {
    const living = this.system.databasePid();
    for (const pid of readdirSync('/proc').filter(e => /^\d+$/.test(e)))
      try {
        if (Number(pid) !== living && readlinkSync(`/proc/${pid}/cwd`) === this.folder) process.kill(Number(pid), 'SIGKILL');
      } catch { /* not ours, or gone */ }
  }

  async back(ms = 20000) {
    await until('/ready to turn green', async () => (await this.system.status('/ready')) === 200, ms);
  }
}

export { sleep, until };
