// An internet of its own inside a network namespace: addresses of every kind on
// the loopback interface, a name server that says what a test wants, and TLS
// servers that note at which address they were reached.
import { execFileSync, spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { chmodSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { join } from 'node:path';

/** Why namespaces cannot be had here, or false. */
export function noNamespaces() {
  if (process.getuid() !== 0) return 'only root makes network namespaces';
  try {
    execFileSync('unshare', ['-n', '-m', 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'network namespaces are not allowed here, or ip is not installed';
  }
}

/** Runs a test file in namespaces of its own; its results: [{name, ok, skipped, text}]. */
export async function runInNamespaces(file, ms) {
  const env = { ...process.env, TONEARM_NAMESPACE: '1' };
  delete env.NODE_TEST_CONTEXT;
  // If this process ends, so does that.
  const child = spawn('unshare', ['-n', '-m', '--kill-child', '--fork', process.execPath, '--test-reporter=tap', file],
    { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => { text += chunk; });
  const timer = setTimeout(() => child.kill('SIGKILL'), ms);
  const code = await new Promise(resolve => child.on('exit', resolve));
  clearTimeout(timer);
  const results = [];
  const lines = text.split('\n');
  lines.forEach((line, i) => {
    const m = line.match(/^(not )?ok \d+ - (.*?)(?: # (SKIP|TODO)\b.*)?$/);
    if (!m) return;
    const end = lines.findIndex((l, k) => k > i && /^(?:# Subtest|ok|not ok|1\.\.)/.test(l));
    results.push({ name: m[2], ok: !m[1], skipped: m[3] === 'SKIP', text: lines.slice(i, end < 0 ? undefined : end).join('\n') });
  });
  return { code, results, text };
}

const TYPES = { 1: 'A', 28: 'AAAA' };

/** The bytes of an IPv6 address. */
function six(text) {
  const v4 = text.match(/^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/);
  if (v4) text = `${v4[1]}${(v4[2] * 256 + +v4[3]).toString(16)}:${(v4[4] * 256 + +v4[5]).toString(16)}`;
  const [head, tail] = text.split('::'), words = t => (t ? t.split(':') : []);
  const front = words(head), back = words(tail);
  const all = text.includes('::') ? [...front, ...Array(8 - front.length - back.length).fill('0'), ...back] : front;
  return Buffer.from(all.flatMap(w => [parseInt(w, 16) >> 8, parseInt(w, 16) & 255]));
}

/** A name server: zone[name] is a list of addresses, or a function of how often the
 *  name's A was asked for that gives one; null: no answer at all. */
export class NameServer {
  static async start(zone) {
    const server = Object.assign(new NameServer(), { zone, asked: {} });
    server.socket = dgram.createSocket('udp4');
    server.socket.on('message', (q, from) => {
      const answer = server.answer(q);
      if (answer) server.socket.send(answer, from.port, from.address);
    });
    await new Promise(resolve => server.socket.bind(53, '127.0.0.1', resolve));
    return server;
  }

  answer(q) {
    let at = 12;
    const labels = [];
    while (q[at] !== 0) {
      labels.push(q.subarray(at + 1, at + 1 + q[at]).toString('latin1'));
      at += q[at] + 1;
    }
    const name = labels.join('.').toLowerCase(), type = TYPES[q.readUInt16BE(at + 1)];
    const question = q.subarray(12, at + 5);
    const key = `${name} ${type}`;
    this.asked[key] = (this.asked[key] ?? 0) + 1;
    let said = this.zone[name];
    if (typeof said === 'function') said = said(this.asked[`${name} A`] ?? 1);
    if (said === null) return null;
    const records = (said ?? []).filter(a => (a.includes(':') ? 'AAAA' : 'A') === type).map(a => {
      const raw = type === 'AAAA' ? six(a) : Buffer.from(a.split('.').map(Number));
      const head = Buffer.from([0xc0, 12, 0, type === 'AAAA' ? 28 : 1, 0, 1, 0, 0, 0, 0, 0, raw.length]);
      return Buffer.concat([head, raw]);
    });
    const head = Buffer.alloc(12);
    q.copy(head, 0, 0, 2);
    head.writeUInt16BE(said ? 0x8580 : 0x8583, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(records.length, 6);
    return Buffer.concat([head, question, ...records]);
  }

  stop() { this.socket.close(); }
}

export class Network {
  /** addresses: for the loopback interface; names: in the servers' certificate; zone: see
   *  NameServer; serve(request, response): the documents. */
  static async start({ addresses, names, zone, serve }) {
    const n = new Network();
    execFileSync('ip', ['link', 'set', 'lo', 'up']);
    for (const a of addresses)
      execFileSync('ip', ['addr', 'add', `${a}/${a.includes(':') ? 128 : 32}`, 'dev', 'lo', ...(a.includes(':') ? ['nodad'] : [])]);
    n.dir = mkdtempSync('/tmp/tonearm-network-');
    chmodSync(n.dir, 0o755);
    writeFileSync(join(n.dir, 'resolv.conf'), 'nameserver 127.0.0.1\n', { mode: 0o644 });
    execFileSync('mount', ['--bind', join(n.dir, 'resolv.conf'), realpathSync('/etc/resolv.conf')]);
    n.names = await NameServer.start(zone);
    n.reached = [];      // {address, port} of each connection
    n.sockets = new Set();
    n.good = n.certificate('good', names);
    const other = n.certificate('other', names);
    await n.listen(https.createServer(n.good, serve), 443);
    await n.listen(https.createServer(other, serve), 8443);
    // Takes connections and says nothing.
    await n.listen(net.createServer(() => {}), 8444);
    n.caFile = join(n.dir, 'good.pem');
    return n;
  }

  /** A certificate of its own authority. */
  certificate(name, names) {
    const key = join(this.dir, `${name}.key`), cert = join(this.dir, `${name}.pem`);
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
      '-subj', `/CN=${name}`, '-addext', `subjectAltName=${names.join(',')}`, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    chmodSync(cert, 0o644);
    return { key: readFileSync(key), cert: readFileSync(cert) };
  }

  async listen(server, port) {
    server.on('connection', socket => {
      this.reached.push({ address: socket.localAddress.replace(/^::ffff:/, ''), port });
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket)).on('error', () => {});
    });
    (this.servers ??= []).push(server);
    await new Promise(resolve => server.listen(port, '::', resolve));
  }

  stop() {
    this.names.stop();
    for (const server of this.servers) server.close();
    for (const socket of this.sockets) socket.destroy();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
