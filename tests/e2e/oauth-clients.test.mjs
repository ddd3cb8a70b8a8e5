// The clients that people use, each from nothing to music: it is given the
// address, opens a browser (Chromium), the person allows it and signs in with
// Spotify's stand-in, and it calls a tool.  What each sends on the way is told.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser } from './lib/browser.mjs';
import { mcpRemote, sdk1, sdk2 } from './lib/clients.mjs';
import { DocumentSite } from './lib/document.mjs';
import { Gate } from './lib/gate.mjs';
import { InspectorWeb, inspectorCommand } from './lib/inspector.mjs';
import { Provider, RawClient, listenForCallback, walkInBrowser } from './lib/oauth.mjs';
import { Opener } from './lib/opener.mjs';
import { startProxy } from './lib/proxy.mjs';
import { call } from './lib/rpc.mjs';
import { System, freePort } from './lib/system.mjs';

let system, gate, browser, endpoint, site;
const table = [];
before(async () => {
  const port = await freePort(), inner = await freePort();
  gate = await Gate.open(port, inner);
  site = await DocumentSite.start();
  system = await System.start({ name: 'oauth-clients', port: inner, args: ['--public-url', gate.url], config: site.config });
  endpoint = `${gate.url}/mcp`;
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await system?.stop();
  gate?.close();
  site?.stop();
});

/** A newcomer's browser; walk(url, done) goes with it to a client's address, which answers itself. */
async function newcomer(t, user) {
  const context = await browser.newContext(), page = await context.newPage(), problems = [];
  t.after(() => context.close());
  page.on('console', m => { if (m.type() === 'error' && !/favicon/.test(m.location().url)) problems.push(m.text()); });
  return {
    page, problems,
    walk: (url, redirect, more = {}) => walkInBrowser(page, url && String(url), {
      user, sandbox: system.sandbox.url, arrived: at => at.startsWith(redirect), ...more }),
  };
}

/** What a client sent on its way, for the table. */
function noted(name, from, began) {
  const [registered] = gate.came('/register', from), [asked] = gate.came('/authorize', from), [redeemed] = gate.came('/token', from);
  const row = {
    client: name, ms: Math.round(performance.now() - began),
    documents: [...new Set(gate.seen.slice(from).filter(s => s.path.startsWith('/.well-known')).map(s => s.path.slice(13)))],
    registered: registered?.json && {
      name: registered.json.client_name, redirects: registered.json.redirect_uris, method: registered.json.token_endpoint_auth_method,
      grants: registered.json.grant_types, scope: registered.json.scope, other: Object.keys(registered.json).filter(k =>
        !['client_name', 'redirect_uris', 'token_endpoint_auth_method', 'grant_types', 'response_types', 'scope'].includes(k)),
    },
    asked: asked?.params, redeemed: redeemed && { ...redeemed.params, auth: redeemed.auth },
  };
  table.push(row);
  return row;
}

/** What each must be able to do when it is in. */
async function makesMusic(client) {
  const found = await client.call('search', { query: 'rain', types: ['track'], limit: 2 });
  assert.ok(!found.isError, JSON.stringify(found));
}

async function program(t, connect, user, name, document) {
  const person = await newcomer(t, user), back = await listenForCallback(), from = gate.mark(), began = performance.now();
  t.after(() => back.close());
  const provider = new Provider(back.redirect, async url => { await person.walk(url, back.redirect); });
  provider.answer = () => back.answer;
  // As the documents of known programs do: the address on this machine without its port.
  if (document) provider.clientMetadataUrl = site.put(document, [back.redirect.replace(/:\d+/, '')]);
  const client = await connect(endpoint, null, { provider });
  t.after(() => client.close());
  await makesMusic(client);
  const row = noted(name, from, began);
  assert.equal(provider.opened, 1);
  assert.equal(provider.kept.tokens.expires_in, 3600);
  assert.equal(row.asked.resource, endpoint);
  if (document) assert.equal(row.registered, undefined);
  assert.deepEqual(person.problems, []);
}

test('SDK v1', t => program(t, sdk1, 'marlow', 'SDK v1'));
test('SDK v2, 2026-07-28', t => program(t, sdk2, 'wren', 'SDK v2'));
test('SDK v2, handshake', t => program(t, (url, token, more) => sdk2(url, token, { era: 'legacy', ...more }), 'juniper', 'SDK v2, handshake'));
test('SDK v1 with a metadata document', t => program(t, sdk1, 'saffron', 'SDK v1, document', '/one/client.json'));
test('SDK v2 with a metadata document', t => program(t, sdk2, 'otter', 'SDK v2, document', '/two/client.json'));

for (const protocol of [undefined, 'auto'])
  test(`mcp-remote${protocol ? ` --protocol ${protocol}` : ''}`, async t => {
    const person = await newcomer(t, 'saffron'), opener = new Opener(), from = gate.mark(), began = performance.now();
    t.after(() => opener.close());
    const connecting = mcpRemote(endpoint, null, { protocol, browser: opener.program });
    connecting.catch(() => {});
    t.after(async () => (await connecting).close());
    const url = await opener.next(), redirect = new URL(url).searchParams.get('redirect_uri');
    await person.walk(url, redirect);
    const client = await connecting;
    await makesMusic(client);
    noted(`mcp-remote${protocol ? ` ${protocol}` : ''}`, from, began);
  });

test('the Inspector\'s command line', async t => {
  const person = await newcomer(t, 'otter'), opener = new Opener(), from = gate.mark(), began = performance.now();
  t.after(() => opener.close());
  const command = await inspectorCommand(endpoint, opener.program,
    ['--method', 'tools/call', '--tool-name', 'search', '--tool-arg', 'query=blue', 'limit=2']);
  t.after(() => command.stop());
  const url = await opener.next();
  await person.walk(url, new URL(url).searchParams.get('redirect_uri'));
  const called = await command.result();
  assert.ok(!called.isError, JSON.stringify(called));
  noted('Inspector, command line', from, began);
});

test('the Inspector in the browser', async t => {
  const person = await newcomer(t, 'marlow'), inspector = await InspectorWeb.start(endpoint), from = gate.mark(), began = performance.now();
  t.after(() => inspector.stop());
  await inspector.connect(person.page);
  await person.walk(null, inspector.url);
  const text = await inspector.call(person.page, 'get_status');
  assert.match(text, /marlow/i);
  noted('Inspector, browser', from, began);
});

test('Chromium lets the page lead to every kind of address', async t => {
  // form-action is held against the whole way that a form's answer leads.
  for (const redirect of ['https://claude.ai/api/mcp/auth_callback', 'https://vscode.dev/redirect', 'http://localhost:29999/callback', 'http://[::1]:29999/callback']) {
    const person = await newcomer(t, 'marlow'), me = await (await new RawClient(endpoint, redirect).discover()).register();
    // Nobody answers there: that it was asked for is enough.
    let asked;
    person.page.on('request', request => { if (request.url().startsWith(redirect)) asked = request.url(); });
    // The second time the person is signed in already, and the form leads straight there.
    for (let time = 0; time < 2; time++) {
      asked = undefined;
      await person.walk(me.begin(), redirect, { until: () => asked });
      assert.equal((await me.redeem(me.code(asked))).status, 200, redirect);
    }
    assert.deepEqual(person.problems.filter(p => /Content.Security/i.test(p)), []);
  }
  const person = await newcomer(t, 'marlow'), me = await (await new RawClient(endpoint, 'cursor://anysphere.cursor-mcp/oauth/callback').discover()).register();
  let handed;
  await person.walk(me.begin(), '', { arrived: () => false, until: async page => {
    const links = page.locator('a[href^="cursor:"]');
    if (await links.count()) handed = await links.first().getAttribute('href');
    return handed;
  } });
  assert.equal((await me.redeem(me.code(handed))).status, 200);
});

test('from the consent page to the first answer of a tool: five newcomers', async t => {
  const times = [];
  for (const user of ['marlow', 'wren', 'juniper', 'saffron', 'otter']) {
    const person = await newcomer(t, user), back = await listenForCallback();
    t.after(() => back.close());
    const me = await (await new RawClient(endpoint, back.redirect).discover()).register();
    const began = performance.now();
    const url = await person.walk(me.begin(), back.redirect), came = performance.now();
    await me.redeem(me.code(url));
    const redeemed = performance.now();
    assert.ok(!(await call(endpoint, me.tokens.access_token, 'get_status')).isError);
    times.push([performance.now() - began, came - began, redeemed - came, performance.now() - redeemed]);
  }
  const median = i => times.map(all => all[i]).sort((a, b) => a - b)[2].toFixed(0);
  console.log(`medians of five, ms: ${median(0)} in all; ${median(1)} in Chromium, ${median(2)} for /token, ${median(3)} for the first call`);
});

test('through nginx with TLS, with cookies that only this host gets', async t => {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  const port = await freePort(), proxy = await startProxy('nginx', port);
  t.after(() => proxy.stop());
  const other = await System.start({ name: 'oauth-clients-nginx', port, args: ['--public-url', proxy.url] });
  t.after(() => other.stop());
  const context = await browser.newContext({ ignoreHTTPSErrors: true }), page = await context.newPage(), back = await listenForCallback();
  t.after(() => { back.close(); return context.close(); });
  const provider = new Provider(back.redirect, url => walkInBrowser(page, String(url),
    { user: 'marlow', sandbox: other.sandbox.url, arrived: at => at.startsWith(back.redirect) }));
  provider.answer = () => back.answer;
  const client = await sdk2(`${proxy.url}/mcp`, null, { provider });
  t.after(() => client.close());
  await makesMusic(client);
  const cookies = (await context.cookies(proxy.url)).filter(c => /tonearm/.test(c.name));
  assert.ok(cookies.length >= 2);
  for (const c of cookies) assert.ok(c.name.startsWith('__Host-') && c.secure && c.httpOnly && c.path === '/', JSON.stringify({ ...c, value: '' }));
});

test('what they sent', () => {
  for (const { client, ms, documents, registered: r, asked, redeemed } of table) {
    console.log(`${client} (${ms} ms): reads ${documents.join(', ')}`);
    console.log(r ? `  registers as "${r.name}", ${r.redirects.join(' ')}, ${r.method}, ${r.grants.join(' ')}, scope "${r.scope ?? ''}", also ${r.other.join(' ') || 'nothing'}` : `  is ${asked.client_id}`);
    console.log(`  asks with ${Object.keys(asked).filter(k => k !== 'scope').join(' ')}, scope "${asked.scope ?? ''}"; redeems with ${Object.keys(redeemed).filter(k => redeemed[k]).join(' ')}`);
  }
});
