// The suite's two scenarios for authorization servers: it reads the metadata,
// prints an address, and waits for a browser that comes back with a code.  The
// browser is a cookie jar here; Chromium is in tests/e2e/oauth-clients.test.mjs.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RawClient, Visitor } from '../e2e/lib/oauth.mjs';
import { freePort, until } from '../e2e/lib/system.mjs';

const tool = new URL('../e2e/node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url).pathname;
const MOST_MS = 60000;

/** Runs both as a client that registers itself; {code, text}. */
export async function authorization({ url, sandbox, user, out, resource }) {
  const port = await freePort(), redirect = `http://127.0.0.1:${port}/callback`;
  const client = await (await new RawClient(`${url}/mcp`, redirect).discover()).register();
  const args = ['authorization', '--url', url, '--client-id', client.id, '-p', String(port), '-o', out,
    ...(resource ? ['--resource', resource] : [])];
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const child = spawn(process.execPath, [tool, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(`${out}.log`), timer = setTimeout(() => child.kill('SIGKILL'), MOST_MS);
  let text = '', over = false;
  for (const stream of [child.stdout, child.stderr]) stream.on('data', d => { text += d; log.write(d); });
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => { over = true; clearTimeout(timer); log.end(); resolve(code ?? signal); });
  });
  try {
    const [address] = await until('the suite\'s address', () => {
      if (over) throw new Error(`the suite ended: ${text}`);
      return text.match(/^http\S+\/authorize\?\S+$/m);
    }, 20000);
    await fetch(await new Visitor(url, sandbox).walk(address, redirect, { user }));
  } catch (error) {
    child.kill('SIGKILL');
    text += `\n${error.message}`;
  }
  return { code: await ended, text };
}
