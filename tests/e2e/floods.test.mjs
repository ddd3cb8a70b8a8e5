// Floods from outside: bytes that come too slowly, answers that nobody reads,
// connections by the thousand, descriptors that run out, clients and proxies
// that go away in the middle.  In each somebody well-behaved is served without
// an error and without a long wait, front does not spin, and afterwards it is as
// it was before.  TONEARM_FLOOD multiplies the sizes.
// Alone: it measures how long others wait, and wants many descriptors.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import https from 'node:https';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { member } from './lib/journey.mjs';
import { startProxy } from './lib/proxy.mjs';
import { MODERN, post } from './lib/rpc.mjs';
import { Steady } from './lib/steady.mjs';
import { System, isRoot, sleep, until } from './lib/system.mjs';

const TIMES = Number(process.env.TONEARM_FLOOD ?? 1);
const WAIT_MS = 2000;      // what the well-behaved may wait at worst, on a busy machine

let system, loud, calm, steady, host;

before(async () => {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  system = await System.start({ name: 'floods', config: '[limits]\nspotify_per_second = 1000\n' });
  host = `127.0.0.1:${system.port}`;
  await system.sandbox.post('users', { count: 2, prefix: 'flood' });
  loud = await member(system, 'flood001');
  calm = await member(system, 'flood002');
  steady = new Steady({ ...calm, user: 'flood002' });
  await until('the first answers', async () => (await steady.look()).answers > 0);
});
after(async () => {
  hangUp(open);
  await system?.stop();
  steady?.end();
});

// --- what front costs ---------------------------------------------------------

const front = () => system.processes().find(p => p.name === 'tonearm-front').pid;
const descriptors = () => readdirSync(`/proc/${front()}/fd`).length;

/** Private memory of front in KiB. */
function memory() {
  const text = readFileSync(`/proc/${front()}/smaps_rollup`, 'utf8');
  return [...text.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB/gm)].reduce((n, m) => n + Number(m[1]), 0);
}

/** Milliseconds of CPU that front has used. */
function cpu() {
  const stat = readFileSync(`/proc/${front()}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Share of one core that front uses in these milliseconds. */
async function busy(ms) {
  const began = performance.now(), used = cpu();
  await sleep(ms);
  return (cpu() - used) / (performance.now() - began);
}

/** Runs fn; what it left open in front must go, and memory stay within more KiB. */
async function flood(t, name, fn, more = 32768) {
  await steady.look();
  const had = descriptors(), pid = front(), kib = memory();
  await fn();
  await until('descriptors to come back', () => front() !== pid || descriptors() <= had + 4, 20000);
  const seen = await steady.look(), now = memory();
  t.diagnostic(`${name}: ${seen.answers} answers meanwhile, 99 % within ${seen.p99} ms, all within ${seen.slowest} ms; ` +
    `front's memory ${kib} KiB before, ${now} KiB after`);
  assert.deepEqual(seen.wrong, [], `${seen.wrong.length} of ${seen.answers} answers were wrong`);
  assert.ok(seen.answers > 0, 'somebody asked meanwhile');
  assert.ok(seen.slowest < WAIT_MS, `an answer took ${seen.slowest} ms`);
  assert.ok(front() !== pid || now < kib + more, `front's memory went from ${kib} to ${now} KiB`);
}

// --- clients ------------------------------------------------------------------

const open = new Set();

/** A connection that keeps what it reads as text; paused: it reads nothing. */
function dial({ paused = false } = {}) {
  return new Promise(resolve => {
    const socket = connect(system.port, '127.0.0.1');
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.got = '';
    socket.over = new Promise(done => socket.on('close', done));
    socket.setNoDelay(true);
    socket.on('error', () => resolve(socket));
    socket.on('connect', () => resolve(socket));
    if (!paused) socket.on('data', part => { socket.got += part.toString('latin1'); });
    else socket.pause();
  });
}

/** n connections, some at a time. */
async function dialAll(n, options) {
  const all = [];
  while (all.length < n)
    all.push(...await Promise.all(Array.from({ length: Math.min(100, n - all.length) }, () => dial(options))));
  return all;
}

const hangUp = sockets => sockets.forEach(s => s.destroy());

/** The bytes of a request with a body. */
function request(body, { token = loud.token, method, name, more = '' } = {}) {
  return `POST /mcp HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n` +
    'Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\n' +
    `MCP-Protocol-Version: ${MODERN}\r\nMcp-Method: ${method}\r\n${name ? `Mcp-Name: ${name}\r\n` : ''}${more}` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

const envelope = { 'io.modelcontextprotocol/protocolVersion': MODERN, 'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'floods', version: '1' } };
const ask = (method, params = {}, options = {}) => request(JSON.stringify({ jsonrpc: '2.0', id: 1, method,
  params: { ...params, _meta: envelope } }), { method, name: params.name, ...options });
const toolsList = () => ask('tools/list');
const health = `GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;

/** How often a text is in another. */
const count = (text, what) => text.split(what).length - 1;

test('slow heads, slow bodies and silent connections end in their time, and cost nothing meanwhile', async t => {
  await flood(t, 'slow', async () => {
    const n = 300 * TIMES, began = performance.now();
    const silent = await dialAll(n), heads = await dialAll(n), bodies = await dialAll(n);
    for (const s of heads) s.write('GET /health HTTP/1.1\r\nHo');
    for (const s of bodies) s.write(toolsList().slice(0, -20));
    await sleep(500);
    await steady.look();
    const idle = await busy(2000);
    // One byte now and then keeps nobody alive.
    let drops = 0;
    while (performance.now() - began < 16000 && !heads.every(s => s.closed)) {
      for (const s of heads) if (!s.closed) { s.write('x'); drops++; }
      await sleep(500);
    }
    assert.ok(drops > 10 * n && heads.every(s => s.got.startsWith('HTTP/1.1 408 ')), 'slow heads are told 408');
    assert.ok(silent.every(s => s.closed && s.got === ''), 'who says nothing is not answered');
    assert.ok(performance.now() - began > 9000, 'not before their time');
    assert.ok(bodies.every(s => !s.closed), 'bodies have 30 s');
    hangUp(bodies);
    t.diagnostic(`${3 * n} connections at rest: front used ${Math.round(100 * idle)} % of a core`);
    assert.ok(idle < 0.5, `front used ${idle} of a core`);
  });
});

test('answers that nobody reads are held back at their source', async t => {
  await flood(t, 'unread', async () => {
    const all = await dialAll(60 * TIMES, { paused: true });
    const page = `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    // Each asks for far more than sockets hold, and reads none of it.
    all.forEach((s, i) => s.write((i % 3 ? page : toolsList()).repeat(400)));
    await sleep(1500);
    const kib = memory(), share = await busy(1500);
    t.diagnostic(`${all.length} clients that read nothing: front has ${kib} KiB, uses ${Math.round(100 * share)} % of a core`);
    assert.ok(kib < 64 * 1024 + all.length * 256, `${kib} KiB`);
    assert.ok(share < 0.6, `front used ${share} of a core`);
    hangUp(all);
  });
});

test('pipelined requests are all answered, in their order, and keep nobody from being served', async t => {
  await flood(t, 'pipelined', async () => {
    const n = 2000 * TIMES, all = await dialAll(10);
    const began = performance.now();
    for (const s of all) s.write(health.repeat(n) + `GET /nowhere HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    await Promise.all(all.map(s => s.over));
    for (const s of all) {
      assert.equal(count(s.got, '{"status":"ok"}'), n);
      assert.equal(count(s.got, 'HTTP/1.1 '), n + 1);
      assert.ok(s.got.lastIndexOf('HTTP/1.1 404') > s.got.lastIndexOf('HTTP/1.1 200'));
    }
    t.diagnostic(`${10 * n} requests in ${Math.round(performance.now() - began)} ms`);
  });
});

test('bodies in chunks of one byte, and heads at their limit, cost little', async t => {
  await flood(t, 'small and large', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: envelope } });
    const padded = body.slice(0, -1) + ' '.repeat(40000 * TIMES) + '}';
    const start = toolsList().split('Content-Length')[0];
    const chunks = `${start}Transfer-Encoding: chunked\r\n\r\n${[...padded].map(c => `1\r\n${c}\r\n`).join('')}0\r\n\r\n`;
    const many = await dialAll(6), large = await dialAll(200);
    for (const s of many) s.write(chunks);
    const fits = health.replace('\r\n\r\n', `\r\nX-Pad: ${'x'.repeat(16000)}\r\n\r\n`);
    const tooLong = health.replace('\r\n\r\n', `\r\nX-Pad: ${'x'.repeat(64000)}\r\n\r\n`);
    large.forEach((s, i) => s.write(i % 2 ? tooLong : fits));
    await until('answers to them all', () => many.every(s => s.got.includes('"get_status"')) &&
      large.every(s => s.got.includes('\r\n\r\n')), 20000);
    large.forEach((s, i) => assert.match(s.got, i % 2 ? /^HTTP\/1\.1 431 / : /^HTTP\/1\.1 200 /));
    hangUp([...many, ...large]);
  });
});

test('thousands of connections from one address, held and dropped', async t => {
  await flood(t, 'connections', async () => {
    const n = 2500 * TIMES, began = performance.now();
    const held = await dialAll(n);
    for (const s of held.slice(0, n / 2)) s.write(health);
    await until('half of them to be answered', () => held.slice(0, n / 2).every(s => s.got.includes('"ok"')), 20000);
    t.diagnostic(`${n} connections in ${Math.round(performance.now() - began)} ms; front has ${descriptors()} descriptors, ${memory()} KiB`);
    const share = await busy(1500);
    t.diagnostic(`front used ${Math.round(100 * share)} % of a core`);
    assert.ok(share < 0.6, `front used ${share} of a core`);
    assert.equal(await system.status('/health'), 200);
    hangUp(held);
    for (let i = 0; i < 20 * TIMES; i++) hangUp(await dialAll(100));
  });
});

test('who goes away in the middle of a request or an answer leaves nothing behind', async t => {
  await flood(t, 'gone', async () => {
    const whole = ask('tools/call', { name: 'list_playlists', arguments: {} }), lost = [];
    for (let i = 0; i < 150 * TIMES; i++) {
      const s = await dial();
      s.write(whole.slice(0, 1 + i * 7 % (whole.length - 1)));
      lost.push(s);
      if (i % 10 === 9) hangUp(lost.splice(0));
    }
    for (let i = 0; i < 120 * TIMES; i++) {
      const s = await dial();
      s.write(whole);
      if (i % 3 === 0) s.resetAndDestroy();          // at once
      else if (i % 3 === 1) s.end();                 // half closed
      else setTimeout(() => s.destroy(), i % 40);    // somewhere in the answer
      if (i % 6 === 5) await sleep(20);
    }
    hangUp(lost);
    // Its own person is served as if nothing had been.
    const answer = await until('an answer', async () => {
      const a = await post(loud.endpoint, JSON.parse(whole.split('\r\n\r\n')[1]), { headers: {
        authorization: `Bearer ${loud.token}`, 'mcp-protocol-version': MODERN, 'mcp-method': 'tools/call', 'mcp-name': 'list_playlists' } });
      assert.equal(a.status, 200, a.text);
      return a;
    });
    assert.ok(!answer.json.result.isError, answer.text);
  });
});

for (const kind of ['nginx', 'haproxy']) {
  test(`${kind} dies with requests and streams under way, and front forgets them`, async t => {
    await flood(t, kind, async () => {
      const proxy = await startProxy(kind, system.port);
      const headers = { authorization: `Bearer ${loud.token}`, 'mcp-protocol-version': MODERN, host };
      const listen = { jsonrpc: '2.0', id: 'l', method: 'subscriptions/listen', params: { notifications: {}, _meta: envelope } };
      const had = descriptors(), streams = [], calls = [];
      const opened = body => new Promise((resolve, reject) => {
        const data = JSON.stringify(body);
        const going = https.request(`${proxy.url}/mcp`, { method: 'POST', headers: { ...headers,
          'content-type': 'application/json', accept: 'application/json, text/event-stream',
          'mcp-method': body.method, 'content-length': data.length } }, answer => {
          answer.on('error', () => {});
          answer.once('data', () => resolve(answer.statusCode));
        });
        going.on('error', reject);
        going.end(data);
      });
      for (let i = 0; i < 3; i++) streams.push(opened(listen));
      assert.deepEqual(await Promise.all(streams), [200, 200, 200]);
      for (let i = 0; i < 20; i++) calls.push(post(`${proxy.url}/mcp`,
        { jsonrpc: '2.0', id: i, method: 'tools/call', params: { name: 'list_playlists', arguments: {}, _meta: envelope } },
        { headers: { ...headers, 'mcp-method': 'tools/call', 'mcp-name': 'list_playlists' } }).catch(() => {}));
      await until('its connections', () => descriptors() >= had + 3);
      await proxy.kill();
      await Promise.all(calls);
      // Blank workers come and go meanwhile: each is a descriptor, too.
      await until('front to let go of it', () => descriptors() <= had + 6, 20000);
      // Eight at once are one person's share: the streams do not count any more.
      await until('room for eight', async () => {
        const all = await Promise.all(Array.from({ length: 8 }, (_, i) => post(loud.endpoint,
          { jsonrpc: '2.0', id: i, method: 'tools/list', params: { _meta: envelope } },
          { headers: { ...headers, 'mcp-method': 'tools/list' } })));
        return all.every(a => a.status === 200);
      });
    });
  });
}

/** Sets the limit of open files of a program, as the user that it runs as. */
function limit(pid, n) {
  const uid = readFileSync(`/proc/${pid}/status`, 'utf8').match(/^Uid:\s+(\d+)/m)[1];
  execFileSync('setpriv', [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups',
    'prlimit', '--pid', String(pid), `--nofile=${n}`]);
}

test('descriptors that run out: new ones take the place of the idle, kept connections go on', { skip: isRoot ? false : 'needs root to set limits' }, async t => {
  // Front takes its limit from the supervisor when it starts.
  const supervisor = system.supervisor().pid, old = front();
  limit(supervisor, '600:600');
  process.kill(old, 'SIGKILL');
  await until('a new front', () => { try { return front() !== old; } catch { return false; } });
  await until('service', async () => (await system.status('/ready')) === 200, 15000);
  await until('the well-behaved to be served again', async () => {
    await steady.look();
    await sleep(300);
    const { wrong, answers } = await steady.look();
    return answers > 0 && wrong.length === 0;
  }, 15000);
  await flood(t, 'few descriptors', async () => {
    const all = await dialAll(1500 * TIMES);
    await sleep(1000);
    const share = await busy(1500), answered = await dial();
    answered.write(health);
    await until('/health on a new connection', () => answered.got.includes('"ok"'));
    t.diagnostic(`${all.length} connections for 600 descriptors: front used ${Math.round(100 * share)} % of a core`);
    assert.ok(share < 0.6, `front used ${share} of a core`);
    hangUp([...all, answered]);
  });
});

test('descriptors that are gone: front waits and does not spin, and comes back', { skip: isRoot ? false : 'needs root to set limits' }, async t => {
  await steady.fresh(false);
  await flood(t, 'no descriptors', async () => {
    const pid = front(), seen = system.log().length;
    // Less than it has: every accept fails, and nothing that it gives up helps.
    limit(pid, '20:600');
    const all = await dialAll(200);
    await sleep(500);
    const share = await busy(2000);
    const lines = system.log().slice(seen).filter(l => l.event === 'out_of_descriptors').length;
    t.diagnostic(`no descriptor at all: front used ${Math.round(100 * share)} % of a core, ${lines} lines`);
    assert.ok(share < 0.5, `front used ${share} of a core`);
    assert.ok(lines >= 1 && lines <= 10, `${lines} lines`);
    const { wrong, answers } = await steady.look();
    assert.ok(answers > 20 && wrong.length === 0, 'kept connections go on');
    hangUp(all);
    limit(pid, '600:600');
    await until('/health', async () => (await system.status('/health')) === 200);
  });
  await steady.fresh(true);
});

test('after all this front is as it was, and nobody died', async () => {
  const { wrong } = await steady.look();
  assert.deepEqual(wrong, []);
  const deaths = system.log().filter(l => l.event === 'obituary');
  assert.ok(deaths.every(l => l.who === 'front') && deaths.length <= 1, JSON.stringify(deaths));
});
