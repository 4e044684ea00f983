import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';

const LOCK = resolve(import.meta.dirname, '../../package-lock.json');

interface LockedPackage {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

describe('the lock file', () => {
  let packages: Readonly<Record<string, LockedPackage>>;

  beforeAll(async () => {
    ({ packages } = JSON.parse(await readFile(LOCK, 'utf8')) as { packages: typeof packages });
  });

  it('holds the builds of every platform: an install on the machine that wrote it keeps its own only, and npm ci then refuses', () => {
    const missing = Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !isLocked(packages, place, name)),
    );
    expect(missing).toEqual([]);
  });

  it('names no registry', () => {
    const named = Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined);
    expect(named).toEqual([]);
  });
});

/** Whether a package that stands at `place` finds `name`: beside itself, or beside one that it stands in. */
function isLocked(packages: Readonly<Record<string, unknown>>, place: string, name: string): boolean {
  for (let folder = place; ; folder = dirname(folder)) {
    const inside = folder === '.' || folder === '' ? '' : `${folder}/`;
    if (`${inside}node_modules/${name}` in packages) return true;
    if (inside === '') return false;
  }
}
