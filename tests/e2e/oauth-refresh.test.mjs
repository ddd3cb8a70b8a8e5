// Clients that are signed in already and come back: after their token ended,
// after an answer was lost, after their person had enough of them, several at
// once.  Nobody waits for an hour: the times in the database are moved, and the
// nodes are told of that as of any other change.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { mcpRemote, sdk1, sdk2 } from './lib/clients.mjs';
import { Database } from './lib/database.mjs';
import { Gate } from './lib/gate.mjs';
import { Provider, RawClient, Visitor, listenForCallback } from './lib/oauth.mjs';
import { Opener } from './lib/opener.mjs';
import { modern } from './lib/rpc.mjs';
import { System, freePort, until } from './lib/system.mjs';

let system, gate, endpoint, database;
before(async () => {
  const port = await freePort(), inner = await freePort();
  gate = await Gate.open(port, inner);
  system = await System.start({ name: 'oauth-refresh', port: inner, args: ['--public-url', gate.url] });
  endpoint = `${gate.url}/mcp`;
  database = new Database(system);
});
after(async () => {
  await system?.stop();
  gate?.close();
});

const visitor = () => new Visitor(gate.url, system.sandbox.url);
const status = async token => (await modern(endpoint, token, 'tools/list')).status;
const ok = answer => { assert.equal(answer.status, 200, answer.text); return answer.json; };
const gone = answer => { assert.equal(answer.status, 400, answer.text); assert.equal(answer.json.error, 'invalid_grant'); };

/** A client of our own that is signed in. */
async function member(user, person = visitor()) {
  const me = new RawClient(endpoint);
  await me.signIn(person, user);
  return Object.assign(me, { person });
}

/** Every access token of a client there is ends now, and the nodes know. */
async function hourPasses(token) {
  database.sql("UPDATE tonearm.credential SET expires_at = now() - interval '1 second' WHERE kind = 3");
  await until('the token to be refused', async () => (await status(token)) === 401);
}

/** So long ago was every refresh token's rotation. */
const rotatedAgo = seconds => database.sql(
  `UPDATE tonearm.refresh SET rotated_at = rotated_at - interval '${seconds} seconds' WHERE rotated_at IS NOT NULL`);

test('a refresh gives new tokens, and what the old one opened stays open until its own end', async () => {
  const me = await member('marlow'), first = me.tokens;
  const second = ok(await me.refresh());
  assert.notEqual(second.access_token, first.access_token);
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.deepEqual(second.scope, first.scope);
  assert.equal(second.expires_in, 3600);
  assert.equal(await status(first.access_token), 200);
  assert.equal(await status(second.access_token), 200);
});

test('eight tokens of a connection live side by side; the ninth ends the oldest, and no other client\'s', async () => {
  const me = await member('wren'), other = await member('wren'), all = [me.tokens.access_token];
  for (let i = 0; i < 9; i++) all.push(ok(await me.refresh()).access_token);
  await until('the oldest to be refused', async () => (await status(all[1])) === 401);
  for (const [i, token] of all.entries()) assert.equal(await status(token), i < 2 ? 401 : 200, `number ${i}`);
  assert.equal(await status(other.tokens.access_token), 200);
});

test('an answer that was lost is given again, the same one', async () => {
  const me = await member('marlow'), old = me.tokens.refresh_token;
  const lost = gate.lose('/token');
  await assert.rejects(me.refresh(old));
  assert.equal(await lost, 200);
  const again = ok(await me.refresh(old)), third = ok(await me.refresh(old));
  assert.deepEqual(third.access_token, again.access_token);
  assert.deepEqual(third.refresh_token, again.refresh_token);
  assert.ok(third.expires_in > 0 && third.expires_in <= 3600);
  assert.equal(await status(again.access_token), 200);
  ok(await me.refresh(again.refresh_token));
});

test('an hour later: the token ends, the refresh token gets another', async () => {
  const me = await member('marlow'), first = me.tokens;
  await hourPasses(first.access_token);
  const second = ok(await me.refresh());
  assert.equal(await status(second.access_token), 200);
  assert.equal(await status(first.access_token), 401);
});

test('thirty refreshes at once with one token get one answer', async () => {
  const me = await member('marlow'), old = me.tokens.refresh_token;
  const answers = (await Promise.all(Array.from({ length: 30 }, () => me.refresh(old)))).map(ok);
  assert.equal(new Set(answers.map(a => a.refresh_token)).size, 1);
  assert.equal(new Set(answers.map(a => a.access_token)).size, 1);
  assert.equal(await status(answers[0].access_token), 200);
});

test('an old refresh token after its grace is a thief\'s or its victim\'s: everything of the connection ends', async () => {
  const me = await member('marlow'), other = await member('marlow'), old = me.tokens.refresh_token;
  const second = ok(await me.refresh(old));
  rotatedAgo(50);
  ok(await me.refresh(old));
  rotatedAgo(20);
  gone(await me.refresh(old));
  await until('its tokens to end', async () => (await status(second.access_token)) === 401, 3000);
  gone(await me.refresh(second.refresh_token));
  assert.equal(await status(other.tokens.access_token), 200, 'another connection of the same person must not suffer');
});

test('a code that comes twice ends what came of it', async () => {
  const me = await member('marlow');
  const code = me.code(await me.person.walk(me.begin(), me.redirect));
  const tokens = ok(await me.redeem(code));
  gone(await me.redeem(code));
  await until('its tokens to end', async () => (await status(tokens.access_token)) === 401, 3000);
  gone(await me.refresh(tokens.refresh_token));
});

test('a code is too old after its minute', async () => {
  const me = await member('marlow');
  const code = me.code(await me.person.walk(me.begin(), me.redirect));
  database.sql("UPDATE tonearm.code SET expires_at = expires_at - interval '61 seconds'");
  gone(await me.redeem(code));
});

test('ninety days without a refresh are the end, and each refresh is a new beginning', async () => {
  const me = await member('marlow');
  const left = () => Number(database.sql('SELECT round(extract(epoch FROM max(expires_at) - now()) / 86400) FROM tonearm.connection'));
  assert.equal(left(), 90);
  ok(await me.refresh());
  database.sql("UPDATE tonearm.connection SET expires_at = expires_at - interval '91 days'");
  gone(await me.refresh());
});

test('revoked on the account page: tokens end at once, and signing in again is all it takes', async () => {
  const me = await member('wren');
  await me.person.go('/account');
  const page = await me.person.send(f => f.action === '/account/revoke' && f.fields.kind === 'client');
  assert.ok(page.status < 400, `${page.status} ${page.url}`);
  await until('the token to end', async () => (await status(me.tokens.access_token)) === 401, 2000);
  gone(await me.refresh());
  await me.signIn(me.person, 'wren');
  assert.equal(await status(me.tokens.access_token), 200);
});

/** A program with an SDK; its person needs no browser window to be counted. */
async function program(connect, user) {
  const back = await listenForCallback(), person = visitor();
  const provider = new Provider(back.redirect, async url => {
    if (provider.away) return;
    const address = await person.walk(String(url), back.redirect, { user });
    provider.waiting = new URL(address).searchParams;
  });
  provider.answer = async () => provider.waiting;
  back.close();
  const client = await connect(endpoint, null, { provider });
  return { client, provider, person };
}

const sdks = {
  'SDK v1': sdk1, 'SDK v2, 2026-07-28': sdk2, 'SDK v2, handshake': (url, token, more) => sdk2(url, token, { era: 'legacy', ...more }),
};
for (const [name, connect] of Object.entries(sdks))
  test(`${name}: an hour later it goes on by itself; an answer lost on the way costs one call; revoked, it asks its person again`, async t => {
    const { client, provider, person } = await program(connect, 'juniper');
    const search = () => client.call('search', { query: 'rain', types: ['track'], limit: 1 });
    await search();
    assert.equal(provider.opened, 1);
    await hourPasses(provider.kept.tokens.access_token);
    assert.ok(!(await search()).isError);
    assert.equal(provider.opened, 1, 'nobody had to be asked');

    await hourPasses(provider.kept.tokens.access_token);
    // It opens the browser when /token gives no answer; its person is away, and the
    // next call gets the answer after all.
    const lost = gate.lose('/token');
    provider.away = true;
    await search().catch(() => {});
    assert.equal(await lost, 200);
    assert.ok(!(await search()).isError);
    provider.away = false;
    const opened = provider.opened;

    await person.go('/account');
    await person.send(f => f.action === '/account/revoke' && f.fields.kind === 'client');
    await until('the token to end', async () => (await status(provider.kept.tokens.access_token)) === 401, 2000);
    await search().catch(() => {});
    // Once by the call; on a slow machine once more by a stream that comes back.
    await until('the person to be asked', () => provider.opened > opened);
    await client.transport.finishAuth(name === 'SDK v1' ? provider.waiting.get('code') : provider.waiting);
    await client.close();
    const asked = provider.opened;
    // What was revoked took its session along: the program begins anew, with its new tokens.
    const again = await connect(endpoint, null, { provider });
    t.after(() => again.close());
    assert.ok(!(await again.call('get_status')).isError);
    assert.equal(provider.opened, asked);
  });

/** mcp-remote whose person lets it do this (or what it asks for), and another call of mcp-remote in the
 *  same folder. */
async function bridge(t, user, consent) {
  const folder = mkdtempSync('/tmp/tonearm-remote-shared-'), opener = new Opener(), person = visitor();
  t.after(() => opener.close());
  const start = async () => {
    const connecting = mcpRemote(endpoint, null, { browser: opener.program, folder });
    connecting.catch(() => {});
    t.after(async () => (await connecting).close());
    return connecting;
  };
  const first = start(), url = await opener.next(), redirect = new URL(url).searchParams.get('redirect_uri');
  await fetch(await person.walk(url, redirect, { user, ...consent }));
  return { opener, first: await first, start };
}

const search = client => client.call('search', { query: 'rain', types: ['track'], limit: 1 }, { timeout: 15000 });

test('two mcp-remote that share their tokens: both go on after an hour, and nobody is asked', async t => {
  const { opener, first, start } = await bridge(t, 'saffron'), second = await start();
  for (const client of [first, second]) assert.ok(!(await search(client)).isError);
  for (let round = 0; round < 3; round++) {
    const from = gate.mark();
    database.sql("UPDATE tonearm.credential SET expires_at = now() - interval '1 second' WHERE kind = 3");
    // One call of each: two of one process that refresh at once overwrite its own file.
    for (const found of await Promise.all([search(first), search(second)])) assert.ok(!found.isError);
    assert.ok(gate.came('/token', from).length > 0, 'nobody refreshed');
  }
  assert.equal(opener.addresses.length, 1, 'a browser was opened again');
});

test('mcp-remote whose person gave it less than it asked for: it names just that when it refreshes', async t => {
  const { opener, first } = await bridge(t, 'saffron', { scopes: ['library:read', 'playback:read'] });
  const from = gate.mark();
  database.sql("UPDATE tonearm.credential SET expires_at = now() - interval '1 second' WHERE kind = 3");
  assert.ok(!(await search(first)).isError);
  const [refresh] = gate.came('/token', from);
  assert.equal(refresh.params.scope, 'library:read playback:read');
  assert.equal(opener.addresses.length, 1, 'a browser was opened again');
});
