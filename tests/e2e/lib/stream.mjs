// One answer that comes bit by bit: the head at once, then its events as they
// are written, comments, ids and all.
import http from 'node:http';
import { once } from 'node:events';

export class Stream {
  #text = '';
  #waiting = [];

  /** Resolves when the head has come. */
  static open(url, body, { headers = {}, method = 'POST', agent } = {}) {
    return new Promise((resolve, reject) => {
      const data = body === undefined ? undefined : typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
      const request = http.request(url, {
        method, agent,
        headers: {
          accept: 'application/json, text/event-stream',
          ...(data === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(data) }),
          ...headers,
        },
      }, response => {
        const stream = new Stream();
        stream.request = request;
        stream.status = response.statusCode;
        stream.headers = response.headers;
        stream.all = [];            // every event and comment so far
        stream.began = performance.now();
        response.setEncoding('utf8');
        response.on('data', text => stream.#take(text));
        response.on('close', () => { stream.closed ??= performance.now() - stream.began; stream.#wake(); });
        response.on('error', () => {});
        resolve(stream);
      });
      request.on('error', reject);
      request.end(data);
    });
  }

  get isEvents() { return (this.headers['content-type'] ?? '').startsWith('text/event-stream'); }
  get events() { return this.all.filter(e => e.comment === undefined); }
  get comments() { return this.all.filter(e => e.comment !== undefined); }
  get messages() { return this.events.filter(e => e.data).map(e => JSON.parse(e.data)); }

  #take(text) {
    this.#text += text;
    for (let end; (end = this.#text.indexOf('\n\n')) >= 0; this.#text = this.#text.slice(end + 2)) {
      const event = { at: performance.now() - this.began };
      for (const line of this.#text.slice(0, end).split('\n')) {
        const colon = line.indexOf(':'), value = line.slice(colon + 1).replace(/^ /, '');
        if (colon === 0) event.comment = value;
        else event[line.slice(0, colon)] = value;
      }
      this.all.push(event);
    }
    this.#wake();
  }

  #wake() { this.#waiting.splice(0).forEach(w => w()); }

  /** Waits until test(stream) is truthy; false when ms have passed or the stream ended before. */
  async until(test, ms = 5000) {
    const end = Date.now() + ms;
    for (;;) {
      const got = test(this);
      if (got) return got;
      if (this.closed !== undefined || Date.now() >= end) return false;
      let timer;
      await new Promise(wake => { this.#waiting.push(wake); timer = setTimeout(wake, end - Date.now()); });
      clearTimeout(timer);
    }
  }

  /** What is left when it is no stream of events, parsed where that is possible. */
  async body() {
    await this.until(s => s.closed !== undefined);
    try { return JSON.parse(this.#text); } catch { return this.#text; }
  }

  async close() {
    if (this.closed !== undefined) return;
    const gone = once(this.request, 'close');
    this.request.destroy();
    await gone;
  }
}
