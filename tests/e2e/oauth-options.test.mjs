// Sign-in with the operator's options the other way round: clients are sent for
// more, nobody registers by themselves (docs/protocol.md ).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { RawClient, Visitor, challengeOf, get } from './lib/oauth.mjs';
import { modern } from './lib/rpc.mjs';
import { System, build, isRoot } from './lib/system.mjs';

let system, endpoint, added;
before(async () => {
  system = await System.start({ name: 'oauth-options', config: '[oauth]\nscope_challenge = yes\nregistration = no\n' });
  endpoint = `${system.url}/mcp`;
  const conf = join(system.state, 'cli.conf');
  writeFileSync(conf, `[server]\npublic_url = ${system.url}\n[database]\nadmin_conninfo = host=${system.socketDir} dbname=tonearm\n[spotify]\nclient_id = none\n`);
  const argv = [...(isRoot ? ['runuser', '-u', system.systemUser, '--'] : []), join(build, 'tonearm'), '-c', conf,
    'client', 'add', 'Added', 'http://127.0.0.1/callback', '--public'];
  added = /^client id: ([0-9a-f]{32})\n$/.exec(execFileSync(argv[0], argv.slice(1), { cwd: '/', encoding: 'utf8' }))[1];
});
after(async () => { await system?.stop(); });

test('where registration is off it is not offered, and refused', async () => {
  const { json } = await get(`${system.url}/.well-known/oauth-authorization-server`);
  assert.equal(json.registration_endpoint, undefined);
  const answer = await fetch(`${system.url}/register`, { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: ['http://127.0.0.1/callback'] }) });
  assert.equal(answer.status, 403);
  assert.equal((await answer.json()).error, 'access_denied');
});

test('a tool beyond the permissions is a 403 that leads to more, and then it works', async () => {
  const client = await new RawClient(endpoint, 'http://127.0.0.1:41234/callback').discover();
  client.id = added;
  const visitor = new Visitor(system.url, system.sandbox.url);
  const less = await client.signIn(visitor, 'marlow', { scope: 'playlists:read', consent: { scopes: ['playlists:read'] } });
  assert.equal(less.scope, 'playlists:read');
  const ask = token => modern(endpoint, token, 'tools/call', { name: 'create_playlist', arguments: { name: 'Stepped up' } });
  const refused = await ask(less.access_token);
  assert.equal(refused.status, 403);
  const challenge = challengeOf(refused.headers['www-authenticate']);
  assert.equal(challenge.error, 'insufficient_scope');
  assert.equal(challenge.resource_metadata, `${system.url}/.well-known/oauth-protected-resource/mcp`);
  assert.deepEqual(challenge.scope.split(' ').sort(), ['playlists:read', 'playlists:write']);
  const more = await client.signIn(visitor, 'marlow', { scope: challenge.scope, consent: { scopes: challenge.scope.split(' ') } });
  assert.deepEqual(more.scope.split(' ').sort(), ['playlists:read', 'playlists:write']);
  const answer = await ask(more.access_token);
  assert.equal(answer.status, 200);
  assert.ok(!answer.json.result.isError, JSON.stringify(answer.json));
});
