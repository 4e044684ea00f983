import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { textHash } from '../../src/domain/content-hash.ts';
import { createCredentialVault } from '../../src/credentials/credential-vault.ts';
import { createPendingConnects } from '../../src/integrations/pending/pending-connects.ts';
import type { PendingConnect } from '../../src/integrations/pending/pending-connects.port.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { openSqliteStore, type SqliteStateStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import { sealerOf } from '../support/sealers.ts';

const begun = (userId: string): PendingConnect => ({
  userId,
  provider: 'salesforce',
  entered: { loginUrl: 'https://office.my.salesforce.com', closeDateDays: '30' },
  syncConfig: { syncDeals: false, stages: { offer: 'Proposal' } },
  verifier: 'a-verifier-that-nobody-reads',
  redirectUri: 'https://zena.example/callback',
});
const from = (session: string, userId = 'anna') => ({ userId, provider: 'salesforce', session });

describe('connects begun on a CRM’s own page', () => {
  let store: SqliteStateStore;
  let now: number;
  beforeEach(async () => {
    store = await openSqliteStore({ path: ':memory:' });
    now = 1_000_000;
  });
  afterEach(() => store.close());

  /** As one process has them: what several of them share is the store and the key. */
  const open = () => {
    const vault = createCredentialVault(sealerOf('current'));
    return createPendingConnects({
      kept: store.idempotency,
      vault,
      clock: { now: () => now },
      random: systemRandom,
    });
  };
  const begin = async (session: string, userId = 'anna') => {
    const answer = await open().begin(session, begun(userId));
    if (answer === 'keys_away') throw new Error('the keys are here');
    return answer.state;
  };

  it('come back once, to the browser that began them, in whichever process', async () => {
    const state = await begin('session-1');
    expect(await open().take(from('session-2'), state)).toBeNull();
    expect(await open().take(from('session-1', 'bob'), state)).toBeNull();
    expect(await open().take({ ...from('session-1'), provider: 'kvcore' }, state)).toBeNull();
    expect(await open().take(from('session-1'), state)).toEqual(begun('anna'));
    expect(await open().take(from('session-1'), state)).toBeNull();
  });

  it('are one process’s where several are asked at once', async () => {
    const state = await begin('session-1');
    const taken = await Promise.all([1, 2, 3].map(() => open().take(from('session-1'), state)));
    expect(taken.filter((one) => one !== null)).toEqual([begun('anna')]);
  });

  it('end after ten minutes', async () => {
    const state = await begin('session-1');
    now += 600_000;
    expect(await open().take(from('session-1'), state)).toBeNull();
  });

  it('of another are not pushed out, and an unknown state leaves nothing behind', async () => {
    const theirs = await begin('session-2', 'bob');
    for (let n = 0; n < 50; n += 1) await begin('session-1');
    expect(await open().take(from('session-1'), 'no-state-of-anybody')).toBeNull();
    expect(await open().take(from('session-1'), 'no-state-of-anybody')).toBeNull();
    expect(await open().take(from('session-2', 'bob'), theirs)).toEqual(begun('bob'));
  });

  it('are sealed where they are kept', async () => {
    const state = await begin('session-1');
    const claim = { userId: 'anna', fingerprint: '', token: 't', now, until: now + 1 };

    const held = await store.idempotency.claim({ ...claim, key: `connect begun ${textHash(state)}` });
    expect(held?.answer?.body).toMatch(/^\{"v":2/);
    expect(JSON.stringify(held)).not.toMatch(/verifier-that|Proposal|office/);
  });
});
