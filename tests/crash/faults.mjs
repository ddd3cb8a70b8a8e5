// Arms the points of shared/fault and counts the shots; the layout is that of
// shared/fault/fault.c.
import { chmodSync, closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const BYTES = 4096, SLOT = 32;
const ACTIONS = { kill: 1, segv: 2, stop: 3, oom: 4, fail: 5, delay: 6, spin: 7 };

/** The names of all points, in the order of their slots. */
export function faultPoints(source) {
  const text = readFileSync(join(source, 'shared/fault/fault.h'), 'utf8');
  const points = [...text.matchAll(/^\tX\((\w+)\)/gm)].map(m => m[1]);
  if (!points.length) throw new Error('shared/fault/fault.h lists no points');
  return points;
}

export class Faults {
  /** A fresh file at path; source is the folder of the sources. */
  constructor(path, source) {
    this.points = faultPoints(source);
    writeFileSync(path, Buffer.alloc(BYTES));
    chmodSync(path, 0o666);   // each program has its own user
    this.path = path;
    this.fd = openSync(path, 'r+');
  }

  #at(point) {
    const i = this.points.indexOf(point);
    if (i < 0) throw new Error(`no point ${point}`);
    return i * SLOT;
  }

  #read(point) {
    const slot = Buffer.alloc(SLOT);
    readSync(this.fd, slot, 0, SLOT, this.#at(point));
    return { action: slot.readUInt32LE(0), fired: slot.readUInt32LE(12), by: slot.readUInt32LE(16), passed: slot.readUInt32LE(20) };
  }

  /** The next process to pass there does it; only: just this pid. */
  arm(point, action, { skip = 0, only = 0 } = {}) {
    const words = Buffer.alloc(12);
    words.writeUInt32LE(skip, 4);
    words.writeUInt32LE(only, 8);
    writeSync(this.fd, words, 0, 12, this.#at(point));
    words.writeUInt32LE(ACTIONS[action], 0);
    writeSync(this.fd, words, 0, 4, this.#at(point));
  }

  disarm(point) {
    writeSync(this.fd, Buffer.alloc(4), 0, 4, this.#at(point));
  }

  /** How often it fired since the file was made, and whom it hit last. */
  fired(point) { return this.#read(point).fired; }
  by(point) { return this.#read(point).by; }
  passed(point) { return this.#read(point).passed; }

  close() { closeSync(this.fd); }
}
