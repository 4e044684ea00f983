import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startZenaCrm, type Finished } from './run-zena-crm.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const JEST = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--config', 'kit.config.js'];
/** What the generated test stands on. */
const NEEDED = ['src', 'package.json', 'jest.config.js', '.prettierrc.json'];
const NEEDED_OF_TESTS = ['support', 'contract', 'budget'];

/** Lines that one text has and the other hasn't. */
function addedLines(before: string, after: string): string[] {
  const known = new Set(before.split('\n').map((line) => line.trim()));
  return after.split('\n').filter((line) => !known.has(line.trim()));
}

/** Every source below a checkout, by its path there. */
function textsIn(root: string): ReadonlyMap<string, string> {
  const paths = ['src', 'test'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return new Map(paths.map((path) => [relative(root, path), readFileSync(path, 'utf8')]));
}

const scaffold = (args: readonly string[]): Promise<Finished> => startZenaCrm(args).finished;

describe('zena-crm connector new', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'zena-scaffold-'));
    for (const name of NEEDED) copy(name);
    for (const name of NEEDED_OF_TESTS) copy(`test/${name}`);
    // The core's project alone: the others have files that are not copied.
    const config =
      "import all from './jest.config.js';\nexport default { ...all.projects[0], testTimeout: 120_000 };\n";
    writeFileSync(join(root, 'kit.config.js'), config);
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  function copy(name: string): void {
    cpSync(join(ROOT, name), join(root, name), { recursive: true, force: true, errorOnExist: false });
  }

  it('writes a connector that passes the kit as it stands, and one line outside its folders', async () => {
    const before = textsIn(root);
    const { code, stdout } = await scaffold([
      'connector',
      'new',
      'acme_crm',
      '--name',
      'Acme CRM',
      '--in',
      root,
    ]);
    expect(code).toBe(0);
    expect(stdout.split('\n')).toContain('src/connectors/acme-crm/acme-crm.ts');
    const after = textsIn(root);
    const changed = [...after].filter(([path, text]) => before.get(path) !== text);
    const outside = changed.filter(([path]) => !path.includes('acme-crm'));
    expect(outside.map(([path]) => path)).toEqual(['src/service/create-connectors.ts']);
    const added = outside.flatMap(([path, text]) => addedLines(before.get(path) ?? '', text));
    expect(added).toEqual([expect.stringContaining('acmeCrmProvider')]);
    const run = spawnSync(process.execPath, [...JEST, '-w', '1', 'test/connectors/acme-crm'], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect(`${run.status} ${run.stderr}`).toMatch(/^0 /);
    expect(run.stderr).toMatch(/Tests: +\d+ passed/);
  }, 180_000);

  it('writes nothing where there is one already, and outside a checkout', async () => {
    const again = await scaffold(['connector', 'new', 'mri_vault', '--in', root]);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('is there already');
    expect((await scaffold(['connector', 'new', 'acme_crm', '--in', tmpdir()])).code).toBe(2);
    expect((await scaffold(['connector', 'new', '../up', '--in', root])).code).toBe(2);
  });
});
