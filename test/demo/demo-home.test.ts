import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { makeDemoHome } from '../../src/demo/demo-home.ts';

describe("the demo's folder", () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'zena-demo-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it('is made anew each time, with new keys that only its owner can read', async () => {
    const first = makeDemoHome(dataDir);
    closeSync(first.logDescriptor);
    const key = await readFile(first.encryptionKeyFile, 'utf8');
    await writeFile(join(first.folder, 'left-over'), '');
    const second = makeDemoHome(dataDir);
    closeSync(second.logDescriptor);
    expect(await readFile(second.encryptionKeyFile, 'utf8')).not.toBe(key);
    await expect(stat(join(second.folder, 'left-over'))).rejects.toThrow('ENOENT');
    for (const file of [second.encryptionKeyFile, second.jwtSecretFile, second.logFile]) {
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
    expect((await stat(second.folder)).mode & 0o777).toBe(0o700);
  });

  it('never wipes a folder that it did not make', async () => {
    await mkdir(join(dataDir, 'demo'));
    await writeFile(join(dataDir, 'demo', 'thesis.txt'), 'years of work');
    await chmod(join(dataDir, 'demo'), 0o755);
    expect(() => makeDemoHome(dataDir)).toThrow("holds something else than a demo's data");
    expect(await readFile(join(dataDir, 'demo', 'thesis.txt'), 'utf8')).toBe('years of work');
  });
});
