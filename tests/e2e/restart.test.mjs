// tonearmd is restarted under load behind the sample proxies: nobody's request
// fails.  The listening socket lives in a holder, as in systemd's socket unit.
// TONEARM_RESTARTS: how often (2), TONEARM_RATE: requests a second (200).
// Alone: no request may be late under a steady load.
import assert from 'node:assert/strict';
import https from 'node:https';
import { after, before, test } from 'node:test';
import { Held } from './lib/held.mjs';
import { makePeople } from './lib/people.mjs';
import { startProxy } from './lib/proxy.mjs';
import { modern } from './lib/rpc.mjs';
import { System, build, sleep, until } from './lib/system.mjs';

const restarts = Number(process.env.TONEARM_RESTARTS ?? 2);
const rate = Number(process.env.TONEARM_RATE ?? 200);

let system, held, people;
before(async () => {
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  system = await System.start({ name: 'restart' });
  people = await makePeople({ build, configuration: `${system.state}/tonearm.conf`, sandbox: system.sandbox.url, count: 64, prefix: 'restart' });
  held = await Held.create(system, { name: 'restart-held' });
});
after(async () => { await held?.stop(); await system?.stop(); });

/** Requests at a steady rate, whatever the answers do, until stop() is called. */
function load(proxy, perSecond) {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 512 });
  const headers = { host: new URL(system.url).host };
  const seen = { sent: 0, answered: 0, failures: new Map(), slowest: 0 };
  const began = performance.now();
  const open = new Set();
  const failed = how => seen.failures.set(how, (seen.failures.get(how) ?? 0) + 1);
  const one = async () => {
    const n = seen.sent++;
    const who = people[n % people.length], at = performance.now();
    const what = n % 8 === 0 ? ['tools/call', { name: 'get_playback', arguments: {} }] : ['tools/list', {}];
    try {
      const answer = await modern(`${proxy.url}/mcp`, who.token, what[0], what[1], { agent, headers, id: n });
      if (answer.status !== 200 || answer.json?.id !== n || answer.json.error || answer.json.result?.isError)
        failed(`${what[0]} ${answer.status} ${answer.json ? answer.text.slice(0, 200) : ''}`);
    } catch (error) {
      failed(`${what[0]} ${error}`);
    }
    seen.answered++;
    seen.slowest = Math.max(seen.slowest, performance.now() - at);
  };
  const timer = setInterval(() => {
    for (const due = (performance.now() - began) * perSecond / 1000; seen.sent < due;) {
      const p = one().finally(() => open.delete(p));
      open.add(p);
    }
  }, 5);
  return {
    seen,
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
      agent.destroy();
      return { ...seen, slowest: Math.round(seen.slowest), failures: Object.fromEntries(seen.failures) };
    },
  };
}

for (const [kind, times, perSecond] of [['nginx', restarts, rate], ['haproxy', 1, rate / 2], ['caddy', 1, rate / 2]]) {
  test(`${kind}: restarted under load, no request fails`, async t => {
    const proxy = await startProxy(kind, held.upstream);
    try {
      // Everybody has a worker before the clock runs.
      const warm = load(proxy, 50);
      await until('everybody to be served', () => warm.seen.answered >= 2 * people.length, 60000);
      assert.deepEqual((await warm.stop()).failures, {});
      const running = load(proxy, perSecond);
      const turns = [];
      for (let i = 0; i < times; i++) {
        await sleep(1000);
        turns.push(await held.restart());
      }
      await sleep(1000);
      const seen = await running.stop();
      t.diagnostic(`${kind}: ${times} restarts, ${seen.sent} requests, ` +
        `longest wait ${seen.slowest} ms, down/up ms: ${turns.map(x => `${x.down}/${x.up}`).join(' ')}`);
      assert.deepEqual(seen.failures, {});
    } finally {
      await proxy.stop();
    }
  });
}
