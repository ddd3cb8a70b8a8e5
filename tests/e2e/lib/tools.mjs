// Tools as people use them: each person with a real client of its own, in
// both modes of an application, and faults of Spotify that must really happen.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { sdk2 } from './clients.mjs';
import { member } from './journey.mjs';
import { everyScope, makePeople } from './people.mjs';
import { startSystem, stopSystem } from './contract.mjs';
import { build, until } from './system.mjs';

export const MODES = ['development', 'extended'];

export const textOf = result => result.content.map(block => block.text ?? '').join('\n');
export const idOf = url => url.split('/').at(-1);
/** The link of a URI, as answers give it. */
export const linkOf = uri => uri.replace(/^spotify:(\w+):(\w+)$/, 'https://open.spotify.com/$1/$2');
export const uriOf = url => url.replace(/^https:\/\/open\.spotify\.com\/(\w+)\/(\w+)$/, 'spotify:$1:$2');

/** Everything of an answer that has a link of its own. */
function urlsIn(value) {
  if (Array.isArray(value)) return value.flatMap(urlsIn);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, v]) => key === 'url' && typeof v === 'string' ? [v] : urlsIn(v));
}

/** Both forms of an answer name the same things: what has a link in one has it in the other. */
export function sameLinks(name, text, data) {
  const whole = JSON.stringify(data);
  for (const url of urlsIn(data)) assert.ok(text.includes(url), `${name}: ${url} is not in the text`);
  for (const [url] of text.matchAll(/https:\/\/open\.spotify\.com\/\w+\/\w{22}/g))
    assert.ok(whole.includes(url), `${name}: ${url} is only in the text: ${text.slice(0, 600)}`);
}

/** One person: a token of Tonearm's, one of Spotify's, and a client. */
export class Caller {
  constructor(stage, { user, token, access, person }) {
    Object.assign(this, { stage, user, token, access, person });
  }

  async connect() {
    this.client ??= sdk2(this.stage.endpoint, this.token);
    return this.client;
  }

  /** The result as it came. */
  async raw(name, args = {}, options = undefined) {
    return (await this.connect()).call(name, args, options);
  }

  /** structuredContent of a call that went well. */
  async good(name, args = {}, options = undefined) {
    const result = await this.raw(name, args, options), text = textOf(result);
    assert.ok(!result.isError, `${this.user}: ${name} ${JSON.stringify(args).slice(0, 300)}: ${text.slice(0, 800)}`);
    assert.ok(result.structuredContent && text.trim(), `${name} answers nothing`);
    sameLinks(name, text, result.structuredContent);
    assert.ok(Buffer.byteLength(text) <= 65536 && JSON.stringify(result.structuredContent).length <= 65536, `${name} is too long`);
    Object.defineProperty(result.structuredContent, 'text', { value: text, enumerable: false });
    return result.structuredContent;
  }

  /** The sentence of a call that failed: text only, as a model gets it. */
  async bad(name, args = {}, wanted = undefined, options = undefined) {
    const result = await this.raw(name, args, options), text = textOf(result);
    assert.equal(result.isError, true, `${this.user}: ${name} ${JSON.stringify(args).slice(0, 300)} went well: ${text.slice(0, 400)}`);
    assert.equal(result.structuredContent, undefined, `${name}: a failure with content`);
    assert.match(text, /^["\w].*[.\w)]$/s, `${name}: not a sentence: ${text}`);
    assert.doesNotMatch(text, /undefined|\(null\)|\{\w+\}|nan/i, `${name}: ${text}`);
    if (wanted) assert.match(text, wanted, `${name}: ${text}`);
    return text;
  }

  /** All pages of a list: its items in order, and how many pages there were. */
  async pages(name, args = {}, { member: list = 'items', most = 60 } = {}) {
    const items = [], sizes = [], cursors = new Set();
    let data, cursor;
    do {
      data = await this.good(name, { ...args, ...(cursor ? { cursor } : {}) });
      assert.equal(data.returned, (data[list] ?? []).length, `${name}: returned is not what came`);
      items.push(...(data[list] ?? []));
      sizes.push(JSON.stringify(data[list]).length);
      cursor = data.cursor;
      assert.equal(cursor !== undefined, data.text.includes('There is more'), `${name}: text and cursor differ`);
      assert.ok(!cursors.has(cursor), `${name}: the same cursor twice`);
      cursors.add(cursor);
    } while (cursor && cursors.size < most);
    assert.equal(cursor, undefined, `${name}: more than ${most} pages`);
    return { items, sizes, count: cursors.size, last: data };
  }

  /** Arms a fault for this person's requests; see Stage.arm. */
  fault(kind, path, more = {}) {
    return this.stage.arm({ kind, path, user: this.user, ...more });
  }

  /** Spotify's Web API itself, past Tonearm: to make what a test needs. */
  async api(method, path, body) {
    const answer = await fetch(`${this.stage.sandbox.url}/v1${path}`, {
      method, headers: { authorization: `Bearer ${this.access}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text.slice(0, 200)}`);
    return text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
  }

  /** This person's requests at Spotify from here on: since() gives them. */
  async mark() {
    const { next } = await this.stage.record(this.stage.last);
    this.stage.last = Math.max(next, this.stage.last);
    return async () => (await this.stage.record(next)).requests.filter(r => r.user === this.user && r.path.startsWith('/v1'));
  }

  player() {
    return this.stage.sandbox.get(`player?user=${this.user}`);
  }
}

export class Stage {
  /** A whole Tonearm with an application in that mode; or the system given. */
  static async start(mode, { name, env = {}, system }) {
    const stage = new Stage();
    Object.assign(stage, { mode, extended: mode === 'extended', callers: new Map(), made: 0, last: 0, armed: [] });
    stage.system = system ?? await startSystem({
      name: `${name}-${mode}`, args: stage.extended ? ['--extended'] : [],
      // What is measured is what Tonearm does, not how long it waits so as not to hurry.
      env: { TONEARM_LIMITS_SPOTIFY_PER_SECOND: '1000', ...env },
    });
    stage.sandbox = stage.system.sandbox;
    stage.endpoint = `${stage.system.url}/mcp`;
    return stage;
  }

  /** A person of the sandbox's own, signed in as people do. */
  as(user) {
    if (!this.callers.has(user)) {
      this.callers.set(user, member(this.system, user).then(async who => {
        const { access } = await this.sandbox.get(`tokens?user=${user}`);
        return new Caller(this, { ...who, access: access?.at(-1)?.token ?? access?.at(-1) });
      }));
    }
    return this.callers.get(user);
  }

  /** People that nobody has used, with a device and two playlists each. */
  async fresh(count = 1, { scope = everyScope } = {}) {
    const people = await makePeople({
      build, configuration: join(this.system.state, 'tonearm.conf'), sandbox: this.sandbox.url, count, scope,
      prefix: `t${this.made++}x`, clientId: this.extended ? 'tonearm-sandbox-extended' : 'tonearm-sandbox-client',
    });
    return people.map(person => new Caller(this, person));
  }

  async one(options) {
    return (await this.fresh(1, options))[0];
  }

  /** Arms a fault of the sandbox; fires: how often it must have happened in the end
   *  (count without that; at least once where count has no end).  fired(): how often it
   *  has; off(): judges it now and takes it away. */
  async arm({ fires, ...fault }) {
    const made = await this.sandbox.post('faults', fault);
    const entry = { id: made.id, fault, fires: fires ?? (fault.count < 0 ? undefined : fault.count ?? 1) };
    this.armed.push(entry);
    const fired = async () => (await this.sandbox.get('faults')).faults.find(f => f.id === made.id).fired;
    return { fired, off: async () => {
      this.#judge(entry, await fired());
      this.armed = this.armed.filter(other => other !== entry);
      await this.sandbox.delete(`faults?id=${made.id}`);
    } };
  }

  #judge({ fault, fires }, fired) {
    if (fires === undefined) assert.ok(fired > 0, `never happened: ${JSON.stringify(fault)}`);
    else assert.equal(fired, fires, `happened ${fired} times: ${JSON.stringify(fault)}`);
  }

  /** Every fault that was armed has happened as often as it should; forgets them. */
  async calm() {
    const { faults } = await this.sandbox.get('faults'), armed = this.armed;
    this.armed = [];
    for (const { id } of armed) await this.sandbox.delete(`faults?id=${id}`);
    for (const entry of armed)
      this.#judge(entry, (faults.find(f => f.id === entry.id) ?? assert.fail(`a fault was lost: ${JSON.stringify(entry.fault)}`)).fired);
  }

  /** Requests at Spotify above since, and where to go on. */
  async record(since = 0) {
    const requests = [];
    let answer, next = since;
    do {
      answer = await this.sandbox.get(`record?since=${next}`);
      requests.push(...answer.entries);
      ({ next } = answer);
    } while (answer.more);
    return { requests, next };
  }

  /** The playlist as the sandbox keeps it. */
  stored(id) {
    return this.sandbox.get(`playlist?id=${id}`);
  }

  switches(changes) {
    return this.sandbox.post('switches', changes);
  }

  async stop() {
    const ended = [...this.callers.values()].map(async c => (await (await c).client)?.close());
    await Promise.race([Promise.allSettled(ended), new Promise(r => setTimeout(r, 2000))]);
    await stopSystem(this.system);
  }
}

/** A call that is cancelled by its client once this person's Spotify has been asked so often;
 *  then nothing more is asked, and the next call goes well. */
export async function cancelled(caller, name, args, after, path) {
  const since = await caller.mark(), abort = new AbortController();
  const slow = await caller.fault('slow', path, { skip: after, count: -1, ms: 1500 });
  const call = caller.raw(name, args, { signal: abort.signal });
  call.catch(() => {});
  await until('the call to be half-way', slow.fired, 15000);
  abort.abort('enough');
  await assert.rejects(call, `${name} was not cancelled`);
  const asked = (await since()).length;
  await new Promise(r => setTimeout(r, 2200));
  const later = (await since()).length;
  assert.ok(later <= asked + 1, `${name}: ${later - asked} more requests after it was cancelled`);
  await caller.stage.calm();
  return later;
}
