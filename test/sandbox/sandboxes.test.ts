import { describe, expect, it } from '@jest/globals';
import { createBudgets } from '../../src/budget/budgets.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { PROVIDERS } from '../../src/domain/providers.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { sandboxes } from '../../src/sandbox/sandboxes.ts';
import { createConnectors, DECLARED_SETTINGS, DEFINITIONS } from '../../src/service/create-connectors.ts';
import { openCrmSessions } from '../../src/service/open-crm-sessions.ts';
import { createAxiosTransport } from '../../src/wire/axios-transport.ts';
import { createMemoryBudgetStore } from '../budget/memory-budget-store.ts';
import { fingerprintsOf } from '../support/sealers.ts';

describe.each(sandboxes)('the sandbox $id', ({ provider, start }) => {
  it('gives what its connector and a service need to reach it', async () => {
    const { url, credentials, env, close } = await start({
      port: 0,
      host: '127.0.0.1',
      apiKey: 'a-long-key',
    });
    const read = readConfig(env, { require: 'none', declared: DECLARED_SETTINGS });
    if (!read.ok) throw new Error('is no configuration');
    expect(read.warnings).toEqual([]);
    const { available } = createConnectors(read.config);
    const all = available.filter(({ id }) => id === provider);
    const connector = all.find(({ takes }) => takes?.(credentials) === true) ?? all[0];
    if (connector === undefined) throw new Error('has no connector');
    const transport = createAxiosTransport({ allowed: read.config.allowedInstanceHosts });
    const budgets = createBudgets({
      clock: systemClock,
      random: systemRandom,
      store: createMemoryBudgetStore(),
      onError: (event) => {
        throw new Error(event);
      },
    });
    try {
      const parsed = connector.account.parse(credentials);
      if (!parsed.ok) throw new Error('are no credentials');
      expect(connector.account.baseUrl(parsed.credentials)).toBe(url);
      const sessions = openCrmSessions({
        connectors: [connector],
        transport,
        budgets,
        vault: { open: () => Promise.reject(new Error('nothing is sealed here')) },
        fingerprints: fingerprintsOf('store'),
        clock: systemClock,
        onCall: () => undefined,
      });
      const of = { provider, ...(connector.dialect !== undefined && { dialect: connector.dialect }) };
      expect(await sessions.check(of, { credentials: parsed.credentials, stored: null })).toMatchObject({
        kind: 'applied',
      });
    } finally {
      budgets.close();
      transport.close();
      await close();
    }
  });
});

it('are each of a name of their own, and of a provider that there is', () => {
  expect(new Set(sandboxes.map(({ id }) => id)).size).toBe(sandboxes.length);
  const known: readonly string[] = [...PROVIDERS, ...DEFINITIONS].map(({ id }) => id);
  expect(sandboxes.filter(({ provider }) => !known.includes(provider))).toEqual([]);
});

it('are there for every connector, and the first is the one that is started by itself', () => {
  expect(sandboxes[0].id).toBe('mri_vault');
  const ofProvider = (id: string): number => sandboxes.filter(({ provider }) => provider === id).length;
  // That of Top Producer takes its mails and its calls.
  const interfaces = (id: string): number =>
    id === 'top_producer' ? 1 : DEFINITIONS.filter((one) => one.id === id).length;
  for (const { id } of DEFINITIONS) expect(ofProvider(id)).toBe(interfaces(id));
});
