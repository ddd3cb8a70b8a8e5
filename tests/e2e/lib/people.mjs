#!/usr/bin/env node
// People by the thousand: accounts of the sandbox that have signed in, each
// with a personal token, without a browser.  As a command:
//
//   node tests/e2e/lib/people.mjs --build DIR --state DIR --sandbox URL \
//       --count N [--prefix LETTERS]
//
// --build has tonearm-people, --state is quickstart's; it prints N tokens, one a
// line, account PREFIX001 first.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';

/** What the product asks Spotify for (master/portal/login.c). */
export const everyScope = 'playlist-read-private playlist-read-collaborative playlist-modify-public playlist-modify-private ' +
  'user-library-read user-library-modify user-read-playback-state user-read-currently-playing ' +
  'user-modify-playback-state user-read-private user-follow-read user-top-read user-read-recently-played ' +
  'user-read-playback-position user-follow-modify ugc-image-upload';

function run(program, args, input) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const parts = [];
    child.stdout.on('data', part => parts.push(part));
    child.on('error', reject);
    child.on('close', code => code === 0 ? resolve(Buffer.concat(parts).toString()) :
      reject(new Error(`${program} ended with ${code}`)));
    child.stdin.on('error', reject);
    child.stdin.end(input);
  });
}

/**
 * Makes count people: [{user, token, access}], access being Spotify's own token.
 * build has the program tonearm-people, configuration is the server's file
 * (its key file and database are used),
 * sandbox the URL of the sandbox; scope: what they allowed Spotify, clientId: whom.
 */
export async function makePeople({ build, configuration, sandbox, count, prefix = 'p', scope = everyScope, clientId }) {
  const answer = await fetch(`${sandbox}/_sandbox/people`, {
    method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ count, prefix, scope, ...(clientId ? { client_id: clientId } : {}) }),
  });
  if (!answer.ok) throw new Error(`sandbox: ${answer.status} ${await answer.text()}`);
  const { people } = await answer.json();
  const lines = people.map(p => [p.account_id, p.id, p.display_name, p.access, p.refresh, p.scope].join('\t'));
  const tokens = (await run(join(build, 'tonearm-people'), [configuration], `${lines.join('\n')}\n`)).trim().split('\n');
  if (tokens.length !== count) throw new Error(`${tokens.length} tokens for ${count} people`);
  return people.map((p, i) => ({ user: p.id, token: tokens[i], access: p.access }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = { type: 'string' };
  const { values } = parseArgs({ options: { build: text, state: text, sandbox: text, count: text, prefix: text } });
  for (const person of await makePeople({
    ...values, configuration: join(values.state, 'tonearm.conf'), count: Number(values.count),
  })) console.log(person.token);
}
