// Tools as a person's client calls them: a whole Tonearm with Spotify's stand-in in
// one of its two modes, an SDK client for each person, faults that are counted, and
// the stand-in's own account of what a playlist holds.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { sdk2 } from './clients.mjs';
import { signIn, makeToken } from './journey.mjs';
import { everyScope, makePeople } from './people.mjs';
import { startSystem, stopSystem } from './contract.mjs';
import { build, sleep, until } from './system.mjs';

export const MODES = ['development', 'extended'];

/** The frame of a JPEG around nothing: start, a JFIF header, end. */
export const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, ...Buffer.from('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 0, 0, 0xff, 0xd9]);

const uriOf = text => text.replace(/^https:\/\/open\.spotify\.com\/(\w+)\/(\w{22}).*$/, 'spotify:$1:$2');

/** Text of an answer. */
export const textOf = result => result.content.map(block => block.text ?? '').join('\n');

export class Stage {
  #people = [];
  #newcomers = 0;

  /** The faster pace is for the test's sake: one person asks for a great deal here. */
  static async start({ mode = 'development', name, config = '' }) {
    const stage = new Stage();
    stage.mode = mode;
    stage.extended = mode === 'extended';
    stage.system = await startSystem({ name: `${name}-${mode}`, config: `[limits]\nspotify_per_second = 1000\n${config}`,
      args: stage.extended ? ['--extended'] : [] });
    stage.sandbox = stage.system.sandbox;
    return stage;
  }

  async stop() {
    for (const person of this.#people) await person.client.close().catch(() => {});
    await stopSystem(this.system);
  }

  async #enter(user, token) {
    const client = await sdk2(`${this.system.url}/mcp`, token);
    client.answers.elicit = () => ({ action: 'accept', content: {} });
    const person = new Player(this, user, client);
    this.#people.push(person);
    return person;
  }

  /** One of the invented accounts (tests/sandbox/README.md), signed in; the client says
   *  yes to whatever it is asked. */
  async person(user) {
    return this.#enter(user, await makeToken(await signIn(this.system, user)));
  }

  /** Somebody new: two small playlists, an idle device, nothing learnt about them yet.
   *  scope: what they allowed Spotify, everything if not given. */
  async newcomer(scope) {
    const [{ user, token }] = await makePeople({
      build, configuration: join(this.system.state, 'tonearm.conf'), sandbox: this.sandbox.url, count: 1,
      prefix: `n${this.#newcomers++}x`, clientId: this.extended ? 'tonearm-sandbox-extended' : undefined, scope,
    });
    return this.#enter(user, token);
  }

  /** What a playlist holds, as it is stored: URIs, null for an entry without any. */
  async entries(id) {
    return (await this.stored(id)).entries.map(entry => entry.u ?? null);
  }

  stored(id) {
    return this.sandbox.get(`playlist?id=${id}`);
  }

  /** A playlist as it would be after years: with anything in it. */
  async plant(owner, name, uris, more = {}) {
    return (await this.sandbox.post('playlist', { owner, name, uris, ...more })).id;
  }

  /** Everything in the invented catalogue that is wanted: URIs of tracks, 1,204 at the most. */
  async catalogue() {
    if (!this.tracks) {
      const wren = await this.person('wren');
      const { playlists } = await wren.does('list_playlists', { name_contains: 'Everything Ever' });
      this.everything = playlists[0].url;
      this.tracks = await this.entries(playlists[0].url.split('/').pop());
    }
    return this.tracks;
  }

  /** Requests to the Web API that came since mark (from `mark`), of this person if given. */
  async requests(mark, user) {
    const { entries } = await this.sandbox.get(`record?since=${mark}&limit=10000`);
    return entries.filter(r => r.path.startsWith('/v1') && (user === undefined || r.user === user));
  }

  async mark() {
    let since = 0, more = true;
    while (more) ({ next: since, more } = await this.sandbox.get(`record?since=${since}&limit=10000`));
    return since;
  }

  /**
   * Does the work under a fault (or several) and holds that each fired so often as its
   * `count` says, or at least once if that is without end.  A fault that never fires
   * proves nothing.  work() is given a function that tells how often each has fired.
   */
  async under(faults, work) {
    const armed = [];
    for (const fault of [faults].flat()) armed.push({ count: 1, ...fault, ...await this.sandbox.post('faults', { count: 1, ...fault }) });
    const fired = async () => {
      const all = (await this.sandbox.get('faults')).faults;
      return armed.map(({ id }) => all.find(fault => fault.id === id).fired);
    };
    let outcome, times;
    try {
      outcome = await work(fired);
    } finally {
      times = await fired();
      for (const { id } of armed) await this.sandbox.delete(`faults?id=${id}`);
    }
    armed.forEach(({ count, kind, path }, i) => {
      if (count < 0) assert.ok(times[i] > 0, `${kind} on ${path} never fired`);
      else assert.equal(times[i], count, `${kind} on ${path}`);
    });
    return outcome;
  }
}

/** One person at a client. */
class Player {
  constructor(stage, user, client) {
    this.stage = stage;
    this.user = user;
    this.client = client;
  }

  call(name, args = {}, options = {}) {
    return this.client.call(name, args, { timeout: 90000, ...options });
  }

  /** A call that must go well: its structured content. */
  async does(name, args = {}, options = {}) {
    const result = await this.call(name, args, options), text = textOf(result);
    assert.ok(!result.isError, `${name} ${JSON.stringify(args).slice(0, 300)}: ${text.slice(0, 1000)}`);
    assert.ok(text.length > 0 && result.structuredContent, `${name}: ${JSON.stringify(result).slice(0, 500)}`);
    assert.ok(Buffer.byteLength(JSON.stringify(result)) <= 160 * 1024, `${name} answers ${JSON.stringify(result).length} characters`);
    this.text = text;
    return result.structuredContent;
  }

  /** A call that must fail with sentences that say this; nothing else comes with them. */
  async fails(name, args, ...says) {
    const result = await this.call(name, args), text = textOf(result);
    assert.equal(result.isError, true, `${name} did not fail: ${text.slice(0, 500)}`);
    assert.equal(result.structuredContent, undefined);
    for (const said of says) assert.match(text, said, name);
    assert.match(text, /^[A-Za-z"0-9].*[.)a-z0-9]$/s, `no sentence: ${text}`);
    return text;
  }
}

/** A block's time has just passed: the call goes well, at once or, since its end is kept in
 *  whole seconds, two seconds later. */
export async function over(person, name, args) {
  return until('the end of the block', async () => {
    const result = await person.call(name, args);
    return result.isError ? undefined : result.structuredContent;
  }, 2000);
}

/** Waits until a person's requests stop: none for so long; all since mark. */
export async function settled(stage, mark, user, quietMs = 1500) {
  let seen = -1, since = Date.now();
  await until('the requests to stop', async () => {
    const now = (await stage.requests(mark, user)).length;
    if (now !== seen) {
      seen = now;
      since = Date.now();
    }
    return Date.now() - since > quietMs;
  }, 30000);
  return stage.requests(mark, user);
}

/** Everything that there is to allow, but these. */
export const without = (...scopes) => everyScope.split(' ').filter(scope => !scopes.includes(scope)).join(' ');

export { sleep, uriOf, until };
