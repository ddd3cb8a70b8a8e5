// The program that other programs start to open an address in the person's
// browser: it only tells the test, which has a browser of its own.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './system.mjs';

export class Opener {
  constructor() {
    this.dir = mkdtempSync('/tmp/tonearm-opener-');
    this.program = join(this.dir, 'browser');
    this.list = join(this.dir, 'addresses');
    this.taken = 0;
    writeFileSync(this.program, `#!/bin/sh\nprintf '%s\\n' "$1" >> '${this.list}'\n`, { mode: 0o755 });
  }

  /** All addresses so far. */
  get addresses() {
    return existsSync(this.list) ? readFileSync(this.list, 'utf8').trim().split('\n') : [];
  }

  /** The next address that somebody wants to be opened. */
  async next(ms = 20000) {
    const at = this.taken++;
    return until('an address to open', () => this.addresses[at], ms);
  }

  close() { rmSync(this.dir, { recursive: true, force: true }); }
}
