// Every page as people meet it: on a desk and on a phone, in light and dark, with
// JavaScript off, by keyboard, and to those who see it poorly or not at all.
// TONEARM_OUT gets a picture of each.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBrowser } from './lib/browser.mjs';
import { Database } from './lib/database.mjs';
import { signInBrowser } from './lib/journey.mjs';
import { measure, names, tabThrough } from './lib/look.mjs';
import { RawClient } from './lib/oauth.mjs';
import { System, outDir } from './lib/system.mjs';

let system, browser, context, page;
const pictures = join(outDir, 'pages'), elsewhere = [], complaints = [];
const sizes = [[1280, 900, 'desk'], [360, 780, 'phone']], themes = ['light', 'dark'];
const cursor = 'cursor://anysphere.cursor-mcp/oauth/callback';

before(async () => {
  mkdirSync(pictures, { recursive: true });
  system = await System.start({ name: 'pages', config: '[operator]\nname = The Listening Room\ncontact = desk@tonearm.example\n' });
  browser = await openBrowser();
  context = await browser.newContext({ javaScriptEnabled: false, reducedMotion: 'reduce' });
  context.on('request', r => {
    if (/^http/.test(r.url()) && ![system.url, system.sandbox.url].some(u => r.url().startsWith(`${u}/`))) elsewhere.push(r.url());
  });
  page = await context.newPage();
  context.on('console', m => { if (m.type() === 'error' && !/status of 4\d\d/.test(m.text())) complaints.push(m.text()); });
}, { timeout: 120000 });

after(async () => {
  await browser?.close();
  await system?.stop();
});

/** Looks at the open page in every size and colour, and by keyboard. */
async function inspect(name, { keyboard = true } = {}) {
  const problems = [];
  assert.match(page.url(), new RegExp(`^${system.url}/`), `${name} is not a page of ours`);
  for (const [width, height, device] of sizes) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.screenshot({ path: join(pictures, `${name}-${device}-${colorScheme}.png`), fullPage: true });
      // What is folded away counts too.
      await page.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = true; }));
      const { texts, problems: found } = await measure(page);
      assert.ok(texts > 5, `${name}: only ${texts} texts were looked at`);
      problems.push(...found.map(p => `${device}, ${colorScheme}: ${p}`));
      if (device === 'desk' && colorScheme === 'light') {
        problems.push(...await names(page));
        if (keyboard) problems.push(...(await tabThrough(page)).problems);
      }
      if (await page.evaluate(() => document.getAnimations().length) > 0) problems.push('something moves');
      await page.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = false; }));
    }
  }
  assert.deepEqual(problems, [], name);
}

test('pages for everybody', { timeout: 180000 }, async () => {
  for (const [path, name] of [['/', 'landing'], ['/privacy', 'privacy'], ['/terms', 'terms'], ['/nowhere', 'not-found'],
    ['/account', 'signed-out'], ['/callback?error=access_denied&state=x', 'bad-state'],
    ['/consent?request=0123456789abcdef0123456789abcdef', 'request-over'],
    ['/authorize?response_type=code&client_id=nobody&redirect_uri=https://nowhere.example/', 'client-unknown']]) {
    await page.goto(system.url + path);
    await inspect(name);
  }
  await page.goto(`${system.url}/`);
  assert.match(await page.textContent('pre'), new RegExp(`^${system.url}/mcp$`));
  await page.goto(`${system.url}/privacy`);
  assert.match(await page.textContent('main'), /The Listening Room[^]*desk@tonearm\.example/);
});

test('the account, from nothing to much', { timeout: 240000 }, async () => {
  await page.close();
  page = await signInBrowser(context, system, 'marlow');
  await inspect('account-new');
  const token = page.locator('form[action="/account/token"]');
  await token.locator('input[name=label]').fill('Backup script');
  await token.locator('summary').click();
  for (const scope of ['library:write', 'playlists:write', 'playback:control', 'history:read'])
    await token.locator(`input[name="${scope}"]`).uncheck();
  await token.locator('button').click();
  await page.waitForSelector('pre:has-text("tonearm_pt_")');
  assert.match(await page.textContent('main'), /Sees what you have saved, your playlists and what is playing\./);
  await inspect('token');
  await page.goto(`${system.url}/account`);
  await page.locator('form[action="/account/link"] button').first().click();
  await page.waitForSelector('pre:has-text("tonearm_pl_")');
  await inspect('link');
  await page.goto(`${system.url}/account/delete`);
  await inspect('delete');
});

/** Looks at a page that opens a program.  Chromium asks whether it may, in a window of its own
 *  that nobody sees here and that keeps hands off the tab: no keys, and a new tab afterwards. */
async function inspectHop(name) {
  await inspect(name, { keyboard: false });
  page = await context.newPage();
}

/** A client that has registered. */
async function client(name, redirect) {
  const raw = await new RawClient(`${system.url}/mcp`, redirect).discover();
  return raw.register({ client_name: name });
}

test('consent, without JavaScript', { timeout: 240000 }, async () => {
  const stranger = await browser.newContext({ javaScriptEnabled: false, reducedMotion: 'reduce' });
  const own = page;
  page = await stranger.newPage();
  await page.goto((await client('Notebook', 'https://notebook.example/callback')).begin());
  await inspect('consent-newcomer');
  assert.match(await page.textContent('main'), /notebook\.example[^]*signing in with Spotify comes next/);
  await stranger.close();

  page = own;
  await page.goto((await client('Some Editor', 'http://127.0.0.1:33418/callback')).begin({ scope: 'library:read playback:control' }));
  await inspect('consent');
  const text = await page.textContent('main');
  assert.match(text, /Let Some Editor use your Spotify account/);
  assert.match(text, /nobody has checked that/);
  assert.match(text, /127\.0\.0\.1:33418/);
  assert.match(text, /This is a program on your own device/);
  const ticked = await page.locator('input:checked').evaluateAll(boxes => boxes.map(b => b.name));
  assert.deepEqual(ticked, ['library:read', 'playback:read', 'playback:control']);
  for (const scope of ticked) await page.locator(`input[name="${scope}"]`).uncheck();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForSelector('[role=alert]');
  assert.match(await page.textContent('[role=alert]'), /No box is ticked/);
  await inspect('consent-nothing-ticked');
  await page.goto((await client('Another Editor', cursor)).begin());
  await inspect('consent-app');
  await page.getByRole('button', { name: 'Refuse' }).click();
  await page.waitForSelector('h1:has-text("Nothing was connected")');
  await inspectHop('hop-refused');
});

test('an account in use', { timeout: 120000 }, async () => {
  for (const name of ['Some Editor', '<b>Bold</b> & Söhne']) {
    const raw = await client(name, cursor);
    await page.goto(raw.begin({ scope: 'library:read playlists:write' }));
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForSelector('h1:has-text("Almost there")');
    const back = await page.locator('a.button').getAttribute('href');
    assert.equal((await raw.redeem(raw.code(back))).status, 200);
    await inspectHop('hop');
  }
  await page.goto(`${system.url}/account`);
  assert.match(await page.textContent('main'), /<b>Bold<\/b> & Söhne[^]*Sees what you have saved and your playlists; changes your playlists\./);
  await inspect('account');
  await page.getByRole('button', { name: 'Disconnect Some Editor' }).click();
  await page.waitForSelector('[role=status]');
  assert.match(await page.textContent('[role=status]'), /The client is disconnected/);
  await inspect('account-notice');
  await page.getByRole('button', { name: 'Revoke all of them' }).click();
  await page.waitForSelector('[role=status]:has-text("Everything is revoked")');
  assert.match(await page.textContent('main'), /None yet/);
});

test('a sign-in with Spotify that ends soon, has ended, or grants little', { timeout: 120000 }, async () => {
  const database = new Database(system);
  const change = text => database.sql(`UPDATE tonearm.person SET ${text} WHERE spotify_id = 'marlow'`);
  change("authorized_at = now() - interval '175 days', scopes = 'user-read-private playlist-read-private playlist-read-collaborative'");
  await page.goto(`${system.url}/account`);
  assert.match(await page.textContent('[role=status]'), /ends on \d+ \w+ \d{4}: (\w+|less than a) days? left/);
  assert.match(await page.textContent('main'), /Change your playlists: not allowed so far/);
  await inspect('account-lapsing');
  change("authorized_at = now() - interval '190 days'");
  await page.goto(`${system.url}/account`);
  assert.match(await page.textContent('[role=alert]'), /Your sign-in with Spotify ended on/);
  await inspect('account-lapsed');
  // One click mends both: Spotify remembers what it was asked before.
  await page.getByRole('link', { name: 'Widen it at Spotify' }).click();
  await page.waitForFunction(() => !document.querySelector('[role=alert]'));
  assert.equal(page.url(), `${system.url}/account`);
  assert.doesNotMatch(await page.textContent('main'), /not allowed so far/);
});

test('an application of one’s own, and an invitation to it', { timeout: 120000 }, async () => {
  await page.goto(`${system.url}/app`);
  await inspect('app');
  await page.locator('input[name=client_id]').fill('not a client id');
  await page.locator('form[action="/app/use"] button').click();
  await page.waitForSelector('[role=alert]');
  await inspect('app-not-an-id');
  const own = '0123456789abcdef0123456789abcdef';
  await system.sandbox.post('apps', { client_id: own, create: true, name: 'My own', owner: 'marlow',
    redirects: [`${system.url}/callback`], allow: ['marlow'] });
  await page.locator('input[name=client_id]').fill(own);
  await page.locator('form[action="/app/use"] button').click();
  await page.waitForSelector('h1:has-text("Next")');
  await inspect('app-next');
  await page.getByRole('link', { name: 'Go on to Spotify' }).click();
  await page.locator('button[name=user][value="marlow"]').click();
  await page.waitForURL(url => url.href.startsWith(`${system.url}/a`));
  await page.goto(`${system.url}/app`);
  await page.locator('form[action="/app/invite"] input[name=label]').fill('Inez');
  await page.locator('form[action="/app/invite"] button').click();
  await page.waitForSelector('pre:has-text("/invite")');
  await inspect('invitation-made');
  const link = (await page.textContent('main')).match(/http\S+\/invite\?code=[\w-]+/)[0];
  await page.goto(`${system.url}/app`);
  await inspect('app-own');
  const guest = await browser.newContext({ javaScriptEnabled: false, reducedMotion: 'reduce' }), host = page;
  page = await guest.newPage();
  await page.goto(link);
  await inspect('invitation');
  await guest.close();
  page = host;
});

test('the record turns only for those who like it, and nothing came from elsewhere', { timeout: 60000 }, async () => {
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  await page.goto(`${system.url}/`);
  assert.equal(await page.evaluate(() => document.getAnimations().length), 1);
  assert.deepEqual(elsewhere, []);
  assert.deepEqual(complaints, []);
});
