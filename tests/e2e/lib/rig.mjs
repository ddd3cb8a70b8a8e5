// What real clients stand before: nginx, tonearmd in a holder as systemd keeps
// it, PostgreSQL, the sandbox.  Each of them can be ended in mid-session.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Held } from './held.mjs';
import { makePeople } from './people.mjs';
import { startProxy } from './proxy.mjs';
import { System, build, freePort, until } from './system.mjs';

export class Rig {
  /** count people are made, users and tokens in rig.people. */
  static async start({ name, programs, count = 8, env = {} }) {
    const rig = new Rig();
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      const port = await freePort();
      rig.proxy = await startProxy('nginx', port);
      rig.endpoint = `${rig.proxy.url}/mcp`;
      rig.system = await System.start({ name, programs, args: ['--public-url', rig.proxy.url] });
      rig.sandbox = rig.system.sandbox;
      rig.held = await Held.create(rig.system, {
        name: `${name}-held`, where: port,
        env: { ...(programs ? { TONEARM_SERVER_PROGRAMS_DIR: join(rig.system.state, 'programs') } : {}), ...env },
      });
      rig.people = await makePeople({
        build, configuration: join(rig.system.state, 'tonearm.conf'), sandbox: rig.sandbox.url, count, prefix: name.replace(/\W/g, ''),
      });
    } catch (error) {
      await rig.stop();
      throw error;
    }
    return rig;
  }

  /** Lines of the log from here on: since() gives them. */
  mark() {
    const from = this.held.log().length;
    return () => this.held.log().slice(from);
  }

  /** Pids of the workers that serve somebody now. */
  workers() {
    return this.held.log().filter(l => l.event === 'worker_bound').map(l => l.pid).filter(pid => {
      try {
        return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('tonearm-worker');
      } catch {
        return false;
      }
    });
  }

  /** SIGKILL to each of them, and their end. */
  async killWorkers() {
    const pids = this.workers();
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await until('their end', () => this.workers().every(pid => !pids.includes(pid)));
    return pids.length;
  }

  /** tonearmd is killed, with all its programs, and started again. */
  async killServer() {
    this.held.signal('SIGKILL');
    await this.held.ended();
    await this.held.start();
  }

  /** How many connections Spotify's stand-in holds whose other end has closed:
   *  it is about to answer there, and nobody waits for it. */
  abandoned() {
    const port = this.system.sandboxPort.toString(16).toUpperCase().padStart(4, '0');
    return readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1).map(line => line.trim().split(/\s+/))
      .filter(f => f[1] === `0100007F:${port}` && f[3] === '08').length;
  }

  async stop() {
    await this.held?.stop();
    await this.system?.stop();
    await this.proxy?.stop();
  }
}
