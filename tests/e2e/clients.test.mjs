// The main job as a newcomer does it: sign in with a real browser, paste what
// the page shows into real clients that know nothing of us, make music.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inspector, mcpRemote, sdk1, sdk2 } from './lib/clients.mjs';
import { fitsPhone, openBrowser, shoot } from './lib/browser.mjs';
import { signInBrowser } from './lib/journey.mjs';
import { startProxy } from './lib/proxy.mjs';
import { System } from './lib/system.mjs';

let system, browser, proxy, token, link;
before(async () => {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  system = await System.start({ name: 'clients' });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await proxy?.stop();
  await system?.stop();
});

/** Text of a tool's answer; fails when it is an error. */
function textOf(result) {
  const text = result.content.map(c => c.text ?? '').join('\n');
  assert.ok(!result.isError, text);
  return text;
}

test('a newcomer signs in, makes a token and a link, and every page is fit to be seen', async () => {
  const context = await browser.newContext();
  const landing = await context.newPage();
  const problems = [];
  landing.on('console', m => { if (m.type() === 'error') problems.push(m.text()); });
  await landing.goto(system.url);
  await shoot(landing, 'landing');
  assert.ok(await fitsPhone(landing), 'the landing page is wider than a phone');
  const page = await signInBrowser(context, system, 'marlow');
  page.on('console', m => { if (m.type() === 'error') problems.push(m.text()); });
  await shoot(page, 'account');
  assert.ok(await fitsPhone(page), 'the account page is wider than a phone');
  assert.match(await page.textContent('main'), /marlow/i);

  const form = page.locator('form[action="/account/token"]');
  await form.locator('input[name=label]').fill('Claude Code on my laptop');
  await form.locator('button').click();
  await page.waitForSelector('pre:has-text("tonearm_p")');
  await shoot(page, 'token');
  assert.ok(await fitsPhone(page), 'the token page is wider than a phone');
  token = (await page.textContent('main')).match(/tonearm_pt_[\w-]+/)[0];
  await page.goto(`${system.url}/account`);
  assert.doesNotMatch(await page.content(), new RegExp(token));
  await page.locator('form[action="/account/link"] button').first().click();
  await page.waitForSelector('pre:has-text("tonearm_p")');
  await shoot(page, 'link');
  link = (await page.textContent('main')).match(/http[^\s"]*claude-mcp\?token=tonearm_pl_[\w-]+/)[0];
  for (const [path, name] of [['/account', 'account-full'], ['/account/delete', 'delete'], ['/privacy', 'privacy'],
    ['/terms', 'terms'], ['/nowhere', 'not-found'], ['/callback?error=access_denied&state=x', 'bad-state']]) {
    await page.goto(system.url + path);
    await shoot(page, name);
    assert.ok(await fitsPhone(page), `${path} is wider than a phone`);
  }
  assert.deepEqual(problems.filter(p => !/404|400|403/.test(p)), []);
  await context.close();
});

/** What each client must be able to do. */
async function buildsAPlaylistAndPlaysIt(client, name) {
  const tools = (await client.list()).map(t => t.name);
  for (const tool of ['search', 'get_playback', 'play', 'pause', 'list_playlists', 'get_playlist', 'create_playlist',
    'add_to_playlist', 'get_library', 'get_status'])
    assert.ok(tools.includes(tool), `${tool} is missing in ${tools}`);
  const found = await client.call('search', { query: 'rain', types: ['track'], limit: 3 });
  textOf(found);
  const uris = [...JSON.stringify(found.structuredContent).matchAll(/spotify:track:\w{22}|open\.spotify\.com\/track\/\w{22}/g)]
    .map(m => m[0].replace('open.spotify.com/track/', 'spotify:track:'));
  assert.ok(uris.length > 0, 'search found nothing');
  const made = await client.call('create_playlist', { name, description: 'made by a test' });
  textOf(made);
  textOf(await client.call('add_to_playlist', { playlist: name, uris: uris.slice(0, 2) }));
  assert.match(textOf(await client.call('get_playlist', { playlist: name })), new RegExp(uris[0].split(':')[2]));
  textOf(await client.call('play', { playlist: name }));
  const player = (await system.sandbox.get('player?user=marlow')).state;
  assert.equal(player.is_playing, true);
  const now = textOf(await client.call('get_playback'));
  assert.match(now, /playing/i);
  textOf(await client.call('pause'));
  assert.equal((await system.sandbox.get('player?user=marlow')).state.is_playing, false);
  const status = await client.read('spotify://status');
  assert.match(JSON.stringify(status), /marlow/i);
}

test('SDK v1, the handshake era, builds a playlist and starts music', async () => {
  const client = await sdk1(`${system.url}/mcp`, token);
  assert.equal(client.client.getServerVersion().name, 'tonearm');
  await buildsAPlaylistAndPlaysIt(client, 'From the first SDK');
  await client.close();
});

test('SDK v2, 2026-07-28, builds a playlist and starts music', async () => {
  const client = await sdk2(`${system.url}/mcp`, token);
  await buildsAPlaylistAndPlaysIt(client, 'From the second SDK');
  const record = client.client.getNegotiatedProtocolVersion?.() ?? client.client.protocolVersion;
  assert.equal(record, '2026-07-28');
  await client.close();
});

test('the personal link alone is enough for a client, as Claude takes it', async () => {
  const client = await sdk1(link);
  await buildsAPlaylistAndPlaysIt(client, 'From the link');
  await client.close();
});

test('mcp-remote with a header', async () => {
  const client = await mcpRemote(`${system.url}/mcp`, token);
  await buildsAPlaylistAndPlaysIt(client, 'From the bridge');
  await client.close();
});

test('the Inspector\'s command line lists, calls and finds no schema problem', async () => {
  const listed = await inspector(`${system.url}/mcp`, token, ['--method', 'tools/list', '--strict']);
  assert.ok(listed.tools.length >= 10);
  const called = await inspector(`${system.url}/mcp`, token,
    ['--method', 'tools/call', '--tool-name', 'search', '--tool-arg', 'query=blue', 'limit=2']);
  assert.ok(!called.isError, JSON.stringify(called));
  const read = await inspector(`${system.url}/mcp`, token, ['--method', 'resources/read', '--uri', 'spotify://status']);
  assert.match(JSON.stringify(read), /marlow/i);
});

test('through nginx with TLS: sign in in Chromium, list, play, revoke', async () => {
  await system.stop();
  const { freePort } = await import('./lib/system.mjs');
  const port = await freePort();
  // The proxy's address must be the public one, and the sandbox must know its callback.
  proxy = await startProxy('nginx', port);
  system = await System.start({ name: 'clients-nginx', port, args: ['--public-url', proxy.url] });
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await signInBrowser(context, system, 'marlow', proxy.url);
  const form = page.locator('form[action="/account/token"]');
  await form.locator('input[name=label]').fill('through nginx');
  await form.locator('button').click();
  await page.waitForSelector('pre:has-text("tonearm_p")');
  const fresh = (await page.textContent('main')).match(/tonearm_pt_[\w-]+/)[0];
  const v1 = await sdk1(`${proxy.url}/mcp`, fresh), v2 = await sdk2(`${proxy.url}/mcp`, fresh);
  await buildsAPlaylistAndPlaysIt(v1, 'Through nginx, first');
  await buildsAPlaylistAndPlaysIt(v2, 'Through nginx, second');
  await page.goto(`${proxy.url}/account`);
  await page.locator('form[action="/account/revoke"] button').first().click();
  await page.waitForURL(/\/account$/);
  await assert.rejects(v2.call('get_status'), 'a revoked token still works');
  await v1.close().catch(() => {});
  await v2.close().catch(() => {});
  await context.close();
});
