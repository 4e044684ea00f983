import { expect, it } from '@jest/globals';
import type { Connection } from '../../../../src/domain/connection.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { connection } from '../../../support/builders.ts';

export function connectionContract(store: () => StateStore): void {
  const owner = (id: string): Connection['owner'] => ({ type: 'user', id });
  const ids = (connections: readonly Connection[]): string[] =>
    connections.map((each) => each.connectionId).sort();

  it('gives back every field, by id and by owner and provider', async () => {
    const full = connection({
      syncConfig: {
        ...connection().syncConfig,
        syncDeals: false,
        deletions: 'all',
        timeZone: 'Pacific/Auckland',
        stages: { 'Under offer': 'Contract', '$where.x': 'a.b' },
      },
      health: { state: 'rate_limited', since: 5, reason: 'RATE_LIMITED', whoCanFix: 'crm' },
      lastSyncAt: 99,
      dialect: 'second-1.0',
      accountName: 'Ray & Sons',
      credentialsUntil: 1_800_000_000_000,
      opening: { by: 'worker-1', until: 77 },
    });
    expect(await store().connections.insert(full)).toBe(true);
    expect(await store().connections.read('conn-1')).toEqual(full);
    expect(await store().connections.findByOwner('user-1', 'mri_vault')).toEqual(full);
  });

  it('reads one that a program before time zones wrote', async () => {
    const { timeZone: _none, ...older } = connection().syncConfig;
    await store().connections.insert(connection({ syncConfig: older as Connection['syncConfig'] }));
    expect((await store().connections.read('conn-1'))?.syncConfig).toEqual({ ...older, timeZone: 'UTC' });
  });

  it('keeps no session’s opening, no name and no dialect that are taken away', async () => {
    const full = connection({
      dialect: 'second',
      accountName: 'Ray',
      credentialsUntil: 9,
      opening: { by: 'one', until: 7 },
    });
    await store().connections.insert(full);
    const bare = connection({ revision: 2 });
    expect(await store().connections.replace(bare, 1)).toBe(true);
    expect(await store().connections.read('conn-1')).toEqual(bare);
  });

  it('answers null for what is not there', async () => {
    expect(await store().connections.read('absent')).toBeNull();
    expect(await store().connections.findByOwner('user-1', 'mri_vault')).toBeNull();
    expect(await store().connections.listByOwner('user-1')).toEqual([]);
    expect(await store().connections.listForUsers([])).toEqual([]);
  });

  it('keeps one connection for an owner and provider, a disconnected one included', async () => {
    await store().connections.insert(connection({ status: 'disconnected', sealed: null }));
    expect(await store().connections.insert(connection({ connectionId: 'conn-2' }))).toBe(false);
    expect(await store().connections.read('conn-2')).toBeNull();
    expect(await store().connections.insert(connection({ connectionId: 'conn-3', provider: 'kvcore' }))).toBe(
      true,
    );
    expect(
      await store().connections.insert(connection({ connectionId: 'conn-4', owner: owner('user-2') })),
    ).toBe(true);
    expect(ids(await store().connections.listByOwner('user-1'))).toEqual(['conn-1', 'conn-3']);
  });

  it('lets one of many concurrent inserts for an owner and provider win', async () => {
    const won = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        store().connections.insert(connection({ connectionId: `conn-${String(index)}` })),
      ),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    const stored = await store().connections.findByOwner('user-1', 'mri_vault');
    expect(stored?.connectionId).toBe(`conn-${String(won.indexOf(true))}`);
  });

  it('replaces only over the revision that was read', async () => {
    await store().connections.insert(connection());
    const paused = connection({ status: 'paused', epoch: 2, revision: 2 });
    expect(await store().connections.replace(paused, 1)).toBe(true);
    expect(await store().connections.replace(connection({ status: 'active', revision: 2 }), 1)).toBe(false);
    expect(await store().connections.replace(connection({ connectionId: 'absent', revision: 2 }), 1)).toBe(
      false,
    );
    expect(await store().connections.read('conn-1')).toEqual(paused);
    expect(await store().connections.read('absent')).toBeNull();
  });

  it('lets one of many concurrent replaces win', async () => {
    await store().connections.insert(connection());
    const won = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        store().connections.replace(connection({ revision: 2, epoch: 10 + index }), 1),
      ),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await store().connections.read('conn-1'))?.epoch).toBe(10 + won.indexOf(true));
  });

  it('lists for a set of users what is not disconnected', async () => {
    await store().connections.insert(connection({ status: 'needs_reauth' }));
    await store().connections.insert(
      connection({ connectionId: 'conn-2', provider: 'kvcore', status: 'paused' }),
    );
    await store().connections.insert(
      connection({ connectionId: 'conn-3', provider: 'x', status: 'disconnected' }),
    );
    await store().connections.insert(connection({ connectionId: 'conn-4', owner: owner('user-2') }));
    await store().connections.insert(connection({ connectionId: 'conn-5', owner: owner('user-3') }));
    expect(ids(await store().connections.listForUsers(['user-1', 'user-2', 'nobody']))).toEqual([
      'conn-1',
      'conn-2',
      'conn-4',
    ]);
    expect(ids(await store().connections.listByOwner('user-1'))).toEqual(['conn-1', 'conn-2', 'conn-3']);
  });

  it('sees a connection that was disconnected or connected again at once', async () => {
    await store().connections.insert(connection());
    await store().connections.replace(connection({ status: 'disconnected', sealed: null, revision: 2 }), 1);
    expect(await store().connections.listForUsers(['user-1'])).toEqual([]);
    await store().connections.replace(connection({ revision: 3 }), 2);
    expect(ids(await store().connections.listForUsers(['user-1']))).toEqual(['conn-1']);
  });

  it('pages all that are not disconnected by ascending id', async () => {
    for (const index of [4, 2, 5, 1, 3]) {
      const status = index === 3 ? 'disconnected' : 'active';
      const id = String(index);
      await store().connections.insert(connection({ connectionId: `conn-${id}`, owner: owner(id), status }));
    }
    const first = await store().connections.pageConnected(null, 3);
    expect(first.map((each) => each.connectionId)).toEqual(['conn-1', 'conn-2', 'conn-4']);
    const second = await store().connections.pageConnected('conn-4', 3);
    expect(second.map((each) => each.connectionId)).toEqual(['conn-5']);
  });

  const sealedAs = (v: number, keyId: string) => ({
    v,
    keyId,
    nonce: 'n',
    tag: 't',
    data: 'd',
    wrapped: 'w',
  });
  const put = (id: string, over: Partial<Connection>) =>
    store().connections.insert(connection({ connectionId: id, owner: owner(id), ...over }));

  it('counts sealed credentials by form and key, of every status', async () => {
    expect(await store().connections.countSealed()).toEqual([]);
    await put('a', { sealed: sealedAs(2, 'k1') });
    await put('b', { sealed: sealedAs(2, 'k1'), status: 'paused' });
    await put('c', { sealed: sealedAs(1, 'k1'), status: 'needs_reauth' });
    await put('d', { sealed: sealedAs(2, 'k2') });
    await put('e', { sealed: null, status: 'disconnected' });
    const counts = await store().connections.countSealed();
    expect(counts).toHaveLength(3);
    expect(counts).toEqual(
      expect.arrayContaining([
        { v: 2, keyId: 'k1', count: 2 },
        { v: 1, keyId: 'k1', count: 1 },
        { v: 2, keyId: 'k2', count: 1 },
      ]),
    );
  });

  it('pages by ascending id what is sealed in another form or under another key', async () => {
    await put('a', { sealed: sealedAs(2, 'new') });
    await put('b', { sealed: sealedAs(2, 'old'), status: 'paused' });
    await put('c', { sealed: sealedAs(1, 'new'), status: 'needs_reauth' });
    await put('d', { sealed: null, status: 'disconnected' });
    await put('e', { sealed: sealedAs(1, 'old') });
    const unlike = async (after: string | null, limit: number) =>
      (await store().connections.pageSealedUnlike({ v: 2, keyId: 'new' }, after, limit)).map(
        ({ connectionId }) => connectionId,
      );
    expect(await unlike(null, 2)).toEqual(['b', 'c']);
    expect(await unlike('c', 2)).toEqual(['e']);
    expect(await unlike('e', 2)).toEqual([]);
  });

  it('finds the connections of an account, of every status', async () => {
    const [accountKey, budgetKey] = ['https://$a.example.test/"x"', 'b'];
    const of = (id: string, over: Partial<Connection>) =>
      store().connections.insert(
        connection({ connectionId: id, owner: owner(id), accountKey, budgetKey, ...over }),
      );
    await of('c-1', {});
    await of('c-2', { status: 'disconnected', sealed: null });
    await of('c-3', { accountKey: 'https://b.example.test' });
    await of('c-4', { provider: 'kvcore' });
    expect(ids(await store().connections.listByAccount('mri_vault', accountKey))).toEqual(['c-1', 'c-2']);
    expect(await store().connections.listByAccount('mri_vault', '')).toEqual([]);
  });

  it('takes budgets from disconnected connections, and knows which are used', async () => {
    const of = (id: string, over: Partial<Connection>) =>
      store().connections.insert(connection({ connectionId: id, owner: owner(id), ...over }));
    const rested = { status: 'disconnected', sealed: null } as const;
    await of('c-1', { budgetKey: 'b-1', status: 'paused' });
    await of('c-2', { budgetKey: 'b-1', ...rested });
    await of('c-3', { budgetKey: 'b-2', ...rested });
    await of('c-4', { budgetKey: '', ...rested });
    const before = await store().connections.read('c-4');
    expect((await store().connections.dropRestedBudgets()).sort()).toEqual(['b-1', 'b-2']);
    expect(await store().connections.dropRestedBudgets()).toEqual([]);
    expect(await store().connections.usesBudget('b-1')).toBe(true);
    expect(await store().connections.usesBudget('b-2')).toBe(false);
    expect(await store().connections.read('c-3')).toEqual(
      connection({ connectionId: 'c-3', owner: owner('c-3'), ...rested, budgetKey: '', revision: 2 }),
    );
    expect(await store().connections.read('c-4')).toEqual(before);
  });

  it('counts the accounts that share a budget, each once, where somebody may work for them', async () => {
    const of = (id: string, over: Partial<Connection>) =>
      store().connections.insert(
        connection({ connectionId: id, owner: owner(id), budgetKey: 'b-1', ...over }),
      );
    await of('c-1', { accountKey: 'one' });
    await of('c-2', { accountKey: 'one' });
    await of('c-3', { accountKey: 'two' });
    await of('c-4', { accountKey: 'three', status: 'paused' });
    await of('c-5', { accountKey: 'four', budgetKey: 'b-2' });
    expect(await store().connections.accountsOnBudget('b-1')).toBe(2);
    expect(await store().connections.accountsOnBudget('b-3')).toBe(0);
  });

  it('seals anew over the revision that was read, and touches nothing else', async () => {
    await store().connections.insert(connection({ revision: 7 }));
    await store().connections.touchLastSync('conn-1', 50);
    const sealed = sealedAs(2, 'new');
    expect(await store().connections.reseal('conn-1', sealed, 6)).toBe(false);
    expect(await store().connections.reseal('conn-1', sealed, 7)).toBe(true);
    const stored = connection({ sealed, revision: 8, lastSyncAt: 50 });
    expect(await store().connections.read('conn-1')).toEqual(stored);
    expect(await store().connections.reseal('conn-1', sealedAs(2, 'newer'), 7)).toBe(false);
    expect(await store().connections.replace({ ...stored, revision: 9 }, 8)).toBe(true);
  });

  it('never seals anything into a connection whose credentials are destroyed', async () => {
    await store().connections.insert(connection({ status: 'disconnected', sealed: null }));
    expect(await store().connections.reseal('conn-1', sealedAs(2, 'new'), 1)).toBe(false);
    expect((await store().connections.read('conn-1'))?.sealed).toBeNull();
    expect(await store().connections.reseal('absent', sealedAs(2, 'new'), 1)).toBe(false);
  });

  it('moves the last sync time forward only, and neither revision nor epoch', async () => {
    await store().connections.insert(connection());
    await store().connections.touchLastSync('conn-1', 50);
    await store().connections.touchLastSync('conn-1', 40);
    await store().connections.touchLastSync('absent', 60);
    expect(await store().connections.read('conn-1')).toEqual(connection({ lastSyncAt: 50 }));
    expect(await store().connections.replace(connection({ revision: 2, lastSyncAt: 50 }), 1)).toBe(true);
  });
}
