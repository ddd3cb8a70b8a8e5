// Attacks on the way from a client to a consent: addresses, PKCE, browsers that
// were sent by somebody else.  Each test has the name of its rule in
// docs/protocol.md or of the incident it comes from.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { signIn } from './lib/journey.mjs';
import { stopRecording } from './lib/record.mjs';
import { CALLBACK, Client, HOSTED, Visitor, allow, ask, bearer, challengeOf, connected, consentForm, pairs, press, pressed, toConsent } from './lib/raider.mjs';
import { forms } from './lib/person.mjs';
import { System } from './lib/system.mjs';

stopRecording();

let system, issuer, client, hosted;
before(async () => {
  system = await System.start({ name: 'oauth-attacks' });
  issuer = system.url;
  client = await Client.register(system);
  hosted = await Client.register(system, { client_name: 'Hosted client', redirect_uris: [HOSTED] });
});
after(async () => { await system?.stop(); });

/** A page of ours that leads nowhere. */
function isPage(answer, what) {
  assert.ok(answer.status >= 400 && answer.status !== 500, `${what}: ${answer.status} ${answer.location ?? ''}`);
  assert.equal(answer.headers.get('location'), null, what);
  assert.match(answer.headers.get('content-type'), /^text\/html/, what);
  assert.doesNotMatch(answer.html ?? answer.text, /http-equiv="refresh"/i, what);
}

/** The answer of an error that the client may know. */
function isError(answer, error, who, what = error) {
  assert.ok([302, 303].includes(answer.status), `${what}: ${answer.status} ${(answer.text ?? answer.html).slice(0, 500)}`);
  const to = new URL(answer.location);
  assert.equal(`${to.origin}${to.pathname}`, who.redirect, what);
  assert.equal(to.searchParams.get('error'), error, what);
  assert.equal(to.searchParams.get('code'), null, what);
  assert.equal(to.searchParams.get('state'), who.state, what);
  assert.equal(to.searchParams.get('iss'), issuer, what);
}

test('CVE-2025-4143, A-17: no variant of a redirect address is the registered one', async () => {
  const variants = [
    'https://client.invalid/callback/', 'https://client.invalid/callbac', 'https://client.invalid/callback?x=1', 'https://client.invalid/callback#f',
    'https://client.invalid/Callback', 'https://client.invalid//callback', 'https://client.invalid/./callback', 'https://client.invalid/a/../callback',
    'https://client.invalid/callback%00', 'https://client.invalid/%63allback', 'https://client.invalid/callback ', ' https://client.invalid/callback',
    'https://client.invalid:443/callback', 'https://client.invalid:8443/callback', 'http://client.invalid/callback', 'https://CLIENT.invalid/callback',
    'HTTPS://client.invalid/callback', 'https://client.invalid./callback', 'https://client.invalid.attacker.invalid/callback',
    'https://attacker.invalid/callback', 'https://attacker.invalid/?https://client.invalid/callback', 'https://attacker.invalid#https://client.invalid/callback',
    'https://client.invalid@attacker.invalid/callback', 'https://user@client.invalid/callback', 'https://client.invalid\\@attacker.invalid/callback',
    'https://client.invalid\\.attacker.invalid/callback', 'https:/client.invalid/callback', 'https:client.invalid/callback', '//client.invalid/callback',
    '/callback', 'callback', 'javascript:alert(1)//https://client.invalid/callback', 'data:text/html,https://client.invalid/callback',
    'https://client.invalid/callback\r\nX-Injected: 1', 'https://client.invalid/callback\u0000', 'https://client.invalid/callback\t', 'http://127.0.0.1/callback', '',
  ];
  for (const variant of variants) isPage(await hosted.authorize({ redirect_uri: variant }), JSON.stringify(variant));
  isPage(await hosted.authorize({ redirect_uri: undefined }), 'none');
  isPage(await hosted.authorize({ redirect_uri: [HOSTED, 'https://attacker.invalid/callback'] }), 'two, ours first');
  isPage(await hosted.authorize({ redirect_uri: ['https://attacker.invalid/callback', HOSTED] }), 'two, ours last');
});

test('A-17: a loopback address takes any port, and nothing else of it may differ', async () => {
  for (const port of [':1024', ':33418', ':65535', ''])
    assert.equal((await client.authorize({ redirect_uri: `http://127.0.0.1${port}/callback` })).status, 303, port);
  const variants = [
    'http://127.0.0.1:33418/callback/', 'http://127.0.0.1:33418/other', 'http://127.0.0.1:33418/callback?x', 'https://127.0.0.1:33418/callback',
    'http://127.0.0.2:33418/callback', 'http://127.1:33418/callback', 'http://0:33418/callback', 'http://2130706433/callback', 'http://0x7f000001/callback',
    'http://127.0.0.1.attacker.invalid/callback', 'http://127.0.0.1@attacker.invalid/callback', 'http://127.0.0.1:80@attacker.invalid/callback',
    'http://127.0.0.1:attacker.invalid/callback', 'http://127.0.0.1:99999/callback', 'http://127.0.0.1:-1/callback', 'http://127.0.0.1:/callback',
    'http://127.0.0.1:1 /callback', 'http://127.0.0.1:1#/callback', 'http://127.0.0.1:1?/callback', 'http://127.0.0.1\\:1/callback',
    'http://localhost.attacker.invalid/callback', 'http://[::ffff:127.0.0.1]:1/callback', 'http://[::1]attacker.invalid/callback', 'http://127.0.0.1:+1/callback',
    'http://127.0.0.1:00000000000000001/callback', 'http://127.0.0.1:1:2/callback', 'http://127.0.0.1:1/../callback',
  ];
  for (const variant of variants) isPage(await client.authorize({ redirect_uri: variant }), variant);
});

test('A-17, A-27: what is no address of a client cannot be registered as one', async () => {
  const addresses = [
    'javascript:alert(1)', 'JavaScript:alert(1)', 'java\tscript:alert(1)', ' javascript:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd',
    'blob:https://a.invalid/1', 'about:blank', 'view-source:https://a.invalid/', 'filesystem:https://a.invalid/', 'ftp://a.invalid/', 'ws://a.invalid/', 'mailto:a@a.invalid',
    'http://attacker.invalid/cb', 'http://127.0.0.1.attacker.invalid/cb', 'http://127.0.0.1@attacker.invalid/cb', 'http://localhost.attacker.invalid/cb',
    'https://user@client.invalid/cb', 'https://user:pw@client.invalid/cb', 'https://client.invalid/cb#fragment', 'https://client.invalid/cb#',
    'https://', 'https:///cb', 'https:/client.invalid/cb', '//client.invalid/cb', '/cb', 'cb', '', ' ', 'https://client.invalid/a b',
    'https://client.invalid/\r\nX-Injected: 1', 'https://client.invalid/\n', 'https://client.invalid/\u0000', 'https://client.invalid/\u202e', 'https://client.invalid/\\..\\',
    'https://client.invalid\\@attacker.invalid/', 'https://[::1/cb', 'https://client.invalid:port/cb', 'https://*.invalid/cb', 'https://*/cb', '*',
    `https://client.invalid/${'a'.repeat(3000)}`, 'https://client.invalid/"><script>alert(1)</script>',
  ];
  for (const address of addresses)
    for (const list of [[address], [HOSTED, address]]) {
      const answer = await client.registerRaw({ client_name: 'x', redirect_uris: list });
      assert.equal(answer.status, 400, `${JSON.stringify(list)}: ${answer.status} ${answer.text}`);
      assert.match(answer.json.error, /^invalid_(redirect_uri|client_metadata)$/, JSON.stringify(list));
      assert.match(answer.headers.get('content-type'), /^application\/json/);
    }
  for (const list of [[], 'https://client.invalid/cb', {}, null, 1, [1], [null], [[HOSTED]], Array(200).fill(HOSTED).map((a, i) => a + i)])
    assert.equal((await client.registerRaw({ client_name: 'x', redirect_uris: list })).status, 400, JSON.stringify(list)?.slice(0, 80));
});

test('open redirect, A-17: a wrong client is told to the person and led nowhere', async () => {
  const evil = 'https://attacker.invalid/x';
  const ids = [undefined, '', 'nobody', '../../etc/passwd', `${client.id}x`, client.id.slice(0, -1), client.id.toUpperCase() === client.id ? client.id.toLowerCase() : client.id.toUpperCase(),
    'https://127.0.0.1/x', `${client.id}\u0000`, "' or 1=1 --", '%00', 'a'.repeat(600), '<script>alert(1)</script>'];
  for (const id of ids) isPage(await client.authorize({ client_id: id, redirect_uri: evil }), String(id));
  isPage(await client.authorize({ client_id: [hosted.id, client.id] }), 'two clients');
  isPage(await client.authorize({ client_id: hosted.id }), 'the address of another client');
  // Nothing of ours goes where a parameter says.
  for (const path of ['/', '/login', '/callback', '/account', '/consent', '/privacy', '/account/delete', '/revoke', '/token'])
    for (const name of ['next', 'redirect', 'redirect_uri', 'return_to', 'url', 'continue', 'request', 'state', 'error_uri']) {
      const answer = await ask(`${system.url}${path}?${name}=${encodeURIComponent(evil)}`);
      const to = answer.location ? new URL(answer.location, system.url).host : new URL(system.url).host;
      assert.ok([new URL(system.url).host, new URL(system.sandbox.url).host].includes(to), `${path}?${name} leads to ${to}`);
      assert.doesNotMatch(answer.text, /attacker\.invalid/, `${path}?${name}`);
    }
  for (const path of ['//attacker.invalid', '/\\attacker.invalid', '/.//attacker.invalid/..', '//attacker.invalid/%2e%2e', '/account//attacker.invalid'])
    assert.equal((await ask(`${system.url}${path}`)).location, null, path);
});

test('CVE-2025-4144, A-12: without PKCE, or with less than S256, there is no code', async () => {
  const good = challengeOf('x'.repeat(43));
  const ways = {
    'no challenge': { code_challenge: undefined, code_challenge_method: undefined },
    'a method alone': { code_challenge: undefined },
    'an empty challenge': { code_challenge: '' },
    'plain': { code_challenge_method: 'plain', code_challenge: 'x'.repeat(43) },
    'no method, which means plain': { code_challenge_method: undefined },
    'an empty method': { code_challenge_method: '' },
    'S256 in small letters': { code_challenge_method: 's256' },
    'S512': { code_challenge_method: 'S512' },
    'two methods': { code_challenge_method: ['S256', 'plain'] },
    'two challenges': { code_challenge: [good, challengeOf('y'.repeat(43))] },
    'a short challenge': { code_challenge: good.slice(1) },
    'a long challenge': { code_challenge: `${good}A` },
    'a padded challenge': { code_challenge: `${good}=` },
    'no base64url': { code_challenge: `${good.slice(1)}+` },
    'a plain verifier as challenge': { code_challenge: 'x'.repeat(64) },
  };
  for (const [what, changes] of Object.entries(ways)) isError(await client.authorize(changes), 'invalid_request', client, what);
  for (const type of [undefined, '', 'token', 'id_token', 'code token', 'code id_token', 'none', 'CODE']) {
    const answer = await client.authorize({ response_type: type });
    assert.match(new URL(answer.location).searchParams.get('error'), /^(unsupported_response_type|invalid_request)$/, String(type));
    assert.equal(new URL(answer.location).hash, '', 'nothing in a fragment');
  }
  for (const mode of ['fragment', 'form_post', 'query.jwt', 'web_message']) {
    const answer = await client.authorize({ response_mode: mode });
    assert.ok(answer.status === 303 && (answer.location.startsWith(`${system.url}/consent`) || answer.location.startsWith('/consent') ||
      new URL(answer.location).searchParams.get('error')), `${mode}: ${answer.status} ${answer.location}`);
  }
});

test('A-19: a request for another server is invalid_target', async () => {
  for (const resource of ['https://other.invalid/mcp', `${system.url}.attacker.invalid/mcp`, `${system.url}/mcp/other`, `${system.url}@attacker.invalid/mcp`,
    `${system.url}/mcp#f`, 'x', `${system.url}:1/mcp`, system.url.replace('127.0.0.1', '127.0.0.2'), [`${system.url}/mcp`, 'https://other.invalid/mcp']])
    isError(await client.authorize({ resource }), 'invalid_target', client, String(resource));
});

test('mixed-up issuer, A-16: every answer says who gave it, and no Host header can change it', async () => {
  const wellKnown = await ask(`${system.url}/.well-known/oauth-authorization-server`);
  assert.equal(wellKnown.json.issuer, issuer);
  assert.equal(wellKnown.json.authorization_response_iss_parameter_supported, true);
  for (const name of ['authorization_endpoint', 'token_endpoint', 'registration_endpoint', 'revocation_endpoint'])
    assert.equal(new URL(wellKnown.json[name]).origin, issuer, name);
  // Whoever asks for another name gets nothing; what a proxy's client may forge changes nothing.
  for (const headers of [{ 'x-forwarded-host': 'attacker.invalid' }, { forwarded: 'host=attacker.invalid;proto=https' },
    { 'x-original-url': '/token' }, { 'x-forwarded-proto': 'https' }, { 'x-forwarded-prefix': '/evil' }]) {
    const again = await ask(`${system.url}/.well-known/oauth-authorization-server`, { headers });
    assert.deepEqual(again.json, wellKnown.json, JSON.stringify(headers));
    const resource = await ask(`${system.url}/.well-known/oauth-protected-resource/mcp`, { headers });
    assert.equal(resource.json.resource, `${system.url}/mcp`);
    assert.deepEqual(resource.json.authorization_servers, [issuer]);
  }
  isError(await client.authorize({ prompt: 'none' }), 'consent_required', client);
  const refusing = new Visitor(system), refused = await press(refusing, await toConsent(refusing, client), 'refuse');
  isError({ ...refused, location: String(refused.left) }, 'access_denied', client);
  const visitor = new Visitor(system), left = await allow(visitor, client, 'marlow');
  assert.equal(left.searchParams.get('iss'), issuer);
  assert.equal(left.searchParams.getAll('iss').length, 1);
});

test('confused deputy, GHSA-c2jp-c369-7pvx, A-31: nobody rides on an earlier consent', async () => {
  const victim = await connected(system, 'juniper');
  const browser = victim.visitor;
  const attackers = [
    await Client.register(system, { redirect_uris: ['https://attacker.invalid/cb'] }),
    // It looks like the victim's own client in all that it can choose.
    await Client.register(system, { redirect_uris: [CALLBACK, 'https://attacker.invalid/cb'] }),
    victim.client,
  ];
  for (const who of attackers) {
    for (const changes of [{}, { prompt: 'login' }, { prompt: 'select_account' }, { scope: 'library:read' }, { approval_prompt: 'auto' }, { max_age: '0' }]) {
      const page = await browser.go(who.authorizeUrl(changes));
      assert.ok(!page.left, `a code without a question: ${page.left}`);
      assert.ok(consentForm(page), `${page.url} ${page.status}`);
      assert.match(page.html, new RegExp(new URL(who.redirect).hostname.replaceAll('.', '\\.')), 'the page names the host');
    }
    const silent = await browser.go(who.authorizeUrl({ prompt: 'none' }));
    if (who.redirect.startsWith('https:')) {
      // RFC 9700 4.11.2: to a site that anybody may have registered only a click leads.
      assert.ok(!silent.left && silent.status === 200 && !silent.location, `${silent.status} ${silent.left}`);
      assert.match(silent.html, /error=consent_required/);
    } else {
      assert.equal(silent.left.searchParams.get('error'), 'consent_required');
    }
  }
  assert.equal(await bearer(system, victim.access_token), 200, 'and nothing happened to the connection there was');
});

test('CSRF on consent, A-32: only the button of the very page that was shown gives consent', async () => {
  const browser = await signedIn('wren'), other = await signedIn('marlow');
  const page = await toConsent(browser, client), what = pressed(page, 'allow');
  const send = (changes = {}, options = {}, who = browser) => {
    const form = pairs(what);
    for (const [name, value] of Object.entries(changes)) {
      form.delete(name);
      if (value !== undefined) form.append(name, value);
    }
    return who.request(what.action, { method: 'POST', form, ...options });
  };
  const noCode = (answer, why) => {
    const to = answer.location ? new URL(answer.location, answer.url) : null;
    assert.ok(!to || to.origin === system.url, `${why}: ${answer.location}`);
    assert.ok(!to || !to.searchParams.get('code'), why);
    assert.ok(answer.status === 200 ? consentForm(answer) : answer.status >= 400 || to, `${why}: ${answer.status}`);
  };
  const foreign = await toConsent(other, client);
  noCode(await send({ csrf: undefined }), 'no proof');
  noCode(await send({ csrf: '' }), 'an empty proof');
  noCode(await send({ csrf: what.fields.csrf.replace(/^./, c => c === 'A' ? 'B' : 'A') }), 'a wrong proof');
  noCode(await send({ csrf: consentForm(foreign).fields.csrf }), 'the proof of another browser');
  const second = await toConsent(browser, hosted);
  noCode(await send({ csrf: consentForm(second).fields.csrf }), 'the proof of another request of the same browser');
  const account = await browser.request('/account');
  noCode(await send({ csrf: forms(account.html).find(f => f.fields.csrf).fields.csrf }), 'the proof of the account page');
  for (const headers of [{ origin: 'https://attacker.invalid' }, { origin: 'null', 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' }, { origin: `${system.url}.attacker.invalid` }, { origin: system.sandbox.url, 'sec-fetch-site': 'same-site' }])
    noCode(await send({}, { headers }), JSON.stringify(headers));
  for (const type of ['text/plain', 'application/json', 'multipart/form-data; boundary=x', ''])
    noCode(await send({}, { headers: { 'content-type': type } }), type);
  noCode(await browser.request(`${what.action.split('?')[0]}?${pairs(what)}`), 'a GET with all the fields');
  // Somebody else's browser, with the page's address and all its fields.
  noCode(await send({}, {}, other), 'another person\'s browser');
  noCode(await send({}, {}, new Visitor(system)), 'a browser that was never here');
  isPage(await new Visitor(system).request(page.url), 'the address of the page, sent to somebody else');
  isPage(await other.request(page.url), 'the address of the page, sent to somebody who is signed in');
  // After all that the real button works, once.
  const done = await send();
  const back = done.location.startsWith(client.redirect) ? done : await browser.go(new URL(done.location, system.url).href);
  const code = new URL(back.left ?? back.location).searchParams.get('code');
  assert.ok(code, `${back.status} ${back.location}`);
  noCode(await send(), 'the same button again');
});

test('CSRF on the account page: every form needs its own proof and our own origin', async () => {
  const browser = await signedIn('wren'), other = await signedIn('marlow');
  const token = await browser.go('/account').then(() => browser.send(f => f.action.endsWith('/account/token'), { label: 'kept', days: '30' }));
  const kept = token.html.match(/tonearm_pt_[\w-]+/)[0];
  const own = forms((await browser.request('/account')).html).filter(f => f.method === 'post');
  const deletion = forms((await browser.request('/account/delete')).html).filter(f => f.method === 'post');
  const foreign = forms((await other.request('/account')).html).find(f => f.fields.csrf).fields.csrf;
  assert.ok(own.length >= 3 && deletion.length >= 1);
  for (const form of [...own, ...deletion]) {
    const action = new URL(form.action, system.url).href;
    assert.ok(form.fields.csrf, `${form.action} has a proof`);
    const ways = [[{ ...form.fields, csrf: '' }, {}], [{ ...form.fields, csrf: foreign }, {}],
      [form.fields, { origin: 'https://attacker.invalid', 'sec-fetch-site': 'cross-site' }], [form.fields, { 'sec-fetch-site': 'same-site' }],
      [form.fields, { 'content-type': 'text/plain' }]];
    for (const [fields, headers] of ways) {
      const answer = await browser.request(action, { method: 'POST', form: fields, headers });
      assert.ok(answer.status >= 400 && answer.status < 500, `${form.action} ${JSON.stringify(headers)}: ${answer.status}`);
    }
    assert.ok([404, 405].includes((await browser.request(`${action}?${new URLSearchParams(form.fields)}`)).status) ||
      form.action.endsWith('/account/delete'), `${form.action} by GET`);
  }
  assert.equal(await bearer(system, kept), 200, 'nothing was revoked');
  assert.equal((await browser.request('/account')).status, 200, 'nobody was signed out');
});

/** A browser that is signed in. */
async function signedIn(user) {
  const visitor = new Visitor(system);
  await visitor.go('/login');
  await visitor.send(f => f.action.includes('decide') && !('decision' in f.fields), { user });
  assert.equal((await visitor.request('/account')).status, 200);
  return visitor;
}

/** A sign-in that stops in front of our callback: its address there. */
async function callbackOf(visitor, user, start = '/login') {
  let page = await visitor.request(start);
  page = await visitor.request(page.location);
  // Spotify knows who sits there, and that they have agreed.
  if (page.location) return page.location;
  const form = forms(page.html).find(f => f.action.includes('decide') && !('decision' in f.fields));
  const answer = await visitor.request(new URL(form.action, page.url).href, { method: 'POST', form: { ...form.fields, user } });
  assert.match(answer.location, /\/callback\?/);
  return answer.location;
}

test('login CSRF, RFC 6819 4.4.1.8, A-34: nobody is signed in with a callback that another browser began', async () => {
  const attacker = new Visitor(system), victim = await signedIn('juniper'), blank = new Visitor(system);
  const planted = await callbackOf(attacker, 'otter');
  for (const who of [victim, blank]) {
    const page = await who.request(planted);
    assert.ok(page.status >= 400 && page.status < 500, `${page.status}`);
  }
  assert.match((await victim.request('/account')).html, /juniper/, 'still who they were');
  assert.equal((await blank.request('/account')).status === 200, false);
  // With a sign-in of their own under way: its cookie does not fit that state.
  const waiting = new Visitor(system);
  await waiting.request('/login');
  assert.ok((await waiting.request(planted)).status >= 400);
  // The attempt by others has not used it up for the one who began it, and it works once.
  const fresh = await callbackOf(attacker, 'otter');
  assert.equal((await attacker.request(fresh)).status, 303);
  assert.ok((await attacker.request(fresh)).status >= 400, 'a second time');
  for (const changed of [fresh.replace(/state=[^&]*/, 'state='), fresh.replace(/state=[^&]*&?/, ''), fresh.replace(/code=[^&]*/, 'code='),
    `${fresh}&error=access_denied`, fresh.replace(/state=./, 'state=_')])
    assert.ok((await attacker.request(changed)).status >= 400, changed);
});

test('CVE-2026-27124, GHSA-rww4-4w9c-7733, A-31: a consent counts in the browser that gave it, not in the one that comes to the callback', async () => {
  // The attacker allows his own client and stops in front of Spotify; the
  // victim, for whom Spotify remembers everything, is sent the rest of the way.
  const attacker = new Visitor(system), evil = await Client.register(system, { redirect_uris: ['https://attacker.invalid/cb'] });
  const page = await toConsent(attacker, evil), what = pressed(page, 'allow');
  const on = await attacker.request(what.action, { method: 'POST', form: pairs(what) });
  const login = new URL(on.location, system.url).href;
  const toSpotify = (await attacker.request(login)).location;
  assert.ok(toSpotify.startsWith(system.sandbox.url), toSpotify);
  for (const victim of [await signedIn('juniper'), new Visitor(system)])
    for (const address of [page.url, login, toSpotify]) {
      let seen = await victim.go(address);
      if (seen.url.startsWith(system.sandbox.url))
        seen = await victim.send(f => f.action.includes('decide') && !('decision' in f.fields), { user: 'juniper' });
      assert.ok(!seen.left, `${address} led the victim to ${seen.left}`);
    }
  // And the attacker's own end of it has nobody's account but his own.
  const own = await attacker.go(page.url);
  assert.ok(!own.left, String(own.left));
});

test('session fixation: a sign-in makes new cookies, and no planted one comes to be worth anything', async () => {
  const known = { session: 'A'.repeat(43), browser: 'B'.repeat(43) };
  const victim = new Visitor(system);
  const planted = `tonearm_session=${known.session}; tonearm_browser=${known.browser}; tonearm_login=${known.session}`;
  await victim.request('/', { headers: { cookie: planted } });
  await victim.go('/login');
  await victim.send(f => f.action.includes('decide') && !('decision' in f.fields), { user: 'juniper' });
  const session = victim.cookie('tonearm_session');
  assert.ok(session && session !== known.session);
  assert.notEqual((await ask(`${system.url}/account`, { headers: { cookie: planted } })).status, 200);
  // Signing in again ends the session before it.
  await victim.go('/login?switch=1');
  await victim.send(f => f.action.includes('decide') && !('decision' in f.fields), { user: 'juniper' });
  assert.notEqual(victim.cookie('tonearm_session'), session);
  assert.notEqual((await ask(`${system.url}/account`, { headers: { cookie: `tonearm_session=${session}` } })).status, 200);
});

test('session fixation, A-33: a consent that waits for a sign-in is not given away by somebody who was signed in before', async () => {
  // The attacker has got his own browser cookie into the victim's browser and
  // has already pressed Allow there, without being signed in.
  const attacker = new Visitor(system), evil = await Client.register(system, { redirect_uris: ['https://attacker.invalid/cb'] });
  const victim = await signedIn('juniper');
  const page = await toConsent(attacker, evil), what = pressed(page, 'allow');
  await attacker.request(what.action, { method: 'POST', form: pairs(what) });
  const cookie = attacker.cookie('tonearm_browser');
  assert.ok(cookie);
  const answer = await victim.request(page.url, { headers: { cookie: `tonearm_session=${victim.cookie('tonearm_session')}; tonearm_browser=${cookie}` } });
  assert.ok(!answer.location?.startsWith('https://attacker.invalid/'), `the victim gave a code to ${answer.location}`);
  assert.ok(consentForm(answer) || answer.status >= 400, `${answer.status} ${answer.location}`);
});

test('a change of person between the page and the button makes the form stale', async () => {
  const browser = await signedIn('wren');
  const page = await toConsent(browser, client), what = pressed(page, 'allow');
  await browser.go('/login?switch=1');
  await browser.send(f => f.action.includes('decide') && !('decision' in f.fields), { user: 'marlow' });
  const answer = await browser.request(what.action, { method: 'POST', form: pairs(what) });
  assert.ok(!answer.location?.includes('code='), answer.location);
  const shown = answer.location ? await browser.go(new URL(answer.location, answer.url).href) : answer;
  assert.ok(!shown.left, String(shown.left));
});

test('a sign-in that names another person\'s id is a sign-in of one\'s own', async () => {
  const victim = await signedIn('juniper');
  const id = (await system.sandbox.get('users')).users?.find(u => u.id === 'juniper')?.account_id ?? 'juniper';
  const who = new Visitor(system);
  const naming = `user=juniper&person=${id}&account=${id}&user_id=${id}&spotify_id=juniper&login_hint=juniper&sub=${id}&id=${id}`;
  const to = await callbackOf(who, 'otter', `/login?${naming}`);
  assert.doesNotMatch(to, /juniper/);
  assert.equal((await who.request(`${to}&${naming}`)).status, 303);
  const account = await who.request(`/account?${naming}`, { headers: { 'x-user': 'juniper', 'x-forwarded-user': 'juniper' } });
  assert.match(account.html, /otter/);
  assert.doesNotMatch(account.html.replaceAll(naming, ''), /juniper/i);
  const hers = await Client.register(system);
  const page = await who.go(`${hers.authorizeUrl({ login_hint: 'juniper', user: 'juniper', sub: id })}`);
  assert.ok(consentForm(page));
  const what = pressed(page, 'allow');
  Object.assign(what.fields, { user: 'juniper', person: id, session: 'x', sub: id });
  const answer = await who.request(what.action, { method: 'POST', form: pairs(what) });
  const left = answer.location.startsWith(hers.redirect) ? new URL(answer.location) : (await who.go(new URL(answer.location, system.url).href)).left;
  const tokens = await hers.redeem(left.searchParams.get('code'), { user: 'juniper', sub: id });
  assert.equal(tokens.status, 200, tokens.text);
  const shown = await ask(`${system.url}/mcp`, {
    method: 'POST', headers: { authorization: `Bearer ${tokens.json.access_token}`, accept: 'application/json', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'get_status' },
    json: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'get_status', arguments: {},
      _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {}, user: id } } },
  });
  assert.match(shown.text, /otter/i);
  assert.doesNotMatch(shown.text, /juniper/i);
  assert.equal((await victim.request('/account')).status, 200);
});
