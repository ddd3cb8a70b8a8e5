#!/usr/bin/env node
// Are all recorded messages (lib/record.mjs) what the schemas say?  Prints TAP:
// a line for each version and kind of message.
//
//   schema-check.mjs FOLDER [VERSION...]     versions that must have been seen
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { VERSIONS } from './lib/record.mjs';
import { Validator, schemaFile } from './lib/validate.mjs';

const EXAMPLES = 5;
const [folder, ...expected] = process.argv.slice(2);
if (!folder) {
  console.error('Usage: schema-check.mjs FOLDER [VERSION...]');
  process.exit(2);
}

let line = 0, bad = 0;
const tell = (ok, text, more = []) => {
  console.log(`${ok ? '' : 'not '}ok ${++line} - ${text}`);
  more.forEach(m => console.log(`# ${m}`));
  if (!ok) bad++;
};

const files = existsSync(folder) ? readdirSync(folder).filter(f => f.endsWith('.jsonl')) : [];
const entries = new Map(VERSIONS.map(v => [v, []])), strange = [];
let seen = 0;
for (const file of files) {
  for (const text of readFileSync(join(folder, file), 'utf8').split('\n').filter(Boolean)) {
    let entry;
    // A process may have been killed in the middle of a line.
    try { entry = JSON.parse(text); } catch { continue; }
    if (file === 'counts.jsonl') seen += entry.seen;
    else (entries.get(entry.version) ?? strange).push(entry);
  }
}
const total = [...entries.values()].reduce((n, list) => n + list.length, 0);
tell(total > 0, `messages were recorded: ${total} kinds of at least ${Math.max(seen, total)} messages`);
tell(strange.length === 0, 'each has a known version', strange.slice(0, EXAMPLES).map(e => JSON.stringify(e).slice(0, 300)));

for (const version of VERSIONS) {
  const list = entries.get(version), kinds = new Map();
  if (expected.includes(version) && list.length === 0) tell(false, `${version}: no message was recorded`);
  if (list.length === 0) continue;
  const validator = Validator.of(version);
  if (!validator) {
    console.log(`ok ${++line} - ${version}: ${list.length} messages # SKIP there is no ${schemaFile(version).split('/').slice(-3).join('/')}`);
    continue;
  }
  list.forEach(e => validator.learn(e));
  for (const entry of list) {
    const kind = entry.note ?? validator.kind(entry);
    if (!kinds.has(kind)) kinds.set(kind, { n: 0, bad: [] });
    const at = kinds.get(kind), faults = validator.faults(entry);
    at.n++;
    if (faults.length) at.bad.push(`${faults.join('; ')} | ${entry.answers ?? ''} ${entry.status} ${JSON.stringify(entry.message ?? '').slice(0, 600)}`);
  }
  for (const [kind, at] of [...kinds].sort())
    tell(at.bad.length === 0, `${version} ${kind}: ${at.n}${at.bad.length ? `, ${at.bad.length} do not fit` : ''}`, at.bad.slice(0, EXAMPLES));
}
console.log(`1..${line}`);
process.exitCode = bad ? 1 : 0;
