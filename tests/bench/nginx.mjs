// Two nginx servers: one with static files, to which costs are compared, and
// one with TLS and HTTP/2 that stands for Spotify's Web API: it gives the
// sandbox's answer to one search, kept in a file, so that the upstream itself
// costs little and the same each time.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort, until } from '../e2e/lib/system.mjs';

const head = dir => `daemon off; worker_processes 1; worker_rlimit_nofile 40000; pid ${dir}/pid;
error_log ${dir}/error.log error; events { worker_connections 30000; }
http { access_log off; keepalive_requests 1000000000; keepalive_timeout 3600s; tcp_nodelay on;
client_body_temp_path ${dir}/b; proxy_temp_path ${dir}/p; fastcgi_temp_path ${dir}/f; uwsgi_temp_path ${dir}/u; scgi_temp_path ${dir}/s;
`;

async function start(dir, port, text) {
  writeFileSync(join(dir, 'nginx.conf'), head(dir) + text + '}\n');
  const child = spawn('/usr/sbin/nginx', ['-e', join(dir, 'error.log'), '-c', join(dir, 'nginx.conf')], { stdio: 'ignore' });
  const ended = new Promise(resolve => child.on('exit', resolve));
  await until('nginx to listen', () => {
    if (child.exitCode !== null) throw new Error(`nginx ended; see ${dir}/error.log`);
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
      socket.on('error', reject);
    });
  });
  return {
    pid: child.pid, port, dir,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function folder(name) {
  const dir = mkdtempSync(`/tmp/tonearm-bench-${name}-`);
  chmodSync(dir, 0o755);
  return dir;
}

/** Static files {name: bytes} over HTTP. */
export async function startStatic(files) {
  const dir = folder('static'), port = await freePort();
  mkdirSync(join(dir, 'files'));
  for (const [name, n] of Object.entries(files)) writeFileSync(join(dir, 'files', name), 'x'.repeat(n));
  return start(dir, port, `server { listen 127.0.0.1:${port}; root ${dir}/files; }`);
}

/** The upstream; authority is the file to trust. */
export async function startUpstream(answer) {
  const dir = folder('upstream'), port = await freePort();
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost',
    '-keyout', join(dir, 'key.pem'), '-out', join(dir, 'cert.pem')], { stdio: 'ignore' });
  mkdirSync(join(dir, 'v1'));
  writeFileSync(join(dir, 'v1', 'search'), answer);
  const upstream = await start(dir, port, `server { listen 127.0.0.1:${port} ssl http2; root ${dir};
ssl_certificate ${dir}/cert.pem; ssl_certificate_key ${dir}/key.pem; ssl_protocols TLSv1.3;
default_type application/json; http2_max_concurrent_streams 128; }`);
  return { ...upstream, authority: join(dir, 'cert.pem'), url: `https://127.0.0.1:${port}/v1` };
}
