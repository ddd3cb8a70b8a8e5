// What every test needs first: somebody who is signed in and has a token.
import { Person } from './person.mjs';
import { openBrowser } from './browser.mjs';

/** Signs a sandbox account in; the Person with the account page open. */
export async function signIn(system, user, base = system.url) {
  const person = new Person(base);
  let page = await person.go('/login');
  if (!page.url.startsWith(system.sandbox.url)) throw new Error(`/login led to ${page.url} (${page.status})`);
  page = await person.send(f => f.action.includes('decide') && !('decision' in f.fields), { user });
  if (page.status !== 200 || !page.url.endsWith('/account'))
    throw new Error(`sign-in of ${user} ended at ${page.url} (${page.status}): ${page.html.slice(0, 600)}`);
  return person;
}

const everything = ['library', 'playlists'].flatMap(what => [`${what}:read`, `${what}:write`])
  .concat('playback:read', 'playback:control', 'history:read');
/** Changes to a form whose boxes are all ticked; access: all, read, or the scopes by name. */
const ticks = access => access === 'all' ? {} :
  Array.isArray(access) ? Object.fromEntries(everything.filter(name => !access.includes(name)).map(name => [name, null])) :
  { 'library:write': null, 'playlists:write': null, 'playback:control': null };

/** Makes a personal token on the account page. */
export async function makeToken(person, { access = 'all', label = 'tests', days = '180' } = {}) {
  await person.go('/account');
  const page = await person.send(f => f.action.endsWith('/account/token'), { ...ticks(access), label, days });
  const token = page.html.match(/tonearm_pt_[\w-]+/)?.[0];
  if (!token) throw new Error(`no token on ${page.url} (${page.status}): ${page.html.slice(0, 600)}`);
  return token;
}

/** Makes (or replaces) the personal link; its token. */
export async function makeLink(person, { access = 'all' } = {}) {
  await person.go('/account');
  const page = await person.send(f => f.action.endsWith('/account/link'), ticks(access));
  const token = page.html.match(/tonearm_pl_[\w-]+/)?.[0];
  if (!token) throw new Error(`no link on ${page.url} (${page.status}): ${page.html.slice(0, 600)}`);
  return token;
}

/** A person with a token. */
export async function member(system, user) {
  const person = await signIn(system, user);
  return { user, person, token: await makeToken(person), endpoint: `${system.url}/mcp` };
}

/** The same in Chromium, as a newcomer would; the page and the token. */
export async function signInBrowser(context, system, user, base = system.url) {
  const page = await context.newPage();
  await page.goto(base);
  await page.getByRole('link', { name: /sign in/i }).first().click();
  await page.locator(`button[name=user][value="${user}"]`).click();
  await page.waitForURL(/\/account$/);
  return page;
}

export { openBrowser };
