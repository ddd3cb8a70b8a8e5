// What is in the memory of other processes; only root can look.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

/** The readable memory of a process, as buffers. */
export function* memory(pid) {
  let maps, fd;
  try {
    maps = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
    fd = openSync(`/proc/${pid}/mem`, 'r');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(error.code)) return;   // it ended meanwhile
    throw error;
  }
  try {
    for (const line of maps) {
      const m = line.match(/^([0-9a-f]+)-([0-9a-f]+) r\S* \S+ \S+ \d+\s*(.*)$/);
      if (!m || m[3].startsWith('[vv') || m[3] === '[vsyscall]' || m[3].startsWith('/usr/')) continue;
      const start = Number(`0x${m[1]}`), size = Number(`0x${m[2]}`) - start;
      if (size > 1 << 28) continue;
      const part = Buffer.alloc(size);
      let got = 0;
      while (got < size) {
        let n;
        try { n = readSync(fd, part, got, Math.min(size - got, 1 << 20), start + got); } catch { break; }
        if (n <= 0) break;
        got += n;
      }
      yield part.subarray(0, got);
    }
  } finally {
    closeSync(fd);
  }
}

/** Which of the needles are in the haystacks. */
export function search(haystacks, needles) {
  const found = new Set();
  for (const hay of haystacks)
    for (const needle of needles)
      if (!found.has(needle) && hay.includes(needle)) found.add(needle);
  return found;
}
