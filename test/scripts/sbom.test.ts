import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { sbomOf } from '../../scripts/sbom.ts';

const ROOT = resolve(import.meta.dirname, '../..');

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
}

describe('the bill of materials', () => {
  it('names every package of the lock file, and is the same text each time', async () => {
    const [first, second] = await Promise.all([sbomOf(ROOT), sbomOf(ROOT)]);
    expect(first).toBe(second);
    const bom = JSON.parse(first) as {
      readonly bomFormat: string;
      readonly metadata: { readonly component: { readonly name: string } };
      readonly components: readonly Component[];
    };
    expect([bom.bomFormat, bom.metadata.component.name]).toEqual(['CycloneDX', 'zena-crm-sync']);
    const { packages } = JSON.parse(await readFile(resolve(ROOT, 'package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<Record<string, { readonly version?: string; readonly name?: string }>>;
    };
    const locked = Object.entries(packages)
      .filter(([place]) => place !== '')
      .map(([place, { version = '', name }]) => {
        const alias = place.replace(/^.*node_modules[/]/, '');
        return { alias: `${alias}@${version}`, real: `${name ?? alias}@${version}` };
      });
    const told = new Set(bom.components.map(({ name, version }) => `${name}@${version}`));
    // npm tells of an alias under either of its names.
    const untold = locked.filter(({ alias, real }) => !told.has(alias) && !told.has(real));
    expect(untold).toEqual([]);
    expect(told.size).toBeGreaterThan(500);
    expect(first).not.toMatch(/timestamp|serialNumber|https?:\/\/registry/);
  }, 60_000);
});
