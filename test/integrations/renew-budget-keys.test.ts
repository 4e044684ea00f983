import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mriVault } from '../../src/connectors/mri-vault/mri-vault.ts';
import { createCredentialVault } from '../../src/credentials/credential-vault.ts';
import { budgetIdOf, type Connection } from '../../src/domain/connection.ts';
import type { IntegrationPorts } from '../../src/integrations/integration.port.ts';
import { renewBudgetKeys } from '../../src/integrations/renew-budget-keys.ts';
import { openSqliteStore, type SqliteStateStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import { connection } from '../support/builders.ts';
import { fingerprintsOf, sealerOf } from '../support/sealers.ts';

const URL_A = 'https://a.example.test';
const FINGERPRINTS = fingerprintsOf('store');

/** As programs before the fingerprints wrote it. */
function formerKey(apiKey: string, instanceUrl = URL_A): string {
  return `mri_vault ${instanceUrl} ${createHash('sha256').update(apiKey).digest('hex').slice(0, 16)}`;
}

const budgetKeyOf = (apiKey: string): string =>
  mriVault.account.budgetKey({ apiKey, instanceUrl: URL_A }, FINGERPRINTS.of);

let store: SqliteStateStore;
let changed: string[];
beforeEach(async () => {
  changed = [];
  store = await openSqliteStore({ path: ':memory:' });
});
afterEach(() => store.close());

function portsUnder(...labels: [string, ...string[]]): IntegrationPorts {
  return {
    store,
    catalogue: { available: [mriVault] },
    vault: createCredentialVault(sealerOf(...labels)),
    fingerprints: FINGERPRINTS,
    reconciler: { connectionChanged: (id: string) => void changed.push(id), nudge: () => undefined },
  } as unknown as IntegrationPorts;
}

async function connected(connectionId: string, apiKey: string, over: Partial<Connection> = {}, label = 'a') {
  const context = { userId: connectionId, provider: 'mri_vault', connectionId };
  const made = await createCredentialVault(sealerOf(label)).seal(context, { apiKey, instanceUrl: URL_A });
  if (!made.ok) throw new Error('not sealed');
  const made1 = connection({
    connectionId,
    owner: { type: 'user', id: connectionId },
    sealed: made.sealed,
    budgetKey: formerKey(apiKey),
    ...over,
  });
  await store.connections.insert(made1);
  return made1;
}

const read = async (id: string): Promise<Connection> => {
  const found = await store.connections.read(id);
  if (found === null) throw new Error(`no ${id}`);
  return found;
};

describe('renewing the budget keys of an old store', () => {
  it('leaves one budget to all connections of one key, and no work that was begun under the former', async () => {
    const before = await connected('c-1', 'key-1');
    await connected('c-2', 'key-1', { status: 'paused' });
    await connected('c-3', 'key-2', { status: 'needs_reauth' });
    await renewBudgetKeys(portsUnder('a'));
    expect((await read('c-1')).budgetKey).toBe(budgetKeyOf('key-1'));
    expect((await read('c-2')).budgetKey).toBe(budgetKeyOf('key-1'));
    expect((await read('c-3')).budgetKey).toBe(budgetKeyOf('key-2'));
    expect(await read('c-1')).toEqual({
      ...before,
      budgetKey: budgetKeyOf('key-1'),
      epoch: before.epoch + 1,
      revision: before.revision + 1,
    });
    expect(changed.sort()).toEqual(['c-1', 'c-2', 'c-3']);
  });

  it('changes nothing the second time', async () => {
    await connected('c-1', 'key-1');
    await renewBudgetKeys(portsUnder('a'));
    const once = await read('c-1');
    await renewBudgetKeys(portsUnder('a'));
    expect(await read('c-1')).toEqual(once);
  });

  it('takes it from disconnected connections, and what is kept of a budget from whoever has it no more', async () => {
    await connected('c-1', 'key-1', { status: 'disconnected', sealed: null });
    await connected('c-2', 'key-2');
    const former = ['key-1', 'key-2'].map((key) => budgetIdOf(formerKey(key)));
    for (const id of former) await store.budgets.note(id, { pausedUntil: 77 });
    await renewBudgetKeys(portsUnder('a'));
    expect((await read('c-1')).budgetKey).toBe('');
    expect(await Promise.all(former.map((id) => store.budgets.read(id)))).toEqual([null, null]);
    expect(await store.budgets.read(budgetIdOf(budgetKeyOf('key-2')))).toEqual({
      pausedUntil: 77,
      openUntil: null,
    });
  });

  it('hides the hash where the credentials do not open, and makes it right when they do', async () => {
    await connected('c-1', 'key-1', {}, 'lost');
    await renewBudgetKeys(portsUnder('a'));
    const hidden = (await read('c-1')).budgetKey;
    expect(hidden).not.toContain(formerKey('key-1').slice(-16));
    await renewBudgetKeys(portsUnder('a'));
    expect((await read('c-1')).budgetKey).toBe(hidden);
    await renewBudgetKeys(portsUnder('a', 'lost'));
    expect((await read('c-1')).budgetKey).toBe(budgetKeyOf('key-1'));
  });

  it('makes fingerprints of a lost key anew', async () => {
    const { of } = fingerprintsOf('lost');
    await connected('c-1', 'key-1', { budgetKey: `mri_vault ${URL_A} ${of('key-1')}` });
    await renewBudgetKeys(portsUnder('a'));
    expect((await read('c-1')).budgetKey).toBe(budgetKeyOf('key-1'));
  });
});
