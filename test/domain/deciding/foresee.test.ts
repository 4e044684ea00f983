import { describe, expect, it } from '@jest/globals';
import { DEFAULT_SYNC_CONFIG, type SyncConfig } from '../../../src/domain/connection.ts';
import { newLink, type Link, type Shadow } from '../../../src/domain/link.ts';
import type { Draft } from '../../../src/domain/mapping.ts';
import { wholeShare } from '../../../src/domain/merging/merge-fields.ts';
import { NOTHING_SEEN } from '../../../src/delivering/steps/plan-input.ts';
import { foresee, UNTOUCHED, type Foreseen } from '../../../src/domain/deciding/foresee.ts';
import type { Neighbour, PlanInput } from '../../../src/domain/deciding/step.ts';
import { contentHash } from '../../../src/domain/content-hash.ts';
import { CONNECTION_ID, connection, contact, SCOPE, tombstone, USER } from '../../support/builders.ts';
import { facts, NO_HINTS, NOTHING_KNOWN } from './plan-inputs.ts';

const fields = { email: 'a@example.test', firstName: 'Ada' };
const draft: Draft = { fields, hash: contentHash(fields), keys: [], remarks: [], refusals: [] };
const shadow: Shadow = { fields, hash: draft.hash, version: 1, revision: 1, mapping: 'm' };
const record = contact('c1');
const mine = (over: Partial<SyncConfig> = {}) =>
  connection({ syncConfig: { ...DEFAULT_SYNC_CONFIG, ...over } });
const link = (over: Partial<Link> = {}): Link => ({
  ...newLink(SCOPE, CONNECTION_ID, USER, record.key),
  remote: { id: 'crm-1', version: null, origin: 'created' },
  shadow,
  copy: { held: fields, heldAt: 1, ours: wholeShare(fields, {}), before: null },
  ...over,
});

const think = (
  connectionOf: ReturnType<typeof mine>,
  of: PlanInput['record'],
  held: Link | null,
  next: Draft | null,
  neighbours: readonly Neighbour[] = [],
): Foreseen =>
  foresee(
    {
      now: 1_000,
      link: held ?? newLink(SCOPE, CONNECTION_ID, USER, record.key),
      record: of,
      connection: connectionOf,
      crm: { ...facts, sharings: {} },
      references: new Map(),
      draft: next,
      seen: NOTHING_SEEN,
      looks: UNTOUCHED,
      account: NOTHING_KNOWN,
      hints: NO_HINTS,
    },
    () => neighbours,
  );

describe('what a delivery would come to', () => {
  it('is nothing where the CRM was last told exactly this', () => {
    expect(think(mine(), record, link(), draft)).toMatchObject({ action: 'unchanged', idle: true });
  });

  it('is a record made or adopted where no CRM record is known', () => {
    for (const held of [null, link({ remote: null, shadow: null })]) {
      expect(think(mine(), record, held, draft)).toMatchObject({
        action: 'create_or_adopt',
        looks: false,
        idle: false,
        link: { remote: { id: `new ${link().id}`, origin: 'created' } },
      });
    }
  });

  it('is asked of the CRM first where the record has a key', () => {
    const key = {
      kind: 'contact',
      value: { email: 'a@example.test' },
      hash: 'k1',
      formerHashes: [],
      strength: 'good',
    } as const;
    expect(think(mine(), record, null, { ...draft, keys: [key] })).toMatchObject({
      action: 'create_or_adopt',
      looks: true,
      link: { keyHash: 'k1' },
    });
  });

  it('updates the fields that differ, and all where what the CRM holds is not known', () => {
    const other = { ...fields, firstName: 'Bea' };
    const next: Draft = { fields: other, hash: contentHash(other), keys: [], remarks: [], refusals: [] };
    expect(think(mine(), record, link(), next)).toMatchObject({ action: 'update', changed: ['firstName'] });
    expect(think(mine(), record, link({ shadow: null, copy: null }), draft)).toMatchObject({
      action: 'update',
      changed: ['email', 'firstName'],
    });
  });

  it('lets waits pass', () => {
    const unsure = link({ quietUntil: 9_000 });
    expect(think(mine(), record, unsure, draft)).toMatchObject({ action: 'unchanged', idle: false });
  });

  it('gives the word to the newest of those who share a CRM record, and names whom it overwrites', () => {
    const newer = contact('c2', { occurredAt: 9_000 });
    const shares = (of: typeof record): Neighbour => ({
      link: { ...newLink(SCOPE, CONNECTION_ID, USER, of.key), remote: link().remote },
      record: of,
    });
    expect(think(mine(), record, link(), draft, [shares(newer)])).toMatchObject({
      action: 'superseded',
      idle: true,
    });
    const older = contact('c0', { occurredAt: 1 });
    expect(think(mine(), record, link({ shadow: null, copy: null }), draft, [shares(older)])).toMatchObject({
      action: 'update',
      overwrites: [shares(older).link.id],
    });
    expect(think(mine(), tombstone(record), link(), null, [shares(newer)])).toMatchObject({
      action: 'delete',
      tells: [shares(newer).link.id],
      link: { remote: null },
    });
  });

  it('waits for a record that is named and on its way', () => {
    const input = { kind: 'pending', marked: true } as const;
    const foreseen = foresee(
      {
        now: 1_000,
        link: link({ remote: null }),
        record,
        connection: mine(),
        crm: { ...facts, searchLagMs: 0, sharings: {} },
        references: new Map([['property/p1', input]]),
        draft,
        seen: NOTHING_SEEN,
        looks: UNTOUCHED,
        account: NOTHING_KNOWN,
        hints: NO_HINTS,
      },
      () => [],
    );
    expect(foreseen).toMatchObject({ action: 'retry', reason: 'waiting_for_reference', idle: false });
  });

  it('leaves alone what is another user’s or of a kind that is switched off', () => {
    expect(think(mine(), { ...record, userId: 'user-2' }, link(), draft)).toMatchObject({
      action: 'skip',
      reason: 'not_owner',
      idle: true,
    });
    expect(think(mine({ syncContacts: false }), record, link(), draft)).toMatchObject({
      action: 'skip',
      reason: 'not_synced',
      idle: true,
    });
  });

  it('looks for what an unanswered create of a deleted record may have made', () => {
    const intent = { keyValue: null, keyHash: null, bodyHash: 'b', fieldNames: [], sentAt: 1, sentUntil: 2 };
    const held = link({ remote: null, shadow: null, intent });
    expect(think(mine(), tombstone(record), held, null).action).toBe('delete');
    // It stays, but is looked at: what was sent there is ours for whoever takes it.
    expect(think(mine({ deletions: 'never' }), tombstone(record), held, null)).toMatchObject({
      action: 'skip',
      idle: false,
    });
    expect(think(mine(), tombstone(record), link({ remote: null }), null).action).toBe('skip');
  });

  it.each([
    ['created', 'created', 'delete'],
    ['created', 'adopted', 'skip'],
    ['all', 'adopted', 'delete'],
    ['never', 'created', 'skip'],
  ] as const)('with deletions "%s", a deleted record that was %s: %s', (deletions, origin, action) => {
    const held = link({ remote: { id: 'crm-1', version: null, origin } });
    expect(think(mine({ deletions }), tombstone(record), held, null).action).toBe(action);
  });

  it('does nothing for a deleted record that never was in the CRM', () => {
    expect(think(mine(), tombstone(record), null, null)).toMatchObject({
      action: 'skip',
      reason: 'deleted',
      idle: true,
    });
  });
});
