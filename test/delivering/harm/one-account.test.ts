import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
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
