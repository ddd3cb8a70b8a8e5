// quickstart as its user meets it: a second start keeps people and tokens,
// Ctrl-C leaves nothing behind, and what cannot work is said in a sentence.
// Alone: it looks for what is left behind on the machine.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, chmodSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { Person } from './lib/person.mjs';
import { member } from './lib/journey.mjs';
import { call } from './lib/rpc.mjs';
import { System, build, freePort, source } from './lib/system.mjs';

/** Command lines of processes that name this folder. */
function mentions(folder) {
  return readdirSync('/proc').filter(e => /^\d+$/.test(e) && Number(e) !== process.pid).flatMap(pid => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
      return line.includes(folder) ? [line] : [];
    } catch {
      return [];
    }
  });
}

test('a second start keeps people, tokens, links and browser sessions; Ctrl-C leaves nothing behind', async () => {
  const state = mkdtempSync('/tmp/tonearm-quickstart-again-');
  chmodSync(state, 0o711);
  const where = { state, port: await freePort(), sandboxPort: await freePort(), fromNothing: true };
  let sockets;
  try {
    let system = await System.start({ name: 'first-start', ...where });
    const who = await member(system, 'marlow');
    await call(who.endpoint, who.token, 'create_playlist', { name: 'Kept over a restart' });
    sockets = system.socketDir;
    const how = await system.stop();
    assert.equal(how.signal, null);
    assert.deepEqual(mentions(state), []);
    assert.throws(() => readdirSync(sockets), { code: 'ENOENT' }, 'the folder of sockets is still there');
    assert.match(system.output, /Stopped\. Users and tokens are kept/);

    system = await System.start({ name: 'second-start', ...where });
    const lists = await call(who.endpoint, who.token, 'list_playlists', { name_contains: 'Kept over' });
    assert.match(lists.content[0].text, /Kept over a restart/);
    const page = await who.person.go('/account');
    assert.equal(page.status, 200);
    assert.match(page.html, /marlow/);
    await system.stop();
    assert.deepEqual(mentions(state), []);
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
});

test('a port in use, an unknown option and a missing build are said in a sentence', async () => {
  const taken = createServer();
  await new Promise(resolve => taken.listen(0, '127.0.0.1', resolve));
  const state = mkdtempSync('/tmp/tonearm-quickstart-sentence-');
  const run = (...args) => spawnSync(join(source, 'quickstart'), args, { encoding: 'utf8', timeout: 60000 });
  try {
    const port = run('--no-install', '--build', build, '--state', state, '--port', String(taken.address().port));
    assert.notEqual(port.status, 0);
    assert.match(port.stderr, /port \d+ is in use; choose another with --port/);
    const option = run('--colour');
    assert.equal(option.status, 2);
    assert.match(option.stderr, /Usage: \.\/quickstart/);
    const help = run('--help');
    assert.equal(help.status, 0);
    assert.match(help.stdout, /--client-id ID/);
    const missing = run('--no-install', '--build', '/nonexistent', '--state', state,
      '--port', String(await freePort()), '--sandbox-port', String(await freePort()));
    assert.notEqual(missing.status, 0);
    assert.match(missing.stderr, /the build failed/);
  } finally {
    taken.close();
    rmSync(state, { recursive: true, force: true });
  }
});

test('a stranger who is not on the allowlist, and one who declines, get pages that say what to do', async () => {
  const system = await System.start({ name: 'refusals' });
  try {
    const person = new Person(system.url);
    await person.go('/login');
    const refused = await person.send(f => !('decision' in f.fields), { user: 'quill' });
    assert.ok(refused.status >= 400 && refused.status < 500, `${refused.status}`);
    assert.match(refused.html, /not on this server.s list[^]*Ask the operator/);
    const other = new Person(system.url);
    await other.go('/login');
    const declined = await other.send(f => f.fields.decision === 'cancel');
    assert.ok(declined.status < 500);
    assert.match(declined.html, /sign in/i);
    const versions = execFileSync(join(system.state, 'opt/bin/tonearm'), ['-c', join(system.state, 'tonearm.conf'), 'status'],
      { encoding: 'utf8' });
    assert.match(versions, /front/);
    assert.match(versions, /vault/);
  } finally {
    await system.stop();
  }
});
