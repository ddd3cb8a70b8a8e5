// T-SSRF: a client's id is an address that anybody may write down.  In a network
// of its own, with a name server and TLS servers that lie: what is not public,
// not https, not small, not quick or not this client's is refused, each with
// its reason, and nothing but public addresses is ever connected to.
// Alone: it measures what waits for slow servers.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { member } from './lib/journey.mjs';
import { memory, search } from './lib/memory.mjs';
import { Network, noNamespaces, runInNamespaces } from './lib/network.mjs';
import { call } from './lib/rpc.mjs';
import { System, sleep, until } from './lib/system.mjs';

const WHY = { busy: 1, address: 2, unreachable: 3, forbidden: 4, tls: 5, slow: 6, large: 7, status: 8, type: 9, content: 10 };
const PUBLIC = '93.184.216.34', PUBLIC6 = '2606:2800:220:1::25';
const PRIVATE = ['10.0.0.5', '172.16.3.4', '192.168.1.1', '169.254.169.254', '100.64.0.9', '198.18.0.1', 'fd00::5', 'fd00:ec2::254',
  '64:ff9b::a00:5', '2002:a00:5::1'];
const REDIRECT = 'http://127.0.0.1:7777/callback';
const DOMAIN = 'docs.example';

let system, network;
const slow = new Set();   // responses that drip

/** What each host serves, by its first label. */
const hosts = {
  right: (request, answer) => answer(200, 'application/json', document(request)),
  typed: (request, answer) => answer(200, 'application/cimd+json; charset=utf-8', document(request)),
  moved: (request, answer) => answer(302, 'application/json', '{}', { location: `https://right.${DOMAIN}/moved.json` }),
  inward: (request, answer) => answer(307, 'text/html', '', { location: 'https://10.0.0.5/secret' }),
  gone: (request, answer) => answer(404, 'application/json', '{}'),
  broken: (request, answer) => answer(500, 'application/json', document(request)),
  partial: (request, answer) => answer(206, 'application/json', document(request)),
  page: (request, answer) => answer(200, 'text/html', document(request)),
  plain: (request, answer) => answer(200, 'text/plain', document(request)),
  untyped: (request, answer) => answer(200, undefined, document(request)),
  fat: (request, answer) => answer(200, 'application/json', document(request, { pad: 'x'.repeat(70000) })),
  zipped: (request, answer) => answer(200, 'application/json', gzipSync(document(request)), { 'content-encoding': 'gzip' }),
  endless: (request, answer, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const more = () => { while (!response.destroyed && response.write(' '.repeat(8192))); };
    response.on('drain', more).on('error', () => {});
    more();
  },
  heads: (request, answer, response) => {
    for (let i = 0; i < 200; i++) response.setHeader(`x-filler-${i}`, 'y'.repeat(400));
    answer(200, 'application/json', document(request));
  },
  drips: (request, answer, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), 300);
    slow.add(response);
    response.on('close', () => { clearInterval(timer); slow.delete(response); }).on('error', () => {});
  },
  silent: (request, answer, response) => {
    slow.add(response);
    response.on('close', () => slow.delete(response));
  },
  mine: (request, answer) => answer(200, 'application/json', document(request, { client_id: `https://right.${DOMAIN}/c.json` })),
  nameless: (request, answer) => answer(200, 'application/json', document(request, { client_name: undefined })),
  script: (request, answer) => answer(200, 'application/json', document(request, { redirect_uris: [REDIRECT, 'javascript:alert(1)'] })),
  secret: (request, answer) => answer(200, 'application/json', document(request, { client_secret: 'x' })),
  proof: (request, answer) => answer(200, 'application/json', document(request, { token_endpoint_auth_method: 'private_key_jwt' })),
  twice: (request, answer) => answer(200, 'application/json', `${document(request).slice(0, -1)},"client_id":"https://x/y"}`),
  list: (request, answer) => answer(200, 'application/json', '[]'),
  rebinds: (request, answer) => answer(200, 'application/json', document(request)),
};

/** A right document for the address that was asked, but for what is changed. */
const document = (request, more = {}) => JSON.stringify({
  client_id: `https://${request.headers.host}${request.url}`, client_name: 'Documented', redirect_uris: [REDIRECT],
  grant_types: ['authorization_code'], response_types: ['code'], token_endpoint_auth_method: 'none', ...more,
});

function serve(request, response) {
  const answer = (status, type, body, fields = {}) => {
    response.writeHead(status, { ...(type ? { 'content-type': type } : {}), ...fields });
    response.end(body);
  };
  // Nothing but what is needed is said.
  const { host: asked, accept, 'user-agent': agent, ...more } = request.headers;
  if (accept !== 'application/json' || !/^tonearm\//i.test(agent) || Object.keys(more).length > 0 || request.method !== 'GET')
    return answer(418, 'text/plain', asked);
  const host = hosts[request.headers.host.split(/[.:]/)[0]];
  if (host) host(request, answer, response);
  else answer(200, 'application/json', document(request));
}

/** /authorize for a client with this id: the answer, and why its document was refused (0: not). */
async function ask(id) {
  const from = system.log().length;
  const answer = await fetch(`${system.url}/authorize?${new URLSearchParams({
    response_type: 'code', client_id: id, redirect_uri: REDIRECT, state: 's', resource: `${system.url}/mcp`,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256',
  })}`, { redirect: 'manual' });
  const text = await answer.text();
  if (answer.status === 303) return { status: 303, why: 0, location: answer.headers.get('location'), text };
  const origin = id.split('/').slice(0, 3).join('/');
  const line = () => system.log().slice(from).find(l => l.event === 'document_refused' && l.origin === origin);
  // What is no address of a document is refused before anything is fetched.
  const found = await until('why', line, 1000).catch(() => null);
  return { status: answer.status, why: found?.why ?? -1, http: found?.status, location: answer.headers.get('location'), text };
}

async function refused(id, why) {
  const answer = await ask(id);
  assert.equal(Object.keys(WHY).find(k => WHY[k] === answer.why) ?? answer.why, why, `${id}: ${answer.status}`);
  assert.ok(answer.status >= 400 && answer.location === null, `${id}: ${answer.status} ${answer.location}`);
  return answer;
}

async function accepted(id) {
  const answer = await ask(id);
  assert.equal(answer.status, 303, `${id}: ${answer.why} ${answer.text.slice(0, 200)}`);
  assert.match(answer.location, /\/consent\?request=[0-9a-f]{32}$/);
}

const at = (name, path = '/c.json') => `https://${name}.${DOMAIN}${path}`;

function inside() {
  before(async () => {
    const zone = Object.fromEntries([...Object.keys(hosts), 'other'].map(h => [`${h}.${DOMAIN}`, [PUBLIC]]));
    Object.assign(zone, {
      [`six.${DOMAIN}`]: [PUBLIC6], [`both.${DOMAIN}`]: [PUBLIC6, PUBLIC],
      // Public the first time, inside the second.
      [`rebinds.${DOMAIN}`]: n => (n === 1 ? [PUBLIC] : ['10.0.0.5']),
      [`mixed.${DOMAIN}`]: [PUBLIC, '10.0.0.5'], [`mixed-first.${DOMAIN}`]: ['169.254.169.254', PUBLIC],
      [`mixed-six.${DOMAIN}`]: [PUBLIC, 'fd00::5'], [`empty.${DOMAIN}`]: [], [`mute.${DOMAIN}`]: null,
      [`home.${DOMAIN}`]: ['127.0.0.1'], [`home-six.${DOMAIN}`]: ['::1'], [`zero.${DOMAIN}`]: ['0.0.0.0'],
      [`mapped.${DOMAIN}`]: ['::ffff:10.0.0.5'], [`shut.${DOMAIN}`]: [PUBLIC], 'elsewhere.test': [PUBLIC],
    });
    PRIVATE.forEach((a, i) => { zone[`inner${i}.${DOMAIN}`] = [a]; });
    network = await Network.start({ addresses: [PUBLIC, PUBLIC6, ...PRIVATE], names: [`DNS:*.${DOMAIN}`, `IP:${PUBLIC}`], zone, serve });
    system = await System.start({ name: 'documents', config: `[clients]\nca_file = ${network.caFile}\n` });
  });
  after(async () => {
    await system?.stop();
    network?.stop();
  });

  test('a right document is accepted, once fetched and then kept', async () => {
    await accepted(at('right'));
    const once = network.reached.length;
    await accepted(at('right'));
    assert.equal(network.reached.length, once, 'the copy is used');
    await accepted(at('typed', '/a/b?c=d'));
    await accepted(at('six'));
    await accepted(at('both'));
    await accepted(`https://${PUBLIC}/literal.json`);
    assert.equal(network.names.asked[`right.${DOMAIN} A`], 1, 'one lookup for one fetch');
  });

  test('what is no address of a document is not even fetched', async () => {
    const before = network.reached.length;
    for (const id of [`http://right.${DOMAIN}/c.json`, `https://right.${DOMAIN}`, `https://right.${DOMAIN}/`,
      `https://user@right.${DOMAIN}/c.json`, `https://right.${DOMAIN}/c.json#part`, `https://right.${DOMAIN}/a/../c.json`,
      `https://right.${DOMAIN}/%2e%2e/c.json`, 'https://127.1/c.json', 'https://2130706433/c.json', 'https://0x7f.0.0.1/c.json',
      `https://right.${DOMAIN}/${'x'.repeat(600)}`, `file:///etc/passwd`, `gopher://right.${DOMAIN}/c`]) {
      const { status, location, why } = await ask(id);
      assert.ok(status >= 400 && location === null && why === -1, `${id}: ${status} ${why}`);
    }
    assert.equal(network.reached.length, before);
  });

  test('names that lead inside are refused', async () => {
    for (const i of PRIVATE.keys()) await refused(at(`inner${i}`), 'forbidden');
    for (const name of ['home', 'home-six', 'zero', 'mapped']) await refused(at(name), 'forbidden');
    await refused('https://localhost/c.json', 'forbidden');
  });

  test('addresses in digits that lead inside are refused', async () => {
    for (const a of [...PRIVATE, '127.0.0.1', '::1', '0.0.0.0', '::', '::ffff:10.0.0.5', '255.255.255.255', '224.0.0.1', 'fe80::1', 'ff02::1'])
      await refused(`https://${a.includes(':') ? `[${a}]` : a}/latest/meta-data/`, 'forbidden');
    await refused(`https://127.0.0.1:${system.port}/c.json`, 'forbidden');
  });

  test('a name whose addresses are mixed is refused', async () => {
    for (const name of ['mixed', 'mixed-first', 'mixed-six']) await refused(at(name), 'forbidden');
  });

  test('a name that leads elsewhere the next time is judged each time, at the address that is connected', async () => {
    const before = network.reached.length;
    await accepted(at('rebinds', '/first.json'));
    assert.deepEqual(network.reached.slice(before), [{ address: PUBLIC, port: 443 }]);
    assert.equal(network.names.asked[`rebinds.${DOMAIN} A`], 1, 'asked once, connected to what was said');
    await refused(at('rebinds', '/second.json'), 'forbidden');
    assert.equal(network.reached.length, before + 1);
  });

  test('redirects are not followed', async () => {
    const before = network.reached.length;
    assert.equal((await refused(at('moved'), 'status')).http, 302);
    assert.equal((await refused(at('inward'), 'status')).http, 307);
    assert.equal(network.reached.length, before + 2);
  });

  test('other statuses, other types and no names of types are refused', async () => {
    for (const name of ['gone', 'broken']) await refused(at(name), 'status');
    await refused(at('partial'), 'status');
    for (const name of ['page', 'plain', 'untyped']) await refused(at(name), 'type');
  });

  test('a document that is large, in one piece or without end, is refused', async () => {
    for (const name of ['fat', 'endless', 'heads']) await refused(at(name), 'large');
  });

  test('what is slow is given up after five seconds, and somebody else\'s document is not kept waiting', async () => {
    const began = Date.now();
    const late = [refused(at('drips'), 'slow'), refused(at('silent'), 'slow'),
      refused(`https://shut.${DOMAIN}:8444/c.json`, 'slow')];
    await until('two connections that drip', () => slow.size === 2);
    await accepted(at('right', '/meanwhile.json'));
    assert.ok(Date.now() - began < 4000, 'meanwhile');
    await Promise.all(late);
    assert.ok(Date.now() - began < 8000, `${Date.now() - began} ms`);
    await refused(at('mute'), 'slow');
  });

  test('more at once than there are programs wait, or are told to come again, and it ends well', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => ask(at('drips', `/many${i}.json`))));
    const whys = answers.map(a => a.why);
    assert.ok(whys.filter(w => w === WHY.slow).length >= 3, `${whys}`);
    assert.ok(answers.every(a => a.status >= 400), `${answers.map(a => a.status)}`);
    await accepted(at('right', '/afterwards.json'));
    const alive = () => system.processes().filter(p => p.name.startsWith('tonearm-fetch')).length;
    await until('one blank program', () => alive() === 1, 10000);
  });

  test('certificates that are not right are refused', async () => {
    await refused('https://elsewhere.test/c.json', 'tls');           // of another name
    await refused(`https://right.${DOMAIN}:8443/c.json`, 'tls');      // of an authority that nobody knows
    await refused(`https://[${PUBLIC6}]/c.json`, 'tls');              // not of this address
  });

  test('hosts that are not there are unreachable', async () => {
    await refused(at('empty'), 'unreachable');
    await refused(at('nobody-knows-it'), 'unreachable');
    await refused(`https://right.${DOMAIN}:9/c.json`, 'unreachable');
  });

  test('documents that are not this client\'s, or not to be trusted, are refused', async () => {
    for (const name of ['mine', 'nameless', 'script', 'secret', 'proof', 'twice', 'list', 'zipped'])
      await refused(at(name), 'content');
  });

  test('a program that fetches holds no secret of anybody', async () => {
    await system.sandbox.post('users', { count: 1, prefix: 'quiet' });
    const who = await member(system, 'quiet001');
    await call(who.endpoint, who.token, 'get_status');
    const issued = await system.sandbox.get('tokens?user=quiet001');
    const keys = readFileSync(join(system.state, 'keys'), 'utf8').match(/^\d+ \S+/gm).map(l => l.split(' ')[1]);
    const secrets = [who.token, who.person.cookie('tonearm_session'), 'quiet001', ...issued.access, ...issued.refresh,
      ...keys, ...keys.map(k => Buffer.from(k, 'base64')), 'tonearm_vault'];
    assert.ok(secrets.every(Boolean) && keys.length > 0);
    const late = ask(at('drips', '/canary-of-the-address.json'));
    await until('a fetch under way', () => slow.size === 1);
    await sleep(300);
    const all = system.processes().filter(p => p.name.startsWith('tonearm-fetch')).map(p => [...memory(p.pid)]);
    assert.ok(all.length >= 2 && all.every(m => m.length > 0), `${all.length} programs`);
    for (const parts of all) assert.deepEqual([...search(parts, secrets)], []);
    // The search would have found something.
    assert.equal(all.filter(parts => search(parts, ['canary-of-the-address']).size > 0).length, 1);
    await late;
  });

  test('no address but public ones was ever connected to', async () => {
    const addresses = new Set(network.reached.map(r => r.address));
    assert.deepEqual([...addresses].sort(), [PUBLIC6, PUBLIC].sort());
    // They could have been: the test itself reaches one.
    await new Promise(resolve => https.get({ host: '10.0.0.5', port: 443, rejectUnauthorized: false, headers: { host: 'right' } },
      r => r.resume().on('end', resolve)));
    assert.equal(network.reached.at(-1).address, '10.0.0.5');
    assert.equal(system.log().filter(l => ['obituary', 'channel_violation', 'fetch_lost'].includes(l.event)).length, 0);
  });
}

if (process.env.TONEARM_NAMESPACE) {
  inside();
} else {
  test('documents of clients, in a network of its own', { skip: noNamespaces() }, async t => {
    const { code, results, text } = await runInNamespaces(import.meta.filename ?? new URL(import.meta.url).pathname, 180000);
    for (const r of results)
      await t.test(r.name, { skip: r.skipped }, () => { if (!r.ok) assert.fail(r.text); });
    assert.ok(results.length > 0 && code === 0, `status ${code}\n${text.slice(-4000)}`);
  });
}
