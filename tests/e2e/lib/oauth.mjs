// Sign-in as a client asks for it: a client that knows its own requests exactly,
// and the person who walks from /authorize through consent and Spotify's
// sign-in back to the client, with a cookie jar or in Chromium.
import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';
import { Person, forms } from './person.mjs';

const text = bytes => randomBytes(bytes).toString('base64url');
const s256 = verifier => createHash('sha256').update(verifier).digest('base64url');

/** {scheme, name: value...} of a WWW-Authenticate field. */
export function challengeOf(field) {
  const [, scheme, rest] = (field ?? '').match(/^(\w+) ?(.*)$/) ?? [undefined, '', ''];
  return { scheme, ...Object.fromEntries([...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value])) };
}

async function json(answer) {
  const body = await answer.text();
  let parsed;
  try { parsed = JSON.parse(body); } catch { /* the test says what it wanted */ }
  return { status: answer.status, headers: answer.headers, text: body, json: parsed };
}

/** A form as a client sends it. */
export const send = async (url, fields, headers = {}) => json(await fetch(url, {
  method: 'POST', headers: { accept: 'application/json', ...headers }, body: new URLSearchParams(fields), redirect: 'manual',
}));

export const get = async (url, headers = {}) => json(await fetch(url, { headers, redirect: 'manual' }));

/** A client of our own. */
export class RawClient {
  /** endpoint: the URL that a person types in. */
  constructor(endpoint, redirect = `http://127.0.0.1:${20000 + Math.floor(Math.random() * 10000)}/callback`) {
    this.endpoint = endpoint;
    this.redirect = redirect;
  }

  /** The way every client begins: refused, told where to look, looked. */
  async discover() {
    const refused = await json(await fetch(this.endpoint, {
      method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params: {
        protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'tests', version: '1' } } }),
    }));
    if (refused.status !== 401) throw new Error(`${refused.status} instead of 401`);
    this.challenge = challengeOf(refused.headers.get('www-authenticate'));
    this.resource = (await get(this.challenge.resource_metadata)).json;
    const issuer = this.resource.authorization_servers[0];
    this.server = (await get(`${issuer.replace(/\/$/, '')}/.well-known/oauth-authorization-server`)).json;
    return this;
  }

  async register(more = {}) {
    const answer = await json(await fetch(this.server.registration_endpoint, {
      method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'Tests', redirect_uris: [this.redirect], grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'], token_endpoint_auth_method: 'none', ...more,
      }),
    }));
    if (answer.status !== 201) throw new Error(`/register: ${answer.status} ${answer.text.slice(0, 500)}`);
    this.info = answer.json;
    this.id = answer.json.client_id;
    this.secret = answer.json.client_secret;
    return this;
  }

  /** The address that the browser is sent to; params: added, or left out where undefined. */
  begin(params = {}) {
    this.verifier = text(32);
    this.state = text(16);
    const all = {
      response_type: 'code', client_id: this.id, redirect_uri: this.redirect, state: this.state,
      code_challenge: s256(this.verifier), code_challenge_method: 'S256', scope: this.challenge?.scope,
      resource: this.resource?.resource, ...params,
    };
    for (const name of Object.keys(all)) if (all[name] === undefined) delete all[name];
    return `${this.server.authorization_endpoint}?${new URLSearchParams(all)}`;
  }

  /** Looks at what came back: the code, or an error that says what came. */
  code(back) {
    const params = new URL(back).searchParams;
    if (params.get('state') !== this.state) throw new Error(`state ${params.get('state')} is not ${this.state}`);
    if (params.get('iss') !== this.server.issuer) throw new Error(`iss ${params.get('iss')} is not ${this.server.issuer}`);
    const code = params.get('code');
    if (!code) throw Object.assign(new Error(`no code: ${params}`), { error: params.get('error') });
    return code;
  }

  #known() {
    return { client_id: this.id, ...(this.secret ? { client_secret: this.secret } : {}) };
  }

  /** The code's tokens: the answer, and if it is 200 they are kept. */
  async redeem(code, more = {}) {
    return this.#keep(await send(this.server.token_endpoint, {
      grant_type: 'authorization_code', code, redirect_uri: this.redirect, code_verifier: this.verifier,
      ...(this.resource ? { resource: this.resource.resource } : {}), ...this.#known(), ...more,
    }));
  }

  async refresh(token = this.tokens.refresh_token, more = {}) {
    return this.#keep(await send(this.server.token_endpoint, { grant_type: 'refresh_token', refresh_token: token, ...this.#known(), ...more }));
  }

  async revoke(token) {
    return send(this.server.revocation_endpoint, { token, ...this.#known() });
  }

  #keep(answer) {
    if (answer.status === 200) this.tokens = answer.json;
    return answer;
  }

  /** From nothing to tokens. */
  async signIn(visitor, user, { scope, consent } = {}) {
    if (!this.server) await this.discover();
    if (!this.id) await this.register();
    const back = await visitor.walk(this.begin(scope === undefined ? {} : { scope }), this.redirect, { user, ...consent });
    const answer = await this.redeem(this.code(back));
    if (answer.status !== 200) throw new Error(`/token: ${answer.status} ${answer.text}`);
    return this.tokens;
  }
}

/** Fields of the consent form as the person leaves them: scopes to tick (names), or as it is. */
function filled(form, { scopes, press }) {
  const pairs = Object.entries(form.fields).filter(([name]) =>
    !form.boxes.some(b => b.name === name) && !form.buttons.some(b => b.name === name));
  for (const box of form.boxes)
    if (scopes ? scopes.includes(box.value) || scopes.includes(box.name) : box.checked) pairs.push([box.name, box.value]);
  const button = form.buttons.find(b => press.test(b.value) || press.test(b.name));
  if (button) pairs.push([button.name, button.value]);
  return pairs;
}

/** A person without JavaScript who comes as far as the client's address. */
export class Visitor extends Person {
  /** sandbox: URL of the one that stands for Spotify. */
  constructor(base, sandbox) {
    super(base);
    this.sandbox = sandbox;
    this.seen = [];          // where it led, without queries
    this.asked = [];         // what Spotify was asked for, the last time
  }

  /** The client's own address is not asked: nobody listens there. */
  async request(url, options) {
    const whole = new URL(url, this.at ?? this.base);
    this.seen.push(whole.origin === 'null' ? whole.protocol : whole.origin + whole.pathname);
    if (whole.origin === this.sandbox && whole.pathname === '/authorize') this.asked = whole.searchParams.get('scope').split(' ');
    if (this.client && whole.href.startsWith(this.client)) return { status: 200, url: whole.href, html: '', arrived: true, location: null };
    return super.request(whole.href, options);
  }

  /** From an authorization address to the client's: what it is sent back.  stop: a
   *  function of the page that ends the walk there, with the page. */
  async walk(url, redirect, { user, scopes, refuse = false, cancel = false, stop = () => false } = {}) {
    this.client = redirect;
    this.seen = [];
    let page = await this.go(url);
    for (let step = 0; step < 8 && !page.arrived; step++) {
      if (stop(page)) return page;
      const onward = page.html.match(/http-equiv="?refresh"?[^>]*url=([^"]+)"/i)?.[1].replaceAll('&amp;', '&');
      if (onward?.startsWith(redirect)) return this.#back(onward);
      page = await this.#step(page, { user, scopes, refuse, cancel });
    }
    if (!page.arrived) throw new Error(`still at ${page.url} (${page.status})`);
    return this.#back(page.url);
  }

  #back(address) {
    this.at = this.base;
    return address;
  }

  async #step(page, { user, scopes, refuse, cancel }) {
    if (page.url.startsWith(this.sandbox)) {
      return cancel ? this.send(f => f.fields.decision === 'cancel') :
        this.send(f => f.action.includes('decide') && !('decision' in f.fields), { user });
    }
    const form = forms(page.html).find(f => /consent/.test(f.action) && f.boxes.length > 0);
    if (new URL(page.url).pathname !== '/consent' || !form)
      throw new Error(`the way ended at ${page.url} (${page.status}): ${page.html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').slice(0, 800)}`);
    return this.go(new URL(form.action, page.url).href,
      { method: 'POST', form: filled(form, { scopes, press: refuse ? /refuse|deny|cancel/i : /allow/i }) });
  }
}

/** Presses a button that leads to another page. */
async function onward(page, button) {
  const here = page.url();
  await button.click();
  await page.waitForURL(url => url.href !== here);
}

/** The same in Chromium: page is a tab, url where it shall go first (or null); resolves with
 *  the client's address, which somebody must answer. */
export async function walkInBrowser(page, url, { user, scopes, sandbox, arrived, until = () => false }) {
  if (url) await page.goto(url);
  for (let step = 0; step < 8; step++) {
    const at = page.url();
    if (arrived(at)) return at;
    if (await until(page)) return at;
    if (at.startsWith(sandbox)) {
      await onward(page, page.locator(`button[name=user][value="${user}"]`));
    } else if (new URL(at).pathname === '/consent') {
      if (scopes)
        for (const box of await page.locator('input[type=checkbox]').all())
          await box.setChecked(scopes.includes(await box.getAttribute('value')) || scopes.includes(await box.getAttribute('name')));
      await onward(page, page.getByRole('button', { name: /allow/i }).first());
    } else {
      throw new Error(`the way ended at ${at}: ${(await page.textContent('body')).slice(0, 800)}`);
    }
  }
  throw new Error(`still at ${page.url()}`);
}

/** A client's own small server for the way back: {redirect, answer: promise of URLSearchParams, close()}. */
export async function listenForCallback(path = '/callback', port = 0) {
  let came;
  const answer = new Promise(resolve => { came = resolve; });
  const server = http.createServer((request, response) => {
    const url = new URL(request.url, 'http://127.0.0.1');
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>Back</title><p>You can close this page.');
    if (url.pathname === path) came(url.searchParams);
  });
  await new Promise((resolve, reject) => { server.on('error', reject); server.listen(port, '127.0.0.1', resolve); });
  return {
    redirect: `http://127.0.0.1:${server.address().port}${path}`, answer,
    close() { server.close(); server.closeAllConnections(); },
  };
}

/** What a program that uses an SDK keeps: in memory, for one server. */
export class Provider {
  /** open(url): shows the address to the person. */
  constructor(redirect, open, more = {}) {
    this.redirectUrl = redirect;
    this.open = open;
    this.kept = {};
    this.clientMetadata = {
      client_name: 'A program with the SDK', redirect_uris: [redirect], grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'], token_endpoint_auth_method: 'none', ...more,
    };
  }

  state() { return (this.kept.state = text(16)); }
  clientInformation() { return this.kept.client; }
  saveClientInformation(client) { this.kept.client = client; }
  tokens() { return this.kept.tokens; }
  saveTokens(tokens) { this.kept.tokens = tokens; this.saved = (this.saved ?? 0) + 1; }
  saveCodeVerifier(verifier) { this.kept.verifier = verifier; }
  codeVerifier() { return this.kept.verifier; }
  saveDiscoveryState(state) { this.kept.discovery = state; }
  discoveryState() { return this.kept.discovery; }
  redirectToAuthorization(url) { this.opened = (this.opened ?? 0) + 1; return this.open(url); }

  invalidateCredentials(what) {
    this.invalidated = [...(this.invalidated ?? []), what];
    if (what === 'all') this.kept = {};
    else delete this.kept[what === 'discovery' ? 'discovery' : what];
  }
}
