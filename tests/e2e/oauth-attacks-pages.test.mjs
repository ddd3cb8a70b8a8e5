// Attacks by way of what pages show and what heads carry: markup in names,
// frames, forms of other sites, line breaks, cookies, documents of clients.
// Each test has the name of its rule in docs/protocol.md or of its incident.
import assert from 'node:assert/strict';
import { createServer as createHttp } from 'node:http';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { openBrowser, signIn, signInBrowser } from './lib/journey.mjs';
import { CALLBACK, Client, HOSTED, Visitor, ask, bytes, challengeOf, connected, consentForm, headOf, sql, toConsent } from './lib/raider.mjs';
import { stopRecording } from './lib/record.mjs';
import { System, sleep } from './lib/system.mjs';

stopRecording();

let system, browser, context, page;
const opened = [], PAYLOADS = [
  '<script>window.broken=1</script>', '<img src=x onerror=window.broken=1>', '"><svg onload=window.broken=1>', "'><b>bold</b>", '" autofocus onfocus=window.broken=1 x="',
  "' onmouseover='window.broken=1", '</title><script>window.broken=1</script>', '</textarea><script>window.broken=1</script>', '<!--', '-->', '{{csrf}}', '{{{name}}}', '{{> head.html}}', '{{#sandbox}}',
  'javascript:window.broken=1', '&lt;script&gt;window.broken=1&lt;/script&gt;', '&#60;script&#62;', '%3Cscript%3E', '\u003cscript\u003ewindow.broken=1', '<a href="javascript:window.broken=1">x</a>',
  '<meta http-equiv=refresh content="0;url=https://attacker.invalid/">', '<base href=https://attacker.invalid/>', '<style>*{display:none}</style>', '<form action=https://attacker.invalid/>', '<button form=x>',
];

before(async () => {
  system = await System.start({ name: 'oauth-attacks-pages' });
  browser = await openBrowser();
  context = await browser.newContext();
  page = await signInBrowser(context, system, 'juniper');
  page.on('dialog', d => { opened.push(d.message()); return d.dismiss(); });
  page.on('request', r => { if (/attacker\.invalid/.test(new URL(r.url()).host)) opened.push(r.url()); });
});
after(async () => {
  await browser?.close();
  await system?.stop();
});

/** What the page is made of, but for its texts and the values of its attributes. */
const skeleton = () => page.evaluate(() => [...document.querySelectorAll('*')].map(e => `${e.tagName} ${[...e.attributes].map(a => a.name)}`).join('\n'));

/** The page at this address has the same bones as another and runs nothing. */
async function harmless(address, bones, what) {
  await page.goto(address);
  assert.equal(await skeleton(), bones, what);
  assert.equal(await page.evaluate(() => window.broken ?? document.scripts.length), 0, what);
  assert.deepEqual(opened, [], what);
}

test('XSS in client names, A-32: a name is text on the consent page, whatever it says', async () => {
  const consent = async client_name => {
    const client = await Client.register(system, { client_name, redirect_uris: [HOSTED] });
    return client.authorizeUrl();
  };
  await page.goto(await consent('Plain'));
  assert.match(page.url(), /\/consent\?request=/);
  const bones = await skeleton();
  let shown = 0;
  for (const payload of PAYLOADS) {
    const name = `Name ${payload}`, answer = await new Client(system).registerRaw({ client_name: name, redirect_uris: [HOSTED] });
    if (answer.status === 400) continue;    // it may be refused as well
    await harmless(await consent(name), bones, name);
    assert.ok((await page.textContent('main')).includes(payload.slice(0, 20)), `${name} is not shown as it is`);
    shown++;
  }
  assert.ok(shown >= PAYLOADS.length - 4, `${shown} names were shown`);
});

test('A-32: a name cannot hide or rearrange what the page says', async () => {
  const tricks = ['Evil\u202e tneilc', 'a\u0000b', 'a\u0007b', 'a\nb', 'a\r\nSet-Cookie: x', '\u200f\u2066x\u2069', 'a\u200bb', '\ufeffx', `${'W'.repeat(400)}`, ' ', '\u00a0', '', 'Tonearm', 'Spotify', '\u2028x'];
  const main = async name => {
    const answer = await new Client(system).registerRaw({ client_name: name, redirect_uris: [HOSTED] });
    if (answer.status === 400) return undefined;
    const client = Object.assign(new Client(system), { id: answer.json.client_id, redirect: HOSTED });
    await page.goto(client.authorizeUrl());
    return page.textContent('main');
  };
  for (const name of tricks) {
    const text = await main(name);
    if (text === undefined) continue;
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069\u200e\u200f\u2028\u2029\ufeff]/, JSON.stringify(name));
    assert.match(text, /client\.invalid/, `${JSON.stringify(name)}: the host is there`);
    assert.ok(text.length < 20000);
  }
});

test('XSS in links of clients: client_uri, logo and policy addresses lead nowhere dangerous', async () => {
  for (const uri of ['javascript:window.broken=1', 'data:text/html,<script>window.broken=1</script>', 'https://a.invalid/"onclick="window.broken=1', 'https://a.invalid/\'x', '//attacker.invalid/', 'http://[', '']) {
    const metadata = { client_name: 'Links', redirect_uris: [HOSTED], client_uri: uri, logo_uri: uri, policy_uri: uri, tos_uri: uri };
    const answer = await new Client(system).registerRaw(metadata);
    if (answer.status !== 201) continue;
    const client = Object.assign(new Client(system), { id: answer.json.client_id, redirect: HOSTED });
    await page.goto(client.authorizeUrl());
    assert.match(page.url(), /\/consent/, uri);
    const links = await page.evaluate(() => [...document.querySelectorAll('[href],[src],[action],[formaction]')].map(e => e.href?.baseVal ?? e.href ?? e.src ?? e.action));
    for (const link of links) assert.match(link, /^(https?:\/\/127\.0\.0\.1|https:\/\/(a\.invalid|client\.invalid|[\w.]*spotify\.com|developer\.spotify\.com)|mailto:)/, `${uri}: ${link}`);
    assert.equal(await page.evaluate(() => document.images.length), 0, 'no picture from outside');
    assert.deepEqual(opened, []);
  }
});

test('XSS in display names: a name from Spotify is text on the account and the consent page', async () => {
  await page.goto(`${system.url}/account`);
  const client = await Client.register(system, { redirect_uris: [HOSTED] });
  const bones = await skeleton(), before = await page.title();
  await page.goto(client.authorizeUrl());
  const consent = await skeleton();
  try {
    for (const payload of PAYLOADS.slice(0, 14)) {
      sql(system, `update tonearm.person set display_name = '${payload.replaceAll("'", "''")}' where display_name = 'Juniper' or spotify_id = 'juniper'`);
      await harmless(`${system.url}/account`, bones, payload);
      assert.equal(await page.title(), before);
      await harmless(client.authorizeUrl(), consent, payload);
    }
  } finally {
    sql(system, "update tonearm.person set display_name = 'Juniper' where spotify_id = 'juniper'");
  }
});

test('XSS in client names on the account page, and in labels of tokens', async () => {
  const visitor = await signIn(system, 'juniper');
  const back = Object.assign(new Visitor(system), { jars: visitor.jars });
  await connected(system, 'juniper', { client_name: 'Plain' }, { visitor: back });
  await back.go('/account');
  await back.send(f => f.action.endsWith('/account/token'), { label: 'plain', days: '30' });
  await page.goto(`${system.url}/account`);
  const count = () => page.evaluate(() => [...document.querySelectorAll('main *')].reduce((all, e) => ({ ...all, [e.tagName]: (all[e.tagName] ?? 0) + 1 }), {}));
  const first = await count();
  for (const payload of ['<script>window.broken=1</script>', '"><img src=x onerror=window.broken=1>', "'><svg onload=window.broken=1>"]) {
    await connected(system, 'juniper', { client_name: payload }, { visitor: back });
    await back.go('/account');
    const made = await back.send(f => f.action.endsWith('/account/token'), { label: payload, days: '30' });
    assert.ok([200, 400].includes(made.status));
  }
  await page.goto(`${system.url}/account`);
  const then = await count();
  assert.deepEqual(Object.keys(then).sort(), Object.keys(first).sort(), 'no new kind of element');
  assert.equal(await page.evaluate(() => window.broken ?? document.scripts.length), 0);
  assert.equal(await page.evaluate(() => [...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => a.name.startsWith('on'))).length), 0);
  assert.deepEqual(opened, []);
});

test('XSS in error parameters: no page repeats what an address says as markup', async () => {
  const client = await Client.register(system, { redirect_uris: [HOSTED] });
  const places = [p => `/callback?error=${p}&error_description=${p}&state=${p}`, p => `/callback?code=${p}&state=${p}`, p => `/authorize?client_id=${p}`, p => `/authorize?client_id=${client.id}&redirect_uri=${p}`,
    p => `/authorize?client_id=${client.id}&redirect_uri=${p}&state=${p}&scope=${p}`, p => `/consent?request=${p}`, p => `/login?request=${p}`, p => `/login?invite=${p}&app=${p}`, p => `/invite?code=${p}`, p => `/invite/${p}`, p => `/account?notice=${p}&error=${p}`, p => `/${p}`,
    p => `/.well-known/oauth-authorization-server/${p}`, p => `/account/delete?x=${p}`];
  for (const place of places)
    for (const payload of PAYLOADS.slice(0, 9)) {
      const address = `${system.url}${place(encodeURIComponent(payload))}`;
      // Spotify's word is heard only by a browser that began a sign-in.
      if (place(':').startsWith('/callback')) await context.addCookies([{ name: 'tonearm_login', value: `${'A'.repeat(43)}.1s`, url: `${system.url}/callback` }]);
      const answer = await ask(address, { headers: { cookie: `tonearm_login=${'A'.repeat(43)}.1s` } });
      if (/html/.test(answer.headers.get('content-type') ?? '')) assert.ok(!answer.text.includes(payload) || !/[<>"]/.test(payload), `${address}: ${payload}`);
      else assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', address);
      await page.goto(address).catch(() => {});
      assert.equal(await page.evaluate(() => window.broken), undefined, address);
      assert.deepEqual(opened, [], address);
    }
});

test('every page says that it may not be framed, cached, sniffed or told of elsewhere, and runs no script', async () => {
  const visitor = new Visitor(system), client = await Client.register(system);
  const consent = await toConsent(visitor, client);
  await visitor.go('/login');
  await visitor.send(f => f.action.includes('decide') && !('decision' in f.fields), { user: 'wren' });
  const own = await visitor.request(client.authorizeUrl());
  const list = ['/', '/privacy', '/terms', '/account', '/account/delete', '/nowhere', '/callback?code=x&state=y', '/authorize', '/consent', '/consent?request=0', '/login?request=0', consent.url, own.location];
  for (const address of list) {
    const answer = await visitor.request(address), policy = answer.headers.get('content-security-policy') ?? '';
    if (answer.status >= 300 && answer.status < 400) continue;
    assert.match(policy, /frame-ancestors 'none'/, address);
    assert.match(policy, /default-src 'none'/, address);
    assert.doesNotMatch(policy, /script-src|unsafe/, address);
    assert.match(policy, /form-action/, address);
    assert.match(policy, /base-uri 'none'/, address);
    assert.equal(answer.headers.get('x-frame-options'), 'DENY', address);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', address);
    assert.match(answer.headers.get('referrer-policy') ?? '', /^(no-referrer|same-origin)$/, address);
    if (!/^\/(privacy|terms)?$/.test(address)) assert.match(answer.headers.get('cache-control') ?? '', /no-store/, address);
    assert.doesNotMatch(answer.html, /<script|\son\w+\s*=|javascript:/i, address);
  }
});

test('clickjacking, A-32: no page of ours appears in a frame', async () => {
  const client = await Client.register(system, { redirect_uris: [HOSTED] });
  const paths = [client.authorizeUrl(), `${system.url}/account`, `${system.url}/account/delete`, `${system.url}/login`, `${system.url}/`];
  const evil = createHttp((_, answer) => {
    answer.setHeader('content-type', 'text/html');
    answer.end(paths.map(p => `<iframe src="${p.replaceAll('&', '&amp;')}"></iframe><object data="${p.replaceAll('&', '&amp;')}"></object>`).join(''));
  });
  await new Promise(resolve => evil.listen(0, '127.0.0.1', resolve));
  try {
    await page.goto(`http://127.0.0.1:${evil.address().port}/`, { waitUntil: 'load' });
    await sleep(500);
    const frames = page.frames().slice(1);
    assert.ok(frames.length >= paths.length, `${frames.length} frames`);
    for (const frame of frames) assert.doesNotMatch(await frame.content().catch(() => ''), /csrf|<form|Tonearm/, frame.url());
  } finally {
    evil.close();
  }
});

test('CSRF by a page of another port, which shares the cookies: nothing happens in a real browser', async () => {
  const client = await Client.register(system, { redirect_uris: [HOSTED] });
  // The attacker may even know the proofs: all that is missing is that the button is pressed here.
  const fieldsOf = action => page.evaluate(where => [...document.forms].filter(f => f.action.endsWith(where))
    .flatMap(f => [...f.elements].filter(e => e.value !== 'refuse').map(e => [e.name, e.value])), action);
  await page.goto(`${system.url}/account/delete`);
  const deletion = await fieldsOf('/account/delete');
  await page.goto(client.authorizeUrl());
  const consent = page.url(), allow = await fieldsOf('/consent');
  assert.ok(deletion.some(([name]) => name === 'csrf') && allow.some(([, value]) => value === 'allow'));
  const evil = createHttp((request, answer) => {
    answer.setHeader('content-type', 'text/html');
    const quoted = text => String(text).replaceAll('&', '&amp;').replaceAll('"', '&quot;');
    const inputs = (request.url === '/delete' ? deletion : allow).filter(([name]) => name).map(([name, value]) => `<input name="${quoted(name)}" value="${quoted(value)}">`).join('');
    const action = request.url === '/delete' ? `${system.url}/account/delete` : new URL('/consent', system.url).href + new URL(consent).search;
    answer.end(`<form method=post action="${quoted(action)}">${inputs}</form><script>document.forms[0].submit()</script>`);
  });
  await new Promise(resolve => evil.listen(0, '127.0.0.1', resolve));
  try {
    for (const path of ['/', '/delete']) {
      const answered = page.waitForResponse(r => r.request().method() === 'POST' && r.url().startsWith(system.url));
      await page.goto(`http://127.0.0.1:${evil.address().port}${path}`).catch(() => {});
      const answer = await answered;
      assert.ok(answer.status() >= 400 && answer.status() < 500, `${path}: ${answer.status()}`);
    }
    await page.goto(`${system.url}/account`);
    assert.match(await page.textContent('main'), /Juniper/, 'the account is still there');
    // The request of before is still waiting for the real button.
    await page.goto(consent);
    assert.ok(await page.locator('form[action*="/consent"] button').first().isVisible());
  } finally {
    evil.close();
  }
});

/** One request by hand; its head. */
async function head(target, lines = [], { method = 'GET', body = '', host = `127.0.0.1:${system.port}`, port = system.port } = {}) {
  const got = await bytes(port, `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${lines.map(l => `${l}\r\n`).join('')}` +
    `${body ? `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` : ''}\r\n${body}`);
  return Object.assign(headOf(got), { got });
}

test('header injection: what is echoed into a head breaks no line', async () => {
  const client = await Client.register(system, { redirect_uris: [CALLBACK] });
  const common = `response_type=code&client_id=${client.id}&code_challenge=${challengeOf('x'.repeat(43))}&code_challenge_method=S256`;
  const breaks = ['%0d%0aX-Injected:%201', '%0aX-Injected:%201', '%0dX-Injected:%201', '%0d%0a%0d%0a<script>', '%00%0d%0aX-Injected:1', '%E5%98%8A%E5%98%8DX-Injected:1', '%C4%8D%C4%8AX-Injected:1', '%e2%80%a8X-Injected:1', '%85X-Injected:1', '%0b%0cX-Injected:1'];
  const wire = { state: b => `&redirect_uri=${encodeURIComponent(CALLBACK)}&state=${b}&prompt=none`, scope: b => `&redirect_uri=${encodeURIComponent(CALLBACK)}&scope=${b}`, redirect: b => `&redirect_uri=${encodeURIComponent(CALLBACK)}${b}`,
    resource: b => `&redirect_uri=${encodeURIComponent(CALLBACK)}&resource=${b}`, response: b => `&redirect_uri=${encodeURIComponent(CALLBACK)}&response_mode=${b}` };
  for (const [name, query] of Object.entries(wire))
    for (const evil of breaks) {
      const answer = await head(`/authorize?${common}${query(evil)}`);
      assert.ok(answer.status >= 300 && answer.status < 500, `${name} ${evil}: ${answer.got.slice(0, 200)}`);
      assert.ok(!answer.names.includes('x-injected'), `${name} ${evil}`);
      const location = answer.fields.find(([n]) => n === 'location')?.[1];
      // eslint-disable-next-line no-control-regex
      if (location) assert.doesNotMatch(location, /[\u0000-\u0020\u007f-\uffff"<>\\]/, `${name} ${evil}: ${location}`);
      if (name === 'redirect') assert.equal(location, undefined, evil);
    }
  for (const path of ['/login?request=', '/login?switch=', '/consent?request=', '/account?', '/.well-known/oauth-protected-resource/', '/callback?state=x&error='])
    for (const evil of breaks) {
      const answer = await head(path + evil, ['Cookie: tonearm_login=' + 'A'.repeat(43) + '.1s']);
      assert.ok(!answer.names.includes('x-injected') && answer.status < 500, `${path}${evil}: ${answer.status}`);
    }
  for (const cookie of ['tonearm_browser=x%0d%0aX-Injected:1', 'tonearm_browser="x; Path=/evil"', `tonearm_browser=${'A'.repeat(42)}\u0001`, 'tonearm_browser=; tonearm_browser=x', `tonearm_browser=${'x'.repeat(3000)}`, '=x; tonearm_browser', ';;;']) {
    const answer = await head(`/authorize?${common}&redirect_uri=${encodeURIComponent(CALLBACK)}`, [`Cookie: ${cookie}`]);
    assert.ok(!answer.names.includes('x-injected'), cookie);
    const set = answer.fields.filter(([n]) => n === 'set-cookie').map(([, v]) => v);
    for (const one of set) assert.match(one, /^tonearm_\w+=[\w-]{43}; Path=[\w/]+; Max-Age=\d+; HttpOnly; SameSite=Lax$/, cookie);
  }
});

test('header injection at registration: no field of a client carries a line break into anything', async () => {
  for (const name of ['client_name', 'client_uri', 'scope', 'software_id', 'token_endpoint_auth_method', 'logo_uri', 'contacts']) {
    const body = JSON.stringify({ client_name: 'x', redirect_uris: [HOSTED], [name]: 'a\r\nX-Injected: 1\r\n\r\n<b>' });
    const answer = await head('/register', [], { method: 'POST', body });
    assert.ok([201, 400].includes(answer.status), `${name}: ${answer.got.slice(0, 200)}`);
    assert.ok(!answer.names.includes('x-injected'), name);
    assert.ok(!answer.got.split('\r\n\r\n').slice(1).join('').includes('\r\nX-Injected'), name);
  }
});

test('A-33: over https the cookies are for this host alone, and never for a script', async () => {
  const other = await System.start({ name: 'oauth-attacks-https', args: ['--public-url', 'https://music.example.org'] });
  try {
    const where = { host: 'music.example.org', port: other.port };
    const made = await head('/register', [], { ...where, method: 'POST', body: JSON.stringify({ client_name: 'x', redirect_uris: [HOSTED] }) });
    assert.equal(made.status, 201, made.got);
    const id = made.got.match(/"client_id":\s*"([^"]+)"/)[1];
    const answer = await head(`/authorize?response_type=code&client_id=${encodeURIComponent(id)}&redirect_uri=${encodeURIComponent(HOSTED)}&code_challenge=${challengeOf('x')}&code_challenge_method=S256`, [], where);
    assert.equal(answer.status, 303, answer.got);
    const login = await head('/login', [], where);
    const set = [...answer.fields, ...login.fields].filter(([n]) => n === 'set-cookie').map(([, v]) => v);
    assert.equal(set.length, 2, JSON.stringify(set));
    for (const one of set) {
      assert.match(one, /; HttpOnly; SameSite=Lax; Secure$/);
      assert.doesNotMatch(one, /Domain/i);
      assert.match(one, /^(__Host-[^;]*; Path=\/;|__Secure-tonearm_login=[^;]*; Path=\/callback;)/);
    }
    // The same names without the prefix, as another site of the domain could plant them, are nobody's.
    const planted = await head('/account', [`Cookie: tonearm_session=${'A'.repeat(43)}; tonearm_browser=${'B'.repeat(43)}`], where);
    assert.notEqual(planted.status, 200);
    assert.match(made.got, /201/);
  } finally {
    await other.stop();
  }
});

test('A-33: of two cookies with one name neither can be somebody else\'s choice', async () => {
  const visitor = await signIn(system, 'wren'), mine = visitor.cookie('tonearm_session');
  for (const cookie of [`tonearm_session=${'A'.repeat(43)}; tonearm_session=${mine}`, `tonearm_session=${mine}; tonearm_session=${'A'.repeat(43)}`, `tonearm_session=${mine}x`, `Tonearm_Session=${mine}`,
    `tonearm_session="${mine}"`, `xtonearm_session=${mine}`, `tonearm_session =${mine}`]) {
    const answer = await ask(`${system.url}/account`, { headers: { cookie } });
    assert.ok([200, 302, 303, 400, 401, 403].includes(answer.status), `${cookie.slice(0, 30)}: ${answer.status}`);
    if (answer.status === 200) assert.match(answer.text, /wren/i);
  }
});

test('CORS: only what holds no cookie can be read by other sites, and never with one', async () => {
  const from = { origin: 'https://attacker.invalid' };
  for (const path of ['/', '/login', '/account', '/consent', '/authorize', '/account/delete']) {
    const answer = await ask(`${system.url}${path}`, { headers: from });
    assert.equal(answer.headers.get('access-control-allow-origin'), null, path);
  }
  for (const [method, path] of [['POST', '/token'], ['POST', '/register'], ['POST', '/revoke'], ['GET', '/.well-known/oauth-authorization-server'], ['GET', '/.well-known/oauth-protected-resource/mcp']]) {
    const answer = await ask(`${system.url}${path}`, { method, headers: from, ...(method === 'POST' ? { form: { x: 'y' } } : {}) });
    assert.equal(answer.headers.get('access-control-allow-credentials'), null, path);
    assert.ok(answer.status < 500, `${path}: ${answer.status}`);
    assert.deepEqual(answer.headers.getSetCookie(), [], path);
  }
});

test('CVE-2025-6514: no address in what we publish was made by a stranger', async () => {
  await Client.register(system, { client_name: 'x', redirect_uris: ['https://attacker.invalid/cb'], client_uri: 'https://attacker.invalid/' });
  for (const path of ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration', '/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp']) {
    const answer = await ask(`${system.url}${path}?issuer=https://attacker.invalid`, { headers: { 'x-forwarded-host': 'attacker.invalid', referer: 'https://attacker.invalid/' } });
    assert.equal(answer.status, 200, path);
    assert.doesNotMatch(answer.text, /attacker/, path);
    for (const [, url] of answer.text.matchAll(/"(https?:[^"]*)"/g)) assert.ok(new URL(url).origin === system.url, `${path}: ${url}`);
  }
});

test('GHSA-vv7q-7jx5-f767, A-25: a client_id never makes us connect to ourselves or to a neighbour', async () => {
  let connections = 0;
  const canary = createServer(socket => { connections++; socket.destroy(); });
  await new Promise(resolve => canary.listen(0, '127.0.0.1', resolve));
  const { port } = canary.address();
  const hosts = ['127.0.0.1', 'localhost', 'LOCALHOST.', 'localhost.localdomain', '127.1', '0', '0.0.0.0', '2130706433', '0x7f000001', '0177.0.0.1', '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[64:ff9b::7f00:1]',
    '10.0.0.1', '172.16.0.1', '192.168.0.1', '169.254.169.254', '[fe80::1]', '[fd00::1]', '100.64.0.1', '198.18.0.1', '224.0.0.1', '255.255.255.255', 'metadata.google.internal', '127.0.0.1.', '127.0.0.1%00.example.com', 'a@127.0.0.1', '①②⑦.0.0.1'];
  const addresses = hosts.flatMap(h => [`https://${h}:${port}/client.json`, `https://${h}/client.json`]).concat(
    `http://127.0.0.1:${port}/client.json`, `https://x@127.0.0.1:${port}/c`, `https://127.0.0.1:${port}`, `https://127.0.0.1:${port}/`, `https://127.0.0.1:${port}/a/../b`, `https://127.0.0.1:${port}/x#f`, `gopher://127.0.0.1:${port}/x`, `file:///etc/passwd`,
    `https://127.0.0.1:22/x`, `https://127.0.0.1:${system.port}/x`, `ftp://127.0.0.1:${port}/x`, `https:127.0.0.1:${port}/x`, `https://127.0.0.1:${port}\\x`, `https://example.com@127.0.0.1:${port}/x`, `//127.0.0.1:${port}/x`);
  const client = new Client(system);
  try {
    const queue = [...addresses];
    await Promise.all(Array.from({ length: 4 }, async () => {
      for (let address; (address = queue.pop()) !== undefined;) {
        const began = performance.now(), answer = await ask(Object.assign(client, { id: address, redirect: HOSTED }).authorizeUrl());
        assert.ok(answer.status >= 400 && answer.status < 600 && !answer.location, `${address}: ${answer.status} ${answer.location}`);
        assert.ok(performance.now() - began < 20000, address);
        assert.doesNotMatch(answer.text, /refused|timed out|ECONN|certificate/i, `${address}: the page tells what was found`);
      }
    }));
    assert.equal(connections, 0, 'somebody of ours has connected');
  } finally {
    canary.close();
  }
});
