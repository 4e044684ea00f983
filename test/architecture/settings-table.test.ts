import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { settingsTable, withSettingsTable } from '../../scripts/settings-table.ts';
import { SETTING_NAMES } from '../../src/config/settings.ts';
import { DECLARED_SETTINGS } from '../../src/service/create-connectors.ts';

describe("the README's table of settings", () => {
  it('is current (npm run docs:settings writes it)', async () => {
    const readme = await readFile(resolve(import.meta.dirname, '../../README.md'), 'utf8');
    expect(withSettingsTable(readme)).toBe(readme);
  });

  it('names every setting once', () => {
    const named = [...settingsTable().matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name);
    expect(named).toEqual([...SETTING_NAMES, ...DECLARED_SETTINGS.map(({ name }) => name)]);
  });

  it('has nowhere to go in a document without its markers', () => {
    expect(() => withSettingsTable('# A document\n')).toThrow('no markers');
  });
});
