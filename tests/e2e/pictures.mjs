#!/usr/bin/env node
// Makes the pictures of docs/start.md: our own pages, as somebody sees them who
// signs a client in, with an account of the sandbox's and the address of the
// examples.  As a command: node tests/e2e/pictures.mjs [FOLDER].  With
// ImageMagick's convert the files become a third of their size.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { startProxy } from './lib/proxy.mjs';
import { Client } from './lib/raider.mjs';
import { post } from './lib/rpc.mjs';
import { System, freePort, isRoot, source } from './lib/system.mjs';

const folder = process.argv[2] ?? join(source, 'docs/images'), site = 'https://music.example.org';
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
mkdirSync(folder, { recursive: true });
const port = await freePort(), proxy = await startProxy('nginx', port);
const system = await System.start({ name: 'pictures', port, args: ['--public-url', site] });
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [...(isRoot ? ['--no-sandbox'] : []), '--disable-gpu', '--no-first-run', '--hide-scrollbars',
    // Nobody outside is asked for anything: our proxy also stands for the client.
    `--host-resolver-rules=MAP *:443 127.0.0.1:${proxy.port}`],
});

/** The page without the ribbon of practice mode, down to the end of an element. */
async function picture(page, name, last) {
  await page.evaluate(() => document.querySelectorAll('.ribbon').forEach(e => e.remove()));
  await page.mouse.move(0, 0);
  const box = await page.locator(last).last().boundingBox();
  const { width } = page.viewportSize();
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path, fullPage: true, clip: { x: 0, y: 0, width, height: Math.ceil(box.y + box.height + 20) } });
  spawnSync('convert', [path, '-colors', '64', '-define', 'png:compression-level=9', '-strip', `PNG8:${path}`]);
}

/** What the client's own server asks. */
const send = (path, body, type) => post(proxy.url + path, body, { headers: { host: new URL(site).host, 'content-type': type } });

try {
  const context = await browser.newContext({ viewport: { width: 620, height: 900 }, ignoreHTTPSErrors: true, colorScheme: 'light' });
  const page = await context.newPage();
  const metadata = { client_name: 'Claude', redirect_uris: ['https://claude.ai/api/mcp/auth_callback'], client_uri: 'https://claude.ai' };
  const client = Object.assign(new Client(system, site), { id: (await send('/register', JSON.stringify(metadata), 'application/json')).json.client_id, redirect: metadata.redirect_uris[0] });
  await page.goto(client.authorizeUrl({ resource: `${site}/mcp` }));
  await picture(page, 'consent', 'form');
  // The stand-in has no https, which browsers want where a form of an https page leads.
  await page.goto(`${site}/login`);
  await page.locator('button[name=user][value=juniper]').click();
  await page.waitForURL(/\/account$/);
  await page.goto(client.authorizeUrl({ resource: `${site}/mcp` }));
  await page.locator('button[value=allow]').click();
  await page.waitForURL(/claude\.ai/);
  const code = new URL(page.url()).searchParams.get('code');
  await send('/token', String(new URLSearchParams({
    grant_type: 'authorization_code', code, client_id: client.id, redirect_uri: client.redirect, code_verifier: client.verifier })), 'application/x-www-form-urlencoded');
  await page.goto(`${site}/account`);
  await picture(page, 'account', 'section:has-text("Connected clients")');
} finally {
  await browser.close();
  await system.stop();
  await proxy.stop();
}
