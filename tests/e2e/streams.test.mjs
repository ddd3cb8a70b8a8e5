// T16: streams by the hundred.  Idle ones outlive their workers at next to no
// cost and find the next worker; they end as they should on revocation and
// drain; who does not read is closed, and others feel nothing of it.
// TONEARM_LONG=1: 1,000 streams of 200 people, 50 of them not reading.
// Alone: it measures work at rest, and looks at all sockets.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { member } from './lib/journey.mjs';
import { makePeople } from './lib/people.mjs';
import { LEGACY, MODERN, modern, post } from './lib/rpc.mjs';
import { Steady } from './lib/steady.mjs';
import { Stream } from './lib/stream.mjs';
import { System, build, sleep, until } from './lib/system.mjs';

const long = process.env.TONEARM_LONG === '1';
// Some of the streams of `people` are GETs, the others listen.
const size = long ? { people: 200, listens: 3, gets: 2, mute: 50 } : { people: 40, listens: 3, gets: 2, mute: 10 };
const IDLE = size.people * (size.listens + size.gets) - size.mute;
const BLANKS = 8;
const WAIT_MS = 1000;   // what others may wait while there are slow readers: the goal is 50 ms

let system, endpoint, people, steady, leaver;
const streams = [], mutes = [];

before(async () => {
  system = await System.start({
    name: 'streams', programs: { 'tonearm-worker': 'tonearm-worker-hostile' },
    config: `[limits]\nworker_idle_seconds = 1\nblank_workers = ${BLANKS}\n`,
  });
  endpoint = `${system.url}/mcp`;
  people = await makePeople({
    build, configuration: join(system.state, 'tonearm.conf'), sandbox: system.sandbox.url,
    count: size.people + 1, prefix: 'stream',
  });
  await system.sandbox.post('users', { count: 1, prefix: 'leaver' });
  leaver = await member(system, 'leaver001');
});
after(async () => {
  for (const socket of mutes) socket.destroy();
  for (const stream of streams) stream.request.destroy();
  steady?.end();
  await system?.stop();
});

// --- what there is and what it costs -------------------------------------------

const front = () => system.processes().find(p => p.name === 'tonearm-front').pid;
const nursery = () => system.log().filter(l => l.event === 'nursery_ready').at(-1).pid;
const workers = () => {
  const born = nursery();
  return system.processes().filter(p => p.name.startsWith('tonearm-worker') && p.pid !== born);
};
const retired = () => until('all workers to retire', () => workers().length <= BLANKS, 60000);

/** What memory front has for itself, in KiB. */
const memory = () => [...readFileSync(`/proc/${front()}/smaps_rollup`, 'utf8').matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB/gm)]
  .reduce((n, m) => n + Number(m[1]), 0);

/** The most that the kernel holds for one connection of front's, in KiB. */
const queued = () => Math.max(...readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1).filter(Boolean)
  .map(line => line.trim().split(/ +/)).filter(f => parseInt(f[1].split(':')[1], 16) === system.port)
  .map(f => parseInt(f[4].split(':')[0], 16) >> 10));

/** Milliseconds of CPU that front has used. */
function cpu() {
  const stat = readFileSync(`/proc/${front()}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

// --- streams -------------------------------------------------------------------

const agent = new http.Agent({ keepAlive: false });
const envelope = {
  'io.modelcontextprotocol/protocolVersion': MODERN, 'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'tests', version: '1' },
};

async function listen(person, id) {
  const stream = await Stream.open(endpoint,
    { jsonrpc: '2.0', id, method: 'subscriptions/listen', params: { notifications: {}, _meta: envelope } },
    { agent, headers: { authorization: `Bearer ${person.token}`, 'mcp-protocol-version': MODERN, 'mcp-method': 'subscriptions/listen' } });
  assert.equal(stream.status, 200);
  await until('the acknowledgement', () => stream.messages.some(m => m.method === 'notifications/subscriptions/acknowledged'));
  return Object.assign(stream, { kind: 'listen', id });
}

async function get(person, headers) {
  const stream = await Stream.open(endpoint, undefined, { agent, method: 'GET', headers: { ...headers, accept: 'text/event-stream' } });
  assert.equal(stream.status, 200);
  await until('the first event', () => stream.events.length > 0);
  return Object.assign(stream, { kind: 'get' });
}

/** The headers of a new session of the handshake era. */
async function session(person) {
  const headers = { authorization: `Bearer ${person.token}` };
  const answer = await post(endpoint, { jsonrpc: '2.0', id: 1, method: 'initialize', params: {
    protocolVersion: LEGACY, capabilities: {}, clientInfo: { name: 'tests', version: '1' } } }, { headers });
  assert.equal(answer.status, 200, answer.text);
  return { ...headers, 'mcp-session-id': answer.headers['mcp-session-id'], 'mcp-protocol-version': LEGACY };
}

async function open(person, gets, listens) {
  const headers = gets ? await session(person) : {};
  const all = [];
  for (let i = 0; i < gets; i++) all.push(await get(person, headers));
  for (let i = 0; i < listens; i++) all.push(await listen(person, `${person.user}-${i}`));
  return all;
}

/** fn for each of the list, some at once. */
async function each(list, fn, at_once = 8) {
  let next = 0;
  await Promise.all(Array.from({ length: at_once }, async () => {
    while (next < list.length) await fn(list[next++]);
  }));
}

const open_ones = () => streams.filter(s => s.closed === undefined);

/** The stream has ended in good order, with what is said last. */
async function farewell(stream) {
  await until('the end of a stream', () => stream.closed !== undefined, 10000);
  if (stream.kind === 'get') {
    assert.ok(stream.events.at(-1).retry, 'when to come again');
    return;
  }
  const last = stream.messages.at(-1);
  assert.equal(last.id, stream.id);
  assert.equal(last.result?.resultType, 'complete', JSON.stringify(last));
}

// --- the tests, each going on from the one before ---------------------------------

test(`${IDLE} idle streams of ${size.people} people outlive their workers`, async t => {
  const before = memory(), began = performance.now();
  // The first have one fewer: theirs that is not read comes later.
  await each([...people.slice(0, size.people).entries()], async ([i, person]) => {
    streams.push(...await open(person, size.gets, size.listens - (i < size.mute)));
  });
  assert.equal(streams.length, IDLE);
  t.diagnostic(`${IDLE} streams opened in ${Math.round(performance.now() - began)} ms`);
  await retired();
  const grown = memory() - before;
  t.diagnostic(`without a worker: ${(grown * 1024 / IDLE).toFixed(0)} bytes of front's memory for a stream (${grown} KiB in all)`);
  assert.equal(open_ones().length, IDLE);
  assert.ok(grown * 1024 / IDLE < 8192, `${grown} KiB`);
});

test('idle streams are no work', async t => {
  const from = cpu(), began = performance.now();
  await sleep(long ? 30000 : 3000);
  const share = (cpu() - from) / (performance.now() - began);
  t.diagnostic(`front used ${(100 * share).toFixed(2)} % of a core for ${IDLE} idle streams`);
  assert.equal(open_ones().length, IDLE);
  assert.ok(workers().length <= BLANKS, 'no worker was needed');
  assert.ok(share < 0.25, `${share} of a core`);
  if (long) assert.ok(streams.every(s => s.comments.length > 0), 'a comment on each');
});

test('a worker that comes takes its person\'s streams up, and leaves them behind again', async () => {
  const mine = streams.filter(s => s.id?.startsWith(people[0].user));
  const answer = await modern(endpoint, people[0].token, 'tools/list');
  assert.equal(answer.status, 200, answer.text);
  await retired();
  assert.ok(mine.length > 0 && mine.every(s => s.closed === undefined));
  assert.equal(open_ones().length, IDLE);
});

test('who revokes a token ends its streams, with the last word, though no worker is there', async () => {
  const mine = await open(leaver, 1, 1);
  await retired();
  assert.ok(mine.every(s => s.closed === undefined));
  const { person } = leaver;
  await person.go('/account');
  await person.send(f => f.action.endsWith('/account/revoke'));
  for (const stream of mine) await farewell(stream);
  assert.equal(open_ones().length, IDLE);
});

/** A stream with more on it than sockets and credit hold, of which nothing is read. */
function mute(person) {
  return new Promise((resolve, reject) => {
    const socket = connect(system.port, '127.0.0.1'), body = JSON.stringify({
      jsonrpc: '2.0', id: 1, method: 'tools/call',
      params: { name: 'attack', arguments: { do: 'pour', n: 4000 }, _meta: envelope } });
    socket.pause();
    socket.on('error', reject);
    socket.on('connect', () => socket.write(`POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${system.port}\r\n` +
      `Authorization: Bearer ${person.token}\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\n` +
      `MCP-Protocol-Version: ${MODERN}\r\nMcp-Method: tools/call\r\nMcp-Name: attack\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`, () => { mutes.push(socket); resolve(); }));
  });
}

test(`${size.mute} that do not read are closed, and others feel nothing of it`, async t => {
  const closed = () => system.log().filter(l => l.event === 'slow_reader_closed').length;
  const witness = people.at(-1), had = memory();
  steady = new Steady({ endpoint, token: witness.token, fresh: false, upstream: false, pause: 20 });
  await until('the first answers', async () => (await steady.look()).answers > 0);
  await each(people.slice(0, size.mute), mute);
  await steady.look();
  await sleep(10000);
  const kib = memory() - had;
  t.diagnostic(`${size.mute} slow readers: ${Math.round(kib / size.mute)} KiB of front's memory for each, and at most ${queued()} KiB of the kernel's`);
  assert.ok(kib < size.mute * 1024, `${kib} KiB`);
  assert.ok(queued() < 512, `${queued()} KiB`);
  await until('all of them to be closed', () => closed() >= size.mute, 40000);
  const seen = await steady.look();
  t.diagnostic(`${seen.answers} tools/list meanwhile: 99 % within ${seen.p99} ms, all within ${seen.slowest} ms`);
  assert.deepEqual(seen.wrong, []);
  assert.ok(seen.p99 < WAIT_MS, `${seen.p99} ms`);
  assert.equal(open_ones().length, IDLE, 'idle ones are not taken for slow');
  assert.ok(streams.every(s => s.comments.length > 0), 'comments kept them alive meanwhile');
});

test('who reads a little now and then is as slow', { skip: long ? false : 'takes a minute: TONEARM_LONG=1' }, async () => {
  const slow = () => system.log().filter(l => l.event === 'slow_reader_closed').length, had = slow();
  await mute(people[size.mute]);
  const socket = mutes.at(-1), began = performance.now(), sips = setInterval(() => socket.read(16384), 2000);
  try {
    await until('it to be closed', () => slow() > had, 90000);
    assert.ok(performance.now() - began > 50000);
  } finally {
    clearInterval(sips);
  }
});

test('a drain ends them all with the last word', async () => {
  steady.end();
  process.kill(system.supervisor().pid, 'SIGTERM');
  for (const stream of streams) await farewell(stream);
});
