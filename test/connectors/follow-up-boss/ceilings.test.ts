import { expect, it } from '@jest/globals';
import { createBudgets } from '../../../src/budget/budgets.ts';
import { createFollowUpBoss } from '../../../src/connectors/follow-up-boss/follow-up-boss.ts';
import { isUsualPlaceholder } from '../../../src/domain/canonical/placeholder-emails.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { createFubSandbox } from '../../../src/sandbox/follow-up-boss/fub-sandbox.ts';
import { openCrmSessions } from '../../../src/service/open-crm-sessions.ts';
import { createMemoryBudgetStore } from '../../budget/memory-budget-store.ts';
import { createSandboxTransport } from '../../support/sandbox-transport.ts';
import { fingerprintsOf } from '../../support/sealers.ts';

it('the registered system’s ceiling over all accounts, once the vendor listed it, holds for all keys together', async () => {
  const keys = ['key-a', 'key-b', 'key-c'];
  const sandbox = createFubSandbox({
    clock: systemClock,
    apiKeys: keys,
    systemKeys: ['system-key'],
    rateLimit: { acrossAllAccounts: { notes: 8 } },
  });
  const connector = createFollowUpBoss({
    operator: { FUB_SYSTEM: 'Zena', FUB_SYSTEM_KEY: 'system-key' },
    baseUrl: `${sandbox.url}/v1`,
    isPlaceholder: isUsualPlaceholder,
  });
  const budgets = createBudgets({
    clock: systemClock,
    random: { next: () => 0 },
    store: createMemoryBudgetStore(),
    onError: (_event, error) => {
      throw error;
    },
  });
  const sessions = openCrmSessions({
    connectors: [connector],
    budgets,
    clock: systemClock,
    transport: createSandboxTransport(sandbox, createVirtualClock()),
    vault: { open: () => Promise.reject(new TypeError('nothing is sealed here')) },
    fingerprints: fingerprintsOf('store'),
    onCall: () => undefined,
  });
  try {
    const [person] = sandbox.seed('people', [{ firstName: 'Ada', stage: 'Lead' }]);
    const asked = await sessions.speak(
      { provider: 'follow_up_boss' },
      { apiKey: 'key-a' },
      async (http) => await connector.facts?.read(http, 'ceilings'),
    );
    expect(asked).toEqual({ kind: 'applied', value: null });
    const codes = await Promise.all(
      keys.map(async (apiKey) =>
        sessions.speak({ provider: 'follow_up_boss' }, { apiKey }, async (http) => {
          const seen: string[] = [];
          for (let n = 0; n < 4; n += 1) {
            const body = { personId: Number(person?.id), body: `Note ${n}` };
            const outcome = await http.request({ verb: 'update', method: 'POST', path: ['notes'], body });
            seen.push(outcome.kind === 'applied' ? 'applied' : outcome.code);
          }
          return seen;
        }),
      ),
    );
    const all = codes.flat();
    expect(all.filter((code) => code === 'applied')).toHaveLength(7);
    expect(all.filter((code) => code === 'CONTEXT_BUSY')).toHaveLength(5);
    expect(sandbox.requests().filter(({ status }) => status === 429)).toEqual([]);
  } finally {
    budgets.close();
    await sandbox.close();
  }
});
