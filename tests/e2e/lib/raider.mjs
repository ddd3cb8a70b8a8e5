// An attacker's tools for the sign-in of clients: requests made by hand, byte
// for byte where that matters, and browsers that follow links only as far as
// they are told.  Nothing here does what a library would do for a client.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { Person, forms } from './person.mjs';

/** Where our own made-up clients are called back.  Nobody listens there: browsers stop in front of it. */
export const CALLBACK = 'http://127.0.0.1:33419/callback';
export const HOSTED = 'https://client.invalid/callback';

const b64url = bytes => Buffer.from(bytes).toString('base64url');
export const challengeOf = verifier => b64url(createHash('sha256').update(verifier).digest());
export const newVerifier = () => b64url(randomBytes(32));

/** fetch without redirects; {status, headers, text, json, location}. */
export async function ask(url, { method = 'GET', form, json, headers = {}, body } = {}) {
  const answer = await fetch(url, {
    method, redirect: 'manual',
    headers: { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    body: body ?? (form ? new URLSearchParams(form) : json === undefined ? undefined : JSON.stringify(json)),
  });
  const text = await answer.text();
  let parsed;
  try { parsed = JSON.parse(text); } catch { /* not JSON */ }
  return { status: answer.status, headers: answer.headers, text, json: parsed, location: answer.headers.get('location') };
}

/** Sends these bytes on a connection of their own and gives all that comes back. */
export function bytes(port, text, ms = 5000) {
  return new Promise((resolve, reject) => {
    let got = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setTimeout(ms, () => socket.destroy());
    socket.on('data', part => { got += part.toString('latin1'); });
    socket.on('error', reject);
    socket.on('close', () => resolve(got));
  });
}

/** Head of the first answer in what bytes() gave: {status, names, fields}. */
export function headOf(got) {
  const [first, ...lines] = got.split('\r\n\r\n')[0].split('\r\n');
  const fields = lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]);
  return { status: Number(first.split(' ')[1]), fields, names: fields.map(([name]) => name) };
}

/** A browser that stops in front of every other site but Spotify's stand-in. */
export class Visitor extends Person {
  constructor(system, base = system.url) {
    super(base);
    this.system = system;
  }

  async go(url, options) {
    let page = await this.request(url, options);
    for (let i = 0; i < 12; i++) {
      const next = onward(page);
      if (!next) break;
      const to = new URL(next, page.url);
      if (to.origin !== this.base && to.origin !== this.system.sandbox.url) {
        page.left = to;
        break;
      }
      this.at = page.url;
      page = await this.request(to.href);
    }
    this.at = page.url;
    this.page = page;
    return page;
  }
}

/** Where a page leads by itself: a redirect, or the refresh of a page that hands over to an app. */
function onward(page) {
  if (page.location && page.status >= 300 && page.status < 400) return page.location;
  const refresh = page.html?.match(/<meta[^>]+http-equiv="refresh"[^>]+content="\d+;\s*url=([^"]+)"/i)?.[1];
  return refresh?.replaceAll('&amp;', '&');
}

/** The consent form of a page, if it is one. */
export const consentForm = page => forms(page.html).find(f => new URL(f.action, page.url).pathname === '/consent' && 'csrf' in f.fields);

/** Values of all submit buttons of a page's consent form, by name. */
export function buttons(page) {
  const form = page.html.match(/<form\b[^>]*action="[^"]*\/consent[^>]*>[\s\S]*?<\/form>/)?.[0] ?? '';
  return [...form.matchAll(/<button\b[^>]*>/g)].map(([tag]) => ({
    name: tag.match(/\bname="([^"]*)"/)?.[1], value: tag.match(/\bvalue="([^"]*)"/)?.[1],
  }));
}

/** What a press on Allow or Refuse of the consent page sends. */
export function pressed(page, which) {
  const form = consentForm(page);
  assert.ok(form, `no consent form on ${page.url} (${page.status}): ${page.html.slice(0, 1500)}`);
  const button = buttons(page).find(b => b.value === which);
  assert.ok(button, `no button "${which}" among ${JSON.stringify(buttons(page))}`);
  return { action: new URL(form.action, page.url).href, fields: { ...form.fields, [button.name]: which }, body: scopesTicked(page) };
}

/** Names of the ticked boxes. */
function scopesTicked(page) {
  return [...page.html.matchAll(/<input\b[^>]*type="checkbox"[^>]*>/g)].filter(([tag]) => /\bchecked\b/.test(tag))
    .map(([tag]) => [tag.match(/\bname="([^"]*)"/)[1], tag.match(/\bvalue="([^"]*)"/)?.[1] ?? 'on']);
}

/** The pairs of a pressed form as they go over the wire. */
export function pairs({ fields, body }) {
  const list = new URLSearchParams();
  const boxes = new Set(body.map(([name]) => name));
  for (const [name, value] of Object.entries(fields)) if (!boxes.has(name)) list.append(name, value);
  for (const [name, value] of body) list.append(name, value);
  return list;
}

/** One client as its author wrote it: badly, if he liked. */
export class Client {
  constructor(system, base = system.url) {
    this.system = system;
    this.base = base;
  }

  static async register(system, metadata = {}, base = system.url) {
    const client = new Client(system, base);
    const answer = await client.registerRaw({
      client_name: 'Plain client', redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none', ...metadata,
    });
    assert.equal(answer.status, 201, answer.text);
    Object.assign(client, { id: answer.json.client_id, secret: answer.json.client_secret, redirect: answer.json.redirect_uris[0] });
    return client;
  }

  registerRaw(json) { return ask(`${this.base}/register`, { method: 'POST', json }); }

  /** Address of an authorization request; undefined takes a parameter away. */
  authorizeUrl(changes = {}) {
    this.verifier = newVerifier();
    this.state = b64url(randomBytes(12));
    const query = new URLSearchParams();
    const all = {
      response_type: 'code', client_id: this.id, redirect_uri: this.redirect, state: this.state,
      code_challenge: challengeOf(this.verifier), code_challenge_method: 'S256', resource: `${this.base}/mcp`, ...changes,
    };
    for (const [name, value] of Object.entries(all))
      for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) query.append(name, one);
    return `${this.base}/authorize?${query}`;
  }

  /** GET /authorize in a browser, or without one, and no further. */
  authorize(changes = {}, visitor) {
    const url = this.authorizeUrl(changes);
    return visitor ? visitor.request(url) : ask(url);
  }

  token(form, headers = {}) {
    return ask(`${this.base}/token`, { method: 'POST', form: { ...(this.id ? { client_id: this.id } : {}), ...form }, headers });
  }

  redeem(code, changes = {}) {
    return this.token({
      grant_type: 'authorization_code', code, redirect_uri: this.redirect, code_verifier: this.verifier, ...changes,
    });
  }

  refresh(token, changes = {}) {
    return this.token({ grant_type: 'refresh_token', refresh_token: token, ...changes });
  }

  revoke(token, changes = {}) {
    return ask(`${this.base}/revoke`, { method: 'POST', form: { client_id: this.id, token, ...changes } });
  }
}

/** The consent page of a new request of this client. */
export async function toConsent(visitor, client, changes = {}) {
  const page = await visitor.go(client.authorizeUrl(changes));
  assert.ok(consentForm(page), `no consent page at ${page.url} (${page.status}): ${page.html.slice(0, 1500)}`);
  return page;
}

/** Presses a button of the consent page; stops where the browser leaves us. */
export async function press(visitor, page, which = 'allow') {
  const what = pressed(page, which);
  const answer = await visitor.request(what.action, { method: 'POST', form: pairs(what) });
  visitor.at = answer.url;
  const next = onward(answer);
  if (!next) return Object.assign(answer, { left: undefined });
  const to = new URL(next, answer.url);
  if (to.origin !== visitor.base && to.origin !== visitor.system.sandbox.url) return Object.assign(answer, { left: to });
  return visitor.go(to.href);
}

/** The whole way of an honest person: consent, Spotify if need be, back to the client. */
export async function allow(visitor, client, user, changes = {}) {
  let page = await press(visitor, await toConsent(visitor, client, changes));
  for (let i = 0; i < 3 && !page.left && page.url.startsWith(visitor.system.sandbox.url); i++)
    page = await visitor.send(f => f.action.includes('decide') && !('decision' in f.fields), { user });
  assert.ok(page.left, `the sign-in ended at ${page.url} (${page.status}): ${page.html.slice(0, 1500)}`);
  return page.left;
}

/** A person's browser, a client and its tokens, from nothing. */
export async function connected(system, user, metadata = {}, { visitor = new Visitor(system), changes = {} } = {}) {
  const client = await Client.register(system, metadata);
  const back = await allow(visitor, client, user, changes);
  assert.equal(back.searchParams.get('state'), client.state);
  const answer = await client.redeem(back.searchParams.get('code'));
  assert.equal(answer.status, 200, answer.text);
  return { visitor, client, user, ...answer.json, code: back.searchParams.get('code') };
}

/** Whether a bearer is let in at /mcp: the status of a harmless request. */
export async function bearer(system, token, path = '/mcp') {
  return (await ask(`${system.url}${path}`, {
    method: 'POST', headers: { accept: 'application/json, text/event-stream', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    json: { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } } },
  })).status;
}

/** Runs SQL as the owner of the database: the hand of time, for tests. */
export const sql = (system, text) => system.asOwner('psql', ['-h', system.socketDir, '-d', 'tonearm', '-qAtX', '-v', 'ON_ERROR_STOP=1', '-c', text]).trim();
