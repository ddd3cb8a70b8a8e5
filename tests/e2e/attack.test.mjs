// Workers that somebody has conquered (tests/attack): every attack is refused,
// is found in the log, and is felt by nobody but its own person.
// Alone: it measures how long others wait meanwhile.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { member } from './lib/journey.mjs';
import { startProxy } from './lib/proxy.mjs';
import { stopRecording } from './lib/record.mjs';
import { MODERN, call, modern } from './lib/rpc.mjs';
import { Stream } from './lib/stream.mjs';
import { System, sleep, source, until } from './lib/system.mjs';

stopRecording();

const ANSWERS = Number(process.env.TONEARM_ATTACK_ANSWERS ?? 5000);
const LANES = 4;

let system, victim, witness, named, unnamed = 0, next = 0;

/** Sends an order to somebody's worker; the answer of the HTTP request. */
const order = (who, what, args = {}, options = {}) =>
  modern(options.endpoint ?? who.endpoint, who.token, 'tools/call', { name: 'attack', arguments: { do: what, ...args } }, options);

/** A person whose worker is about to turn hostile. */
async function raider() {
  return member(system, `raider${String(++next).padStart(3, '0')}`);
}

/** Asks a worker who it is until it serves, at most ms long. */
const served = (who, ms = 8000) => until(`${who.user} to be served`, async () => {
  const answer = await order(who, 'whoami');
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.json.user, who.user);
  return answer.json;
}, ms);

/** The victim asks all the time; what went wrong is kept. */
class Witness {
  constructor() {
    this.wrong = [];
    this.answers = this.slowest = 0;
    this.running = this.#run();
  }

  async #run() {
    for (let n = 0; !this.over; n++) {
      const began = performance.now();
      // Most are answered by the worker itself, some by way of Spotify.
      const spotify = n % 10 === 9;
      const text = `${n}-${Math.random()}`;
      const answer = await (spotify ? modern(victim.endpoint, victim.token, 'tools/call', { name: 'get_status', arguments: {} }, { id: n })
        : order(victim, 'whoami', { text })).catch(error => ({ status: 0, text: String(error) }));
      const good = spotify ? answer.json?.id === n && !answer.json.result?.isError && answer.text.includes(victim.user)
        : answer.json?.user === victim.user && answer.json.text === text;
      if (answer.status !== 200 || !good || /raider|PLANTED/.test(answer.text))
        this.wrong.push({ n, status: answer.status, text: answer.text.slice(0, 300) });
      this.answers++;
      this.slowest = Math.max(this.slowest, performance.now() - began);
      await sleep(5);
    }
  }

  /** Nothing went wrong since the last look. */
  check() {
    assert.deepEqual(this.wrong, [], `the victim saw ${this.wrong.length} wrong answers of ${this.answers}`);
  }

  async end() {
    this.over = true;
    await this.running;
  }
}

before(async () => {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  system = await System.start({
    name: 'attack', programs: { 'tonearm-worker': 'tonearm-worker-hostile' },
    config: '[limits]\nspotify_per_second = 1000\n',
  });
  named = !system.log().some(l => l.event === 'refused_calls_unnamed');
  await system.sandbox.post('users', { count: 300, prefix: 'raider' });
  await system.sandbox.post('users', { count: 2, prefix: 'victim' });
  victim = await member(system, 'victim001');
  await call(victim.endpoint, victim.token, 'get_status');
  witness = new Witness();
});
after(async () => {
  await witness?.end();
  await system?.stop();
});

/** Log lines about one worker. */
const about = id => system.log().filter(l => l.worker === id || (l.id === id && l.who === 'worker'));
const obituary = id => until(`an obituary of worker ${id}`, () =>
  about(id).find(l => l.event === 'obituary' || l.event === 'process_ended'));

/** Runs fn for each item, several at a time; the complaints of all. */
async function each(items, fn) {
  const queue = [...items], complaints = [];
  await Promise.all(Array.from({ length: LANES }, async () => {
    while (queue.length) {
      const item = queue.shift();
      try {
        await fn(item);
      } catch (error) {
        complaints.push(`${JSON.stringify(item)}: ${error.message}`);
      }
    }
  }));
  assert.deepEqual(complaints, []);
  witness.check();
}

/**
 * One attack that must cost the worker its life; how it died and what was
 * logged.  own: its own person may have got something before that.
 */
async function fatal(what, args, { how, sign, own = false, call }) {
  const who = await raider(), { worker } = await served(who);
  const answer = await order(who, what, args).catch(error => ({ status: 0, text: String(error) }));
  assert.notEqual(answer.json?.outcome, 'alive', 'the worker was left alive');
  assert.ok(answer.status === 502 || own, `${answer.status} ${answer.text}`);
  const end = await obituary(worker);
  assert.match(end.how, how);
  // By the kernel's own record, whatever the worker had to say about it.
  if (call && named && end.name === undefined) unnamed++;
  else if (call && named) assert.equal(end.name, call);
  const has = pattern => about(worker).some(l => pattern.test(JSON.stringify(l)));
  if (sign) await until(`a line like ${sign} about worker ${worker}`, () => has(sign));
  assert.ok(!has(/"reason":3\b/), 'it was ended for being silent only');
  assert.notEqual((await served(who)).worker, worker);
}

test('workers that speak before they have a user die of it', async () => {
  const kills = () => system.log().filter(l => l.event === 'kill_asked' && l.by);
  await until('the keyring, the vault and front to ask for their ends', () =>
    kills().filter(l => l.by === 'keyring').length >= 2 &&
    kills().some(l => l.by === 'vault') && kills().filter(l => l.by === 'front').length >= 2);
  await until('the supervisor to end one that gave it orders', () =>
    system.log().some(l => l.event === 'channel_violation' && l.message === 'kill_worker'));
  await until('their ends', () => system.log()
    .filter(l => l.who === 'worker' && ['obituary', 'process_ended'].includes(l.event)).length >= 6);
  witness.check();
});

test('every forbidden system call ends the worker that makes it, and is named in the log', async t => {
  const names = [...readFileSync(join(source, 'tests/attack/calls.c'), 'utf8')
    .matchAll(/^\t\{"(\w+)", (?:SYS_)?(\w+)/gm)].map(m => [m[1], /^\d/.test(m[2]) ? 'unknown' : m[2]]);
  assert.ok(names.length > 70, `${names.length} calls`);
  if (!named) t.diagnostic('the kernel\'s records cannot be read here: no call is named');
  const sibling = (await served(victim)).pid;
  const front = system.processes().find(p => p.name === 'tonearm-front').pid;
  let n = 0;
  await each(names, ([name, call]) => fatal(name, { pid: n++ % 2 ? sibling : front, text: '/tmp/tonearm-attack' },
    { how: /signal 31 \(refused system call\)/, call }));
  assert.equal((await served(victim)).pid, sibling, 'the victim kept its worker');
  // The kernel does not hold a process's end back for its record, and waiting is bounded.
  t.diagnostic(`${unnamed} of ${names.length} records came too late`);
  assert.ok(unnamed <= names.length / 10, `${unnamed} of ${names.length} calls were not named`);
});

test('what front cannot take from a worker ends the worker', async () => {
  const names = [
    'unknown_request', 'request_zero', 'two_heads', 'odd_last', 'ack_twice', 'body_first',
    'status_302', 'status_204', 'status_101', 'status_0', 'media_html', 'media_255', 'auth_255', 'stream_400',
    'retry_huge', 'session_injection', 'session_nul', 'session_blank',
    'version_2', 'type_zero', 'type_255', 'reserved', 'short_head', 'length_lies', 'length_less', 'length_huge',
    'packet_huge', 'packet_of_4096', 'log_zero', 'string_lies',
  ];
  await each(names, name => fatal(name, {}, { how: /signal 9/, sign: /"kill_asked".*"by":"front".*"reason":1\b/,
    own: ['odd_last', 'two_heads'].includes(name) }));
});

test('no channel takes a message that it does not have', async () => {
  const types = [...readFileSync(join(source, 'shared/ipc/messages.h'), 'utf8')
    .match(/#define MESSAGES\(M\)([\s\S]*?)\n\n/)[1].matchAll(/M\((\w+),/g)].map(m => m[1]);
  const said = [
    ['front', 'bind'], ['front', 'kill_worker'], ['front', 'req_head'], ['front', 'page_res'], ['front', 'store'],
    ['vault', 'identity'], ['vault', 'credential'], ['vault', 'row'], ['vault', 'enrolled'], ['vault', 'bind'],
    ['vault', 'account_delete'], ['vault', 'quota_get'], ['vault', 'permit'], ['vault', 'limit'], ['egress', 'dialled'], ['egress', 'peer'], ['egress', 'store'], ['egress', 'dial_name'],
    ['control', 'worker_bound'], ['control', 'kill_worker'], ['control', 'spawned'], ['control', 'status'],
  ];
  await each(said, async ([channel, message]) => {
    const type = types.indexOf(message.toUpperCase()) + 1;
    assert.ok(type > 0, message);
    await fatal('say', { text: channel, n: type }, { how: /signal 9/,
      sign: channel === 'control' ? undefined : new RegExp(`"kill_asked".*"by":"${channel}"`) });
  });
  const violations = system.log().filter(l => l.event === 'channel_violation').map(l => l.message);
  for (const [, message] of said) assert.ok(violations.includes(message), `no violation names ${message}`);
  // The keyring has closed its channel when the worker has its key.
  const who = await raider();
  await served(who);
  const { json, text } = await order(who, 'say', { text: 'keyring', n: types.indexOf('KEY_FOR') + 1 });
  assert.match(json?.outcome ?? text, /^not sent: /);
});

test('the vault and egress end workers that ask for what is not theirs', async () => {
  const names = { vault: ['store_kind', 'store_none', 'store_version', 'store_short', 'reread_kind', 'lease_flood', 'export_short', 'export_flood',
    'permit_family', 'permit_none', 'permit_many', 'limit_kind', 'limit_family', 'grant_why'],
    egress: ['dial_unknown', 'dial_zero'] };
  await each(Object.entries(names).flatMap(([by, list]) => list.map(name => [by, name])), ([by, name]) =>
    fatal(name, {}, { how: /signal 9/, sign: new RegExp(`"kill_asked".*"by":"${by}"`) }));
});

/** Presses the download button of somebody; the answer. */
async function download(who) {
  await who.person.go(`${system.url}/account`);
  return who.person.send(f => f.action.endsWith('/account/download'));
}

test('a download is its own person\'s, whatever workers ask for', async () => {
  const sql = text => system.asOwner('psql', ['-X', '-q', '-A', '-t', '-h', system.socketDir, 'tonearm', '-c', text]).trim();
  sql(`INSERT INTO tonearm.credential (hash, person, kind, scopes, label, expires_at)
    SELECT sha256('the victim''s ticket'), id, 4, 0, '', now() + interval '30 seconds' FROM tonearm.person WHERE spotify_id = '${victim.user}'`);
  const who = await raider();
  await served(who);
  for (const text of ['the victim\'s ticket', victim.token, who.token, 'nothing'])
    assert.equal((await order(who, 'export_ask', { text })).json.outcome, 'got 0 bytes');
  assert.equal(sql('SELECT count(*) FROM tonearm.credential WHERE kind = 4'), '1', 'the ticket is not used up');
  const answer = await download(victim);
  assert.equal(answer.status, 200, answer.html);
  assert.equal(JSON.parse(answer.html).kept_in_the_database.profile.spotify_id, victim.user);
  sql('DELETE FROM tonearm.credential WHERE kind = 4');
  witness.check();
});

test('what a worker says instead of a download is no page of ours', async () => {
  for (const text of ['page', 'stream', 'session', 'sent_on']) {
    const who = await raider(), { worker } = await served(who);
    assert.equal((await order(who, 'plan_download', { text })).json.outcome, 'planned');
    const answer = await download(who);
    assert.equal(answer.status, 502, answer.html);
    assert.ok(!/PLANTED/.test(answer.html) && !answer.headers.get('mcp-session-id') && !answer.location);
    assert.match((await obituary(worker)).how, /signal 9/);
  }
  const who = await raider();
  await served(who);
  await order(who, 'plan_download', { text: 'words' });
  const words = await download(who);
  assert.equal(words.status, 503);
  assert.ok(!words.html.includes('PLANTED'));
  // What it says of its own person is a file, never shown.
  await order(who, 'plan_download', { text: 'file' });
  const file = await download(who);
  assert.equal(file.status, 200);
  assert.equal(file.headers.get('content-type'), 'application/json');
  assert.match(file.headers.get('content-disposition'), /^attachment;/);
  assert.equal(file.headers.get('x-content-type-options'), 'nosniff');
  witness.check();
});

test('what a worker says of its person\'s changes is text on the portal\'s page', async () => {
  const look = who => who.person.go(`${system.url}/account/changes`);
  // What is no answer to the portal's question costs the worker its life.
  for (const text of ['page', 'stream', 'session', 'sent_on']) {
    const who = await raider(), { worker } = await served(who);
    assert.equal((await order(who, 'plan_download', { text })).json.outcome, 'planned');
    const { status, html } = await look(who);
    assert.ok(status >= 500 && !html.includes('PLANTED'), `${text}: ${status}`);
    assert.match((await obituary(worker)).how, /signal 9/);
  }
  for (const text of ['words', 'file']) {
    const who = await raider();
    await served(who);
    await order(who, 'plan_download', { text });
    const { status, html } = await look(who);
    assert.ok(status >= 500 && !html.includes('PLANTED'), `${text}: ${status}`);
  }
  const who = await raider();
  await served(who);
  await order(who, 'plan_download', { text: 'changes' });
  const { status, html } = await look(who);
  assert.equal(status, 200, html);
  assert.ok(html.includes('PLANTED'), 'the page shows what it was told');
  assert.ok(!/<(script|b|img|iframe)\b[^>]*PLANTED|<form action=\/\/|<script>PLANTED|javascript:|" onmouseover="/.test(html), html);
  witness.check();
});

test('an answer that nobody reads is held to its credit', async () => {
  const who = await raider(), { worker } = await served(who);
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call',
    params: { name: 'attack', arguments: { do: 'overrun', n: 64 } } });
  const socket = connect(system.port, '127.0.0.1');
  socket.pause();
  socket.on('error', () => {});
  socket.write(`POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${system.port}\r\nAuthorization: Bearer ${who.token}\r\n` +
    `Accept: application/json, text/event-stream\r\nContent-Type: application/json\r\n` +
    `MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: attack\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  assert.match((await obituary(worker)).how, /signal 9/);
  assert.ok(about(worker).some(l => l.event === 'kill_asked' && l.by === 'front' && l.reason === 2));
  socket.destroy();
  await served(who);
  witness.check();
});

test('a worker that falls silent, dies or leaves is replaced, and its person told the truth', async () => {
  await each(['no_ack', 'hang', 'spin', 'mute', 'crash', 'exit', 'half_answer'], async what => {
    const who = await raider(), { worker } = await served(who);
    const first = order(who, what).catch(error => ({ status: 0, text: String(error) }));
    await sleep(50);
    // What a request does that meets it: it waits a second at most.
    const began = performance.now(), second = await order(who, 'whoami').catch(error => ({ status: 0, text: String(error) }));
    assert.ok(performance.now() - began < 3000, `the second request waited ${performance.now() - began} ms`);
    assert.ok([0, 200, 502, 504].includes(second.status), second.text);
    const answer = await first;
    if (what === 'mute') assert.equal(answer.json.outcome, 'mute');
    else assert.ok([0, 502, 504].includes(answer.status) || what === 'half_answer', `${answer.status} ${answer.text}`);
    const end = await obituary(worker);
    assert.match(end.how, { crash: /signal 4/, exit: /exit 0/, half_answer: /exit 1/ }[what] ?? /signal 9/);
    if (['no_ack', 'hang', 'spin', 'mute'].includes(what))
      assert.ok(about(worker).some(l => l.event === 'kill_asked' && l.by === 'front' && l.reason === 3));
    assert.notEqual((await served(who)).worker, worker);
  });
});

test('memory ends at the limit', async () => {
  const who = await raider(), { pid } = await served(who);
  const { json } = await order(who, 'eat');
  const [, ate] = json.outcome.match(/^ate (\d+)$/);
  assert.ok(ate > 8 && ate <= 64, `${ate} MiB`);
  assert.equal(json.pid, pid);
  await served(who);
  witness.check();
});

test('what a worker may say does no harm, however often it says it', async t => {
  for (const what of ['flood_late', 'flood_idle', 'flood_log', 'flood_words', 'flood_dials', 'flood_rows']) {
    const who = await raider(), { worker } = await served(who);
    witness.slowest = 0;
    const flood = order(who, what, { n: 1000 }).catch(error => ({ status: 0, text: String(error) }));
    // Somebody who comes meanwhile is served, too.
    const other = await raider(), began = performance.now();
    await served(other);
    const newcomer = performance.now() - began, answer = await flood;
    assert.match(answer.json?.outcome ?? answer.text, /^sent /);
    t.diagnostic(`${what}: ${answer.json?.outcome ?? answer.text}; the victim waited ${Math.round(witness.slowest)} ms, a newcomer ${Math.round(newcomer)} ms`);
    witness.check();
    assert.ok(witness.slowest < 2000 && newcomer < 5000);
    await served(who);
    if (what !== 'flood_log') continue;
    const lines = about(worker).filter(l => l.event === 'worker_tool_called');
    assert.ok(lines.length > 0 && lines.length <= 80, `${lines.length} lines of ${worker}`);
    // The count of the others comes with the next line.
    await sleep(1000);
    await call(who.endpoint, who.token, 'get_playback');
    assert.ok(about(worker).some(l => l.event === 'worker_log_dropped'));
  }
});

test('rows under a wrong version, leases again and again, and answers that come too late change nothing', async () => {
  for (const what of ['store_stale', 'lease_again']) {
    const who = await raider(), { worker } = await served(who);
    assert.equal((await order(who, what)).json.outcome, 'sent');
    assert.equal((await served(who)).worker, worker);
    assert.ok(!(await call(who.endpoint, who.token, 'get_status')).isError);
  }
  // What is said of a request that has its answer is dropped.
  const twice = await raider();
  await served(twice);
  assert.equal((await order(twice, 'answer_twice')).status, 200);
  await served(twice);
  const who = await raider(), { worker } = await served(who);
  const gone = new AbortController();
  const answer = fetch(who.endpoint, {
    method: 'POST', signal: gone.signal,
    headers: { authorization: `Bearer ${who.token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'attack', arguments: { do: 'late', n: 300 } } }),
  });
  setTimeout(() => gone.abort(), 100);
  await assert.rejects(answer);
  await sleep(400);
  assert.equal((await served(who)).worker, worker);
  witness.check();
});

test('a worker that lets go of its channels and lives on is ended', async () => {
  await each(['both', 'front', 'vault', 'empty'], async text => {
    const who = await raider(), { worker } = await served(who);
    const left = await order(who, 'leave', { text });
    assert.equal(left.status, 502);
    assert.match((await obituary(worker)).how, /signal 9/);
    assert.ok(about(worker).some(l => l.event === 'worker_outstays'));
    await served(who);
  });
});

test('one person\'s workers that end at every request keep nobody from getting one', async t => {
  const who = await raider();
  await served(who);
  witness.slowest = 0;
  let over = false, ends = 0;
  const raid = Promise.all(Array.from({ length: 4 }, async () => {
    while (!over) {
      await order(who, 'exit').catch(() => {});
      ends++;
    }
  }));
  let slowest = 0;
  for (let i = 0; i < 5; i++) {
    const other = await raider(), began = performance.now();
    await served(other);
    slowest = Math.max(slowest, performance.now() - began);
  }
  over = true;
  await raid;
  t.diagnostic(`${ends} requests; the victim waited ${Math.round(witness.slowest)} ms, a newcomer ${Math.round(slowest)} ms`);
  assert.ok(slowest < 5000);
  // Leaving without an answer is a crash, whatever the exit status: a pause now.
  const answer = await order(who, 'whoami');
  assert.equal(answer.status, 503, answer.text);
  assert.match(answer.text, /ended unexpectedly several times.*started again in \d+ seconds/);
  assert.ok(Number(answer.headers['retry-after']) >= 1, answer.headers['retry-after']);
  witness.check();
});

test('a worker that took up a request and only computes is ended after its CPU time', async t => {
  const who = await raider(), { worker } = await served(who);
  const began = performance.now();
  const spun = order(who, 'spin');
  // One that works all the while may use more than that.
  const busy = await raider(), { pid, worker: kept } = await served(busy);
  const cpu = () => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(stat[11]) + Number(stat[12])) / 100;
  };
  let over = false, answers = 0;
  const work = Promise.all(Array.from({ length: 4 }, async () => {
    for (; !over; answers++) assert.equal((await order(busy, 'whoami')).status, 200);
  }));
  const answer = await spun, ms = Math.round(performance.now() - began);
  // The long run waits until the busy one has used up as much.
  if (ANSWERS >= 100000) await until('much CPU time of the busy worker', () => cpu() > 25, 240000);
  over = true;
  await work;
  t.diagnostic(`ended after ${ms} ms; beside it ${answers} answers in ${cpu()} s of CPU time`);
  if (answer.status === 504) return t.skip(`the machine is too busy: no 10 s of CPU time in ${ms} ms`);
  assert.equal(answer.status, 502, answer.text);
  assert.match(answer.text, /is not known/);
  const line = await until('the reason', () => about(worker).find(l => l.event === 'worker_spends'));
  assert.ok(line.cpu_ms >= 9500 && line.cpu_ms < 20000, `${line.cpu_ms} ms of CPU time`);
  assert.equal((await served(busy)).worker, kept);
  await served(who);
  witness.check();
});

test('words about streams that are not its own, kept or at work, change nothing', async () => {
  const stream = () => Stream.open(victim.endpoint, { jsonrpc: '2.0', id: 'mine', method: 'subscriptions/listen', params: {
    notifications: {}, _meta: { 'io.modelcontextprotocol/protocolVersion': MODERN, 'io.modelcontextprotocol/clientCapabilities': {} } } },
  { headers: { authorization: `Bearer ${victim.token}`, 'mcp-protocol-version': MODERN, 'mcp-method': 'subscriptions/listen' } });
  const mine = await stream(), bad = await raider();
  assert.ok(await mine.until(s => s.messages.length > 0));
  for (let i = 0; i < 3; i++) {
    const answer = await order(bad, 'plant_streams', { n: 200 });
    assert.ok([200, 502].includes(answer.status), answer.text);
    await sleep(500);
  }
  // A planted one would have ended within a second.
  assert.equal(await mine.until(s => s.messages.length > 1, 2500), false);
  assert.equal(mine.closed, undefined);
  await mine.close();
  witness.check();
});

for (const kind of ['nginx', 'haproxy', 'caddy']) {
  test(`${Math.round(ANSWERS / 3)} answers of the victim through ${kind}, whose connections the raider shares: none is planted, none is told`, async t => {
    const raiders = [await raider(), await raider(), await raider()];
    const proxy = await startProxy(kind, system.port), endpoint = `${proxy.url}/mcp`;
    const headers = { host: `127.0.0.1:${system.port}` };
    const total = Math.round(ANSWERS / 3), wrong = [], seen = {};
    const agent = new https.Agent({ keepAlive: true, maxSockets: 12 });
    let next = 0, over = false, attacks = 0;
    const victims = Promise.all(Array.from({ length: 6 }, async () => {
      for (let n; (n = next++) < total;) {
        const text = `${kind}-${n}-${Math.random()}`;
        const answer = await order(victim, 'whoami', { text }, { endpoint, agent, headers, id: n % 5 })
          .catch(error => ({ status: 0, text: String(error) }));
        if (answer.status !== 200 || answer.json?.user !== victim.user || answer.json.text !== text)
          wrong.push({ n, status: answer.status, text: answer.text.slice(0, 300) });
      }
    })).then(() => { over = true; });
    const ways = ['plant', 'second_answer', 'smuggle', 'plant', 'whoami'];
    const raids = Promise.all(raiders.map(async (who, lane) => {
      for (let n = lane; !over; n++) {
        const what = ways[n % ways.length];
        const answer = await order(who, what, { n: 25 }, { endpoint, agent, headers })
          .catch(error => ({ status: 0, text: String(error) }));
        if (answer.text.includes(victim.user)) wrong.push({ what, text: answer.text.slice(0, 300) });
        seen[`${what} ${answer.status}`] = (seen[`${what} ${answer.status}`] ?? 0) + 1;
        attacks++;
      }
    }));
    await Promise.all([victims, raids]);
    agent.destroy();
    await proxy.stop();
    t.diagnostic(`${attacks} attacks: ${JSON.stringify(seen)}`);
    assert.deepEqual(wrong.slice(0, 5), [], `${wrong.length} of ${total}`);
    for (const what of ['plant', 'second_answer', 'smuggle'])
      assert.ok(seen[`${what} 200`] > 10, `${what} fired ${seen[`${what} 200`] ?? 0} times`);
    witness.check();
  });
}

test('after all this the log is whole, names no secret, and the victim has the worker it began with', async () => {
  const lines = system.log(), text = JSON.stringify(lines);
  assert.ok(!lines.some(l => l.event === 'unparsable'));
  assert.ok(!/PLANTED|tonearm_pt_/.test(text));
  const { worker } = await served(victim);
  assert.ok(!about(worker).some(l => ['obituary', 'kill_asked'].includes(l.event)));
  assert.ok(!lines.some(l => l.event === 'obituary' && l.who !== 'worker'), 'no other program died');
  await witness.end();
  witness.check();
});
