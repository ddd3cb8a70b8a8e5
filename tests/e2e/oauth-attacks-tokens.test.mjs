// Attacks with what a sign-in yields: codes, access and refresh tokens, client
// secrets, links, tickets.  Each test has the name of its rule in
// docs/protocol.md or of the incident it comes from.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { makeLink, makeToken } from './lib/journey.mjs';
import { CALLBACK, Client, HOSTED, Visitor, allow, ask, bearer, challengeOf, connected, newVerifier, sql, toConsent } from './lib/raider.mjs';
import { stopRecording } from './lib/record.mjs';
import { Stream } from './lib/stream.mjs';
import { System, until } from './lib/system.mjs';

stopRecording();

let system;
const secrets = new Set();
before(async () => { system = await System.start({ name: 'oauth-attacks-tokens' }); });
after(async () => { await system?.stop(); });

const keep = got => {
  for (const secret of [got.access_token, got.refresh_token, got.code]) if (secret) secrets.add(secret);
  return got;
};
const join = async (...args) => keep(await connected(system, ...args));
/** A code nobody has used. */
async function codeFor(visitor, client, user, changes) {
  const code = (await allow(visitor, client, user, changes)).searchParams.get('code');
  secrets.add(code);
  return code;
}
function refused(answer, error, what = error) {
  assert.equal(answer.status, error === 'invalid_client' ? 401 : 400, `${what}: ${answer.status} ${answer.text}`);
  assert.equal(answer.json.error, error, what);
  assert.equal(answer.headers.get('cache-control'), 'no-store', what);
  assert.equal(answer.json.access_token, undefined, what);
}
async function dead(got, what) {
  assert.equal(await bearer(system, got.access_token), 401, `${what}: the access token lives`);
  refused(await got.client.refresh(got.refresh_token), 'invalid_grant', `${what}: the refresh token lives`);
}
async function alive(got, what) {
  assert.equal(await bearer(system, got.access_token), 200, `${what}: the access token is dead`);
}
/** As if so much time had passed since a refresh token was exchanged. */
const since = (token, seconds) => sql(system,
  `update tonearm.refresh set rotated_at = rotated_at - interval '${seconds} seconds' where hash = '\\x${createHash('sha256').update(token).digest('hex')}'`);

test('CVE-2025-4144, A-12: a code is worth nothing without its verifier', async () => {
  const visitor = new Visitor(system), client = await Client.register(system);
  const ways = [{ code_verifier: undefined }, { code_verifier: '' }, { code_verifier: newVerifier() }, { code_verifier: 'x' }, { code_verifier: '%00' },
    c => ({ code_verifier: challengeOf(c.verifier) }), c => ({ code_verifier: c.verifier.slice(1) }), c => ({ code_verifier: `${c.verifier}A` }),
    c => ({ code_verifier: c.verifier.toUpperCase() }), c => ({ code_verifier: [c.verifier, c.verifier] }),
    c => ({ code_verifier: challengeOf(c.verifier), code_challenge_method: 'plain' }), c => ({ code_verifier: ` ${c.verifier}` })];
  for (const way of ways) {
    const code = await codeFor(visitor, client, 'juniper');
    const changes = typeof way === 'function' ? way(client) : way;
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries({ client_id: client.id, grant_type: 'authorization_code', code, redirect_uri: client.redirect, ...changes }))
      for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) form.append(name, one);
    const answer = await ask(`${system.url}/token`, { method: 'POST', form });
    assert.equal(answer.status, 400, `${JSON.stringify(changes)}: ${answer.text}`);
    assert.match(answer.json.error, /^invalid_(grant|request)$/);
  }
});

test('code injection, A-20: a code of another client, another address or another flow is refused', async () => {
  const visitor = new Visitor(system), thief = new Visitor(system);
  const mine = await Client.register(system), theirs = await Client.register(system, { client_name: 'Another', redirect_uris: [CALLBACK, HOSTED] });
  // The thief has the victim's code and gives it to a client of his own, with a flow of his own.
  const stolen = await codeFor(visitor, mine, 'juniper');
  const verifier = mine.verifier;
  await toConsent(thief, theirs);
  refused(await theirs.redeem(stolen), 'invalid_grant', 'at another client');
  refused(await theirs.redeem(stolen, { code_verifier: verifier }), 'invalid_grant', 'at another client, with the verifier');
  // And into the same client, in a flow that the thief began.
  const again = await codeFor(visitor, mine, 'juniper');
  mine.authorizeUrl();
  refused(await mine.redeem(again), 'invalid_grant', 'in another flow');
  for (const redirect_uri of ['http://127.0.0.1:33420/callback', HOSTED, '', `${CALLBACK}/`]) {
    const code = await codeFor(visitor, mine, 'juniper');
    const answer = await mine.redeem(code, { redirect_uri });
    assert.equal(answer.status, 400, redirect_uri);
    assert.match(answer.json.error, /^invalid_(grant|request)$/, redirect_uri);
  }
  for (const code of ['', 'x', `${stolen}x`, stolen.slice(1), 'null', '%00'.repeat(9), 'A'.repeat(3000)]) {
    const answer = await mine.redeem(code);
    assert.equal(answer.status, 400, code);
    assert.match(answer.json.error, /^invalid_(grant|request)$/);
  }
});

test('replayed code, A-20: who redeems a code twice ends what it gave', async () => {
  const got = await join('juniper');
  await alive(got, 'before');
  refused(await got.client.redeem(got.code), 'invalid_grant');
  await dead(got, 'after');
  // Also by a stranger with nothing but the code in hand.
  const other = await join('juniper');
  refused(await ask(`${system.url}/token`, { method: 'POST', form: {
    grant_type: 'authorization_code', code: other.code, redirect_uri: CALLBACK, client_id: other.client.id, code_verifier: newVerifier() } }), 'invalid_grant');
  // Two at the very same time: one has tokens at most, and the code is used up.
  const visitor = new Visitor(system), client = await Client.register(system), code = await codeFor(visitor, client, 'juniper');
  const both = await Promise.all(Array.from({ length: 6 }, () => client.redeem(code)));
  const won = both.filter(a => a.status === 200);
  assert.ok(won.length <= 1, `${won.length} won`);
  for (const answer of won) await dead({ client, ...keep(answer.json) }, 'after a race');
});

test('a code lives for a minute, a request for ten', async () => {
  const visitor = new Visitor(system), client = await Client.register(system), code = await codeFor(visitor, client, 'juniper');
  const hash = createHash('sha256').update(code).digest('hex');
  assert.equal(sql(system, `update tonearm.code set expires_at = expires_at - interval '61 seconds' where hash = '\\x${hash}' returning 1`), '1');
  refused(await client.redeem(code), 'invalid_grant');
  const page = await toConsent(visitor, client);
  assert.equal(sql(system, `update tonearm.authorization_request set created_at = created_at - interval '10 minutes 1 second' where client = '${client.id}' returning 1`), '1');
  const late = await visitor.request(page.url);
  assert.ok(late.status >= 400 && late.status < 500 && !late.location, `${late.status}`);
});

test('stolen refresh token, A-22: used after its rotation it ends the connection, of thief and owner alike', async () => {
  const got = await join('juniper'), first = got.refresh_token;
  const answer = await got.client.refresh(first);
  assert.equal(answer.status, 200, answer.text);
  const next = keep({ client: got.client, ...answer.json });
  assert.notEqual(next.refresh_token, first);
  // The grace: the same answer, nothing new for a thief to live on.
  const again = await got.client.refresh(first);
  assert.deepEqual([again.json.access_token, again.json.refresh_token], [next.access_token, next.refresh_token]);
  since(first, 61);
  const stream = await Stream.open(`${system.url}/mcp`, { jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params: {
    notifications: {}, _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } } },
  { headers: { authorization: `Bearer ${next.access_token}`, 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen' } });
  assert.ok(await stream.until(s => s.messages.length > 0));
  refused(await got.client.refresh(first), 'invalid_grant');
  await dead(next, 'the newest');
  await dead(got, 'the first');
  await until('the stream of the connection to end', () => stream.closed, 5000);
});

test('A-22: within the grace only the same client gets the same answer', async () => {
  const got = await join('juniper'), other = await Client.register(system, { client_name: 'Another' });
  const next = keep({ client: got.client, ...(await got.client.refresh(got.refresh_token)).json });
  refused(await other.refresh(got.refresh_token), 'invalid_grant');
  refused(await other.refresh(next.refresh_token), 'invalid_grant');
  await alive(next, 'a stranger\'s attempt with another client');
  // What is kept for the grace cannot be read by whoever reads the database.
  const dump = system.dump();
  for (const secret of secrets) assert.ok(!dump.includes(secret), 'a token in the database');
});

test('scope escalation, A-6: a refresh gives no more than was allowed', async () => {
  const got = await join('juniper', {}, { changes: { scope: 'library:read' } });
  assert.equal(got.scope, 'library:read');
  for (const scope of ['library:read library:write', 'playback:control', 'library:write']) {
    const answer = await got.client.refresh(got.refresh_token, { scope });
    refused(answer, 'invalid_scope', scope);
  }
  const answer = await got.client.refresh(got.refresh_token);
  assert.equal(answer.json.scope, 'library:read');
  const tools = await ask(`${system.url}/mcp`, {
    method: 'POST', headers: { authorization: `Bearer ${keep(answer.json).access_token}`, accept: 'application/json', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'create_playlist' },
    json: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'create_playlist', arguments: { name: 'x' }, scope: 'playlists:write',
      _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } } },
  });
  assert.match(tools.text, /playlists:write/);
  assert.ok(tools.json.error || tools.json.result.isError, tools.text);
});

test('token passthrough and wrong kind, A-4, A-5, H-6: each secret opens one door', async () => {
  const got = await join('wren', { token_endpoint_auth_method: 'client_secret_post' }).catch(() => undefined) ?? await join('wren');
  const person = got.visitor;
  const personal = await makeToken(person), link = await makeLink(person);
  const code = await codeFor(person, await Client.register(system), 'wren');
  const spotify = (await system.sandbox.get('tokens?user=wren')).tokens?.map(t => t.token ?? t.value ?? t).filter(t => typeof t === 'string') ?? [];
  const others = { 'a refresh token': got.refresh_token, 'a code': code, 'a personal link': link, 'a session cookie': person.cookie('tonearm_session'),
    'a browser cookie': person.cookie('tonearm_browser'), 'a client\'s secret': got.client.secret, 'a client\'s id': got.client.id };
  for (const [n, token] of spotify.slice(0, 4).entries()) others[`a token of Spotify's (${n})`] = token;
  for (const [what, secret] of Object.entries(others))
    if (secret) assert.equal(await bearer(system, secret), 401, `${what} as bearer`);
  // Prefixes do not decide: the same text with another one is nobody's.
  const as = (text, kind) => text.replace(/^tonearm_[a-z]+_/, `tonearm_${kind}_`);
  const kinds = [...new Set([got.access_token, got.refresh_token, personal, link, code].map(t => t.match(/^tonearm_([a-z]+)_/)?.[1]).filter(Boolean)), 'tk', 'cs', 'in'];
  for (const secret of [got.refresh_token, code, link])
    for (const kind of kinds) assert.equal(await bearer(system, as(secret, kind)), 401, `${secret.slice(0, 11)} as ${kind}`);
  for (const [what, secret] of Object.entries({ 'an access token': got.access_token, 'a personal token': personal, 'a refresh token': got.refresh_token, 'a code': code })) {
    assert.equal(await bearer(system, undefined, `/claude-mcp?token=${secret}`), 401, `${what} in a link`);
    const inQuery = await bearer(system, undefined, `/mcp?access_token=${secret}`);
    assert.ok([400, 401].includes(inQuery), `${what} in the query: ${inQuery}`);
    assert.notEqual(await bearer(system, secret, `/mcp?token=${secret}`), 200, `${what} in both places`);
  }
  for (const [what, secret] of Object.entries({ 'an access token': got.access_token, 'a code': code, 'a personal token': personal, 'a link': link }))
    refused(await got.client.refresh(secret, got.client.secret ? { client_secret: got.client.secret } : {}), 'invalid_grant', `${what} as refresh token`);
  for (const [what, secret] of Object.entries({ 'an access token': got.access_token, 'a refresh token': got.refresh_token, 'a personal token': personal }))
    refused(await got.client.redeem(secret, got.client.secret ? { client_secret: got.client.secret } : {}), 'invalid_grant', `${what} as code`);
  for (const cookie of [got.access_token, personal, got.refresh_token])
    assert.notEqual((await ask(`${system.url}/account`, { headers: { cookie: `tonearm_session=${cookie}` } })).status, 200, 'a token as session');
  for (const headers of [{ authorization: `Basic ${Buffer.from(`x:${got.access_token}`).toString('base64')}` }, { authorization: got.access_token }, { authorization: `Token ${got.access_token}` },
    { authorization: `Bearer ${got.access_token} ` }, { authorization: `Bearer ${got.access_token},Bearer x` }, { 'x-authorization': `Bearer ${got.access_token}` }, { cookie: `access_token=${got.access_token}` }]) {
    const answer = await ask(`${system.url}/mcp`, { method: 'POST', headers: { ...headers, accept: 'application/json' }, json: { jsonrpc: '2.0', id: 1, method: 'ping' } });
    const trimmed = headers.authorization?.endsWith(' ');
    assert.ok(trimmed || answer.status === 401, `${Object.keys(headers)}: ${answer.status}`);
  }
  await alive(got, 'after all that');
});

test('CVE-2025-69196, A-4: a token of another server is nothing here', async () => {
  const other = await System.start({ name: 'oauth-attacks-other' });
  try {
    const foreign = await connected(other, 'juniper'), own = await join('juniper');
    assert.equal(await bearer(other, foreign.access_token), 200);
    assert.equal(await bearer(system, foreign.access_token), 401);
    assert.equal(await bearer(other, own.access_token), 401);
    refused(await own.client.refresh(foreign.refresh_token), 'invalid_grant');
    // A token request for another resource.
    for (const resource of [`${other.url}/mcp`, 'https://other.invalid/mcp'])
      refused(await own.client.refresh(own.refresh_token, { resource }), 'invalid_target', resource);
    await alive(own, 'after that');
    // The client of one is not the client of the other.
    const page = await new Visitor(system).request(own.client.authorizeUrl({ client_id: foreign.client.id }));
    assert.ok(page.status >= 400 && !page.location, `${page.status}`);
  } finally {
    await other.stop();
  }
});

test('client authentication, A-21: whoever has a secret must show it, in one place', async () => {
  const basic = (id, secret) => ({ authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` });
  for (const method of ['client_secret_post', 'client_secret_basic']) {
    const visitor = new Visitor(system), client = await Client.register(system, { token_endpoint_auth_method: method });
    assert.ok(client.secret, method);
    secrets.add(client.secret);
    const shown = secret => method === 'client_secret_post' ? [{ client_secret: secret }, {}] : [{ client_id: undefined }, basic(client.id, secret)];
    const send = (code, changes, headers) => {
      const form = { grant_type: 'authorization_code', code, redirect_uri: client.redirect, code_verifier: client.verifier, client_id: client.id, ...changes };
      for (const name of Object.keys(form)) if (form[name] === undefined) delete form[name];
      return ask(`${system.url}/token`, { method: 'POST', form, headers });
    };
    const code = await codeFor(visitor, client, 'juniper');
    const other = await Client.register(system, { token_endpoint_auth_method: method });
    refused(await send(code, {}, {}), 'invalid_client', 'no secret');
    for (const wrong of ['', 'x', `${client.secret}x`, client.secret.slice(1), other.secret, '%00'])
      refused(await send(code, ...shown(wrong)), 'invalid_client', wrong);
    const twice = await send(code, { client_secret: client.secret }, basic(client.id, client.secret));
    assert.ok([400, 401].includes(twice.status), `in two places: ${twice.status}`);
    const mixed = await send(code, { client_id: other.id }, basic(client.id, client.secret));
    assert.ok([400, 401].includes(mixed.status), `two clients: ${mixed.status}`);
    // None of these attempts has touched the code.
    const good = await send(code, ...shown(client.secret));
    assert.equal(good.status, 200, good.text);
    keep(good.json);
    const form = { grant_type: 'refresh_token', refresh_token: good.json.refresh_token, client_id: client.id };
    refused(await ask(`${system.url}/token`, { method: 'POST', form }), 'invalid_client', 'a refresh without the secret');
    refused(await ask(`${system.url}/token`, { method: 'POST', form: { ...form, client_secret: other.secret } }), 'invalid_client', 'a refresh with another\'s');
  }
});

test('A-24: nobody ends a connection with a client that is not its own; who ends his own ends all of it', async () => {
  const got = await join('juniper'), other = await Client.register(system, { client_name: 'Another' });
  for (const token of [got.access_token, got.refresh_token, 'x', '']) {
    const answer = await other.revoke(token);
    assert.ok([200, 400, 401].includes(answer.status), `${answer.status} ${answer.text}`);
  }
  await alive(got, 'a stranger\'s revocation');
  const personal = await makeToken(got.visitor);
  await got.client.revoke(personal);
  assert.equal(await bearer(system, personal), 200, 'a personal token is not a client\'s to revoke');
  assert.equal((await got.client.revoke(got.refresh_token)).status, 200);
  await until('the access token to be dead', async () => await bearer(system, got.access_token) === 401, 5000);
  await dead(got, 'its own revocation');
});

test('RFC 6749 3.2: the token endpoint takes a form by POST, each parameter once', async () => {
  const client = await Client.register(system);
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH'])
    assert.ok([405, 501].includes((await ask(`${system.url}/token?grant_type=refresh_token&refresh_token=x&client_id=${client.id}`, { method })).status), method);
  const form = `grant_type=refresh_token&refresh_token=x&client_id=${client.id}`;
  const send = (body, type = 'application/x-www-form-urlencoded') => ask(`${system.url}/token`, { method: 'POST', body, headers: { 'content-type': type } });
  for (const [body, type] of [[JSON.stringify({ grant_type: 'refresh_token', refresh_token: 'x', client_id: client.id }), 'application/json'],
    [form, 'text/plain'], [form, 'multipart/form-data; boundary=x'], ['', undefined], [`${form}&client_id=${client.id}`, undefined], [`${form}&grant_type=authorization_code`, undefined],
    [`${form}&refresh_token=y`, undefined], ['%', undefined], ['grant_type=%zz', undefined], ['\0', undefined], ['grant_type=password&username=a&password=b', undefined],
    ['grant_type=client_credentials', undefined], ['grant_type=implicit', undefined], ['grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=x', undefined], ['='.repeat(2000), undefined]]) {
    const answer = await send(body, type);
    assert.ok([400, 401, 415].includes(answer.status), `${body.slice(0, 80)}: ${answer.status}`);
    assert.match(answer.headers.get('content-type'), /^application\/json/, body.slice(0, 80));
    assert.match(answer.json.error, /^[a-z_]+$/);
  }
  const large = await send(`${form}&x=${'a'.repeat(200000)}`);
  assert.ok([400, 413].includes(large.status), `${large.status}`);
  assert.equal((await ask(`${system.url}/health`)).status, 200);
});

test('A-24, jxmullins/monize-fork#8: who revokes a client or goes away leaves no token that lives', async () => {
  const first = await join('otter'), second = await join('otter', { client_name: 'Second' }, { visitor: first.visitor });
  await first.visitor.go('/account');
  const ended = await first.visitor.send(f => f.action.endsWith('/account/revoke') && (f.fields.kind === 'client' || /Plain client/.test(f.text)));
  assert.equal(ended.status, 200);
  const states = await until('one of them to be dead', async () => {
    const now = [await bearer(system, first.access_token), await bearer(system, second.access_token)];
    return now.includes(401) && now;
  }, 5000);
  assert.deepEqual([...states].sort(), [200, 401], 'the other goes on');
  await first.visitor.go('/account/delete');
  await first.visitor.send(f => f.action.endsWith('/account/delete') && f.method === 'post', { sure: 'yes' });
  for (const got of [first, second]) {
    await until('everything to be dead', async () => await bearer(system, got.access_token) === 401, 5000);
    await dead(got, 'a deleted account');
  }
});

test('C7, A-35: none of all these secrets is in the log or in the database', () => {
  const log = JSON.stringify(system.log()), dump = system.dump();
  assert.ok(secrets.size > 30, `${secrets.size} secrets`);
  for (const secret of secrets) {
    assert.ok(!log.includes(secret), `in the log: ${secret.slice(0, 14)}`);
    assert.ok(!dump.includes(secret), `in the database: ${secret.slice(0, 14)}`);
  }
});
