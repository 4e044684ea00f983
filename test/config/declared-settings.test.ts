import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import type { DeclaredSetting } from '../../src/config/declared-settings.ts';
import { printConfig, printFaults } from '../../src/config/print-config.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { SETTING_NAMES } from '../../src/config/settings.ts';
import { DECLARED_SETTINGS } from '../../src/service/create-connectors.ts';

const DECLARED: readonly DeclaredSetting[] = [
  { name: 'ACME_SYSTEM', use: 'text', secret: false, doc: 'The name of our system there.' },
  { name: 'ACME_SYSTEM_KEY', use: 'text', secret: true, doc: 'Its key.' },
  { name: 'ACME_BASE_URL', use: 'base-url', secret: false, doc: 'Stands in.' },
];

const noFiles = (path: string): string => {
  throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
};

function read(env: NodeJS.ProcessEnv, readFile = noFiles) {
  return readConfig(env, { require: 'none', readFile, declared: DECLARED });
}

function valuesOf(env: NodeJS.ProcessEnv, readFile = noFiles): Record<string, string> {
  const result = read(env, readFile);
  if (!result.ok) throw new TypeError(printFaults(result.faults, []));
  return Object.fromEntries(
    Object.entries(result.config.declared).map(([name, value]) => [name, value.reveal()]),
  );
}

function faultsOf(env: NodeJS.ProcessEnv): string[] {
  const result = read(env);
  return result.ok ? [] : result.faults.map(({ name, code }) => `${name} ${code}`);
}

describe('settings that connectors declare', () => {
  it('are read from the environment, and the secret ones from files', () => {
    expect(valuesOf({})).toEqual({});
    expect(valuesOf({ ACME_SYSTEM: ' zena ', ACME_SYSTEM_KEY: '' })).toEqual({ ACME_SYSTEM: 'zena' });
    const file = (path: string) => (path === '/run/key' ? 'k-1\n' : noFiles(path));
    expect(valuesOf({ ACME_SYSTEM_KEY_FILE: '/run/key' }, file)).toEqual({ ACME_SYSTEM_KEY: 'k-1' });
  });

  it('are faulty like all others, at once with theirs', () => {
    expect(
      faultsOf({
        ACME_SYSTEM_KEY: 'k',
        ACME_SYSTEM_KEY_FILE: '/k',
        ACME_BASE_URL: 'ftp://x',
        PORT: 'eighty',
      }),
    ).toEqual(['PORT INVALID', 'ACME_SYSTEM_KEY CONFLICT', 'ACME_BASE_URL INVALID']);
  });

  it.each([
    ['http://127.0.0.1:4020/v1/', '127.0.0.1:4020', 'http://127.0.0.1:4020/v1'],
    ['https://Sandbox.test/api/v1.3', 'sandbox.test', 'https://sandbox.test/api/v1.3'],
  ])('take %s for a vendor where its host is allowed', (url, hosts, read) => {
    expect(valuesOf({ ACME_BASE_URL: url, ALLOWED_INSTANCE_HOSTS: hosts })).toEqual({ ACME_BASE_URL: read });
  });

  it.each(['', '127.0.0.1:4021', 'acme.test', '127.0.0.11'])(
    'refuse an address whose host is not among the allowed ones (%s), and say so',
    (hosts) => {
      const result = read({ ACME_BASE_URL: 'http://127.0.0.1:4020/v1', ALLOWED_INSTANCE_HOSTS: hosts });
      expect(result).toMatchObject({
        ok: false,
        faults: [
          {
            name: 'ACME_BASE_URL',
            code: 'CONFLICT',
            message: 'ACME_BASE_URL names a host that ALLOWED_INSTANCE_HOSTS does not',
            remedy:
              'Add 127.0.0.1:4020 to ALLOWED_INSTANCE_HOSTS, or unset ACME_BASE_URL: it is for a sandbox.',
          },
        ],
      });
    },
  );

  it('are known by name: a near miss is told, and the name itself is not', () => {
    const warned = (env: NodeJS.ProcessEnv) => read(env).warnings.map(({ suggestion }) => suggestion);
    expect(warned({ ACME_SYSTM: 'x' })).toEqual(['ACME_SYSTEM']);
    expect(warned({ ACME_SYSTEM_KEY_FIEL: 'x' })).toEqual(['ACME_SYSTEM_KEY_FILE']);
    expect(warned({ ACME_SYSTEM: 'x', ACME_SYSTEM_KEY: 'y' })).toEqual([]);
    expect(readConfig({ ACME_SYSTM: 'x' }, { require: 'none' }).warnings).toEqual([]);
  });

  it('never show a secret', () => {
    const canary = 'CANARY-5up3r';
    for (const env of [
      { ACME_SYSTEM_KEY: canary },
      { ACME_SYSTEM_KEY: canary, ACME_SYSTEM_KEY_FILE: canary },
      { ACME_SYSTEM_KEY_FILE: canary },
      { ACME_BASE_URL: `http://u:${canary}@h` },
    ]) {
      const result = read(env);
      const printed = result.ok ? printConfig(result.config) : printFaults(result.faults, result.warnings);
      for (const text of [JSON.stringify(result), inspect(result, { depth: 9, showHidden: true }), printed])
        expect(text).not.toContain(canary);
    }
  });

  it('are shown with the others', () => {
    const result = read({ ACME_SYSTEM: 'zena', ACME_SYSTEM_KEY: 'k' });
    expect(result.ok && result.config.settings.slice(-3)).toEqual([
      { name: 'ACME_SYSTEM', source: 'environment', shown: 'zena' },
      { name: 'ACME_SYSTEM_KEY', source: 'environment', shown: '[secret]' },
      { name: 'ACME_BASE_URL', source: 'unset', shown: null },
    ]);
  });
});

it('no connector takes the name of a setting of the service', () => {
  const names = DECLARED_SETTINGS.map(({ name }) => name);
  expect(names.filter((name) => (SETTING_NAMES as readonly string[]).includes(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});
