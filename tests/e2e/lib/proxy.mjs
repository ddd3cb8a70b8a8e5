// nginx, HAProxy and Caddy from the sample configurations in etc/, with the
// test's ports and certificate in place of the operator's.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync, rmSync, existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort, source, until } from './system.mjs';

function certificate(dir) {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost',
    '-keyout', join(dir, 'key.pem'), '-out', join(dir, 'cert.pem')], { stdio: 'ignore' });
  writeFileSync(join(dir, 'both.pem'), readFileSync(join(dir, 'cert.pem')) + readFileSync(join(dir, 'key.pem')));
}

const makers = {
  nginx(dir, port, upstream) {
    const sample = readFileSync(join(source, 'etc/nginx/tonearm.conf'), 'utf8')
      .replace(/server unix:[^;]*;/, `server ${upstream};`)
      .replace('listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`).replace('listen [::]:443 ssl;', '')
      .replace(/ssl_certificate\s+[^;]*;/, `ssl_certificate ${dir}/cert.pem;`)
      .replace(/ssl_certificate_key\s+[^;]*;/, `ssl_certificate_key ${dir}/key.pem;`)
      .replace('proxy_set_header Host $host;', 'proxy_set_header Host $http_host;')
      .replaceAll('/var/log/nginx/', `${dir}/`);
    writeFileSync(join(dir, 'nginx.conf'), `daemon off; worker_processes 1; pid ${dir}/pid;
error_log ${dir}/main-error.log warn; events { worker_connections 2048; }
http { client_body_temp_path ${dir}/b; proxy_temp_path ${dir}/p; fastcgi_temp_path ${dir}/f; uwsgi_temp_path ${dir}/u; scgi_temp_path ${dir}/s;
${sample} }`);
    return ['/usr/sbin/nginx', ['-e', join(dir, 'start-error.log'), '-c', join(dir, 'nginx.conf')]];
  },
  haproxy(dir, port, upstream) {
    writeFileSync(join(dir, 'haproxy.cfg'), readFileSync(join(source, 'etc/haproxy/haproxy.cfg'), 'utf8')
      .replace('maxconn 20000', 'maxconn 500')
      .replace(/bind :443 ssl crt \S+/, `bind 127.0.0.1:${port} ssl crt ${dir}/both.pem`)
      .replace(/server tonearm \S+/, `server tonearm ${upstream}`));
    return ['/usr/sbin/haproxy', ['-db', '-f', join(dir, 'haproxy.cfg')]];
  },
  caddy(dir, port, upstream) {
    writeFileSync(join(dir, 'Caddyfile'), readFileSync(join(source, 'etc/caddy/Caddyfile'), 'utf8')
      .replace('admin off', 'admin off\n\tauto_https off')
      .replace('music.example.org {', `https://127.0.0.1:${port} {\n\ttls ${dir}/cert.pem ${dir}/key.pem`)
      .replace(/reverse_proxy \S+/, `reverse_proxy ${upstream}`)
      .replaceAll('/var/log/caddy/', `${dir}/`));
    return ['/usr/bin/caddy', ['run', '--adapter', 'caddyfile', '--config', join(dir, 'Caddyfile')]];
  },
};

const socketOf = { nginx: path => `unix:${path}`, haproxy: path => `unix@${path}`, caddy: path => `unix/${path}` };

/** Starts a proxy in front of a port of this machine or the path of a Unix
 *  socket; {url, port, pid, logs(), stop()}. */
export async function startProxy(kind, upstream) {
  const dir = mkdtempSync(`/tmp/tonearm-${kind}-`);
  const port = await freePort();
  certificate(dir);
  const [command, args] = makers[kind](dir, port,
    typeof upstream === 'number' ? `127.0.0.1:${upstream}` : socketOf[kind](upstream));
  let child, exited, output = '';
  const start = async () => {
    child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH, HOME: dir } });
    child.stdout.on('data', d => { output += d; });
    child.stderr.on('data', d => { output += d; });
    exited = new Promise(resolve => child.on('exit', resolve));
    await until(`${kind} to listen`, () => {
      if (child.exitCode !== null) throw new Error(`${kind} ended: ${output}`);
      return new Promise((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
        socket.on('error', reject);
      });
    });
  };
  await start();
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    get pid() { return child.pid; },
    /** Ends it with all its connections and starts it again at the same port. */
    async restart() {
      child.kill('SIGTERM');
      await exited;
      await start();
    },
    /** Everything it logged, on its output and in its files. */
    logs: () => output + readdirSync(dir).filter(f => f.endsWith('.log'))
      .map(f => readFileSync(join(dir, f), 'utf8')).join('\n'),
    /** It is gone at once, with all its processes. */
    async kill() {
      const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
      for (const pid of [...children, child.pid]) process.kill(Number(pid), 'SIGKILL');
      await exited;
      rmSync(dir, { recursive: true, force: true });
    },
    /** Ends it and gives all that it logged. */
    async stop() {
      child.kill('SIGTERM');
      await exited;
      const logs = this.logs();
      if (existsSync(dir)) rmSync(dir, { recursive: true, force: true });
      return logs;
    },
  };
}
