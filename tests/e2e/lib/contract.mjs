// A second reading of Spotify's contract between the server and the sandbox:
// Prism checks each request and each answer against an OpenAPI document, and
// what it finds is kept with the call that it belongs to.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import http from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, sleep, source, until } from './system.mjs';

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

  /** Hands a call on and notes what Prism says of it. */
  #pass(port, request, answer) {
    const { method, url, headers } = request, parts = [];
    request.on('data', part => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      const on = http.request({ host: '127.0.0.1', port, method, path: url, agent: this.agent,
        headers: { ...headers, host: `127.0.0.1:${port}`, 'content-length': body.length } }, reply => {
        this.#note(method, url, reply);
        const { connection, 'transfer-encoding': coding, 'sl-violations': found, ...rest } = reply.headers;
        answer.writeHead(reply.statusCode, rest);
        reply.pipe(answer);
      });
      on.on('error', () => answer.destroy());
      on.end(body);
    });
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
