// Sign-in as a client of our own asks for it, whose every request is known: from
// the first refusal to a tool call, by less than was asked, by more, and not at all.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sdk1, sdk2 } from './lib/clients.mjs';
import { Provider, RawClient, Visitor, challengeOf, get, send } from './lib/oauth.mjs';
import { call, modern, post } from './lib/rpc.mjs';
import { System } from './lib/system.mjs';

const PRESET = 'library:read playlists:read playback:read playback:control history:read';
const words = text => text.split(' ').sort();

let system, endpoint;
before(async () => {
  system = await System.start({ name: 'oauth' });
  endpoint = `${system.url}/mcp`;
});
after(async () => { await system?.stop(); });

const visitor = () => new Visitor(system.url, system.sandbox.url);
const client = async (more, redirect) => (await new RawClient(endpoint, redirect).discover()).register(more);

/** A person who has signed in here before. */
async function known(user) {
  const person = visitor();
  await (await client()).signIn(person, user);
  return person;
}

test('whoever comes without a token is told where to begin, in either era and with GET', async () => {
  for (const [method, body] of [['POST', { jsonrpc: '2.0', id: 1, method: 'initialize', params: {} }],
    ['POST', { jsonrpc: '2.0', id: 1, method: 'server/discover' }], ['GET', undefined]]) {
    const answer = await post(endpoint, body, { method });
    assert.equal(answer.status, 401);
    const challenge = challengeOf(answer.headers['www-authenticate']);
    assert.equal(challenge.scheme, 'Bearer');
    assert.equal(challenge.resource_metadata, `${system.url}/.well-known/oauth-protected-resource/mcp`);
    assert.deepEqual(words(challenge.scope), words(PRESET));
    assert.equal(challenge.error, undefined);
  }
  const answer = await modern(endpoint, 'tonearm_at_nonsense', 'tools/list');
  assert.equal(answer.status, 401);
  assert.equal(challengeOf(answer.headers['www-authenticate']).error, 'invalid_token');
});

test('both documents stand wherever clients look, and name one resource and one issuer', async () => {
  const places = { 'oauth-protected-resource/mcp': 'resource', 'oauth-protected-resource': 'resource',
    'oauth-authorization-server': 'issuer', 'openid-configuration': 'issuer' };
  for (const [place, name] of Object.entries(places)) {
    const answer = await get(`${system.url}/.well-known/${place}`, { origin: 'https://elsewhere.example' });
    assert.equal(answer.status, 200, place);
    assert.match(answer.headers.get('content-type'), /^application\/json/);
    assert.equal(answer.headers.get('access-control-allow-origin'), '*', place);
    assert.equal(answer.json[name], name === 'issuer' ? system.url : endpoint);
    assert.ok(!answer.json.scopes_supported.includes('offline_access'));
  }
});

test('from nothing to music: registration, consent, Spotify, code, token, call', async () => {
  const me = await client();
  const tokens = await me.signIn(visitor(), 'marlow');
  assert.equal(tokens.token_type, 'Bearer');
  assert.equal(tokens.expires_in, 3600);
  assert.deepEqual(words(tokens.scope), words(PRESET));
  const found = await call(endpoint, tokens.access_token, 'search', { query: 'rain', types: ['track'], limit: 2 });
  assert.ok(!found.isError, JSON.stringify(found));
  const state = await call(endpoint, tokens.access_token, 'get_playback');
  assert.ok(!state.isError, JSON.stringify(state));
});

test('a token answer is JSON that nobody stores, and so is a refusal', async () => {
  const me = await client(), person = await known('marlow');
  const code = me.code(await person.walk(me.begin(), me.redirect));
  for (const answer of [await me.redeem(code, { code_verifier: 'x'.repeat(43) }), await me.refresh('tonearm_rt_nonsense')]) {
    assert.equal(answer.status, 400);
    assert.equal(answer.json.error, 'invalid_grant');
    assert.match(answer.headers.get('content-type'), /^application\/json/);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
  }
});

test('a person may give less than was asked: the token says so, and the tools keep to it', async () => {
  const me = await client();
  const tokens = await me.signIn(visitor(), 'marlow', { scope: PRESET, consent: { scopes: ['library:read'] } });
  assert.equal(tokens.scope, 'library:read');
  assert.ok(!(await call(endpoint, tokens.access_token, 'get_library', {})).isError);
  const refused = await call(endpoint, tokens.access_token, 'play', {});
  assert.ok(refused.isError);
  assert.match(refused.content[0].text, /playback:control|permission|allow/i);
});

test('a person may give more than was asked', async () => {
  const me = await client();
  const tokens = await me.signIn(visitor(), 'wren', { scope: 'library:read', consent: { scopes: ['library:read', 'playlists:write'] } });
  assert.deepEqual(words(tokens.scope.replace('playlists:read', '').trim().replace(/ +/g, ' ')), ['library:read', 'playlists:write']);
  assert.ok(!(await call(endpoint, tokens.access_token, 'create_playlist', { name: 'More than was asked' })).isError);
});

test('widening later asks Spotify for what is new beside what there was', async () => {
  const person = visitor(), little = await client();
  await little.signIn(person, 'juniper', { scope: 'library:read', consent: { scopes: ['library:read'] } });
  const first = person.asked;
  assert.ok(first.includes('user-library-read') && !first.includes('playlist-modify-private'), `${first}`);
  const more = await client();
  const tokens = await more.signIn(person, 'juniper', { scope: 'playlists:write' });
  for (const scope of [...first, 'playlist-modify-private', 'playlist-modify-public'])
    assert.ok(person.asked.includes(scope), `${scope} is not in ${person.asked}`);
  assert.ok(!(await call(endpoint, tokens.access_token, 'create_playlist', { name: 'Widened' })).isError);
  // The first client may still do what it could, and no more.
  assert.ok(!(await call(endpoint, little.tokens.access_token, 'get_library', {})).isError);
  assert.ok((await call(endpoint, little.tokens.access_token, 'create_playlist', { name: 'Not mine' })).isError);
});

test('who is signed in is asked for consent again by each client, and not sent to Spotify', async () => {
  const person = await known('marlow'), second = await client({ client_name: 'The second one' });
  let shown = '';
  const back = await person.walk(second.begin(), second.redirect, { stop: page => { shown ||= page.html; return false; } });
  assert.match(shown, /The second one/);
  assert.match(shown, /marlow/i);
  assert.ok(!person.seen.some(at => at.startsWith(system.sandbox.url)), `${person.seen}`);
  assert.equal((await second.redeem(second.code(back))).status, 200);
});

test('no is an answer: access_denied, with state and issuer', async () => {
  for (const person of [visitor(), await known('marlow')]) {
    const me = await client();
    const back = await person.walk(me.begin(), me.redirect, { refuse: true });
    assert.throws(() => me.code(back), { error: 'access_denied' });
  }
});

test('the state comes back as it was: none, empty, long, with every character', async () => {
  const person = await known('marlow'), me = await client();
  for (const state of [undefined, '', 'x'.repeat(2000), 'a b&c=d+e%20"<>ü~']) {
    const back = new URL(await person.walk(me.begin({ state }), me.redirect));
    assert.equal(back.searchParams.get('state'), state ?? null);
    assert.equal(back.searchParams.get('iss'), me.server.issuer);
    assert.equal(back.searchParams.getAll('code').length, 1);
  }
});

test('no scope means the preset, unknown ones are passed over, nothing but unknown ones is refused', async () => {
  const person = await known('marlow');
  let me;
  const scopes = async scope => {
    me = await client();
    const answer = await me.redeem(me.code(await person.walk(me.begin({ scope }), me.redirect)));
    return words(answer.json.scope);
  };
  assert.deepEqual(await scopes(undefined), words(PRESET));
  assert.deepEqual(await scopes('offline_access library:read openid'), ['library:read']);
  // Ticked is what it asks for, and what the person let it do before.
  const answer = await me.redeem(me.code(await person.walk(me.begin({ scope: 'history:read' }), me.redirect)));
  assert.deepEqual(words(answer.json.scope), ['history:read', 'library:read']);
  const back = await person.walk(me.begin({ scope: 'openid profile' }), me.redirect);
  assert.throws(() => me.code(back), { error: 'invalid_scope' });
});

test('the resource may be named in its usual forms, and no other', async () => {
  const person = await known('marlow'), me = await client();
  for (const resource of [endpoint, `${endpoint}/`, system.url, `${system.url}/`, undefined])
    assert.ok(me.code(await person.walk(me.begin({ resource }), me.redirect)), resource);
  const back = await person.walk(me.begin({ resource: 'https://elsewhere.example/mcp' }), me.redirect);
  assert.throws(() => me.code(back), { error: 'invalid_target' });
});

test('prompt=none never shows anything: consent_required', async () => {
  const person = await known('marlow'), me = await client();
  const back = await person.walk(me.begin({ prompt: 'none' }), me.redirect);
  assert.throws(() => me.code(back), { error: 'consent_required' });
});

test('a program on this machine may come with another port than it registered', async () => {
  const person = await known('marlow'), me = await client({ redirect_uris: ['http://127.0.0.1/callback'] }, 'http://127.0.0.1:31234/callback');
  const answer = await me.redeem(me.code(await person.walk(me.begin(), me.redirect)));
  assert.equal(answer.status, 200);
});

test('every address that known clients come back to is taken (A-30)', async () => {
  const person = await known('marlow');
  for (const redirect of ['https://claude.ai/api/mcp/auth_callback', 'https://claude.com/api/mcp/auth_callback',
    'http://localhost:41234/callback', 'http://127.0.0.1:41234/callback', 'http://[::1]:41234/callback',
    'https://chatgpt.com/connector_platform_oauth_redirect', 'https://chatgpt.com/connector/oauth/a1B2c3',
    'cursor://anysphere.cursor-mcp/oauth/callback', 'http://localhost:8787/callback', 'https://www.cursor.com/agents/mcp/oauth/callback',
    'https://vscode.dev/redirect', 'https://insiders.vscode.dev/redirect', 'http://127.0.0.1:33418/', 'http://localhost:3334/oauth/callback',
    'http://localhost:6274/oauth/callback', 'http://localhost:6274/oauth/callback/debug', 'http://localhost:7777/oauth/callback']) {
    const me = await client({}, redirect);
    const answer = await me.redeem(me.code(await person.walk(me.begin(), redirect)));
    assert.equal(answer.status, 200, `${redirect}: ${answer.text}`);
  }
  // VS Code registers several at once.
  const redirects = ['https://vscode.dev/redirect', 'http://127.0.0.1/', 'http://127.0.0.1:33418/', 'http://localhost:33418/'];
  const several = await client({ redirect_uris: redirects }, 'http://127.0.0.1:50123/');
  assert.equal((await several.redeem(several.code(await person.walk(several.begin(), several.redirect)))).status, 200);
});

test('an application with an address scheme of its own is sent there', async () => {
  const person = await known('marlow'), me = await client({}, 'cursor://anysphere.cursor-mcp/oauth/callback');
  const answer = await me.redeem(me.code(await person.walk(me.begin(), me.redirect)));
  assert.equal(answer.status, 200);
});

test('a client with a secret must show it, in the form or in the header', async () => {
  const person = await known('marlow');
  for (const how of ['client_secret_post', 'client_secret_basic']) {
    const me = await client({ token_endpoint_auth_method: how });
    assert.equal(me.info.client_secret_expires_at, 0);
    const headers = how === 'client_secret_basic' ?
      { authorization: `Basic ${Buffer.from(`${encodeURIComponent(me.id)}:${encodeURIComponent(me.secret)}`).toString('base64')}` } : {};
    const redeem = (code, secret) => send(me.server.token_endpoint, {
      grant_type: 'authorization_code', code, redirect_uri: me.redirect, code_verifier: me.verifier,
      ...(how === 'client_secret_post' ? { client_id: me.id, client_secret: secret } : {}),
    }, how === 'client_secret_basic' && secret === me.secret ? headers : {});
    const wrong = await redeem(me.code(await person.walk(me.begin(), me.redirect)), 'tonearm_cs_wrong');
    assert.ok(wrong.status === 401 || wrong.status === 400, `${wrong.status} ${wrong.text}`);
    const right = await redeem(me.code(await person.walk(me.begin(), me.redirect)), me.secret);
    assert.equal(right.status, 200, right.text);
  }
});

test('two sign-ins at once in one browser do not disturb each other', async () => {
  const person = visitor(), one = await client({ client_name: 'One' }), two = await client({ client_name: 'Two' });
  person.client = one.redirect;
  const first = await person.go(one.begin());
  assert.equal(new URL(first.url).pathname, '/consent');
  const other = await person.walk(two.begin(), two.redirect, { user: 'marlow' });
  assert.equal((await two.redeem(two.code(other))).status, 200);
  const back = await person.walk(first.url, one.redirect, { user: 'marlow' });
  assert.equal((await one.redeem(one.code(back))).status, 200);
});

test('a client that says it is done ends all that it had', async () => {
  const me = await client(), person = await known('marlow');
  await me.signIn(person, 'marlow');
  const { access_token: access, refresh_token: refresh } = me.tokens;
  assert.equal((await modern(endpoint, access, 'tools/list')).status, 200);
  assert.equal((await me.revoke(refresh)).status, 200);
  assert.equal((await modern(endpoint, access, 'tools/list')).status, 401);
  assert.equal((await me.refresh(refresh)).json.error, 'invalid_grant');
  assert.equal((await me.revoke(refresh)).status, 200, 'a token that is not there is as good as revoked');
});

test('nothing of a sign-in is in the log', () => {
  const log = JSON.stringify(system.log());
  assert.doesNotMatch(log, /tonearm_(at|rt|ac|cs)_/);
});

test('a server that is told to challenge leads clients to more scopes (oauth.scope_challenge)', async t => {
  const other = await System.start({ name: 'oauth-challenge', config: '[oauth]\nscope_challenge = yes\n' });
  t.after(() => other.stop());
  const at = `${other.url}/mcp`, person = new Visitor(other.url, other.sandbox.url), me = new RawClient(at);
  const tokens = await me.signIn(person, 'marlow', { scope: 'library:read' });
  const refused = await modern(at, tokens.access_token, 'tools/call', { name: 'create_playlist', arguments: { name: 'Step' } });
  assert.equal(refused.status, 403);
  const challenge = challengeOf(refused.headers['www-authenticate']);
  assert.equal(challenge.error, 'insufficient_scope');
  assert.equal(challenge.resource_metadata, `${other.url}/.well-known/oauth-protected-resource/mcp`);
  assert.ok(words(challenge.scope).includes('playlists:write'), challenge.scope);
  // What it may do already is ticked beside what it asks for now.
  await me.signIn(person, 'marlow', { scope: challenge.scope });
  assert.ok(words(me.tokens.scope).includes('library:read') && words(me.tokens.scope).includes('playlists:write'), me.tokens.scope);
  assert.ok(!(await call(at, me.tokens.access_token, 'create_playlist', { name: 'Step' })).isError);

  // SDK v2 asks its person; SDK v1 refreshes, is refused again and says so.
  for (const [name, connect, opened] of [['SDK v1', sdk1, 1], ['SDK v2', sdk2, 2]]) {
    const redirect = 'http://127.0.0.1:31999/callback';
    const provider = new Provider(redirect, async url => {
      provider.back = new URL(await person.walk(String(url), redirect, { user: 'marlow' })).searchParams;
    });
    provider.answer = async () => provider.back;
    const client = await connect(at, null, { provider });
    t.after(() => client.close());
    await assert.rejects(client.call('create_playlist', { name: 'Step by step' }));
    assert.equal(provider.opened, opened, name);
    if (opened === 1) continue;
    await client.transport.finishAuth(provider.back);
    assert.ok(words(provider.kept.tokens.scope).includes('playlists:write'), `${name}: ${provider.kept.tokens.scope}`);
    assert.ok(!(await client.call('create_playlist', { name: 'Step by step' })).isError);
  }
});
