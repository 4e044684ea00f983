import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { connectorsPage } from '../../scripts/connectors-page.ts';
import { withConnectorsTable } from '../../scripts/connectors-table.ts';
import { MAPPED_FIELDS } from '../../src/connectors/connector-page.ts';
import { DEFINITIONS } from '../../src/service/create-connectors.ts';

describe('docs/connectors.md', () => {
  it('is current (npm run docs:connectors writes it)', async () => {
    const written = await readFile(resolve(import.meta.dirname, '../../docs/connectors.md'), 'utf8');
    expect(connectorsPage()).toBe(written);
  });

  it('and the README’s table of what works with what are current', async () => {
    const readme = await readFile(resolve(import.meta.dirname, '../../README.md'), 'utf8');
    expect(withConnectorsTable(readme)).toBe(readme);
  });

  it('says of every connector where each of the mapped fields lands', () => {
    expect(MAPPED_FIELDS).toHaveLength(19);
    expect(DEFINITIONS.filter(({ page }) => page === undefined).map(({ id }) => id)).toEqual([]);
    const rows = [...connectorsPage().matchAll(/^\| (?:contact|property|deal)\.\w+ \| \S/gm)];
    expect(rows).toHaveLength(MAPPED_FIELDS.length * DEFINITIONS.length);
  });
});
