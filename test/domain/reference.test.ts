import { describe, expect, it } from '@jest/globals';
import { DEFAULT_SYNC_CONFIG } from '../../src/domain/connection.ts';
import { newLink, type Link } from '../../src/domain/link.ts';
import { referenceState, remoteIdOf, SOUGHT_FOR_MS } from '../../src/domain/reference.ts';
import { connection, CONNECTION_ID, contact, deadMark, SCOPE, tombstone, USER } from '../support/builders.ts';

const mine = connection();
const record = contact('c1');
const link = (over: Partial<Link> = {}): Link => ({
  ...newLink(SCOPE, CONNECTION_ID, USER, record.key),
  ...over,
});
const remote = { id: 'crm-1', version: null, origin: 'adopted' } as const;
const dead = deadMark();
const every = (): boolean => true;

describe('what a reference amounts to in a CRM', () => {
  it('is the CRM’s id as long as the CRM has the record, also when Zena has deleted or moved it', () => {
    const linked = { kind: 'linked', remoteId: 'crm-1' };
    expect(referenceState(record, link({ remote }), mine, every, 0)).toEqual(linked);
    expect(referenceState(tombstone(record), link({ remote }), mine, every, 0)).toEqual(linked);
    expect(referenceState(undefined, link({ remote }), mine, every, 0)).toEqual(linked);
  });

  it.each([
    ['unknown', undefined, undefined],
    ['deleted', tombstone(record), link()],
    ['another user’s', { ...record, userId: 'user-2' }, undefined],
    ['refused by the CRM', record, link({ dead })],
  ])('is absent where the record is %s', (_what, known, held) => {
    expect(referenceState(known, held, mine, every, 0)).toEqual({ kind: 'absent' });
  });

  it('is looked up where its kind is switched off, and absent once that was in vain, for an hour', () => {
    const off = connection({ syncConfig: { ...DEFAULT_SYNC_CONFIG, syncContacts: false } });
    const sought = { keyHash: 'k', at: 5_000 };
    expect(referenceState(record, undefined, off, every, 6_000)).toEqual({ kind: 'pending', marked: false });
    expect(referenceState(record, link({ sought }), off, every, 6_000)).toEqual({ kind: 'absent' });
    expect(referenceState(record, link({ sought }), off, every, 5_000 + SOUGHT_FOR_MS)).toEqual({
      kind: 'pending',
      marked: false,
    });
    expect(referenceState(record, link({ remote, sought }), off, every, 6_000)).toMatchObject({
      kind: 'linked',
    });
  });

  it('is absent where the CRM has no records of its kind', () => {
    const none = (): boolean => false;
    expect(referenceState(record, undefined, mine, none, 0)).toEqual({ kind: 'absent' });
  });

  it('is pending where it is to be delivered, and says whether that is on its way', () => {
    expect(referenceState(record, undefined, mine, every, 0)).toEqual({ kind: 'pending', marked: false });
    expect(referenceState(record, link(), mine, every, 0)).toEqual({ kind: 'pending', marked: false });
    expect(referenceState(record, link({ nextAt: 1 }), mine, every, 0)).toEqual({
      kind: 'pending',
      marked: true,
    });
    expect(referenceState(record, link({ nextAt: 1, dead }), mine, every, 0)).toEqual({
      kind: 'pending',
      marked: true,
    });
    const claim = { token: 't', epoch: 1, until: 9 };
    expect(referenceState(record, link({ claim }), mine, every, 0)).toEqual({
      kind: 'pending',
      marked: true,
    });
  });

  it('gives an id for what is linked only', () => {
    const references = new Map([
      ['contact/a', { kind: 'linked', remoteId: 'crm-a' }],
      ['contact/b', { kind: 'pending', marked: true }],
      ['contact/c', { kind: 'absent' }],
    ] as const);
    expect(remoteIdOf(references, 'contact/a')).toBe('crm-a');
    expect(remoteIdOf(references, 'contact/b')).toBeNull();
    expect(remoteIdOf(references, 'contact/c')).toBeNull();
    expect(remoteIdOf(references, 'contact/d')).toBeNull();
  });
});
