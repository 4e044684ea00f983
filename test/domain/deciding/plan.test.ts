import { vaultDraft } from '../../support/vault-draft.ts';
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_SYNC_CONFIG } from '../../../src/domain/connection.ts';
import type { Link } from '../../../src/domain/link.ts';
import { firstKeyOf } from '../../../src/domain/mapping.ts';
import { plan } from '../../../src/domain/deciding/plan.ts';
import { isNewer } from '../../../src/domain/deciding/sharers.ts';
import type { Neighbour } from '../../../src/domain/deciding/step.ts';
import { IN_DOUBT, NOTHING_OURS } from '../../../src/domain/crm-copy.ts';
import { answeredShare, mergeFields, wholeShare } from '../../../src/domain/merging/merge-fields.ts';
import type { CrmFields, NaturalKey, RemoteHit } from '../../../src/domain/remote-record.ts';
import {
  connection,
  contact,
  contactBody,
  propertyBody,
  record,
  SCOPE,
  tombstone,
} from '../../support/builders.ts';

import {
  NOW,
  created,
  facts,
  ada,
  input,
  draft,
  KNOWN,
  key,
  shadow,
  hit,
  intent,
  neighbour,
  type Over,
} from './plan-inputs.ts';

const QUIET = { do: 'wait', until: NOW + 1, reason: 'quiet' };

describe('the step of a record whose CRM record another shares', () => {
  it('waits until what the other sent without an answer can have no effect any more', () => {
    const other = neighbour(contact('c2'), {
      remote: created(),
      keyHash: key.hash,
      quietUntil: NOW + 5_000,
    });
    const shared = { remote: created(), keyHash: key.hash, copy: { ...KNOWN, held: {} } };
    const newest = { ...ada, occurredAt: NOW };
    expect(plan(input(newest, shared, { neighbours: [other] }))).toEqual({
      do: 'wait',
      until: NOW + 5_000,
      reason: 'quiet',
    });
    const later = { now: NOW + 5_000, neighbours: [other] };
    expect(plan(input(newest, shared, later))).toMatchObject({ do: 'update', remoteId: 'crm-1' });
  });
});

describe('the step of a contact whose CRM record another one found by another key', () => {
  it('is to leave it to that one', () => {
    const other = neighbour(contact('c2'), { remote: created(), keyHash: 'another' });
    const mine = input(ada, { remote: created(), keyHash: key.hash }, { neighbours: [other] });
    expect(plan(mine)).toMatchObject({ do: 'unlink', tell: [other.link.id] });
  });
});

describe('the step of a property whose CRM record another one has taken', () => {
  it('is to leave it to that one: only contacts share', () => {
    const home = record('p1', propertyBody());
    const other = neighbour(record('p2', propertyBody()), { remote: created() });
    expect(plan(input(home, { remote: created() }, { neighbours: [other] }))).toMatchObject({
      do: 'unlink',
      tell: [other.link.id],
    });
  });
});

describe('the step of a record that is in no CRM yet', () => {
  it('is to look for it, then to create it, or to take the oldest match', () => {
    expect(plan(input(ada))).toEqual({ do: 'look', key });
    expect(plan(input(ada, {}, { found: new Map([[key.hash, []]]) }))).toMatchObject({ do: 'create' });
    expect(plan(input(ada, {}, { found: new Map([[key.hash, [hit('old'), hit('new')]]]) }))).toMatchObject({
      do: 'link',
      remote: { id: 'old', version: null, origin: 'adopted' },
      keyHash: key.hash,
      matches: 2,
    });
  });

  it('is to create at once what nothing can be found by', () => {
    expect(plan(input(record('c1', contactBody({ emails: [] }))))).toMatchObject({ do: 'create' });
  });

  it('waits while a twin’s create may still be on its way, and takes the twin’s record after', () => {
    const twin = contact('c2');
    for (const onItsWay of [
      { intent: intent(), nextAt: NOW + 1 },
      { intent: intent({ sentUntil: NOW }) },
      { intent: intent({ job: { job: {}, row: '1', lookAgainAt: NOW } }) },
    ]) {
      const pending = [neighbour(twin, onItsWay)];
      expect(plan(input(ada, {}, { neighbours: pending }))).toMatchObject({ reason: 'waiting_for_twin' });
    }
    const done = [neighbour(twin, { keyHash: key.hash, remote: created('crm-7') })];
    expect(plan(input(ada, {}, { neighbours: done }))).toMatchObject({
      do: 'link',
      remote: { id: 'crm-7', origin: 'created' },
    });
  });

  it('looks for itself where the twin was given up with its create, which shows by then if it made anything', () => {
    const givenUp = [neighbour(contact('c2'), { intent: intent(), nextAt: null })];
    expect(plan(input(ada, {}, { neighbours: givenUp }))).toMatchObject({
      do: 'look',
      key: { hash: key.hash },
    });
  });

  it('never takes a property’s record that belongs to another live property', () => {
    const house = record('p1', propertyBody());
    const other = neighbour(record('p2', propertyBody()), { remote: created('taken') });
    const of = input(house, {}, { neighbours: [other] });
    const hash = of.draft?.keys[0]?.hash ?? '';
    expect(plan({ ...of, seen: { ...of.seen, found: new Map([[hash, [hit('taken')]]]) } })).toMatchObject({
      do: 'create',
    });
    const gone: Neighbour = { ...other, record: tombstone(record('p2', propertyBody())) };
    expect(
      plan({ ...of, seen: { ...of.seen, found: new Map([[hash, [hit('taken')]]]) }, neighbours: [gone] }),
    ).toMatchObject({
      do: 'link',
      remote: { id: 'taken' },
    });
  });
});

describe('the step after a create without an answer', () => {
  it('is to wait until its effect must be visible, then to look for what was sent', () => {
    const late = intent({ sentUntil: NOW });
    expect(plan(input(ada, { intent: late }))).toEqual({
      do: 'wait',
      until: NOW + facts.searchLagMs,
      reason: 'create_uncertain',
    });
    const sent = intent({ keyHash: 'as-sent', keyValue: { email: 'old@example.test' } });
    expect(plan(input(ada, { intent: sent }))).toMatchObject({ do: 'look', key: { hash: 'as-sent' } });
  });

  it('is settled before a delete, a move to another user or a switched-off kind is', () => {
    for (const now of [tombstone(ada), { ...ada, userId: 'user-2' }, null])
      expect(plan(input(now, { intent: intent() }))).toMatchObject({ do: 'look' });
  });

  it('is to use what is found as our own, or to forget the attempt', () => {
    const found = (hits: RemoteHit[]) => ({ found: new Map([[key.hash, hits]]) });
    expect(plan(input(ada, { intent: intent() }, found([hit('x')])))).toMatchObject({
      do: 'link',
      remote: { origin: 'created' },
    });
    expect(plan(input(ada, { intent: intent() }, found([])))).toEqual({ do: 'drop_intent' });
    // What people made under the same key meanwhile is used, too, but never counts as made here: a delete must not remove it.
    const theirs: RemoteHit = { ...hit('older'), fields: { ...draft.fields, notes: 'by hand' } };
    expect(plan(input(ada, { intent: intent() }, found([theirs, hit('x')])))).toMatchObject({
      remote: { id: 'x', origin: 'created' },
    });
    expect(plan(input(ada, { intent: intent() }, found([theirs])))).toMatchObject({
      remote: { id: 'older', origin: 'adopted' },
    });
  });

  it('without a key is to compare what the CRM changed, and to ask a person where that is not clear', () => {
    const blind = intent({ keyValue: null, keyHash: null });
    expect(plan(input(ada, { intent: blind }))).toEqual({ do: 'list_changed', since: blind.sentAt - 60_000 });
    expect(plan(input(ada, { intent: blind }, { listed: [hit('x')] }))).toMatchObject({ do: 'link' });
    for (const listed of [[], [hit('x'), hit('y')], [{ ...hit('x'), fields: { email: 'other' } }]])
      expect(plan(input(ada, { intent: blind }, { listed }))).toMatchObject({ do: 'give_up' });
    const crm = { ...facts, canListChanges: false };
    expect(plan(input(ada, { intent: blind }, { crm }))).toMatchObject({ do: 'give_up' });
  });
});

describe('the step of a linked record', () => {
  const linked: Partial<Link> = { remote: created(), keyHash: key.hash, shadow };

  it('is to rest where the CRM was last told exactly this, and to send what differs otherwise', () => {
    expect(plan(input(ada, linked))).toEqual({ do: 'rest', reason: 'unchanged' });
    const changed = record('c1', contactBody({ name: 'Ada King' }));
    expect(plan(input(changed, linked))).toMatchObject({
      do: 'update',
      remoteId: 'crm-1',
      changed: ['lastName'],
    });
  });

  it('is never a create, whatever becomes of its key', () => {
    const moved = record('c1', contactBody({ emails: ['new@example.test'] }));
    const made = { ...linked, remote: created() };
    const { hash } = firstKeyOf(vaultDraft(contactBody({ emails: ['new@example.test'] }))) as NaturalKey;
    expect(plan(input(moved, made))).toMatchObject({ do: 'look', key: { hash } });
    const found = (...hits: RemoteHit[]) => ({ found: new Map([[hash, hits]]) });
    expect(plan(input(moved, made, found()))).toMatchObject({ do: 'update', overwrites: [] });
    expect(plan(input(moved, made, found(hit('crm-1'))))).toMatchObject({ do: 'update', overwrites: [] });
    expect(plan(input(moved, made, found(hit('other'))))).toMatchObject({
      do: 'relink',
      remote: { id: 'other' },
    });
    const adopted = { ...linked, remote: { ...created(), origin: 'adopted' } as const };
    expect(plan(input(moved, adopted))).toMatchObject({ do: 'update', overwrites: [] });
  });

  it('is to send nothing until an earlier worker’s requests can have no effect any more', () => {
    expect(plan(input(ada, { ...linked, quietUntil: NOW + 1 }))).toEqual(QUIET);
    // What that worker sent may stand in the CRM unacknowledged: a look makes it certain.
    expect(plan(input(ada, { ...linked, quietUntil: NOW }))).toMatchObject({ do: 'read' });
    // A delete of another that shared it, too, which Zena has no more.
    const gone = neighbour(tombstone(contact('c2')), { remote: created(), quietUntil: NOW + 1 });
    expect(plan(input(ada, { ...linked, shadow: null }, { neighbours: [gone] }))).toEqual(QUIET);
  });

  it('lets the newest of those who share a CRM record speak, and unsets what the others believe', () => {
    const sharer = (occurredAt: number) => [
      neighbour(contact('c2', { occurredAt }), { remote: created(), keyHash: key.hash }),
    ];
    const noShadow = { ...linked, shadow: null, copy: { ...KNOWN, held: {} } };
    expect(plan(input(ada, noShadow, { neighbours: sharer(9_000) }))).toEqual({
      do: 'rest',
      reason: 'superseded',
    });
    expect(plan(input(ada, noShadow, { neighbours: sharer(1) }))).toMatchObject({
      do: 'update',
      overwrites: [`${SCOPE}/contact/c2`],
    });
  });

  it('leaves a shared CRM record to the others when its key departs or it is deleted', () => {
    const neighbours = [neighbour(contact('c2'), { remote: created(), keyHash: key.hash })];
    const departed = record('c1', contactBody({ emails: ['new@example.test'] }));
    for (const now of [departed, tombstone(ada)])
      expect(plan(input(now, linked, { neighbours }))).toMatchObject({
        do: 'unlink',
        tell: [`${SCOPE}/contact/c2`],
      });
  });

  it.each([
    ['created', 'created', { do: 'delete', remoteId: 'crm-1' }],
    ['created', 'adopted', { do: 'rest', reason: 'kept_in_crm' }],
    ['all', 'adopted', { do: 'delete', remoteId: 'crm-1' }],
    ['never', 'created', { do: 'rest', reason: 'kept_in_crm' }],
  ] as const)('after a delete, with deletions "%s" and a record that was %s', (deletions, origin, step) => {
    const copy = { ...KNOWN, ours: wholeShare(draft.fields, facts.sharings) };
    const held = { ...linked, copy, remote: { ...created(), origin } };
    const syncConfig = { ...DEFAULT_SYNC_CONFIG, deletions };
    const after = (over: Over) =>
      plan(input(tombstone(ada), held, { connection: connection({ syncConfig }), ...over }));
    const read = { do: 'read', remoteId: 'crm-1', known: copy.held };
    // Whatever was known of it: after it nobody can see what went with it.
    expect(after({})).toEqual(step.do === 'delete' ? read : step);
    const reads = new Map([['crm-1', draft.fields]]);
    expect(after({ reads })).toEqual(step.do === 'delete' ? { ...step, copy } : step);
  });

  it('after a delete, is a read, whether a look is due, or it is in doubt, or somebody touched it', () => {
    const copy = { ...KNOWN, ours: wholeShare(draft.fields, facts.sharings) };
    const made = { ...linked, copy, remote: created() };
    const after = (link: Partial<Link>, over: Over = {}) =>
      plan(input(tombstone(ada), { ...made, ...link }, over));
    const read = { do: 'read', remoteId: 'crm-1' };
    expect(after({}, { looks: { from: 0, due: true, touchedAt: null } })).toMatchObject(read);
    expect(after({}, { looks: { from: 0, due: false, touchedAt: 2 } })).toMatchObject(read);
    expect(after({}, { looks: null })).toMatchObject(read);
    expect(after({ copy: { ...copy, heldAt: IN_DOUBT } })).toMatchObject(read);
    expect(after({ copy: null, shadow: null })).toMatchObject(read);
    const reads = (fields: CrmFields) => ({ looks: null, reads: new Map([['crm-1', fields]]) });
    expect(after({}, reads(draft.fields))).toMatchObject({ do: 'delete' });
    expect(after({}, reads({ ...draft.fields, notes: 'theirs' }))).toEqual({
      do: 'rest',
      reason: 'kept_for_people',
      theirs: { notes: 'theirs' },
    });
  });

  it('is to rest where the record is another’s now, is of no kind that is synced, or is nowhere', () => {
    const off = connection({ syncConfig: { ...DEFAULT_SYNC_CONFIG, syncContacts: false } });
    expect(plan(input({ ...ada, userId: 'user-2' }, linked))).toMatchObject({ reason: 'not_owner' });
    expect(plan(input(ada, linked, { connection: off }))).toMatchObject({ reason: 'not_synced' });
    expect(plan(input(null, linked))).toMatchObject({ reason: 'deleted' });
  });
});

describe('what differs', () => {
  it('is named field by field, by value and not by how it is written', () => {
    const zena = { a: 2, b: { y: 2, x: 1 }, c: null };
    const held = { a: 1, b: { x: 1, y: 2 }, c: null };
    const merged = mergeFields({ zena, sharings: {}, held, ours: NOTHING_OURS, heldBefore: null });
    expect(merged.differs).toEqual(['a']);
  });

  it('in time is decided by Zena’s clock, then by the id, for both sides alike', () => {
    const a = contact('a', { occurredAt: 5 });
    const b = contact('b', { occurredAt: 5 });
    expect([isNewer(a, b), isNewer(b, a), isNewer(a, a)]).toEqual([false, true, false]);
    expect(isNewer(contact('a', { occurredAt: 6 }), b)).toBe(true);
  });
});

describe('our own CRM record that was left for an older one', () => {
  const sharings = { emails: { member: 'value', as: 'email' } } as const;
  const held = { name: 'Ada', emails: [{ value: 'ada@example.com' }] };
  const shown = { name: 'Ada', emails: [{ value: 'ADA@example.com', isPrimary: 1, status: 'Valid' }] };
  const ours = answeredShare(wholeShare(held, sharings), held, shown);
  const planned = (read: CrmFields) =>
    plan(
      input(
        ada,
        { remote: created('old') },
        {
          crm: { ...facts, sharings },
          left: { remoteId: 'own', held, ours, denials: 0 },
          reads: new Map([['own', read]]),
        },
      ),
    );

  it('goes where nobody touched it, in the CRM’s own writing too, and stays where people touched a list', () => {
    const typed = shown.emails.map((entry) => ({ ...entry, type: 'work' }));
    for (const read of [held, shown]) expect(planned(read).do).toBe('remove_left');
    for (const emails of [[...shown.emails, { value: 'x@y.example' }], [], typed])
      expect(planned({ ...shown, emails }).do).toBe('keep_left');
  });
});
