// What quickstart would make anew for each system of a test, made once: the
// installed programs of a build, and an empty database cluster.  It is kept in the
// folder of what the tests write and copied from there.  Programs only where
// TONEARM_BUILD_ENDED says that nothing of the build is edited any more: otherwise
// "make install" builds what is not up to date.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const INITDB = '/usr/lib/postgresql/15/bin/initdb';
const copy = (from, to) => execFileSync('cp', ['-a', '--reflink=auto', from, to]);

/** Makes a folder by fill(its temporary name); whoever comes second takes the first one's. */
function once(folder, fill) {
  if (existsSync(folder)) return folder;
  const mine = `${folder}.${process.pid}`;
  try {
    mkdirSync(mine, { recursive: true });
    fill(mine);
    renameSync(mine, folder);
  } catch {
    rmSync(mine, { recursive: true, force: true });
  }
  return existsSync(folder) ? folder : null;
}

/** Of this build and no other: it changes with each program and each migration. */
function mark(build, source) {
  const sql = join(source, 'sql/migrations'), hash = createHash('sha256');
  for (const path of [...readdirSync(build).filter(n => n.startsWith('tonearm')).map(n => join(build, n)),
    ...readdirSync(sql).map(n => join(sql, n))]) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * A folder for quickstart's --build whose "make install" only copies; the build
 * itself where that could not be made (then quickstart says why).
 */
export function installed(build, source, outDir) {
  let folder;
  if (!process.env.TONEARM_BUILD_ENDED) return build;
  try {
    folder = join(resolve(outDir), `ready-${mark(build, source)}`);
  } catch {
    return build;
  }
  if (!existsSync(folder))
    for (const old of readdirSync(outDir).filter(n => n.startsWith('ready-')))
      rmSync(join(outDir, old), { recursive: true, force: true });
  return once(folder, mine => {
    execFileSync('make', ['-s', '-C', build, 'install', `prefix=${mine}/opt`], { stdio: 'ignore' });
    copyFileSync(join(build, 'tonearm-sandbox'), join(mine, 'tonearm-sandbox'));
    writeFileSync(join(mine, 'Makefile'), `install:\n\tmkdir -p $(prefix)\n\tcp -a ${folder}/opt/. $(prefix)/\n`);
  }) ?? build;
}

/** Puts an empty cluster of this user's into the folder, as quickstart's initdb would. */
export function cluster(folder, user, outDir) {
  if (existsSync(folder)) return;
  const made = once(join(outDir, 'cluster'), mine => {
    // Where the user may go; who does not exist yet is made by quickstart.
    const dir = mkdtempSync('/tmp/tonearm-cluster-'), id = which => Number(execFileSync('id', [which, user], { stdio: ['ignore', 'pipe', 'ignore'] }));
    try {
      const [uid, gid] = [id('-u'), id('-g')];
      chownSync(dir, uid, gid);
      execFileSync(INITDB, ['-D', join(dir, 'pg'), '-U', user, '-E', 'UTF8', '--locale=C.UTF-8', '--auth=peer', '--no-sync'],
        { cwd: '/', stdio: 'ignore', ...(process.getuid() === uid ? {} : { uid, gid }) });
      copy(join(dir, 'pg'), join(mine, 'pg'));
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
  if (made) copy(join(made, 'pg'), folder);
}
