// A person's own download: everything that is kept about them, for them alone,
// after a fresh sign-in; and what a ticket must not be good for.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeLink, makeToken, member, openBrowser, signIn, signInBrowser } from './lib/journey.mjs';
import { Visitor, RawClient } from './lib/oauth.mjs';
import { Person } from './lib/person.mjs';
import { LEGACY, call, post } from './lib/rpc.mjs';
import { System, until } from './lib/system.mjs';

const download = form => form.action.endsWith('/account/download');

let system, sql;
before(async () => {
  system = await System.start({ name: 'account-data' });
  sql = text => system.asOwner('psql', ['-X', '-q', '-A', '-t', '-h', system.socketDir, 'tonearm', '-c', text]).trim();
});
after(async () => { await system?.stop(); });

/** Presses the button; the answer and the file. */
async function press(person) {
  await person.go('/account');
  const answer = await person.send(download);
  return { ...answer, file: answer.status === 200 && /json/.test(answer.headers.get('content-type')) ? JSON.parse(answer.html) : undefined };
}

test('the file says all that is kept, and no secret', async () => {
  const visitor = new Visitor(system.url, system.sandbox.url);
  const client = new RawClient(`${system.url}/mcp`);
  const tokens = await client.signIn(visitor, 'marlow', { scope: 'library:read' });
  await visitor.go(`${system.url}/account`);
  const token = await makeToken(visitor, { label: 'my "label" <b>' });
  const link = await makeLink(visitor, { access: 'read' });
  const { isError } = await call(`${system.url}/mcp`, token, 'get_status');
  assert.ok(!isError);
  // A session that its client has ended is remembered.
  const opened = await post(`${system.url}/mcp`, { jsonrpc: '2.0', id: 1, method: 'initialize',
    params: { protocolVersion: LEGACY, capabilities: {}, clientInfo: { name: 't', version: '1' } } }, { headers: { authorization: `Bearer ${token}` } });
  assert.equal((await post(`${system.url}/mcp`, undefined, { method: 'DELETE',
    headers: { authorization: `Bearer ${token}`, 'mcp-session-id': opened.headers['mcp-session-id'], 'mcp-protocol-version': LEGACY } })).status, 200);
  const answer = await press(visitor);
  assert.equal(answer.status, 200, answer.html);
  assert.match(answer.headers.get('content-type'), /^application\/json/);
  assert.equal(answer.headers.get('content-disposition'), 'attachment; filename="tonearm-data.json"');
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(answer.headers.get('access-control-allow-origin'), null);
  assert.equal(answer.headers.get('mcp-session-id'), null);
  const { kept_in_the_database: kept, kept_sealed_for_you_alone: sealed, about, made_at } = answer.file;
  assert.match(about, /hashes or sealed/);
  assert.ok(Math.abs(new Date(made_at) - Date.now()) < 60000);
  assert.equal(kept.profile.spotify_id, 'marlow');
  assert.match(kept.profile.signed_in_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.equal(kept.clients.length, 1);
  assert.equal(kept.clients[0].name, 'Tests');
  assert.equal(kept.clients[0].client_id, client.id);
  assert.deepEqual(kept.clients[0].may, ['library:read']);
  assert.deepEqual(kept.tokens_and_link.map(t => [t.kind, t.label, t.may.includes('playback:control')]),
    [['token', 'my "label" <b>', true], ['link', kept.tokens_and_link[1].label, false]]);
  assert.notEqual(kept.tokens_and_link[0].last_used_at, null);
  assert.equal(kept.browsers.length, 1);
  assert.equal(kept.application.whose, 'the operator\'s');
  assert.equal(sealed.spotify_sign_in.tokens_are_kept, true);
  assert.ok(new Date(sealed.spotify_sign_in.sign_in_ends_at) - Date.now() > 170 * 864e5);
  assert.equal(sealed.ended_client_sessions_remembered, 1);
  const secrets = [token, link, tokens.access_token, tokens.refresh_token, ...visitor.cookies().values()];
  const state = JSON.stringify(await system.sandbox.get('tokens').catch(() => ({})));
  for (const secret of [...secrets, ...(state.match(/"[\w-]{60,}"/g) ?? []).map(s => s.slice(1, -1))])
    assert.ok(secret.length < 20 || !answer.html.includes(secret), 'a secret is in the file');
  assert.ok(!/[0-9a-f]{64}|tonearm_(pt|pl|at|rt|tk)_/.test(answer.html), 'a hash or a token is in the file');
});

test('a ticket is gone when it was used, and each press has its own', async () => {
  const { person } = await member(system, 'wren');
  assert.equal((await press(person)).file.kept_in_the_database.profile.spotify_id, 'wren');
  assert.equal(sql('SELECT count(*) FROM tonearm.credential WHERE kind = 4'), '0');
  await person.go('/account');
  const form = { csrf: csrfOf(person) };
  const both = await Promise.all([1, 2, 3].map(() => person.request('/account/download', { method: 'POST', form })));
  const done = both.filter(a => a.status === 200);
  assert.ok(done.length >= 1, both.map(a => a.status).join());
  for (const a of both) assert.ok([200, 503].includes(a.status), `${a.status} ${a.html}`);
  for (const a of done) assert.equal(JSON.parse(a.html).kept_in_the_database.profile.spotify_id, 'wren');
});

function csrfOf(person) {
  return person.page.html.match(/action="\/account\/download"[\s\S]*?name="csrf" value="([^"]+)"/)?.[1];
}

test('without a form of ours, a session or a fresh sign-in there is no file', async () => {
  const stranger = new Person(system.url);
  const none = await stranger.request('/account/download', { method: 'POST', form: { csrf: 'x' } });
  assert.notEqual(none.status, 200);
  assert.ok(!/kept_in/.test(none.html));
  const { person } = await member(system, 'otter');
  await person.go('/account');
  const csrf = csrfOf(person);
  for (const [form, headers] of [[{ csrf: 'x' }, {}], [{}, {}], [{ csrf }, { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }]]) {
    const answer = await person.request('/account/download', { method: 'POST', form, headers });
    assert.equal(answer.status, 403, answer.html.slice(0, 300));
  }
  assert.equal((await person.request('/account/download')).status, 405);
  sql("UPDATE tonearm.web_session SET created_at = now() - interval '11 minutes' WHERE person = (SELECT id FROM tonearm.person WHERE spotify_id = 'otter')");
  const stale = await press(person);
  assert.notEqual(stale.status, 200);
  assert.match(stale.headers.get('content-type'), /html/);
  assert.match(stale.html, /sign in/i);
  assert.equal(sql("SELECT count(*) FROM tonearm.credential JOIN tonearm.person ON person = id WHERE kind = 4 AND spotify_id = 'otter'"), '0');
});

test('a worker that is not there yet is made for it, and one that is answers', async () => {
  const person = await signIn(system, 'juniper');
  const bound = () => system.log().filter(l => l.event === 'worker_bound').length;
  const before = bound();
  assert.equal((await press(person)).status, 200);
  await until('a worker to be bound', () => bound() === before + 1);
  assert.equal((await press(person)).status, 200);
  assert.equal(bound(), before + 1);
});

test('no token is a ticket, and no ticket a token', async () => {
  const { token } = await member(system, 'marlow');
  const tk = token.replace('tonearm_pt_', 'tonearm_tk_');
  for (const [url, headers] of [[`${system.url}/mcp`, { authorization: `Bearer ${tk}` }], [`${system.url}/claude-mcp?token=${tk}`, {}]])
    assert.equal((await post(url, { jsonrpc: '2.0', id: 1, method: 'ping' }, { headers })).status, 401);
});

test('in Chromium the button saves a file', async t => {
  const browser = await openBrowser();
  t.after(() => browser.close());
  const context = await browser.newContext({ acceptDownloads: true });
  const page = await signInBrowser(context, system, 'wren');
  const [saved] = await Promise.all([page.waitForEvent('download'), page.locator('form[action="/account/download"] button').click()]);
  assert.equal(saved.suggestedFilename(), 'tonearm-data.json');
  const parts = [];
  for await (const part of await saved.createReadStream()) parts.push(part);
  assert.equal(JSON.parse(Buffer.concat(parts)).kept_in_the_database.profile.spotify_id, 'wren');
  assert.match(page.url(), /\/account$/);
  await context.close();
});
