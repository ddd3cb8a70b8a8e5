// The table: each figure beside its goal.
const us = n => n === undefined ? '-' : `${n.toFixed(n < 100 ? 1 : 0)} µs`;
const ms = n => `${n.toFixed(2)} ms`;
const kb = n => n === undefined ? '-' : `${n.toFixed(0)} KB`;
const times = n => `${n.toFixed(2)}x`;
const plain = n => n.toFixed(2);
const whole = n => n.toFixed(0);

/** Rows: name, must, stretch, value, print; higher: more is better. */
function rows(f) {
  const s = f.sizes, w = s[100]?.warm, c = f.churn, largest = Math.max(...Object.keys(s)), big = s[largest];
  const all = [];
  const row = (name, must, stretch, value, print, higher = false) => {
    if (value !== undefined && !Number.isNaN(value)) all.push({ name, must, stretch, value, print, higher });
  };
  /* What does not move with the machine, and so can be asked for in a test: at
   * most `most`, which leaves room above what was seen. */
  const count = (most, ...args) => {
    const n = all.length;
    row(...args);
    if (all.length > n) all[n].most = most;
  };
  if (w?.list) {
    row('tools/list, CPU against nginx static of the same size', 3, 2, w.list.cpu / w['nginx list'].cpu, times);
    row('tools/list, CPU of the TypeScript SDK against ours, as many tools', 30, 50, w['sdk list'].cpu / w.list.cpu, times, true);
    row('tools/call without upstream, CPU against nginx static of the same size', 7, 4.5, w.call.cpu / w['nginx call'].cpu, times);
    row('tools/call, CPU of the TypeScript SDK against ours', 5, 8, w['sdk call'].cpu / w.call.cpu, times, true);
    row('tools/call with one warm upstream call, CPU', 700, 450, s[100].upstream.cpu, us);
  }
  if (f.counts) {
    count(12, 'system calls for a tools/list, all programs', 12, 9, f.counts.list.all, plain);
    count(12, 'system calls for a tools/call without upstream', 12, 9, f.counts.call.all, plain);
    count(1, 'minor faults for a tools/list, worker', 1, 0, f.counts.list.workerFaults, plain);
    count(1, 'minor faults for a tools/call, worker', 1, 0, f.counts.call.workerFaults, plain);
  }
  if (s[100]) {
    count(176, 'private memory of an idle worker, before any upstream call', 160, 80, s[100].cold.private, kb);
    count(200, 'the same after twenty and more calls and two seconds of rest', 160, 80, s[100].privateAfterCalls, kb);
    count(640, 'with the upstream connection open, rested', 800, 500, s[100].privateConnected, kb);
  }
  if (c) count(1, 'state of a user without a worker, all programs', 1, 0.5, c.perAbsentUser, n => `${(n * 1024).toFixed(0)} B`);
  if (f.births) {
    row('fork to ready at up to 1,000 workers, p50', 1.5, 0.84, f.births.p50, ms);
    row('fork to ready, p99', 6, 2.6, f.births.p99, ms);
  }
  if (s[1000]) {
    row('first tools/list on a cold worker, p50', 3, 1.3, s[1000].cold.p50, ms);
    row('first tools/list on a cold worker, p99', 12, 6, s[1000].cold.p99, ms);
    row('first upstream call of a worker, p50 (loopback)', 8, 4, s[1000].firstUpstream.p50, ms);
  }
  if (big) {
    row('users per GiB, idle, everything counted', 2500, 3970, 1048576 / big.idle, whole, true);
    row('users per GiB, upstream connected', 1000, 1550, 1048576 / big.connected, whole, true);
  }
  if (largest > 9000) row(`memory of ${largest} connected workers and all else`, 10, 6.5, big.total / 1048576, n => `${n.toFixed(2)} GiB`);
  if (s[1000]?.p99) row('1,000 users warm, list at 500/s, p99', 8, 3, s[1000].p99.p99, ms);
  if (c) {
    row(`list at 300/s, ${(c.list.coldShare * 100).toFixed(0)} % cold, p99`, 15, 4, c.list.p99, ms);
    row(`one upstream call each at 100/s, ${(c.upstream.coldShare * 100).toFixed(0)} % cold, p99`, 60, 20, c.upstream.p99, ms);
  }
  return all;
}

function verdict({ value, must, stretch, higher }) {
  const meets = goal => higher ? value >= goal : value <= goal + (goal === 0 ? 0.05 : 0);
  return meets(stretch) ? 'stretch' : meets(must) ? 'must' : '**missed**';
}

function slope(f) {
  const sizes = Object.keys(f.sizes).map(Number).filter(n => f.sizes[n].upstream && f.sizes[n].warm).sort((a, b) => a - b);
  if (sizes.length === 0) return '';
  const line = (name, value) => `| ${name} | ${sizes.map(n => value(f.sizes[n])).join(' | ')} |\n`;
  return `\n| users | ${sizes.join(' | ')} |\n|---|${sizes.map(() => '---').join('|')}|\n` +
    line('tools/list, CPU µs (nginx)', s => `${us(s.warm.list.cpu)} (${us(s.warm['nginx list'].cpu)})`) +
    line('tools/call, CPU µs (nginx)', s => `${us(s.warm.call.cpu)} (${us(s.warm['nginx call'].cpu)})`) +
    line('upstream call, CPU', s => us(s.upstream.cpu)) +
    line('tools/list p50 / p99 at 2,000/s', s => `${ms(s.warm.list.p50)} / ${ms(s.warm.list.p99)}`) +
    line('tools/call p50 / p99 at 2,000/s', s => `${ms(s.warm.call.p50)} / ${ms(s.warm.call.p99)}`) +
    line('upstream call p50 / p99 at 300/s', s => `${ms(s.upstream.p50)} / ${ms(s.upstream.p99)}`) +
    line('first tools/list p50 / p99', s => `${ms(s.cold.p50)} / ${ms(s.cold.p99)}`) +
    line('first tools/list, CPU', s => us(s.cold.cpu)) +
    line('private memory, fresh', s => kb(s.cold.private)) +
    line('private memory, after calls', s => kb(s.privateBusy)) +
    line('the same, rested', s => kb(s.privateAfterCalls)) +
    line('private memory, connected', s => kb(s.privateConnectedBusy)) +
    line('the same, rested', s => kb(s.privateConnected)) +
    line('the same after more calls upstream, rested', s => kb(s.privateAtEnd)) +
    line('memory per user, everything counted, idle', s => kb(s.idle)) +
    line('the same, connected', s => kb(s.connected)) +
    line('faults a list, whole tree', s => plain(s.warm.list.faults)) +
    line('workers alive', s => whole(s.workers));
}

function more(f) {
  const c = f.counts, lines = [];
  if (c) {
    lines.push('\n| system calls a request | front | worker | others |\n|---|---|---|---|');
    for (const kind of ['list', 'call', 'upstream'])
      lines.push(`| ${kind} | ${plain(c[kind].front)} | ${plain(c[kind].worker)} | ${plain(c[kind].others)} |`);
  }
  if (f.churn) {
    lines.push('\n| churn | CPU, server | CPU, PostgreSQL | p50 / p99 / p99.9 | cold |\n|---|---|---|---|---|');
    for (const [name, r] of [['list, every user once', f.churn.every], ['list at 300/s', f.churn.list], ['upstream at 100/s', f.churn.upstream]])
      lines.push(`| ${name} | ${us(r.cpu)} | ${us(r.database)} | ${ms(r.p50)} / ${ms(r.p99)} / ${ms(r.p999)} | ${(r.coldShare * 100).toFixed(0)} % |`);
    lines.push(`\nA blank worker before churn has ${kb(f.churn.freshPrivate)} of private memory, after it ${kb(f.churn.blankAfter)}; ` +
      `connected in churn ${kb(f.churn.privateConnected)}.`);
  }
  return lines.join('\n') + '\n';
}

/** The rows that are counts as test results, and whether requests failed; true if all is well. */
export function gate(f) {
  const results = rows(f).filter(r => r.most !== undefined)
    .map(r => [r.value <= r.most, `${r.name}: ${r.print(r.value)}, at most ${r.print(r.most)}`]);
  results.push([f.failures === 0, `requests that failed: ${f.failures}`]);
  results.forEach(([ok, name], i) => process.stdout.write(`${ok ? 'ok' : 'not ok'} ${i + 1} - ${name}\n`));
  process.stdout.write(`1..${results.length}\n`);
  return results.every(([ok]) => ok);
}

export function table(f) {
  const head = '| | must | stretch | measured | reached |\n|---|---|---|---|---|\n';
  const body = rows(f).map(r => `| ${r.name} | ${r.print(r.must)} | ${r.print(r.stretch)} | ${r.print(r.value)} | ${verdict(r)} |\n`).join('');
  return head + body + slope(f) + more(f) +
    `\nAnswers: list ${f.bytes.list} bytes, call ${f.bytes.call}, upstream ${f.bytes.upstream}. ` +
    `Requests that failed: ${f.failures}. Time: ${f.seconds.toFixed(0)} s.\n`;
}
