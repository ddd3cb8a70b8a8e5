// Notes every message that the server sends to this process, for
// schema-check.mjs.  It is loaded in front of everything by
//
//   NODE_OPTIONS="--import /path/to/record.mjs" TONEARM_RECORD=/some/folder
//
// so that clients which tests start are watched as well.  It only looks on:
// bodies pass untouched and unbuffered.  Of requests it keeps what says which
// definition the answer must fit (methods, ids, version), never a header that
// could hold a secret.  A folder holds messages-<pid>.jsonl, one message a line
// with what it answers, and versions/, where processes tell each other which
// version a session has; the name of such a file is a digest of the session id.
import { createHash } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';

export const VERSIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25', '2026-07-28'];
const MODERN = '2026-07-28', NEWEST_LEGACY = '2025-11-25', ASSUMED = '2025-03-26';
const KEY = 'io.modelcontextprotocol/protocolVersion';
const BODY_MAX = 1 << 23, KINDS_MAX = 100000;

const folder = process.env.TONEARM_RECORD;
const sessions = new Map(), written = new Set(), digest = text => createHash('sha256').update(text).digest('hex');
let seen = 0, deaf = false;

/** Does this request go to the protocol's endpoint? */
export const isEndpoint = path => /^\/(mcp|claude-mcp)\/?(\?|$)/.test(path ?? '');

/** For processes whose environment is made by hand. */
export const recordEnv = () => (folder ? { NODE_OPTIONS: process.env.NODE_OPTIONS ?? '', TONEARM_RECORD: folder } : {});

function parse(text) {
  try { return JSON.parse(text); } catch { return undefined; }
}

/** Splits text/event-stream into the data of its events. */
export class Events {
  #rest = '';
  #data = [];

  push(text) {
    const out = [];
    this.#rest += text;
    for (;;) {
      // A CR at the end may be half of a CRLF.
      const end = this.#rest.search(/\r\n|\n|\r(?!$)/);
      if (end < 0) return out;
      const line = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + (this.#rest.startsWith('\r\n', end) ? 2 : 1));
      if (line === '') {
        if (this.#data.length) out.push(this.#data.join('\n'));
        this.#data = [];
      } else if (line === 'data' || line.startsWith('data:')) {
        this.#data.push(line.slice(5).replace(/^ /, ''));
      }
    }
  }
}

function rememberVersion(session, version) {
  sessions.set(session, version);
  try {
    mkdirSync(join(folder, 'versions'), { recursive: true });
    writeFileSync(join(folder, 'versions', digest(session)), version);
  } catch { /* the folder is gone: the run is over */ }
}

function versionOf(session) {
  if (!sessions.has(session)) {
    try {
      sessions.set(session, readFileSync(join(folder, 'versions', digest(session)), 'utf8'));
    } catch { return undefined; }
  }
  return sessions.get(session);
}

/** What is known of a request: which version its answers must fit. */
export function describe(method, headers, text) {
  const body = text === undefined ? undefined : parse(text);
  const named = headers['mcp-protocol-version']?.trim(), session = headers['mcp-session-id']?.trim();
  const claimed = body?.params?._meta?.[KEY];
  const about = { method, requests: [], session };
  for (const m of Array.isArray(body) ? body : [body])
    if (typeof m?.method === 'string') about.requests.push({ id: m.id, method: m.method, name: typeof m.params?.name === 'string' ? m.params.name : undefined });
  if (claimed !== undefined || named > NEWEST_LEGACY) {
    about.version = MODERN;
  } else if (body?.method === 'initialize') {
    const asked = body.params?.protocolVersion;
    about.version = VERSIONS.includes(asked) && asked !== MODERN ? asked : NEWEST_LEGACY;
  } else {
    about.version = (session && versionOf(session)) || (VERSIONS.includes(named) ? named : ASSUMED);
  }
  return about;
}

/** Which request does this message answer?  Broken requests have no usable id. */
function answered(about, message) {
  const same = about.requests.filter(r => message?.id !== undefined && r.id === message.id);
  // In a batch an id may stand for several: then nobody knows.
  if (same.length > 1 && same.some(r => r.method !== same[0].method || r.name !== same[0].name)) return undefined;
  return same[0] ?? (about.requests.length === 1 && message?.error ? about.requests[0] : undefined);
}

/** For a test whose workers lie: what they say is not the server's. */
export const stopRecording = () => { deaf = true; };

function write(entry) {
  if (deaf) return;
  // The same answer under another id says nothing new; of each there is one line.
  const { message } = entry;
  const kind = digest(JSON.stringify([entry.version, entry.answers, entry.tool, entry.http, entry.status, entry.note,
    message && { ...message, id: message.id === null ? null : typeof message.id }]));
  seen++;
  if (written.has(kind) || written.size >= KINDS_MAX) return;
  written.add(kind);
  try {
    mkdirSync(folder, { recursive: true });
    appendFileSync(join(folder, `messages-${process.pid}.jsonl`), `${JSON.stringify(entry)}\n`);
  } catch { /* as above */ }
}

function note(about, answer, message) {
  if (message?.result && typeof message.result.protocolVersion === 'string' &&
      answered(about, message)?.method === 'initialize') {
    about.version = message.result.protocolVersion;
    if (answer.session) rememberVersion(answer.session, about.version);
  }
  write({
    version: about.version, era: about.version === MODERN ? 'modern' : 'legacy', via: answer.via,
    http: about.method, answers: answered(about, message)?.method,
    tool: answered(about, message)?.method === 'tools/call' ? answered(about, message).name : undefined,
    status: answer.status, message,
  });
}

/** Follows one answer; {push(chunk), end()}. */
export function follow(about, status, headers, sink = note) {
  const type = (headers['content-type'] ?? '').split(';')[0].trim().toLowerCase();
  const sse = type === 'text/event-stream';
  // The small JSON of RFC 6750 is no message of the protocol.
  const refused = [401, 403].includes(status) && 'www-authenticate' in headers;
  const answer = { status, via: sse ? 'event' : 'json', session: headers['mcp-session-id'] };
  if (!sse && type !== 'application/json') return null;
  const decoder = new StringDecoder('utf8'), events = new Events();
  const length = Number(headers['content-length'] ?? NaN);
  let text = '', bytes = 0;
  const one = data => {
    const message = parse(data);
    if (refused && typeof message?.error === 'string') return;
    if (message === undefined) write({ version: about.version, status, note: 'not JSON', text: data.slice(0, 200) });
    else sink(about, answer, message);
  };
  return {
    push(chunk) {
      bytes += chunk.length;
      if (sse) events.push(decoder.write(chunk)).filter(Boolean).forEach(one);
      else if (bytes <= BODY_MAX) text += decoder.write(chunk);
    },
    end() {
      if (sse || bytes > BODY_MAX || (length >= 0 && bytes !== length)) return;
      const message = parse(text);
      if (!Array.isArray(message)) return one(text);
      if (message.length === 0) write({ version: about.version, status, note: 'an empty batch', text });
      if (about.version !== ASSUMED) write({ version: about.version, status, note: 'a batch', text: text.slice(0, 200) });
      message.forEach(m => sink(about, { ...answer, via: 'batch' }, m));
    },
  };
}

const lower = pairs => {
  const out = {};
  for (let i = 0; i + 1 < pairs.length; i += 2) out[String(pairs[i]).toLowerCase()] ??= String(pairs[i + 1]);
  return out;
};

const heads = lines => lower(lines.flatMap(l => [l.slice(0, l.indexOf(':')), l.slice(l.indexOf(':') + 1)]));

/** Requests of fetch, and of the package undici, which tells on the same channels. */
function watchFetch() {
  const open = new WeakMap();
  subscribe('undici:request:create', ({ request }) => {
    if (isEndpoint(request.path)) open.set(request, { parts: [] });
  });
  subscribe('undici:request:bodyChunkSent', ({ request, chunk }) => open.get(request)?.parts.push(Buffer.from(chunk)));
  subscribe('undici:request:headers', ({ request, response }) => {
    const state = open.get(request);
    if (!state || response.statusCode < 200) return;
    const sent = Array.isArray(request.headers) ? lower(request.headers) :
      heads(String(request.headers).split('\r\n'));
    state.answer = follow(describe(request.method, sent, Buffer.concat(state.parts).toString()),
      response.statusCode, lower(response.headers));
  });
  subscribe('undici:request:bodyChunkReceived', ({ request, chunk }) => open.get(request)?.answer?.push(chunk));
  subscribe('undici:request:trailers', ({ request }) => open.get(request)?.answer?.end());
}

/** Requests of node:http and node:https. */
function watchHttp() {
  const bodies = new WeakMap();
  for (const name of ['write', 'end']) {
    const real = http.ClientRequest.prototype[name];
    http.ClientRequest.prototype[name] = function watched(chunk, encoding, ...rest) {
      if (isEndpoint(this.path) && (typeof chunk === 'string' || chunk instanceof Uint8Array)) {
        if (!bodies.has(this)) bodies.set(this, []);
        bodies.get(this).push(Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8'));
      }
      return real.call(this, chunk, encoding, ...rest);
    };
  }
  // Told when the head has come, in spite of its name.
  subscribe('http.client.response.finish', ({ request, response }) => {
    if (!isEndpoint(request.path) || response.statusCode < 200) return;
    // Headers that were given as an array are only in the text of the head.
    const sent = heads(String(request._header ?? '').split('\r\n').slice(1));
    const parts = bodies.get(request);
    const answer = follow(describe(request.method, sent, parts && Buffer.concat(parts).toString()),
      response.statusCode, response.headers);
    if (!answer) return;
    const push = response.push;
    response.push = function watched(chunk, ...rest) {
      if (chunk === null) answer.end();
      else answer.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
      return push.call(this, chunk, ...rest);
    };
  });
}

if (folder) {
  watchFetch();
  watchHttp();
  process.on('exit', () => {
    if (seen === 0) return;
    try {
      appendFileSync(join(folder, 'counts.jsonl'), `${JSON.stringify({ pid: process.pid, seen, kinds: written.size })}\n`);
    } catch { /* as above */ }
  });
}
