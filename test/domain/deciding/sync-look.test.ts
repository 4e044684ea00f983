import { describe, expect, it } from '@jest/globals';
import { DEFAULT_SYNC_CONFIG, type SyncConfig } from '../../../src/domain/connection.ts';
import { newLink, type Link, type Shadow } from '../../../src/domain/link.ts';
import type { Draft } from '../../../src/domain/mapping.ts';
import { lookAtRecord } from '../../../src/domain/deciding/sync-look.ts';
import { contentHash } from '../../../src/domain/content-hash.ts';
import { CONNECTION_ID, connection, contact, SCOPE, tombstone, USER } from '../../support/builders.ts';

const fields = { email: 'a@example.test', firstName: 'Ada' };
const draft: Draft = { fields, hash: contentHash(fields), keys: [], remarks: [] };
const shadow: Shadow = { fields, hash: draft.hash, version: 1, revision: 1, mapping: 'm' };
const record = contact('c1');
const mine = (over: Partial<SyncConfig> = {}) =>
  connection({ syncConfig: { ...DEFAULT_SYNC_CONFIG, ...over } });
const link = (over: Partial<Link> = {}): Link => ({
  ...newLink(SCOPE, CONNECTION_ID, USER, record.key),
  remote: { id: 'crm-1', version: null, origin: 'created' },
  shadow,
  ...over,
});

describe('what a full sync makes of a record', () => {
  it('rests where the CRM was last told exactly this', () => {
    expect(lookAtRecord(mine(), record, link(), draft)).toEqual({ action: 'unchanged' });
  });

  it('creates or adopts where no CRM record is known', () => {
    expect(lookAtRecord(mine(), record, null, draft)).toEqual({ action: 'create_or_adopt' });
    expect(lookAtRecord(mine(), record, link({ remote: null, shadow: null }), draft)).toEqual({
      action: 'create_or_adopt',
    });
  });

  it('updates the fields that differ, and all where what the CRM holds is not known', () => {
    const other = { ...fields, firstName: 'Bea' };
    const next: Draft = { fields: other, hash: contentHash(other), keys: [], remarks: [] };
    expect(lookAtRecord(mine(), record, link(), next)).toEqual({ action: 'update', changed: ['firstName'] });
    expect(lookAtRecord(mine(), record, link({ shadow: null }), draft)).toEqual({
      action: 'update',
      changed: ['email', 'firstName'],
    });
  });

  it('looks again at what is due, though it seems equal', () => {
    expect(lookAtRecord(mine(), record, link({ nextAt: 5 }), draft)).toEqual({
      action: 'update',
      changed: [],
    });
  });

  it('leaves alone what is another user’s or of a kind that is switched off', () => {
    expect(lookAtRecord(mine(), { ...record, userId: 'user-2' }, link(), draft)).toEqual({
      action: 'skip',
      reason: 'not_owner',
    });
    expect(lookAtRecord(mine({ syncContacts: false }), record, link(), draft)).toEqual({
      action: 'skip',
      reason: 'not_synced',
    });
  });

  it('looks for what an unanswered create of a deleted record may have made', () => {
    const intent = { keyValue: null, keyHash: null, bodyHash: 'b', fieldNames: [], sentAt: 1, sentUntil: 2 };
    const held = link({ remote: null, shadow: null, intent });
    expect(lookAtRecord(mine(), tombstone(record), held, null).action).toBe('delete');
    expect(lookAtRecord(mine({ deletions: 'never' }), tombstone(record), held, null).action).toBe('skip');
    expect(lookAtRecord(mine(), tombstone(record), link({ remote: null }), null).action).toBe('skip');
  });

  it.each([
    ['created', 'created', 'delete'],
    ['created', 'adopted', 'skip'],
    ['all', 'adopted', 'delete'],
    ['never', 'created', 'skip'],
  ] as const)('with deletions "%s", a deleted record that was %s: %s', (deletions, origin, action) => {
    const held = link({ remote: { id: 'crm-1', version: null, origin } });
    expect(lookAtRecord(mine({ deletions }), tombstone(record), held, null).action).toBe(action);
  });

  it('does nothing for a deleted record that never was in the CRM', () => {
    expect(lookAtRecord(mine(), tombstone(record), null, null)).toEqual({
      action: 'skip',
      reason: 'deleted',
    });
  });
});
