// The Inspector where its person signs in: its command line, which opens a
// browser, and its pages, which send the browser there themselves.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, until } from './system.mjs';

const launcher = new URL('../node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js', import.meta.url).pathname;

function start(args, env) {
  const home = mkdtempSync('/tmp/tonearm-inspector-');
  const child = spawn(process.execPath, [launcher, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: home, MCP_STORAGE_DIR: home, MCP_INSPECTOR_SECRET_STORE: 'memory', ...env },
  });
  const self = { child, out: '', err: '' };
  child.stdout.on('data', d => { self.out += d; });
  child.stderr.on('data', d => { self.err += d; });
  self.ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => { rmSync(home, { recursive: true, force: true }); resolve(code); });
  });
  return self;
}

/** Runs one method; what it printed is JSON. */
export async function inspectorCommand(url, browser, args) {
  const port = await freePort();
  const run = start(['--cli', url, '--transport', 'http', '--callback-url', `http://127.0.0.1:${port}/oauth/callback`,
    '--format', 'json', ...args], { BROWSER: browser, MCP_AUTO_OPEN_ENABLED: 'true' });
  return {
    /** Waits for its end. */
    async result() {
      const code = await run.ended;
      if (code !== 0) throw new Error(`the Inspector ended with ${code}: ${run.err}${run.out}`);
      return JSON.parse(run.out);
    },
    async stop() {
      run.child.kill('SIGTERM');
      await run.ended;
    },
  };
}

export class InspectorWeb {
  static async start(server) {
    const self = new InspectorWeb(), port = await freePort();
    self.url = `http://127.0.0.1:${port}/`;
    self.run = start(['--web', '--server-url', server, '--transport', 'http'], {
      CLIENT_PORT: String(port), MCP_SANDBOX_PORT: String(await freePort()), MCP_APP_ORIGIN_PORT: String(await freePort()),
      MCP_AUTO_OPEN_ENABLED: 'false', DANGEROUSLY_OMIT_AUTH: 'true',
    });
    await until('the Inspector', async () => (await fetch(self.url)).ok, 20000).catch(async error => {
      await self.stop();
      throw new Error(`${error.message}: ${self.run.err}${self.run.out}`);
    });
    return self;
  }

  /** Turns its switch; the browser goes to the server's /authorize. */
  async connect(page) {
    await page.goto(this.url);
    await page.getByRole('switch', { name: /connect or disconnect/i }).click({ force: true });
    await page.waitForURL(url => !url.href.startsWith(this.url), { timeout: 20000 });
  }

  /** Calls a tool that needs no arguments with its buttons; the text of its page then. */
  async call(page, tool) {
    await page.locator('label', { hasText: /^Tools$/ }).click();
    await page.getByRole('button', { name: tool }).first().click();
    await page.getByRole('button', { name: 'Execute Tool' }).click();
    await page.getByRole('button', { name: 'Close results' }).waitFor();
    return page.textContent('main');
  }

  async stop() {
    this.run.child.kill('SIGTERM');
    await this.run.ended;
  }
}
