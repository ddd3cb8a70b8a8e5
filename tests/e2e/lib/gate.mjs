// A gate between clients and the server: all passes through as it came, Host
// and Origin with it (the server's public URL is the gate's).  What clients sent
// to the endpoints of a sign-in is noted, without secrets, and an answer can
// be lost on its way back, after the server has done its work.
import http from 'node:http';

const ENDPOINTS = /^\/(\.well-known\/[\w/-]+|authorize|token|register|revoke)$/;
const SECRET = /^(code|code_verifier|refresh_token|client_secret|token|state|code_challenge)$/;

/** Name -> value of a form or query, secrets only as the sign that they were there. */
function told(text) {
  return Object.fromEntries([...new URLSearchParams(text)].map(([name, value]) => [name, SECRET.test(name) ? '(sent)' : value]));
}

function parse(text) {
  try { return JSON.parse(text); } catch { return undefined; }
}

export class Gate {
  /** Listens at port, before the server at upstream (a port, or a function of the path that
   *  gives one: several nodes). */
  static async open(port, upstream) {
    const gate = new Gate();
    Object.assign(gate, { upstream, seen: [], losses: [], url: `http://127.0.0.1:${port}` });
    gate.agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
    gate.server = http.createServer((request, response) => gate.#pass(request, response));
    gate.server.requestTimeout = 0;
    await new Promise((resolve, reject) => {
      gate.server.on('error', reject);
      gate.server.listen(port, '127.0.0.1', resolve);
    });
    return gate;
  }

  /** The next answer to this path is lost: the connection breaks when the server
   *  has answered.  Resolves with its status when that has happened. */
  lose(path) {
    return new Promise(lost => this.losses.push({ path, lost }));
  }

  /** What came to this path since mark(), as {method, path, params, json, agent, auth}. */
  came(path, from = 0) {
    return this.seen.slice(from).filter(s => s.path === path);
  }

  mark() { return this.seen.length; }

  #note(request, body) {
    const { pathname, search } = new URL(request.url, this.url);
    if (!ENDPOINTS.test(pathname)) return;
    const json = /json/.test(request.headers['content-type'] ?? '') ? parse(body) : undefined;
    this.seen.push({
      method: request.method, path: pathname, params: { ...told(search), ...(json ? {} : told(body)) }, json,
      agent: request.headers['user-agent'] ?? '', auth: (request.headers.authorization ?? '').split(' ')[0],
    });
  }

  #pass(request, response) {
    const parts = [], { pathname } = new URL(request.url, this.url);
    const onward = http.request({
      agent: this.agent, port: typeof this.upstream === 'function' ? this.upstream(pathname) : this.upstream, host: '127.0.0.1', method: request.method, path: request.url,
      setHost: false, headers: request.rawHeaders,
    }, answer => {
      const at = this.losses.findIndex(l => l.path === pathname);
      if (at >= 0) {
        const [{ lost }] = this.losses.splice(at, 1);
        answer.resume();
        answer.on('end', () => { response.destroy(); lost(answer.statusCode); });
        return;
      }
      response.writeHead(answer.statusCode, answer.statusMessage, answer.rawHeaders);
      response.flushHeaders();
      answer.on('error', () => response.destroy());
      answer.pipe(response);
    });
    onward.setNoDelay(true);
    onward.on('error', error => {
      if (response.headersSent) return response.destroy();
      response.writeHead(502, { 'content-type': 'text/plain' });
      response.end(String(error));
    });
    response.on('close', () => { if (!response.writableFinished) onward.destroy(); });
    request.on('data', part => { if (parts.length < 64) parts.push(part); });
    request.on('end', () => this.#note(request, Buffer.concat(parts).toString('utf8')));
    request.pipe(onward);
  }

  close() {
    this.server.close();
    this.server.closeAllConnections();
    this.agent.destroy();
  }
}
