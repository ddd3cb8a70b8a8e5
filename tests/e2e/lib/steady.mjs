// Somebody well-behaved who asks all the time, in a thread of their own: what
// the test itself is busy with does not count as a delay.  Half of the requests
// are on a connection that is kept, half on new ones.
import http from 'node:http';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { modern } from './rpc.mjs';

export class Steady {
  #waiting = [];

  /** fresh: are new connections tried as well as the kept one?  upstream: is Spotify asked now and then? */
  constructor({ endpoint, token, user, fresh = true, pause = 10, upstream = true }) {
    this.worker = new Worker(new URL(import.meta.url), { workerData: { endpoint, token, user, fresh, pause, upstream } });
    this.worker.on('message', figures => this.#waiting.shift()(figures));
  }

  #ask(word) {
    return new Promise(resolve => {
      this.#waiting.push(resolve);
      this.worker.postMessage(word);
    });
  }

  /** What happened since the last look: {wrong, answers, p99, slowest} (ms). */
  look() { return this.#ask('look'); }

  /** From here on only the kept connection (false) or new ones, too. */
  fresh(yes) { return this.#ask(yes ? 'fresh' : 'kept'); }

  /** Is not waited for: nobody asks it anything any more. */
  end() {
    this.worker.unref();
    void this.worker.terminate();
  }
}

async function run() {
  const { endpoint, token, user, pause, upstream } = workerData;
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const once = new http.Agent({ keepAlive: false });
  let { fresh } = workerData, wrong = [], times = [];
  parentPort.on('message', word => {
    const sorted = [...times].sort((a, b) => a - b);
    parentPort.postMessage({
      wrong, answers: times.length, slowest: Math.round(sorted.at(-1) ?? 0),
      p99: Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0),
    });
    if (word === 'look') { wrong = []; times = []; } else fresh = word === 'fresh';
  });
  for (let n = 0; ; n++) {
    const began = performance.now();
    // Most are answered by the worker itself, some by way of Spotify.
    const spotify = upstream && n % 10 === 9, options = { id: n, agent: fresh && n % 2 ? once : agent };
    const answer = await (spotify ? modern(endpoint, token, 'tools/call', { name: 'get_status', arguments: {} }, options)
      : modern(endpoint, token, 'tools/list', {}, options)).catch(error => ({ status: 0, text: String(error) }));
    if (answer.status !== 200 || answer.json?.id !== n || !answer.text.includes(spotify ? user : '"get_status"'))
      wrong.push({ n, fresh: fresh && n % 2 === 1, status: answer.status, text: answer.text.slice(0, 200) });
    times.push(performance.now() - began);
    await new Promise(resolve => setTimeout(resolve, pause));
  }
}

if (!isMainThread && workerData?.endpoint) await run();
