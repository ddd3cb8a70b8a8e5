// Ends the process of a test file that does not end by itself: a client that a failed
// test left open would keep ./check waiting for all of its time, and the outcomes of
// every file with it.  For node --test's --import; node's --test-force-exit loses
// outcomes that are not written yet.
import { after } from 'node:test';

const PATIENCE_MS = 120000;   // Other hooks, which stop whole systems, run meanwhile.

if (process.env.NODE_TEST_CONTEXT?.startsWith('child')) after(() => {
  setTimeout(() => {
    console.error(`${process.argv[1]} does not end; open: ${[...new Set(process.getActiveResourcesInfo())].join(', ')}`);
    process.exit(1);
  }, PATIENCE_MS).unref();
});
