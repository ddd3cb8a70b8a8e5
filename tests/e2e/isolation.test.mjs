// Two people at once never see each other's anything; and each defect of the
// Python server that did this job before is a test by its name.
// Alone: it puts the whole machine under load.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { after, before, test } from 'node:test';
import { signIn, member, makeLink, makeToken } from './lib/journey.mjs';
import { startProxy } from './lib/proxy.mjs';
import { call, modern, post, LEGACY } from './lib/rpc.mjs';
import { Person } from './lib/person.mjs';
import { System, freePort, isRoot } from './lib/system.mjs';

let system, proxy;
before(async () => {
  // The proxy's address is the public one; the clients here check no certificate.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  system = await System.start({ name: 'isolation', config: '[limits]\nspotify_per_second = 1000\n' });
  proxy = await startProxy('nginx', system.port);
  await system.sandbox.post('users', { count: 4, prefix: 'iso' });
});
after(async () => {
  await proxy?.stop();
  await system?.stop();
});

const TOTAL = Number(process.env.TONEARM_ISOLATION_CALLS ?? 5000);

/** Keeps `width` calls of one person under way until `total` are done. */
async function hammer(who, total, width, agent, host) {
  let next = 0;
  const wrong = [];
  const lane = async () => {
    for (;;) {
      const n = next++;
      if (n >= total) return;
      // Both people use the same ids, and both use few of them.
      const id = n % 7;
      const name = ['list_playlists', 'get_status', 'get_playback'][n % 3];
      const answer = await modern(`${proxy.url}/mcp`, who.token, 'tools/call', { name, arguments: {} },
        { id, agent, headers: { host } });
      const mine = answer.text.includes(who.user), theirs = answer.text.includes(who.other);
      if (answer.status !== 200 || answer.json?.id !== id || theirs || answer.json.result?.isError ||
          (name !== 'get_playback' && !mine))
        wrong.push({ n, name, status: answer.status, text: answer.text.slice(0, 300) });
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return wrong;
}

test(`two people, ${TOTAL} interleaved calls with colliding ids over shared proxy connections: every answer is its caller's`, async () => {
  const a = await member(system, 'iso001'), b = await member(system, 'iso002');
  a.other = b.user; b.other = a.user;
  const agent = new https.Agent({ keepAlive: true, maxSockets: 6 });
  await system.sandbox.post('record/clear');
  const host = `127.0.0.1:${system.port}`;
  const wrong = (await Promise.all([
    hammer(a, TOTAL / 2, 4, agent, host), hammer(b, TOTAL / 2, 4, agent, host)])).flat();
  agent.destroy();
  assert.deepEqual(wrong.slice(0, 5), [], `${wrong.length} wrong answers`);

  const record = [];
  for (let since = 0, more = true; more;) {
    const part = await system.sandbox.get(`record?since=${since}`);
    record.push(...part.entries);
    ({ next: since, more } = part);
  }
  const api = record.filter(r => r.path.startsWith('/v1/'));
  assert.ok(api.length > 100, `only ${api.length} requests reached the sandbox`);
  // Each token was used for one account only, and only these two appear.
  const owners = new Map();
  for (const r of api) {
    assert.ok(['iso001', 'iso002'].includes(r.user), `a request of ${r.user}`);
    assert.equal(owners.get(r.token_sha256) ?? r.user, r.user);
    owners.set(r.token_sha256, r.user);
    assert.ok(!r.foreign_headers, `headers of ours went to Spotify: ${JSON.stringify(r.foreign_headers)}`);
  }
  const count = user => api.filter(r => r.user === user).length;
  assert.ok(count('iso001') > 50 && count('iso002') > 50);
});

test('each person has a process of their own, with a uid of its own when started as root', async () => {
  const workers = system.processes().filter(p => p.name.startsWith('tonearm-worker'));
  assert.ok(workers.length >= 3, `${workers.length} workers`);
  const bound = system.log().filter(l => l.event === 'worker_bound').map(l => l.pid);
  const users = bound.filter(pid => workers.some(w => w.pid === pid))
    .map(pid => readFileSync(`/proc/${pid}/status`, 'utf8').match(/^Uid:\s+(\d+)/m)[1]);
  assert.ok(users.length >= 2, 'two bound workers');
  if (isRoot) {
    assert.equal(new Set(users).size, users.length, `uids ${users}`);
    assert.ok(!users.includes('0'));
  }
});

test('defect 1: signing in as B after A gives B, not a cached A', async () => {
  const a = await signIn(system, 'juniper'), b = await signIn(system, 'marlow');
  assert.match(a.page.html, /juniper/);
  assert.match(b.page.html, /marlow/);
  assert.doesNotMatch(b.page.html, /juniper/);
  const [ta, tb] = [await makeToken(a), await makeToken(b)];
  const says = async t => (await call(`${system.url}/mcp`, t, 'get_status')).content[0].text;
  const [sa, sb] = await Promise.all([says(ta), says(tb)]);
  assert.match(sa, /juniper/i);
  assert.match(sb, /marlow/i);
});

test('defect 2: a request without a token after somebody else\'s is nobody\'s', async () => {
  const who = await member(system, 'wren');
  await call(who.endpoint, who.token, 'get_status');
  const bare = await modern(who.endpoint, null, 'tools/call', { name: 'get_status', arguments: {} });
  assert.equal(bare.status, 401);
  assert.match(bare.headers['www-authenticate'], /^Bearer /);
});

test('defect 3: a callback with a foreign or missing state is refused, and errors are escaped', async () => {
  const stranger = new Person(system.url);
  for (const query of ['code=ACsomething&state=forged', 'code=ACsomething', 'error=%3Cscript%3Ealert(1)%3C/script%3E&state=x']) {
    const page = await stranger.request(`/callback?${query}`);
    assert.ok(page.status >= 400 && page.status < 500, `${query}: ${page.status}`);
    assert.doesNotMatch(page.html, /<script/i);
  }
  // Login CSRF: B's browser is sent to A's callback.
  const a = new Person(system.url);
  await a.go('/login');
  const form = (await import('./lib/person.mjs')).forms(a.page.html).find(f => !('decision' in f.fields));
  const consent = await a.request(new URL(form.action, a.page.url).href, { method: 'POST', form: { ...form.fields, user: 'juniper' } });
  assert.match(consent.location, /\/callback\?/);
  const b = new Person(system.url);
  const stolen = await b.request(consent.location);
  assert.ok(stolen.status >= 400 && stolen.status < 500, `another browser got ${stolen.status}`);
  assert.equal(b.cookie('tonearm_session'), undefined);
});

test('defect 4: a link\'s token is no bearer token, nor the reverse, and neither is in the log', async () => {
  const person = await signIn(system, 'wren');
  const link = await makeLink(person), token = await makeToken(person);
  const body = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: LEGACY, capabilities: {}, clientInfo: { name: 'x', version: '1' } } };
  const at = (path, t) => post(system.url + path, body, t ? { headers: { authorization: `Bearer ${t}` } } : {});
  assert.equal((await at(`/claude-mcp?token=${link}`)).status, 200);
  assert.equal((await at('/mcp', token)).status, 200);
  assert.equal((await at('/mcp', link)).status, 401);
  assert.equal((await at(`/claude-mcp?token=${token}`)).status, 401);
  assert.ok([400, 401].includes((await at(`/mcp?token=${link}`)).status));
  assert.ok([400, 401].includes((await at(`/mcp?token=${token}`, token)).status));
  const log = JSON.stringify(system.log());
  assert.ok(!log.includes(link) && !log.includes(token));
});

test('defect 5: a missing or malformed key file stops the start with a sentence; nothing replaces it', async () => {
  const { spawnSync } = await import('node:child_process');
  const { mkdtempSync, writeFileSync, readFileSync } = await import('node:fs');
  const dir = mkdtempSync('/tmp/tonearm-keys-');
  const port = await freePort();
  for (const keys of [null, 'nonsense\n', '1 AAAA\ncurrent 1\n']) {
    const file = `${dir}/keys`;
    if (keys !== null) writeFileSync(file, keys, { mode: 0o600 });
    writeFileSync(`${dir}/conf`, `[server]\nlisten = 127.0.0.1:${port}\npublic_url = http://127.0.0.1:${port}\n` +
      `programs_dir = ${system.state}/opt/libexec/tonearm\ncontrol_socket = ${dir}/control\n` +
      `[database]\nconninfo = host=/nonexistent dbname=x\n[keys]\nfile = ${file}\n[spotify]\nclient_id = x\n`);
    const run = spawnSync(`${system.state}/opt/sbin/tonearmd`, ['-c', `${dir}/conf`], { encoding: 'utf8', timeout: 20000 });
    assert.notEqual(run.status, 0, 'it started without a key');
    assert.equal(run.signal, null, 'it had to be stopped');
    assert.match(run.stderr + run.stdout, /key/i);
    if (keys !== null) assert.equal(readFileSync(file, 'utf8'), keys, 'the key file was changed');
  }
});

test('defect 6: disconnect deletes everything of the person, and the token dies with it', async () => {
  const who = await member(system, 'iso003');
  await call(who.endpoint, who.token, 'get_status');
  await who.person.go('/account/delete');
  const page = await who.person.send(f => f.action.endsWith('/account/delete'), { sure: 'yes' });
  assert.ok(page.status < 400, `${page.status}`);
  const again = await modern(who.endpoint, who.token, 'tools/call', { name: 'get_status', arguments: {} });
  assert.equal(again.status, 401);
  assert.ok(!system.dump().includes('iso003'), 'the database still knows the person');
});

test('defect 7: two requests at once cause one refresh, and a 429 is told in words', async () => {
  const who = await member(system, 'iso004');
  await call(who.endpoint, who.token, 'get_playback');
  await system.sandbox.post('clock', { advance_seconds: 3700 });
  await system.sandbox.post('record/clear');
  const answers = await Promise.all(Array.from({ length: 6 }, (_, i) =>
    call(who.endpoint, who.token, 'list_playlists', {}, { id: i })));
  assert.ok(answers.every(a => !a.isError), JSON.stringify(answers.find(a => a.isError)));
  const part = await system.sandbox.get('record');
  const refreshes = (part.entries).filter(r => r.grant_type === 'refresh_token');
  assert.equal(refreshes.length, 1);
  await system.sandbox.post('faults', { path: '/v1/me/player', kind: 'quota_exceeded', retry_after: 48925, count: 1, user: 'iso004' });
  const limited = await call(who.endpoint, who.token, 'get_playback');
  assert.equal(limited.isError, true);
  assert.match(limited.content[0].text, /allowance.* used up.*back in 13 h/);
  await system.sandbox.post('clock', { reset: true });
});
