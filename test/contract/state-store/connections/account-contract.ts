import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Scope } from '../../../../src/domain/connection.ts';
import type { RecordKey } from '../../../../src/domain/entity.ts';
import type { LinkId, Remote } from '../../../../src/domain/link.ts';
import type { AccountStore } from '../../../../src/state-store/account-store.port.ts';
import { MOST_KIN, type LinkStore } from '../../../../src/state-store/link-store.port.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { AWKWARD_IDS } from '../awkward-ids.ts';
import { preparedLink, readLink } from '../links/link-steps.ts';

const ACCOUNT = '0a1b2c3d4e5f';
const A: Scope = `conn-a.${ACCOUNT}`;
const B: Scope = `conn-b.${ACCOUNT}`;
const C: Scope = `conn-c.${ACCOUNT}`;
const OTHER: Scope = `conn-d.${ACCOUNT}`;
const remote = (id: string): Remote => ({ id, version: null, origin: 'created' });

export function accountContract(store: () => StateStore): void {
  const accounts = (): AccountStore => store().accounts;
  const links = (): LinkStore => store().links;
  const kinOf = async (scope: Scope): Promise<Scope[]> => (await accounts().kinOf(scope)).sort();

  it('knows of no kin but what was joined, and then of each other’s', async () => {
    expect(await kinOf(A)).toEqual([]);
    await accounts().join(A, B);
    expect(await kinOf(A)).toEqual([B]);
    expect(await kinOf(B)).toEqual([A]);
    await accounts().join(C, B);
    await accounts().join(A, C);
    for (const scope of [A, B, C])
      expect(await kinOf(scope)).toEqual([A, B, C].filter((each) => each !== scope));
    expect(await kinOf(OTHER)).toEqual([]);
  });

  it('joins all of two accounts, whoever joins at the same time', async () => {
    let round = 0;
    const pairs = fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { minLength: 1, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(pairs, async (joined) => {
        round += 1;
        const scope = (at: number): Scope => `r${String(round)}-${String(at)}.${ACCOUNT}`;
        const expected = new Map<number, Set<number>>();
        for (const [a, b] of joined) {
          const all = new Set([a, b, ...(expected.get(a) ?? []), ...(expected.get(b) ?? [])]);
          for (const each of all) expected.set(each, all);
        }
        await Promise.all(joined.map(([a, b]) => accounts().join(scope(a), scope(b))));
        for (const [at, all] of expected)
          expect(await kinOf(scope(at))).toEqual(
            [...all]
              .filter((each) => each !== at)
              .map(scope)
              .sort(),
          );
      }),
      { numRuns: 30 },
    );
  });

  it('lets one stand for itself again, the others stay together', async () => {
    await accounts().join(A, B);
    await accounts().join(A, C);
    await accounts().leave(A);
    await accounts().leave(OTHER);
    expect(await kinOf(A)).toEqual([]);
    expect(await kinOf(B)).toEqual([C]);
  });

  it('forgets with the links, so that who comes back is nobody’s kin', async () => {
    await accounts().join(A, B);
    await links().forget(A);
    expect(await kinOf(B)).toEqual([]);
    await accounts().join(B, C);
    expect(await kinOf(A)).toEqual([]);
  });

  it('finds what another connection of the account has, by key and by CRM record', async () => {
    await accounts().join(A, B);
    await accounts().join(C, B);
    const byKey = await preparedLink(
      links(),
      'contact/b-1',
      { remote: remote('r-1'), keyHash: 'k-1' },
      { scope: B },
    );
    const both = await preparedLink(
      links(),
      'contact/c-1',
      { remote: remote('r-2'), keyHash: 'k-1' },
      { scope: C },
    );
    await preparedLink(links(), 'contact/c-2', { keyHash: 'k-1' }, { scope: C });
    await preparedLink(links(), 'property/p-1', { remote: remote('r-1'), keyHash: 'k-1' }, { scope: C });
    const own = await preparedLink(
      links(),
      'contact/a-1',
      { remote: remote('r-1'), keyHash: 'k-1' },
      { scope: A },
    );
    await preparedLink(links(), 'contact/d-1', { remote: remote('r-1'), keyHash: 'k-1' }, { scope: OTHER });
    const found = async (remoteIds: string[], keyHashes: string[]): Promise<string[]> =>
      (await links().findKin(own, { remoteIds, keyHashes })).map((link) => link.id).sort();
    expect(await found([], ['k-1'])).toEqual([byKey.id, both.id]);
    expect(await found(['r-1'], [])).toEqual([byKey.id]);
    expect(await found(['r-1', 'r-2'], ['k-1', 'k-9'])).toEqual([byKey.id, both.id]);
    expect(await found(['r-9'], ['k-9'])).toEqual([]);
    expect(await found([], [])).toEqual([]);
    expect(
      await links().findKin({ scope: B, kind: 'contact' }, { remoteIds: ['r-2'], keyHashes: [] }),
    ).toEqual([both]);
    expect(
      await links().findKin({ scope: OTHER, kind: 'contact' }, { remoteIds: ['r-1'], keyHashes: ['k-1'] }),
    ).toEqual([]);
  });

  it('notes what one connection wrote on the links that others have of it, the later time standing', async () => {
    const has = async (scope: Scope, key: RecordKey, id: string): Promise<LinkId> =>
      (await preparedLink(links(), key, { remote: remote(id) }, { scope })).id;
    const told = [
      await has(A, 'contact/c-1', 'r-1'),
      await has(B, 'contact/c-1', 'r-1'),
      await has(B, 'contact/c-2', 'r-1'),
    ];
    const others = [
      await has(A, 'contact/c-2', 'r-2'),
      await has(A, 'property/p-1', 'r-1'),
      await has(C, 'contact/c-1', 'r-1'),
    ];
    const of = { kind: 'contact', remoteId: 'r-1' } as const;
    await links().noteKinWrote([A, B], of, 500);
    await links().noteKinWrote([A, B], of, 400);
    await links().noteKinWrote([], of, 900);
    const kinWroteAt = async (ids: readonly LinkId[]) =>
      (await Promise.all(ids.map((id) => readLink(links(), id)))).map((link) => link.kinWroteAt);
    expect(await kinWroteAt(told)).toEqual([500, 500, 500]);
    expect(await kinWroteAt(others)).toEqual([null, null, null]);
  });

  it('finds kin by awkward CRM ids, and no more than are of use', async () => {
    await accounts().join(A, B);
    for (const id of AWKWARD_IDS)
      await preparedLink(links(), `contact/${id}`, { remote: remote(id) }, { scope: B });
    for (const id of AWKWARD_IDS) {
      const [link, ...others] = await links().findKin(
        { scope: A, kind: 'contact' },
        { remoteIds: [id], keyHashes: [] },
      );
      expect([link?.entityId, others]).toEqual([id, []]);
    }
    for (let index = 0; index <= MOST_KIN; index += 1)
      await preparedLink(
        links(),
        `deal/d-${String(index)}`,
        { remote: remote('r'), keyHash: 'k' },
        { scope: B },
      );
    expect(
      await links().findKin({ scope: A, kind: 'deal' }, { remoteIds: ['r'], keyHashes: ['k'] }),
    ).toHaveLength(MOST_KIN);
  });
}
