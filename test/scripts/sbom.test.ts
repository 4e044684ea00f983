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
      readonly packages: Readonly<Record<string, { readonly version?: string }>>;
    };
    // An alias stands under its own name.
    const locked = Object.entries(packages)
      .filter(([place]) => place !== '')
      .map(([place, { version = '' }]) => `${place.replace(/^.*node_modules[/]/, '')}@${version}`);
    const told = bom.components.map(({ name, version }) => `${name}@${version}`);
    expect([...new Set(told)].sort()).toEqual([...new Set(locked)].sort());
    expect(first).not.toMatch(/timestamp|serialNumber|https?:\/\/registry/);
  }, 60_000);
});
