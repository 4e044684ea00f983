import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { scopeOf, type Connection } from '../../../src/domain/connection.ts';
import { recordKey, type EntityKind } from '../../../src/domain/entity.ts';
import { linkId } from '../../../src/domain/link.ts';
import { contactBody, dealBody, propertyBody } from '../../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../../support/core-harness.ts';

const OTHER = { userId: 'user-2' };
const noteless = (email: string, over = {}) => contactBody({ emails: [email], ...over });

describe('two connections of one CRM account', () => {
  let core: CoreHarness;
  let second: Connection;
  beforeEach(async () => {
    core = await createCoreHarness();
    const first = await core.connection();
    second = { ...first, connectionId: 'conn-2', owner: { type: 'user', id: 'user-2' } };
    await core.store.connections.insert(second);
    await core.store.accounts.join(scopeOf(first), scopeOf(second));
    await core.crash();
    // A CRM that searches for nothing but just what is asked for, and that may be late: here it never finds anything.
    core.crm.answers = ({ verb }) =>
      verb === 'find' ? { kind: 'applied', value: { status: 200, headers: {}, body: [] } } : null;
  });
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  const settle = async (): Promise<void> => {
    await core.converge();
    await core.clock.advance(5_000);
  };
  const ofOther = async (kind: EntityKind, entityId: string) => {
    const id = linkId(scopeOf(second), recordKey(kind, entityId));
    return (await core.store.links.read([id])).get(id);
  };

  it('s5: have one contact of one e-mail, however each writes it', async () => {
    await core.upsert('c1', noteless('DD2@Example.COM'));
    await settle();
    await core.upsert('c2', noteless('dd2@example.com'), OTHER);
    await settle();
    expect(core.crm.of('contact')).toHaveLength(1);
    expect((await ofOther('contact', 'c2'))?.remote).toMatchObject({
      id: core.crm.of('contact')[0]?.id,
      origin: 'adopted',
    });
  });

  it('s5: clear nothing that the other wrote, and keep its lines', async () => {
    await core.upsert('c1', noteless('a@example.com', { phones: ['09 1'], relationshipNotes: ['of one'] }));
    await settle();
    await core.upsert('c2', noteless('a@example.com', { phones: [], relationshipNotes: ['of two'] }), OTHER);
    await settle();
    expect(core.crm.of('contact')[0]?.fields).toMatchObject({ phone: '09 1', notes: 'of one\nof two' });
  });

  it('s5: have one property and one deal of it, within one connection two', async () => {
    await core.upsert('p1', propertyBody({ address: '1 High Street' }));
    await core.upsert('d1', dealBody({ propertyId: 'p1' }));
    await settle();
    await core.upsert('p2', propertyBody({ address: '1 High St' }), OTHER);
    await core.upsert('d2', dealBody({ propertyId: 'p2' }), OTHER);
    await settle();
    expect([core.crm.of('property').length, core.crm.of('deal').length]).toEqual([1, 1]);
    await core.upsert('p3', propertyBody({ address: '1 High Street' }), OTHER);
    await settle();
    expect(core.crm.of('property')).toHaveLength(2);
  });

  it('s5: leave what the other stands for in the CRM when Zena deletes one of the two', async () => {
    await core.upsert('c1', noteless('a@example.com'));
    await settle();
    await core.upsert('c2', noteless('a@example.com'), OTHER);
    await settle();
    await core.remove('contact', 'c1');
    await settle();
    expect(core.crm.of('contact')).toHaveLength(1);
    expect((await ofOther('contact', 'c2'))?.remote?.id).toBe(core.crm.of('contact')[0]?.id);
  });

  describe('when Zena deletes what both have', () => {
    const setting = async (one: Connection['syncConfig']['deletions'], other = one): Promise<void> => {
      const first = await core.connection();
      for (const [connection, deletions] of [
        [first, one],
        [second, other],
      ] as const) {
        const stored = await core.store.connections.read(connection.connectionId);
        if (stored === null) throw new TypeError('no connection');
        const revision = stored.revision + 1;
        const syncConfig = { ...stored.syncConfig, deletions };
        await core.store.connections.replace({ ...stored, revision, syncConfig }, stored.revision);
      }
      await core.crash();
      await core.upsert('c1', noteless('a@example.com', { relationshipNotes: ['of one'] }));
      await settle();
      await core.upsert('c2', noteless('a@example.com', { relationshipNotes: ['of two'] }), OTHER);
      await settle();
    };
    const codesOf = async (entityId: string): Promise<string[]> => await core.codes('contact', entityId);

    it.each([
      ['all', 'all'],
      ['created', 'created'],
      ['all', 'created'],
      ['created', 'all'],
    ] as const)('it stays for who has it and goes with the last: %s and %s', async (one, other) => {
      await setting(one, other);
      await core.remove('contact', 'c1');
      await settle();
      expect(core.crm.of('contact')).toHaveLength(1);
      expect(await codesOf('c1')).toContain('kept_for_connection');
      await core.remove('contact', 'c2', OTHER);
      await settle();
      expect(core.crm.of('contact')).toEqual([]);
    });

    it.each([
      ['never', 'created'],
      ['all', 'never'],
    ] as const)('it stays where %s and %s say so', async (one, other) => {
      await setting(one, other);
      await core.remove('contact', 'c1');
      await settle();
      await core.remove('contact', 'c2', OTHER);
      await settle();
      expect(core.crm.of('contact')).toHaveLength(1);
    });

    it('a preview says the same', async () => {
      await setting('all');
      await core.remove('contact', 'c1');
      await settle();
      await core.remove('contact', 'c2', OTHER);
      expect(await core.runs.preview(second, 10)).toMatchObject({ wouldDelete: 1 });
      await settle();
      expect(core.crm.of('contact')).toEqual([]);
    });
  });

  it('say that the other changed what people did not', async () => {
    await core.upsert('c1', noteless('a@example.com', { phones: ['09 1'] }));
    await settle();
    await core.upsert('c2', noteless('a@example.com', { phones: ['09 2'] }), OTHER);
    await settle();
    await core.upsert('c1', noteless('a@example.com', { phones: ['09 1'], role: 'vendor' }));
    await settle();
    const codes = await core.codes('contact', 'c1');
    expect(codes).toContain('changed_by_connection');
    expect(codes).not.toContain('changed_in_crm');
  });

  describe('within a minute', () => {
    const KEY = 'a@example.com';
    const ofOne = (over = {}) => core.upsert('c1', noteless(KEY, { phones: ['09 1'], ...over }));
    const ofTwo = (over = {}) => core.upsert('c2', noteless(KEY, { phones: [], ...over }), OTHER);
    const act = async (...changes: readonly (() => Promise<unknown>)[]): Promise<void> => {
      for (const change of changes) {
        await change();
        await core.clock.advance(3_000);
      }
    };
    const shown = () => core.crm.of('contact')[0]?.fields ?? {};
    const verbsDuring = async (change: () => Promise<unknown>): Promise<string[]> => {
      const before = core.crm.calls.length;
      await act(change);
      return core.crm.calls.slice(before).map(({ verb }) => verb);
    };

    it('clear nothing that the other wrote in the place of their own', async () => {
      await act(
        () => ofOne(),
        () => ofTwo({ phones: ['09 2'] }),
        () => ofOne({ phones: [] }),
      );
      expect(shown()['phone']).toBe('09 2');
    });

    it('neither bring back nor take out a line of the other’s', async () => {
      await act(
        () => ofOne({ relationshipNotes: ['of one'] }),
        () => ofTwo({ relationshipNotes: ['of two', 'and more'] }),
        () => ofOne({ relationshipNotes: ['of one', 'anew'] }),
        () => ofTwo({ relationshipNotes: ['of two'] }),
        () => ofOne({ relationshipNotes: ['anew'], role: 'vendor' }),
      );
      expect(shown()['notes']).toBe('of two\nanew');
    });

    it('leave in a list what the other put there', async () => {
      await act(
        () => ofOne(),
        () => core.upsert('p1', propertyBody({ address: '1 High Street', vendors: [] })),
        () => ofTwo(),
        () => core.upsert('p2', propertyBody({ address: '1 High St', vendors: ['c2'] }), OTHER),
        () => core.upsert('p1', propertyBody({ address: '1 High Street', riskOverview: 'damp' })),
      );
      const [house] = core.crm.of('property');
      expect(house?.fields).toMatchObject({ vendors: [core.crm.of('contact')[0]?.id], riskOverview: 'damp' });
    });

    it('do not call unchanged in a sync what is the other’s now', async () => {
      await act(
        () => ofOne({ role: 'buyer' }),
        () => ofTwo({ role: 'vendor' }),
      );
      expect(shown()['type']).toBe('vendor');
      const run = await core.runs.start(await core.connection());
      await settle();
      const progress = await core.runs.progress(run.runId);
      expect(progress?.totals).toMatchObject({ updated: 1, unchanged: 0 });
      expect(shown()['type']).toBe('buyer');
      const again = await core.runs.start(await core.connection());
      await settle();
      expect((await core.runs.progress(again.runId))?.totals).toMatchObject({ updated: 0, unchanged: 1 });
    });

    it('read what the other wrote before they write, and no more than that', async () => {
      await act(
        () => ofOne(),
        () => ofTwo({ phones: ['09 2'] }),
      );
      expect(await verbsDuring(() => ofOne({ role: 'agent' }))).toEqual(['read', 'update']);
      expect(await verbsDuring(() => ofOne({ role: 'vendor' }))).toEqual(['list', 'update']);
      expect(await verbsDuring(() => ofOne({ role: 'buyer' }))).toEqual(['update']);
    });

    it('hear also of a write of the other’s of which nobody heard the end', async () => {
      await act(
        () => ofOne(),
        () => ofTwo({ role: 'vendor' }),
        () => ofOne({ role: 'agent' }),
      );
      core.crm.fault = (verb) => (verb === 'update' ? 'failed' : 'none');
      await act(() => ofTwo({ phones: ['09 2'] }));
      core.crm.fault = () => 'none';
      expect(await verbsDuring(() => ofOne({ phones: [] }))).toContain('read');
      expect(shown()['phone']).toBe('09 2');
    });
  });

  it('are told only where there are two of the account', async () => {
    const asked = jest.spyOn(core.store.accounts, 'kinOf');
    const told = jest.spyOn(core.store.links, 'noteKinWrote');
    await core.store.accounts.leave(scopeOf(second));
    await core.upsert('c1', noteless('a@example.com'));
    await settle();
    expect(asked).not.toHaveBeenCalled();
    for (const role of ['vendor', 'agent', 'market'])
      await core.upsert('c1', noteless('a@example.com', { role }));
    await settle();
    expect(told).not.toHaveBeenCalled();
    expect(asked.mock.calls.length).toBeLessThan(2);
  });

  it('s5: know of each other when a record of one gains its key late', async () => {
    await core.upsert('c1', noteless('a@example.com'));
    await core.upsert('c2', contactBody({ emails: [] }), OTHER);
    await settle();
    expect(core.crm.of('contact')).toHaveLength(2);
    await core.upsert('c2', noteless('A@example.com'), OTHER);
    await settle();
    expect(core.crm.of('contact')).toHaveLength(1);
  });
});
