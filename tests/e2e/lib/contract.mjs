// A second reading of Spotify's contract between the server and the sandbox:
// Prism checks each request and each answer against an OpenAPI document, and
// what it finds is kept with the call that it belongs to.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import http from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { System, freePort, sleep, source, until } from './system.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const prism = join(here, '../node_modules/@stoplight/prism-cli/dist/index.js');

/** Where the document is; it is not part of the project. */
export const contractFile = join(process.env.TONEARM_SHARED ?? join(source, '../shared'), 'spotify/openapi-devmode.json');

/** Why there can be no check, or false. */
export const noContract = existsSync(contractFile) ? false : `no ${contractFile}`;

export class Contract {
  /** In front of the Spotify at `upstream`; `url` is what the server is to ask. */
  static async start(upstream) {
    const contract = new Contract(), port = await freePort();
    contract.upstream = new URL(upstream);
    contract.calls = 0;
    contract.seen = new Set();
    contract.violations = [];
    contract.output = '';
    contract.process = spawn(process.execPath,
      [prism, 'proxy', '-h', '127.0.0.1', '-p', String(port), contractFile, upstream],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '' } });
    for (const stream of [contract.process.stdout, contract.process.stderr])
      stream.on('data', chunk => { contract.output = (contract.output + chunk).slice(-20000); });
    contract.exited = new Promise(resolve => contract.process.on('exit', resolve));
    contract.agent = new http.Agent({ keepAlive: true });
    contract.server = http.createServer((request, answer) => contract.#pass(port, request, answer));
    await new Promise(resolve => contract.server.listen(0, '127.0.0.1', resolve));
    contract.url = `http://127.0.0.1:${contract.server.address().port}/v1`;
    await until('Prism to listen', () => contract.output.includes('Prism is listening'), 60000)
      .catch(async error => { await contract.stop(); throw new Error(`${error.message}\n${contract.output}`); });
    return contract;
  }

  /** Hands a call on and notes what Prism says of it.  Where the sandbox may have been
   *  told to fail the call passes Prism by, which would change the fault, too. */
  #pass(prismPort, request, answer) {
    const { method, url, headers } = request, parts = [];
    request.on('data', part => parts.push(part));
    request.on('end', async () => {
      const body = Buffer.concat(parts), passBy = await this.#mayFail(method, url);
      const port = passBy ? this.upstream.port : prismPort;
      const on = http.request({ host: '127.0.0.1', port, method, path: url, agent: this.agent,
        headers: { ...headers, host: `127.0.0.1:${port}`, 'content-length': body.length } }, reply => {
        if (!passBy) this.#note(method, url, reply);
        const { connection, 'transfer-encoding': coding, 'sl-violations': found, ...rest } = reply.headers;
        answer.writeHead(reply.statusCode, rest);
        reply.on('error', () => answer.destroy());
        reply.pipe(answer);
      });
      on.on('error', () => answer.destroy());
      answer.on('close', () => { if (!answer.writableFinished) on.destroy(); });
      on.end(body);
    });
  }

  async #mayFail(method, url) {
    const { faults } = await (await fetch(new URL('/_sandbox/faults', this.upstream))).json();
    return faults.some(f => f.left !== 0 && (f.method ?? method) === method && url.startsWith(f.path ?? '/'));
  }

  #note(method, url, { statusCode: status, headers }) {
    this.calls++;
    this.seen.add(`${method} ${url.split('?')[0].replace(/\/[0-9A-Za-z]{22}(?=\/|$)/g, '/{id}')}`);
    // Not in the document at all: Prism answers by itself.
    const unknown = /problem\+json/.test(headers['content-type'] ?? '') ? `Prism: ${status}` : undefined;
    const found = headers['sl-violations'] ?? unknown;
    if (found) this.violations.push({ call: `${method} ${url}`, status, found });
  }

  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    this.agent.destroy();
    this.process.kill('SIGTERM');
    await Promise.race([this.exited, sleep(3000).then(() => this.process.kill('SIGKILL'))]);
  }
}

/** A system.  With TONEARM_CONTRACT=yes, and in development mode, which the document is
 *  about, all that passes between it and the sandbox passes Prism. */
export async function startSystem(options) {
  if (process.env.TONEARM_CONTRACT !== 'yes' || options.args?.includes('--extended')) return System.start(options);
  if (noContract) throw new Error(noContract);
  const sandboxPort = await freePort(), contract = await Contract.start(`http://127.0.0.1:${sandboxPort}`);
  const system = await System.start({ ...options, sandboxPort,
    env: { ...options.env, TONEARM_SPOTIFY_API_URL: contract.url, TONEARM_SPOTIFY_SANDBOX: 'yes' } });
  system.contract = contract;
  return system;
}

/** What Spotify does although its description does not say so: somebody whom the
 *  application's owner has not entered is refused in plain text. */
const beyond = v => v.status === 403 && /media type \\?"text\/plain/.test(v.found);

/** Stops what startSystem started; throws if either side broke the contract. */
export async function stopSystem(system) {
  const { contract } = system;
  await system.stop();
  if (!contract) return;
  await contract.stop();
  const broken = contract.violations.filter(v => !beyond(v)).map(v => `${v.call} (${v.status}): ${v.found}`);
  process.stdout.write(`# ${system.name}: ${contract.calls} calls through Prism, ${broken.length} against the contract\n`);
  if (broken.length > 0) throw new Error(broken.join('\n').slice(0, 4000));
}
