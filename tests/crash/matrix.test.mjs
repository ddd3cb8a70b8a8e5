// The crash matrix: each program dies, stops or runs out of memory at each
// named point (shared/fault), while somebody else's calls go on.  The person
// who is hit gets at most one answer, right or an honest error; the other sees
// no error (but the end of the connection, where front itself is hit); all are
// served again within a second after a worker's death, five after any other.
// A program that stands still has not died: it is ended when it was found
// stopped twice, a second apart (one look could meet a debugger), so a worker's
// person waits up to two seconds, and is given three.
//
//   TONEARM_FAULT_BUILD=DIR node --test tests/crash/matrix.test.mjs
//
// DIR is a build with --enable-faults.  TONEARM_CRASH=full tries all points;
// else a slice.  TONEARM_CRASH_LANES: systems at a time (full: 3).
// TONEARM_CRASH_ONLY: a regular expression of "point action".
import assert from 'node:assert/strict';
import http from 'node:http';
import { join } from 'node:path';
import { chmodSync, closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { test } from 'node:test';

const build = process.env.TONEARM_FAULT_BUILD;
const full = process.env.TONEARM_CRASH === 'full';
if (build) process.env.TONEARM_BUILD = build;
const { System, sleep, source, until } = await import('../e2e/lib/system.mjs');
const { signIn } = await import('../e2e/lib/journey.mjs');
const { Person } = await import('../e2e/lib/person.mjs');
const { makePeople } = await import('../e2e/lib/people.mjs');
const { modern } = await import('../e2e/lib/rpc.mjs');
const { Faults, faultPoints } = await import('./faults.mjs');

const ACTIONS = ['kill', 'segv', 'stop', 'oom'];
// An endless loop where a loop is most likely to be.
const SPINS = ['vault_loaded', 'front_page', 'keyring_asked', 'egress_dial', 'portal_page'];
const SLICE = ['worker_serves kill', 'vault_told kill', 'keyring_sent segv', 'worker_answers oom', 'front_bound kill',
  'worker_acked stop', 'vault_bound oom', 'egress_dialled kill', 'portal_answered segv', 'nursery_forked kill',
  'enroll_done kill', 'fetch_begins kill', 'vault_stored kill', 'vault_resolved stop'];

/** ms until service, by what happened to whom. */
function limitOf(point, action, way) {
  if (!point.startsWith('worker') || way === 'joined' || action === 'spin') return 5000;
  return action === 'kill' || action === 'segv' ? 1000 : 3000;
}

/** What leads to each point; the rest by a person's first request. */
const WAYS = {
  page: /^(front_page|portal_)/,
  login: /^(vault_(login|enrolled|kept)|keyring_login|enroll_)/,
  document: /^fetch_/,
  warm: /^(worker_(head|acked|serves|answers))$/,
  refresh: /^(worker_(lease|store)|vault_(leased|store|stored))$/,
  idle: /^(worker_(idle|retires)|front_retire)$/,
  joined: /^(worker_joined|vault_restored)$/,
};
const wayTo = point => Object.entries(WAYS).find(([, points]) => points.test(point))?.[0] ?? 'first';

const tool = (system, who, name, args = {}, agent) =>
  modern(`${system.url}/mcp`, who.token, 'tools/call', { name, arguments: args }, { agent })
    .catch(error => ({ status: 0, text: String(error) }));

/** Somebody else, who calls all the time. */
class Bystander {
  constructor(system, who) {
    Object.assign(this, { system, who, answers: 0, wrong: [] });
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    this.running = this.#run();
  }

  async #run() {
    for (let n = 0; !this.over; n++) {
      const answer = await tool(this.system, this.who, n % 2 ? 'get_playback' : 'get_status', {}, this.agent);
      const good = answer.status === 200 && !answer.json?.result?.isError &&
        (n % 2 || answer.text.includes(this.who.user));
      if (good) this.answers++;
      else this.wrong.push({ at: Date.now(), status: answer.status, text: answer.text.slice(0, 300) });
      await sleep(good ? 10 : 50);
    }
  }

  /** What went wrong since the last look, but for what may. */
  look(may = () => false) {
    const wrong = this.wrong.filter(w => !may(w));
    this.wrong = [];
    return wrong;
  }

  async end() {
    this.over = true;
    await this.running;
    this.agent.destroy();
  }
}

/** A web site on which every client has its document. */
async function site() {
  const server = http.createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ client_id: `http://127.0.0.1:${server.address().port}${request.url}`, client_name: 'Mortal',
      redirect_uris: ['http://127.0.0.1:7/callback'] }));
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** One system in which one trial after the other is made. */
class Lane {
  static async start(n, people) {
    const lane = new Lane();
    lane.dir = mkdtempSync('/tmp/tonearm-crash-');
    chmodSync(lane.dir, 0o711);
    lane.faults = new Faults(join(lane.dir, 'faults'), source);
    lane.site = await site();
    lane.system = await System.start({
      name: `crash-${n}`,
      config: `[faults]\nfile = ${lane.faults.path}\n[clients]\ndocuments_loopback = yes\n[limits]\nspotify_per_second = 1000\nworker_idle_seconds = 2\n`,
    });
    const { system } = lane;
    lane.people = await makePeople({ build, configuration: join(system.state, 'tonearm.conf'),
      sandbox: system.sandbox.url, count: people + 1, prefix: 'mortal' });
    await system.sandbox.post('users', { count: people, prefix: 'novice' });
    lane.novice = 0;
    const who = lane.people.pop();
    await until('the bystander to be served', async () => (await tool(system, who, 'get_status')).status === 200);
    lane.bystander = new Bystander(system, who);
    return lane;
  }

  async end() {
    await this.bystander?.end();
    await this.system?.stop();
    this.faults?.close();
    this.site?.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** A program that died a moment ago waits longer before it starts again:
   * that is not what is tried here. */
  async rested(role) {
    const since = this.died?.[role] ?? 0;
    const wait = since + 11000 - Date.now();
    if (wait > 0) await sleep(wait);
  }

  /** The last worker that was bound since the log had so many bytes; its pid. */
  #boundSince(bytes) {
    const fd = openSync(join(this.system.state, 'log/tonearm.log'));
    try {
      const text = Buffer.alloc(fstatSync(fd).size - bytes);
      readSync(fd, text, 0, text.length, bytes);
      return [...text.toString().matchAll(/"event":"worker_bound".*"pid":(\d+)\}/g)].at(-1)?.[1];
    } finally {
      closeSync(fd);
    }
  }

  /** Has a person served; the pid of the worker that does it.  Its first bind
   * is in the log; a vault that was started anew names earlier people to their
   * workers, too, so passing worker_identity would tell less. */
  async warmed(who) {
    const { size } = statSync(join(this.system.state, 'log/tonearm.log'));
    await until(`${who.user} to be served`, async () => (await tool(this.system, who, 'get_status')).status === 200);
    return Number(await until('its worker to be known', () => this.#boundSince(size)));
  }
}

/** One request whose answer is looked at: right, an honest error, or none,
 * where front may be hit, or one that breaks off, where its head had left. */
function judge(answer, who, role, begun = false) {
  const text = answer.text ?? '';
  assert.ok(!/mortal\d+|novice\d+/.test(text.replaceAll(who?.user ?? ' ', '')), `somebody else's answer: ${text.slice(0, 300)}`);
  if (answer.status === 0) {
    assert.ok(role === 'front' || begun, `no answer: ${text}`);
    return 'cut';
  }
  if (answer.status === 200 && !answer.json?.result?.isError) return 'right';
  if (answer.status === 200) return 'tool error';
  assert.ok([429, 500, 502, 503, 504].includes(answer.status), `${answer.status} ${text.slice(0, 300)}`);
  assert.ok(text.length > 20 || answer.headers['retry-after'], `no words: ${answer.status} ${text}`);
  return `${answer.status}`;
}

/** How each way is gone; {drive, serve}: serve says whether all is well again. */
const ways = {
  async first(lane, who, point) {
    const name = `once ${who.user}`;
    return {
      drive: async role => judge(await tool(lane.system, who, 'create_playlist', { name }), who, role, point === 'worker_answers'),
      served: async () => (await tool(lane.system, who, 'get_status')).status === 200,
    };
  },
  async warm(lane, who, point) {
    const only = await lane.warmed(who);
    return { ...await ways.first(lane, who, point), only };
  },
  async refresh(lane, who, point) {
    const pid = await lane.warmed(who);
    await lane.system.sandbox.post('faults', { path: '/v1/me', kind: 'expired_token', user: who.user, count: 1 });
    return {
      only: point.startsWith('worker') ? pid : 0,
      drive: async role => judge(await tool(lane.system, who, 'get_status'), who, role),
      served: async () => (await tool(lane.system, who, 'get_status')).status === 200,
    };
  },
  async idle(lane, who, point) {
    const pid = await lane.warmed(who);
    return {
      only: point.startsWith('worker') ? pid : 0,
      drive: async () => 'idle',
      served: async () => (await tool(lane.system, who, 'get_status')).status === 200,
    };
  },
  async joined(lane, who, point) {
    const pid = await lane.warmed(who);
    return {
      only: point.startsWith('worker') ? pid : 0,
      drive: async () => {
        process.kill(lane.system.processes().find(p => p.name === 'tonearm-vault').pid, 'SIGKILL');
        (lane.died ??= {}).vault = Date.now();
        return 'vault killed';
      },
      served: async () => (await tool(lane.system, who, 'get_status')).status === 200,
    };
  },
  async page(lane) {
    const ask = () => new Person(lane.system.url).request('/login').then(r => r.status, () => 0);
    return {
      drive: async role => {
        const status = await ask();
        assert.ok([303, 500, 502, 503, 504].includes(status) || (role === 'front' && status === 0), `/login: ${status}`);
        return `${status}`;
      },
      served: async () => (await ask()) === 303,
    };
  },
  async document(lane) {
    const ask = () => fetch(`${lane.system.url}/authorize?${new URLSearchParams({
      response_type: 'code', client_id: `http://127.0.0.1:${lane.site.address().port}/${lane.novice++}.json`,
      redirect_uri: 'http://127.0.0.1:7/callback', code_challenge_method: 'S256',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    })}`, { redirect: 'manual' }).then(r => r.status, () => 0);
    return {
      drive: async () => {
        const status = await ask();
        assert.ok([303, 502, 503, 504].includes(status), `/authorize: ${status}`);
        return `${status}`;
      },
      served: async () => (await ask()) === 303,
    };
  },
  async login(lane) {
    const user = `novice${String(++lane.novice).padStart(3, '0')}`;
    const go = () => signIn(lane.system, user).then(() => 'right', error => {
      assert.match(error.message, /ended at .*\((4|5)\d\d\)|led to .*\(5\d\d\)|fetch failed/, error.message);
      return 'error page';
    });
    return { drive: go, served: async () => (await go()) === 'right' };
  },
};

function lives(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function trial(lane, point, action) {
  const { system, faults, bystander } = lane;
  const role = point.split('_')[0], way = wayTo(point);
  const who = way === 'page' || way === 'login' ? null : lane.people.pop();
  await lane.rested(way === 'joined' ? 'vault' : role);
  // A vault that was just started names the bystander to its worker again.
  if (point === 'worker_identity') await lane.rested('vault');
  const go = await ways[way](lane, who, point);
  const shots = faults.fired(point);
  let fired = 0;
  const watching = until(`${point} to fire`, () => faults.fired(point) > shots && (fired = Date.now()), 20000);
  faults.arm(point, action, { only: go.only });
  // What is driven may fail before the shot is seen to have fired.
  const [got] = await Promise.all([go.drive(role), watching]).finally(() => faults.disarm(point));
  // While there is no memory the program may not be able to say so.
  if (action === 'oom') await sleep(Math.max(0, fired + 1050 - Date.now()));
  await until(`service after ${point} ${action}`, go.served, 30000);
  const ms = Date.now() - fired;
  if (role !== 'worker' && role !== 'enroll') (lane.died ??= {})[role] = Date.now();
  const least = bystander.answers;
  await until('the bystander to go on', () => bystander.answers > least);
  // Where the person was served at once, what was stopped may not be found yet.
  if (action !== 'oom') await until('the end of what was hit', () => !lives(faults.by(point)), 20000);
  await until('/ready', async () => (await system.status('/ready')) === 200);
  const wrong = bystander.look(w => role === 'front' && (w.status === 0 || [502, 503].includes(w.status)));
  assert.deepEqual(wrong, [], `the bystander saw ${wrong.length} errors`);
  if (who && (way === 'first' || way === 'warm')) {
    const { entries } = await system.sandbox.get('record');
    const made = entries.filter(r => r.method === 'POST' && r.path.startsWith('/v1/me/playlists') && r.user === who.user).length;
    assert.ok(made <= 1, `the playlist was made ${made} times`);
    if (got === 'right') assert.equal(made, 1, 'answered as made, but it was not');
    await system.sandbox.post('record/clear');
  }
  return { got, ms, limit: limitOf(point, action, way) };
}

test('crash matrix', { skip: build ? false : 'TONEARM_FAULT_BUILD names no build with --enable-faults' }, async t => {
  const only = process.env.TONEARM_CRASH_ONLY && new RegExp(process.env.TONEARM_CRASH_ONLY);
  let all = faultPoints(source).flatMap(point => ACTIONS.map(action => `${point} ${action}`)).concat(SPINS.map(p => `${p} spin`));
  all = all.filter(name => only ? only.test(name) : full || SLICE.includes(name));
  if (!only && !full) assert.equal(all.length, SLICE.length, 'a trial of the slice is no point any more');
  // Programs take turns, so that each has lived a while when its turn comes.
  const turns = new Map();
  for (const name of all) {
    const role = name.split('_')[0];
    turns.set(role, [...turns.get(role) ?? [], name]);
  }
  const longest = Math.max(...[...turns.values()].map(list => list.length));
  const order = [...turns.values()].flatMap(list => list.map((name, i) => ({ name, at: (i + 0.5) * longest / list.length })))
    .sort((x, y) => x.at - y.at).map(x => x.name);
  const lanes = Math.min(order.length, Number(process.env.TONEARM_CRASH_LANES ?? (full ? 3 : 1)));
  const began = Date.now(), results = new Map();
  let answers = 0;
  // One after the other: quickstart makes sure that the build is complete.
  const ready = [];
  const people = order.length;
  for (let n = 0; n < lanes; n++) ready.push(await Lane.start(n, people));
  await Promise.all(ready.map(async lane => {
    try {
      while (order.length) {
        const name = order.shift(), [point, action] = name.split(' ');
        try {
          const r = await trial(lane, point, action);
          results.set(name, r.ms <= r.limit ? r : { ...r, error: `served again after ${r.ms} ms, ${r.limit} allowed` });
        } catch (error) {
          results.set(name, { error: error.message });
          lane.bystander.look();
          await until('rest', async () => (await lane.system.status('/ready')) === 200, 60000);
        }
      }
    } finally {
      answers += lane.bystander?.answers ?? 0;
      await lane.end();
    }
  }));
  for (const name of all) {
    const r = results.get(name);
    await t.test(name, sub => {
      assert.ok(r, 'not tried');
      if (r.ms !== undefined) sub.diagnostic(`${r.got}; served again after ${r.ms} ms`);
      assert.ok(!r.error, r.error);
    });
  }
  const times = [...results.values()].filter(r => r.ms !== undefined).map(r => r.ms).sort((x, y) => x - y);
  const share = q => times[Math.min(times.length - 1, Math.floor(q * times.length))];
  t.diagnostic(`${all.length} trials in ${Math.round((Date.now() - began) / 1000)} s, ${times.length} shots fired and survived; ` +
    `meanwhile ${answers} right answers to others; served again after ${share(0.5)} ms (half), ${share(0.9)} ms (nine of ten), ${share(1)} ms (all)`);
});
