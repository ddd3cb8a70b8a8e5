// Whose Spotify application: one's own, in Chromium with every mistake on the way;
// invitations; what the operator offers; and what a sign-in asks Spotify for.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser, makeToken } from './lib/journey.mjs';
import { fitsPhone, shoot } from './lib/browser.mjs';
import { RawClient, Visitor } from './lib/oauth.mjs';
import { forms } from './lib/person.mjs';
import { call } from './lib/rpc.mjs';
import { System, until } from './lib/system.mjs';

const OWN = '0123456789abcdef0123456789abcdef', THEIRS = 'fedcba98765432100123456789abcdef';

let system, browser;
before(async () => {
  system = await System.start({ name: 'apps' });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await system?.stop();
});

const visitor = (of = system) => new Visitor(of.url, of.sandbox.url);
const connect = async (person, user, options) => {
  const client = await new RawClient(`${person.base}/mcp`).discover();
  await client.signIn(person, user, options);
  return client;
};
/** Somebody's application at Spotify, with its redirect address and list of users. */
const application = (of, client_id, owner, allow, redirects = [`${of.url}/callback`]) =>
  of.sandbox.post('apps', { client_id, create: true, name: `${owner}'s application`, owner, allow, redirects });
/** Enters a client id on /app; the page from where Spotify comes next. */
async function enter(person, id) {
  await person.go(person.base + '/app');
  return person.send(f => f.action === '/app/use', { client_id: id });
}
/** At the sandbox: agrees as that account. */
const agree = (person, user) => person.send(f => f.action.includes('decide') && !('decision' in f.fields), { user });
async function ownSignIn(person, id, user) {
  await enter(person, id);
  const page = await person.go(person.base + '/login?app=own');
  return page.url.startsWith(person.sandbox) ? agree(person, user) : page;
}
const seen = page => page.html.replace(/<style[\s\S]*?<\/style>|<[^>]*>/g, ' ').replace(/\s+/g, ' ');
/** The call went well, or what it said. */
const well = async called => {
  const result = await called;
  assert.ok(!result.isError, JSON.stringify(result.content ?? result));
};
const tracks = (of, token) => call(`${of.url}/mcp`, token, 'get_library', {});

test('an own application, with every mistake on the way (Chromium)', async () => {
  const page = await (await browser.newContext()).newPage();
  const inside = async () => page.textContent('main');
  await page.goto(`${system.url}/app`);
  assert.ok((await inside()).includes(`${system.url}/callback`), 'the redirect address to copy');
  for (const word of ['Premium', 'Development Mode', 'five people', 'Redirect URI', 'User Management'])
    assert.ok((await inside()).includes(word), word);
  assert.ok(await fitsPhone(page));
  await shoot(page, 'app');

  // No client id at all.
  await page.fill('input[name=client_id]', 'my application');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('alert').waitFor();
  assert.match(await inside(), /That is no client id/);
  assert.equal(await page.inputValue('input[name=client_id]'), 'my application');

  // One that Spotify does not know: it says so itself, and sends nobody back.
  const goOn = async id => {
    await page.fill('input[name=client_id]', id);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('heading', { name: 'Next: Spotify asks you' }).waitFor();
  };
  await goOn(`  ${OWN.slice(0, 16)} ${OWN.slice(16).toUpperCase()}\t`);
  assert.ok((await inside()).includes(OWN));
  assert.ok(await fitsPhone(page));
  await shoot(page, 'app-next');
  await page.getByRole('link', { name: 'Go on to Spotify' }).click();
  await page.locator('button[name=user][value=juniper]').click();
  assert.match(await inside(), /INVALID_CLIENT: Invalid client/);
  assert.ok(page.url().startsWith(system.sandbox.url));

  // It exists, but without our address.
  await application(system, OWN, 'saffron', [], ['http://127.0.0.1:1/elsewhere']);
  await page.goBack();
  await page.goto(`${system.url}/app`);
  await goOn(OWN);
  await page.getByRole('link', { name: 'Go on to Spotify' }).click();
  assert.match(await inside(), /INVALID_CLIENT: Invalid redirect URI/);

  // Its owner has no Premium.
  await application(system, OWN, 'saffron', [], [`${system.url}/callback`]);
  await page.goto(`${system.url}/login?app=own`);
  await page.locator('button[name=user][value=juniper]').click();
  assert.match(await inside(), /owner has no Premium/);
  await shoot(page, 'trouble-premium');

  // It has, but nobody is on the list.
  await application(system, OWN, 'juniper', []);
  await page.getByRole('link', { name: 'Sign in again' }).click();
  await page.getByRole('heading', { name: 'Your account is not on that application’s list at Spotify' }).waitFor();
  assert.match(await inside(), /User Management/);
  assert.ok(await fitsPhone(page));
  await shoot(page, 'trouble-list');

  // Now all is well.
  await application(system, OWN, 'juniper', ['juniper', 'otter', 'wren']);
  await page.getByRole('link', { name: 'Sign in again' }).click();
  await page.waitForURL(`${system.url}/account`);
  await page.goto(`${system.url}/app`);
  assert.ok((await inside()).includes('You use your own application'));
  assert.ok((await inside()).includes(OWN));
  assert.ok(await fitsPhone(page));
  await shoot(page, 'app-own');

  // An invitation is shown once.
  await page.fill('input[name=label]', 'Otter next door');
  await page.getByRole('button', { name: 'Make an invitation' }).click();
  await page.getByRole('heading', { name: 'Your invitation' }).waitFor();
  assert.match(await inside(), /\/invite\?code=tonearm_in_/);
  assert.ok(await fitsPhone(page));
  await shoot(page, 'app-invite');
  const link = (await inside()).match(/http\S+\/invite\?code=\S+/)[0];
  await page.getByRole('link', { name: 'I have copied it' }).click();
  assert.ok(!(await inside()).includes(link));

  // The guest sees who invites, and comes in.
  const guest = await (await browser.newContext()).newPage();
  await guest.goto(link);
  assert.match(await guest.textContent('main'), /Juniper invites you/);
  assert.match(await guest.textContent('main'), /Spotify has a list, too/);
  assert.ok(await fitsPhone(guest));
  await shoot(guest, 'invite');
  await guest.getByRole('button', { name: 'Accept and sign in' }).click();
  await guest.getByRole('link', { name: 'Go on to Spotify' }).click();
  await guest.locator('button[name=user][value=otter]').click();
  await guest.waitForURL(`${system.url}/account`);
  await guest.goto(`${system.url}/app`);
  assert.match(await guest.textContent('main'), /You are a guest/);
  assert.ok(!(await guest.textContent('main')).includes(OWN), 'a guest is not told the client id');

  // The owner sees that it was used, and nothing of who it was.
  await page.reload();
  assert.match(await inside(), /Otter next door\s+came in on/);
  assert.doesNotMatch((await inside()).replaceAll('Otter next door', ''), /otter/i);
  await shoot(page, 'app-guests');
});

test('an invitation is one person’s: not another’s, not after it is taken back, not a guess', async () => {
  const owner = visitor();
  await application(system, THEIRS, 'marlow', ['marlow', 'wren', 'juniper', 'otter']);
  let page = await ownSignIn(owner, THEIRS, 'marlow');
  assert.ok(page.url.endsWith('/account'), page.url);
  const invite = async label => {
    await owner.go(owner.base + '/app');
    const made = await owner.send(f => f.action === '/app/invite', { label });
    return made.html.match(/\/invite\?code=[\w-]+/)?.[0] ?? seen(made);
  };
  const accept = async (person, link, user) => {
    const shown = await person.go(person.base + link);
    if (shown.status !== 200) return shown;
    await person.send(f => f.action === '/invite');
    const next = await person.go(person.base + '/login?app=own');
    return next.url.startsWith(person.sandbox) ? agree(person, user) : next;
  };
  const first = await invite('first');
  const guest = visitor();
  page = await accept(guest, first, 'wren');
  assert.ok(page.url.endsWith('/account'), seen(page));
  // Again with the same invitation, in a browser that knows nothing: still the guest.
  page = await accept(visitor(), first, 'wren');
  assert.ok(page.url.endsWith('/account'), seen(page));
  // Another person, though Spotify would let them.
  page = await accept(visitor(), first, 'otter');
  assert.equal(page.status, 403);
  assert.match(seen(page), /This application is somebody else’s/);
  // The client id alone lets nobody in either.
  page = await ownSignIn(visitor(), THEIRS, 'otter');
  assert.equal(page.status, 403);
  // The guest owns nothing and invites nobody, whatever form they send.
  page = await guest.go(guest.base + '/app');
  const csrf = page.html.match(/name="csrf" value="([^"]+)"/)[1];
  page = await guest.go(guest.base + '/app/invite', { method: 'POST', form: { csrf, label: 'mine' } });
  assert.equal(page.status, 404);
  page = await ownSignIn(guest, THEIRS, 'wren');
  page = await guest.go(guest.base + '/app');
  assert.match(seen(page), /You are a guest/);
  // Four at most.
  for (const label of ['second', 'third', 'fourth']) assert.match(await invite(label), /code=/);
  page = await owner.go(owner.base + '/app');
  assert.match(seen(page), /All four places are taken/);
  page = await owner.go(owner.base + '/app/invite', { method: 'POST', form: { csrf: page.html.match(/name="csrf" value="([^"]+)"/)[1], label: 'fifth' } });
  assert.equal(page.status, 429);
  // What is taken back is over; a used one costs its guest the next sign-in.
  page = await owner.go(owner.base + '/app');
  const rows = forms(page.html).filter(f => f.action === '/app/invite/drop');
  assert.equal(rows.length, 4);
  await owner.go(owner.base + '/app/invite/drop', { method: 'POST', form: rows[0].fields });
  page = await accept(visitor(), first, 'wren');
  assert.equal(page.status, 404);
  page = await ownSignIn(visitor(), THEIRS, 'wren');
  assert.equal(page.status, 403);
  for (const code of ['', 'guess', 'tonearm_in_' + 'x'.repeat(56), 'A'.repeat(43)]) {
    page = await visitor().go(`/invite?code=${code}`);
    assert.equal(page.status, 404, code);
    assert.match(seen(page), /This invitation is over/);
  }
});

test('who changes the application keeps clients, and their worker goes on with the new one', async () => {
  const person = visitor(), id = '11112222333344445555666677778888';
  await system.sandbox.post('users', { prefix: 'mover', count: 1 });
  await application(system, id, 'juniper', ['mover001']);
  const client = await connect(person, 'mover001', { scope: 'library:read playlists:read' });
  await well(tracks(system, client.tokens.access_token));
  let page = await ownSignIn(person, id, 'mover001');
  assert.ok(page.url.endsWith('/account'), seen(page));
  // The worker is another one, and refreshes with the application of its tokens.
  const used = async () => (await system.sandbox.get('record?since=0')).entries
    .filter(r => r.user === 'mover001' && r.grant_type === 'refresh_token').map(r => r.outcome);
  await well(tracks(system, client.tokens.access_token));
  await system.sandbox.post('apps', { client_id: 'tonearm-sandbox-client', disallow: 'mover001' });
  await system.sandbox.post('clock', { advance_seconds: 3700 });
  await well(tracks(system, client.tokens.access_token));
  assert.deepEqual(await used(), ['ok']);
  // Back to the server's: not on its list any more, so nothing changes.
  page = await person.go(person.base + '/login?app=shared');
  assert.equal(page.status, 403);
  assert.match(seen(page), /not on this server’s list at Spotify/);
  await well(tracks(system, client.tokens.access_token));
  await system.sandbox.post('apps', { client_id: 'tonearm-sandbox-client', allow: 'mover001' });
  page = await person.go(person.base + '/login?app=shared');
  assert.ok(page.url.endsWith('/account'), seen(page));
  page = await person.go(person.base + '/app');
  assert.doesNotMatch(seen(page), /You use your own application/);
  await well(tracks(system, client.tokens.access_token));
  await system.sandbox.post('clock', { reset: true });
});

test('what was granted stays granted: from another browser Spotify is asked once more', async () => {
  await system.sandbox.post('users', { prefix: 'keeper', count: 1 });
  const home = visitor();
  const wide = await connect(home, 'keeper001', { scope: 'playlists:write history:read' });
  // Elsewhere a client that needs little.
  const away = visitor();
  const narrow = await connect(away, 'keeper001', { scope: 'library:read' });
  const trips = away.seen.filter(at => at === `${system.sandbox.url}/authorize`).length;
  assert.equal(trips, 2, 'asked for little first, then for all that there was');
  for (const scope of ['user-library-read', 'playlist-modify-private', 'user-top-read'])
    assert.ok(away.asked.includes(scope), `${scope} is not in ${away.asked}`);
  for (const client of [wide, narrow])
    assert.equal((await client.refresh()).status, 200);
  await well(call(`${system.url}/mcp`, wide.tokens.access_token, 'create_playlist', { name: 'Kept' }));
  await well(tracks(system, narrow.tokens.access_token));
});

test('widening is one click, and the worker notices at once', async () => {
  await system.sandbox.post('users', { prefix: 'wider', count: 1 });
  const person = visitor();
  await connect(person, 'wider001', { scope: 'library:read', consent: { scopes: ['library:read'] } });
  const token = await makeToken(person, { access: 'all' });
  const make = () => call(`${system.url}/mcp`, token, 'create_playlist', { name: 'Wider' });
  assert.ok((await make()).isError, 'Spotify was not asked for that');
  const page = await person.go(person.base + '/login?scopes=playlists:write');
  assert.ok(page.url.startsWith(system.sandbox.url), 'Spotify asks about what is new');
  assert.ok(person.asked.includes('user-library-read') && !person.asked.includes('user-top-read'), `${person.asked}`);
  await agree(person, 'wider001');
  await well(make());
});

test('no at Spotify is no to the client: access_denied', async () => {
  const person = visitor(), client = await (await new RawClient(`${system.url}/mcp`).discover()).register();
  const back = await person.walk(client.begin(), client.redirect, { cancel: true });
  const params = new URL(back).searchParams;
  assert.equal(params.get('error'), 'access_denied');
  assert.equal(params.get('state'), client.state);
  assert.equal(params.get('iss'), system.url);
});

test('login CSRF: an answer of Spotify that another browser earned signs nobody in', async () => {
  const attacker = visitor(), victim = visitor();
  await attacker.go(attacker.base + '/login');
  const form = forms(attacker.page.html).find(f => f.action.includes('decide') && !('decision' in f.fields));
  const decided = await attacker.request(new URL(form.action, attacker.page.url).href, { method: 'POST', form: { ...form.fields, user: 'juniper' } });
  assert.match(decided.location, /\/callback\?code=/);
  for (const person of [victim, await (async () => { const p = visitor(); await p.request('/login'); return p; })()]) {
    const page = await person.go(decided.location);
    assert.equal(page.status, 400);
    assert.match(seen(page), /This sign-in does not fit/);
    assert.equal(person.cookie('tonearm_session'), undefined);
  }
  // The right browser has lost nothing by that.
  assert.ok((await attacker.go(decided.location)).url.endsWith('/account'));
});

test('session fixation: a session that was there before is not the one that is signed in', async () => {
  const person = visitor(), planted = 'A'.repeat(43);
  person.cookies().set('tonearm_session', planted);
  await person.go(person.base + '/login');
  await agree(person, 'juniper');
  assert.ok(person.page.url.endsWith('/account'), seen(person.page));
  assert.notEqual(person.cookie('tonearm_session'), planted);
  const other = visitor();
  other.cookies().set('tonearm_session', planted);
  assert.notEqual((await other.go('/account')).status, 200);
});

test('an application is chosen on our own pages alone', async () => {
  const person = visitor();
  let page = await person.go(person.base + '/app');
  const { fields } = forms(page.html).find(f => f.action === '/app/use');
  for (const headers of [{ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, { origin: 'null', 'sec-fetch-site': '' }]) {
    page = await person.request('/app/use', { method: 'POST', form: { ...fields, client_id: OWN }, headers });
    assert.equal(page.status, 403);
    assert.equal(person.cookie('tonearm_app'), undefined);
  }
  // Nor by a link.
  page = await person.request(`/login?client_id=${OWN}&app=own`);
  assert.equal(page.location, '/app');
});

test('who may use the operator’s application: nobody, those listed, those invited', async t => {
  const each = async (name, config, body) => {
    const of = await System.start({ name: `apps-${name}`, config });
    try { await t.test(name, () => body(of)); } finally { await of.stop(); }
  };
  const shared = async (of, user) => {
    const person = visitor(of), page = await person.go(person.base + '/login');
    return page.url.startsWith(of.sandbox.url) ? agree(person, user) : page;
  };
  await each('nobody', '[apps]\nshared = no\n', async of => {
    let page = await shared(of, 'juniper');
    assert.ok(page.url.endsWith('/app'), page.url);
    // A client waits meanwhile, and is let in in the end.
    await application(of, OWN, 'juniper', ['juniper']);
    const person = visitor(of), client = await (await new RawClient(`${of.url}/mcp`).discover()).register();
    page = await person.walk(client.begin(), client.redirect, { user: 'juniper', stop: p => p.url.includes('/app') });
    assert.match(page.url, /\/app\?request=[0-9a-f]{32}$/);
    page = await person.send(f => f.action === '/app/use', { client_id: OWN });
    const go = page.html.match(/href="(\/login\?app=own[^"]*)"/)[1].replaceAll('&amp;', '&');
    const back = await person.walk(go, client.redirect, { user: 'juniper' });
    assert.equal((await client.redeem(client.code(back))).status, 200);
    await well(tracks(of, client.tokens.access_token));
  });
  await each('listed', '[apps]\nown = no\nshared_access = listed\nallowed = wren, juniper\n', async of => {
    assert.ok((await shared(of, 'juniper')).url.endsWith('/account'));
    const page = await shared(of, 'marlow');
    assert.equal(page.status, 403);
    assert.match(seen(page), /not open to everybody/);
    assert.match(seen(await visitor(of).go(of.url + '/app')), /does not offer this/);
    assert.doesNotMatch(of.dump(), /marlow/, 'nothing is stored of who is not let in');
  });
  await each('invited', '[apps]\nshared_access = invited\nallowed = wren\n', async of => {
    assert.ok((await shared(of, 'wren')).url.endsWith('/account'));
    assert.equal((await shared(of, 'marlow')).status, 403);
    // What "tonearm user invite" does.
    const code = 'b3BlcmF0b3Itc-aW52aXRhdGlvbi0wMDAwMDAwMDAwM';
    of.asOwner('psql', ['-h', of.socketDir, '-d', 'tonearm', '-qAtc',
      `SELECT tonearm.admin_invite(sha256('${code}'), 'marlow')`]);
    const person = visitor(of);
    await person.go(`${of.url}/invite?code=${code}`);
    assert.match(seen(person.page), /You are invited/);
    await person.send(f => f.action === '/invite');
    await person.go(person.base + '/login?app=own');
    assert.ok((await agree(person, 'marlow')).url.endsWith('/account'), seen(person.page));
    assert.ok((await shared(of, 'marlow')).url.endsWith('/account'), 'and again without it');
    assert.equal((await shared(of, 'juniper')).status, 403);
  });
});

test('nothing of it is in the log', async () => {
  await until('the log', () => system.log().length > 0);
  const log = JSON.stringify(system.log());
  assert.doesNotMatch(log, /tonearm_in_|invite\?code/);
  assert.match(log, /invitation_made/);
});
