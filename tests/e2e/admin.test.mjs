// The operator's command against a server that runs: what it shows, and that
// what it ends has ended within a second, sessions and streams included.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeLink, member, signIn } from './lib/journey.mjs';
import { RawClient, Visitor } from './lib/oauth.mjs';
import { call, modern, post } from './lib/rpc.mjs';
import { Stream } from './lib/stream.mjs';
import { System, build, isRoot, sleep, until } from './lib/system.mjs';

const SOON = 1000;

let system, conf, sql;
before(async () => {
  system = await System.start({ name: 'admin' });
  conf = join(system.state, 'admin.conf');
  writeFileSync(conf, `[server]\npublic_url = ${system.url}\n[database]\nadmin_conninfo = host=${system.socketDir} dbname=tonearm\n[spotify]\nclient_id = none\n`);
  sql = text => system.asOwner('psql', ['-X', '-q', '-A', '-t', '-h', system.socketDir, 'tonearm', '-c', text]).trim();
});
after(async () => { await system?.stop(); });

/** Runs ./tonearm as the database's owner; {code, out, err}. */
const tonearm = (...args) => new Promise(resolve => {
  const argv = [...(isRoot ? ['-u', system.systemUser, '--'] : []), join(build, 'tonearm'), '-c', conf, ...args];
  execFile(isRoot ? 'runuser' : argv.shift(), argv, { cwd: '/', env: { ...process.env, TZ: 'UTC' } },
    (error, out, err) => resolve({ code: error?.code ?? 0, out, err }));
});

/** Somebody with everything that can be ended: token, link, client, browser, and a stream on each. */
async function withAll(user) {
  const { person, token, endpoint } = await member(system, user);
  const link = `${system.url}/claude-mcp?token=${await makeLink(person)}`;
  const client = new RawClient(endpoint);
  await client.signIn(new Visitor(system.url, system.sandbox.url), user);
  const who = { user, person, token, link, client, endpoint, access: client.tokens.access_token };
  who.streams = await Promise.all([[endpoint, token], [endpoint, who.access], [link, undefined]].map(([url, t]) => listen(url, t)));
  return who;
}

const ENVELOPE = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'tests', version: '1' } };

async function listen(url, token) {
  const stream = await Stream.open(url, { jsonrpc: '2.0', id: 1, method: 'subscriptions/listen',
    params: { notifications: { toolsListChanged: true }, _meta: ENVELOPE } }, { headers: {
    ...(token ? { authorization: `Bearer ${token}` } : {}), 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen' } });
  assert.equal(stream.status, 200);
  assert.ok(stream.isEvents);
  return stream;
}

const status = (url, token) => modern(url, token, 'tools/list').then(a => a.status);

/** All of a person's is refused, and its streams have ended, SOON. */
async function allEnded(who, what = ['token', 'access', 'link', 'browser']) {
  const began = performance.now();
  await until(`all of ${who.user} to be refused`, async () => {
    if (what.includes('token')) assert.equal(await status(who.endpoint, who.token), 401);
    if (what.includes('access')) assert.equal(await status(who.endpoint, who.access), 401);
    if (what.includes('link')) assert.equal(await status(who.link), 401);
    return true;
  }, SOON + 500);
  const [token, access, link] = who.streams;
  for (const [name, stream] of Object.entries({ token, access, link }))
    if (what.includes(name)) await until(`the stream of the ${name} to end`, () => stream.closed !== undefined, SOON + 500);
  assert.ok(performance.now() - began < SOON + 500);
  if (what.includes('access')) assert.equal((await who.client.refresh()).status, 400);
  if (what.includes('browser')) assert.ok(!(await who.person.go(`${system.url}/account`)).html.includes('/account/sign-out'));
}

/** Nothing of a person's has ended. */
async function allThere(who) {
  assert.equal(await status(who.endpoint, who.token), 200);
  assert.equal(await status(who.endpoint, who.access), 200);
  assert.equal(await status(who.link), 200);
  for (const stream of who.streams) assert.equal(stream.closed, undefined);
  assert.equal((await who.person.go(`${system.url}/account`)).status, 200);
}

test('people and clients are shown, for the eye and for programs', async () => {
  const who = await withAll('marlow');
  const list = await tonearm('user', 'list');
  assert.equal(list.code, 0, list.err);
  assert.match(list.out, /^ID +SPOTIFY ID +NAME +SIGNED IN +LAST USED +CLIENTS +TOKENS\n[0-9a-f]{8}  marlow +Marlow +20\d\d-/);
  const [entry] = JSON.parse((await tonearm('user', 'list', '--json')).out);
  assert.equal(entry.spotify_id, 'marlow');
  assert.equal(entry.clients, 1);
  assert.equal(entry.tokens, 2);
  for (const name of [entry.id, entry.id.slice(0, 8), 'marlow']) {
    const shown = await tonearm('user', 'show', name);
    assert.equal(shown.code, 0, shown.err);
    assert.ok(shown.out.includes(entry.id) && shown.out.includes('Tests') && shown.out.includes(who.client.id), shown.out);
  }
  const whole = JSON.parse((await tonearm('user', 'show', 'marlow', '--json')).out);
  assert.equal(whole.connections[0].client_id, who.client.id);
  assert.deepEqual(whole.credentials.map(c => c.kind).sort(), ['link', 'token']);
  const { out } = await tonearm('client', 'list');
  assert.match(out, /Tests +registered +1 /);
  for (const text of [list.out, JSON.stringify(whole), out])
    assert.ok(![who.token, who.access, who.client.tokens.refresh_token].some(s => text.includes(s)) && !/[0-9a-f]{64}/.test(text));
  const nobody = await tonearm('user', 'show', 'nobody');
  assert.equal(nobody.code, 1);
  assert.match(nobody.err, /there is no user 'nobody'\n.*named by id/);
  assert.equal((await tonearm('user', 'delete', 'marlow')).code, 2);
  await allThere(who);
});

test('what a person holds is ended on command, at once, and nobody else\'s', async () => {
  const who = await withAll('wren'), other = await withAll('otter');
  const { code, out, err } = await tonearm('user', 'revoke', 'wren', '--yes');
  assert.equal(code, 0, err);
  assert.match(out, /ended: 1 client's access, 2 tokens and links, 2 browser sessions/);
  await allEnded(who);
  await allThere(other);
  // The account is there: signing in again is all it takes.
  assert.equal((await signIn(system, 'wren')).page.status, 200);
});

test('a client\'s access is ended everywhere, and its registration with it if asked', async () => {
  const who = await withAll('wren'), other = await withAll('juniper');
  assert.match((await tonearm('revoke', '--client', who.client.id, '--yes')).out, /ended: 1 client's access\n|ended: \d+ clients' accesses\n/);
  await allEnded(who, ['access']);
  assert.equal(await status(who.endpoint, who.token), 200);
  if (other.client.id !== who.client.id) assert.equal(await status(other.endpoint, other.access), 200);
  assert.equal((await tonearm('client', 'revoke', who.client.id, '--yes')).code, 0);
  assert.ok(!(await tonearm('client', 'list')).out.includes(who.client.id));
  assert.equal((await tonearm('client', 'revoke', who.client.id, '--yes')).code, 1);
});

test('what was used since a time is ended, what was not stays', async () => {
  sql('UPDATE tonearm.credential SET created_at = now() - interval \'9 days\', last_used_at = now() - interval \'8 days\'');
  sql('UPDATE tonearm.connection SET created_at = now() - interval \'9 days\', last_used_at = now() - interval \'8 days\'');
  sql('UPDATE tonearm.refresh SET created_at = now() - interval \'9 days\'');
  sql('UPDATE tonearm.web_session SET created_at = now() - interval \'9 days\', seen_at = now() - interval \'8 days\'');
  const quiet = await member(system, 'saffron');
  sql("UPDATE tonearm.credential SET created_at = now() - interval '9 days', last_used_at = now() - interval '8 days' WHERE person = (SELECT id FROM tonearm.person WHERE spotify_id = 'saffron')");
  const who = await withAll('marlow');
  const since = new Date(Date.now() - 3600e3).toISOString().slice(0, 16);
  const { code, out, err } = await tonearm('revoke', '--active-since', `${since}Z`, '--yes');
  assert.equal(code, 0, err);
  assert.match(out, /^ended: /);
  await allEnded(who);
  assert.equal(await status(quiet.endpoint, quiet.token), 200, 'it was used days ago');
  assert.equal(sql('SELECT count(*) FROM tonearm.authorization_request') + sql('SELECT count(*) FROM tonearm.login'), '00');
});

test('a credential that is in use is known to be, though front asks nobody', async () => {
  const { token, endpoint } = await member(system, 'marlow');
  assert.equal(await status(endpoint, token), 200);
  const used = () => sql("SELECT count(*) FROM tonearm.credential WHERE last_used_at > now() - interval '1 minute' AND kind = 1");
  assert.ok(Number(used()) >= 1);
});

test('everything can be ended, and a person deleted', async () => {
  const who = await withAll('juniper'), other = await withAll('wren');
  assert.match((await tonearm('revoke', '--all', '--yes')).out, /^ended: \d+ clients' accesses, \d+ tokens and links, \d+ browser sessions/);
  await Promise.all([allEnded(who), allEnded(other)]);
  assert.equal((await tonearm('user', 'delete', 'juniper', '--yes')).code, 0);
  assert.equal(sql("SELECT count(*) FROM tonearm.person WHERE spotify_id = 'juniper'"), '0');
  assert.equal((await tonearm('user', 'show', 'juniper')).code, 1);
  const log = JSON.stringify(system.log());
  assert.ok(![who.token, who.access, other.token].some(s => log.includes(s)));
});

test('a deleted person\'s worker is gone within a second', async () => {
  const who = await withAll('otter');
  assert.ok(!(await call(who.endpoint, who.token, 'get_status')).isError);
  assert.equal((await tonearm('user', 'delete', 'otter', '--yes')).code, 0);
  await allEnded(who);
});

test('an invitation is a link that is shown once', async () => {
  const { out, code, err } = await tonearm('user', 'invite', 'a friend');
  assert.equal(code, 0, err);
  const [, secret] = out.match(/\/invite\?code=([\w-]{43})\n$/);
  assert.equal((await fetch(out.trim())).status, 200);
  assert.equal(sql(`SELECT count(*) FROM tonearm.invitation WHERE hash = sha256('${secret}') AND label = 'a friend'`), '1');
  assert.ok(!system.dump().includes(secret));
});

test('a client that the operator adds signs in with the id and secret that were typed in', async () => {
  const callback = 'https://client.example/cb';
  const { code, out, err } = await tonearm('client', 'add', 'Typed in', callback, 'http://localhost/cb');
  assert.equal(code, 0, err);
  const [, id, secret] = /^client id: ([0-9a-f]{32})\nclient secret: ([A-Za-z0-9_-]{43})\n$/.exec(out);
  assert.match((await tonearm('client', 'list')).out, new RegExp(`^Typed in +given .*${id}$`, 'm'));
  const client = await new RawClient(`${system.url}/mcp`, callback).discover();
  const visitor = new Visitor(system.url, system.sandbox.url);
  const newCode = async () => client.code(await visitor.walk(client.begin(), callback, { user: 'wren' }));
  Object.assign(client, { id, secret: 'another' });
  assert.equal((await client.redeem(await newCode())).status, 401);
  client.secret = secret;
  assert.equal((await client.redeem(await newCode())).status, 200);
  assert.equal((await client.refresh()).status, 200);
  assert.ok(!JSON.stringify(system.log()).includes(secret));
  for (const wrong of [[], ['Name'], ['Name', 'http://elsewhere.example/'], ['Name', 'javascript:x'], ['Name', callback, '--what']])
    assert.equal((await tonearm('client', 'add', ...wrong)).code, 2);
});

test('the quickstart\'s own configuration lets root be the operator', async () => {
  const { code, out, err } = await new Promise(resolve => execFile(join(build, 'tonearm'), ['-c', join(system.state, 'tonearm.conf'), 'user', 'list'],
    (error, o, e) => resolve({ code: error?.code ?? 0, out: o, err: e })));
  assert.equal(code, 0, err);
  assert.match(out, /^ID +SPOTIFY ID/);
});

test('it works as tonearm_admin, whoever connects', async () => {
  writeFileSync(`${conf}.vault`, `[database]\nadmin_conninfo = host=${system.socketDir} dbname=tonearm user=tonearm_vault password=wrong\n[spotify]\nclient_id = none\n`);
  const { code, err } = await new Promise(resolve => execFile(join(build, 'tonearm'), ['-c', `${conf}.vault`, 'user', 'list'],
    (error, out, e) => resolve({ code: error?.code ?? 0, err: e })));
  assert.equal(code, 1);
  assert.match(err, /no connection to PostgreSQL/);
  await sleep(0);
  assert.equal((await post(`${system.url}/mcp`, {})).status, 401);
});
