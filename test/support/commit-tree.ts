import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The working tree of another commit of this repository, in a temporary folder: its program starts from there as it did then. */
export interface CommitTree {
  /** Its root, which has `bin/zena-crm.js`. */
  readonly path: string;
  /** The whole hash. */
  readonly commit: string;
  /** Takes the folder away; what was started from it has ended. */
  remove(): Promise<void>;
}

const HERE = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/**
 * Makes it from what `git archive` says, so that nothing of it is left in the repository. Packages are this checkout's, compiled
 * sources (`node_modules/.cache`) its own. Rejects, in words that say what to do, where the clone lacks the commit or a package.
 */
export async function checkOutCommit(revision: string): Promise<CommitTree> {
  const commit = await wholeHash(revision);
  const path = await mkdtemp(join(tmpdir(), `zena-crm-${commit.slice(0, 7)}-`));
  const remove = () => rm(path, { recursive: true, force: true });
  try {
    const archive = join(path, '.archive.tar');
    await run('git', ['-C', HERE, 'archive', '--format=tar', `--output=${archive}`, commit]);
    await run('tar', ['-xf', archive, '-C', path]);
    await rm(archive);
    await linkPackages(path, commit);
    const dashboard = join(HERE, 'dashboard', 'dist');
    if (existsSync(dashboard)) await cp(dashboard, join(path, 'dashboard', 'dist'), { recursive: true });
    return { path, commit, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function wholeHash(revision: string): Promise<string> {
  try {
    const spelled = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
    return (await run('git', ['-C', HERE, ...spelled])).stdout.trim();
  } catch (error) {
    throw new Error(
      `This clone doesn't have the commit ${revision}. Where it is shallow, \`git fetch --unshallow\` brings all of them; else ` +
        `\`git fetch origin ${revision}\`. A folder that is no clone has none: run it from a clone.`,
      { cause: error },
    );
  }
}

/** Each by a link of its own, so that the tree has a place of its own for what is kept beside them. */
async function linkPackages(path: string, commit: string): Promise<void> {
  const from = join(HERE, 'node_modules');
  const manifest = JSON.parse(await readFile(join(path, 'package.json'), 'utf8')) as {
    readonly dependencies?: Readonly<Record<string, string>>;
  };
  // What a program of before brought its Node as is not asked for: it runs on the present one.
  const needed = Object.keys(manifest.dependencies ?? {}).filter((name) => name !== 'node');
  const missing = needed.filter((name) => !existsSync(join(from, name)));
  if (missing.length > 0) {
    throw new Error(
      `The program of ${commit} needs packages that aren't installed here: ${missing.join(', ')}. ` +
        'Run `npm ci`; where the present package.json dropped them, add them to its devDependencies.',
    );
  }
  await mkdir(join(path, 'node_modules'));
  const names = (await readdir(from)).filter((name) => name !== '.cache');
  await Promise.all(names.map((name) => symlink(join(from, name), join(path, 'node_modules', name))));
}
