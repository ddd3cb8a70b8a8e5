// What a tree of processes used: run time, page faults, system calls, memory.
// Everything is read from /proc; what dead workers used is counted, because
// their parent has reaped them.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';

const read = path => readFileSync(path, 'utf8');

/** Fields of /proc/PID/stat after the name: state is 0, ppid 1. */
function stat(pid) {
  const text = read(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Direct children of a process. */
export function children(pid) {
  const all = [];
  for (const task of readdirSync(`/proc/${pid}/task`))
    all.push(...read(`/proc/${pid}/task/${task}/children`).trim().split(' ').filter(Boolean).map(Number));
  return all;
}

/** A process and everything below it. */
export function tree(pid) {
  const all = [pid];
  for (let i = 0; i < all.length; i++) {
    try { all.push(...children(all[i])); } catch { /* it ended meanwhile */ }
  }
  return all;
}

export const nameOf = pid => read(`/proc/${pid}/comm`).trim();

export const userOf = pid => Number(read(`/proc/${pid}/status`).match(/Uid:\s+(\d+)/)[1]);

/** Ticks since the machine's start at which a process began. */
const startOf = pid => Number(stat(pid)[19]);

/** CPU nanoseconds and minor faults of a tree since it began, dead children included. */
export function used(root) {
  const sum = { cpu: 0, faults: 0 };
  for (const pid of tree(root)) {
    try {
      const s = stat(pid);
      for (const task of readdirSync(`/proc/${pid}/task`))
        sum.cpu += Number(read(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0]);
      sum.cpu += (Number(s[13]) + Number(s[14])) * 1e7;   // reaped children, in ticks of 10 ms
      sum.faults += Number(s[7]) + Number(s[8]);
    } catch { /* it ended meanwhile: its parent has its time */ }
  }
  return sum;
}

/** Minor faults of these processes. */
export const faults = pids => pids.reduce((n, pid) => n + Number(stat(pid)[7]), 0);

/** Processes, the oldest first. */
export const byAge = pids => pids.flatMap(pid => {
  try { return [[startOf(pid), pid]]; } catch { return []; }
}).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(p => p[1]);

/** Private and shared memory of a process in KB. */
export function memory(pid) {
  const kb = {};
  for (const [, name, value] of read(`/proc/${pid}/smaps_rollup`).matchAll(/^(\w+):\s+(\d+) kB/gm)) kb[name] = Number(value);
  kb.PageTables = Number(read(`/proc/${pid}/status`).match(/VmPTE:\s+(\d+)/)[1]);
  return kb;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length ? sorted[Math.floor((sorted.length - 1) / 2)] : NaN;
}

/** Median of one member of many processes' memory; some may end meanwhile. */
export const memoryOf = (pids, name) => median(pids.flatMap(p => {
  try { return [memory(p)[name]]; } catch { return []; }
}));

/** KB that the whole machine uses for processes; includes what others do on it. */
function machine() {
  const kb = Object.fromEntries([...read('/proc/meminfo').matchAll(/^(\w+):\s+(\d+) kB/gm)].map(([, n, v]) => [n, Number(v)]));
  return kb.AnonPages + kb.PageTables + kb.KernelStack + kb.Slab;
}

/**
 * What a set of processes and their children use, the kernel's memory for them
 * included, from a memory group of their own (cgroup v1, as root); else what
 * the whole machine uses.
 */
export class MemoryGroup {
  constructor(pids) {
    try {
      const [, path] = read('/proc/self/cgroup').match(/^\d+:memory:(.*)$/m);
      const dir = `/sys/fs/cgroup/memory${path}/tonearm-bench-${process.pid}`;
      mkdirSync(dir);
      this.dir = dir;
      this.parent = `/sys/fs/cgroup/memory${path}`;
      for (const pid of pids) writeFileSync(`${dir}/cgroup.procs`, String(pid));
    } catch {
      this.close();
    }
  }

  /** KB in use. */
  get kb() {
    if (!this.dir) return machine();
    const anonymous = Number(read(`${this.dir}/memory.stat`).match(/^rss (\d+)/m)[1]);
    return (anonymous + Number(read(`${this.dir}/memory.kmem.usage_in_bytes`))) / 1024;
  }

  get exact() { return Boolean(this.dir); }

  /** After the processes have ended. */
  close() {
    if (!this.dir) return;
    try {
      for (const pid of read(`${this.dir}/cgroup.procs`).split('\n').filter(Boolean)) writeFileSync(`${this.parent}/cgroup.procs`, pid);
      rmdirSync(this.dir);
    } catch { /* it is empty, or the machine is going down */ }
    this.dir = null;
  }
}

/** Hundredths of seconds that the hypervisor took from the core. */
export function steal(core) {
  return Number(read('/proc/stat').match(new RegExp(`^cpu${core} (.*)$`, 'm'))[1].split(' ')[7]);
}

/** Runs a program to its end; its standard output. */
export function run(command, args, { seconds = 120, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let out = '', err = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
    child.stdout.on('data', d => { out += d; });
    child.stderr.on('data', d => { err += d; });
    child.on('error', reject);
    child.on('close', code => {
      clearTimeout(timer);
      if (code === 0) resolve({ out, err });
      else reject(new Error(`${command} ended with ${code}: ${err.slice(-2000)}`));
    });
  });
}

/** System calls of each group of processes {name: pids} while work() runs. */
export async function systemCalls(groups, work) {
  const names = Object.keys(groups).filter(n => groups[n].length > 0);
  const counters = names.map(name => {
    const child = spawn('perf', ['stat', '-x,', '-e', 'raw_syscalls:sys_enter', '-p', groups[name].join(',')],
      { stdio: ['ignore', 'ignore', 'pipe'] });
    child.text = '';
    child.stderr.on('data', d => { child.text += d; });
    child.ended = new Promise(resolve => { child.on('close', resolve); child.on('error', resolve); });
    return child;
  });
  await new Promise(r => setTimeout(r, 1000));
  const result = await work();
  for (const c of counters) c.kill('SIGINT');
  await Promise.all(counters.map(c => c.ended));
  const calls = {};
  names.forEach((name, i) => { calls[name] = Number(counters[i].text.match(/^(\d+),/m)?.[1] ?? NaN); });
  return { result, calls };
}

/**
 * Milliseconds from a worker's fork to its first wait for events, for each
 * worker born while work() runs; perf's trace of the whole machine.
 */
export async function births(dir, work) {
  const file = `${dir}/births.data`;
  const child = spawn('perf', ['record', '-q', '-a', '-o', file, '-e', 'sched:sched_process_fork',
    '-e', 'syscalls:sys_enter_epoll_wait', '--filter', 'comm == "tonearm-worker"'], { stdio: 'ignore' });
  const ended = new Promise(resolve => { child.on('close', resolve); child.on('error', resolve); });
  await new Promise(r => setTimeout(r, 1500));
  const result = await work();
  child.kill('SIGINT');
  await ended;
  const born = new Map(), took = [];
  try {
    const { out } = await run('perf', ['script', '-i', file, '-F', 'comm,pid,time,event,trace'], { seconds: 60 });
    for (const line of out.split('\n')) {
      const m = line.match(/^\s*(.+?)\s+(\d+)\s+(\d+\.\d+):\s+(\S+):\s+(.*)$/);
      if (!m) continue;
      const [, , pid, time, event, rest] = m;
      if (event.endsWith('fork')) {
        const child_pid = rest.match(/child_comm=tonearm-worker child_pid=(\d+)/)?.[1];
        if (child_pid) born.set(child_pid, Number(time));
      } else if (born.has(pid)) {
        took.push((Number(time) - born.get(pid)) * 1000);
        born.delete(pid);
      }
    }
  } catch { /* no perf: the row is left out */ }
  took.sort((a, b) => a - b);
  return { result, births: { n: took.length, p50: median(took), p99: took[Math.floor(took.length * 0.99)] ?? NaN } };
}
