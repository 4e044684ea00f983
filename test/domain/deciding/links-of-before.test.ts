import { describe, expect, it } from '@jest/globals';
import { IN_DOUBT, type CrmCopy } from '../../../src/domain/crm-copy.ts';
import { keptCopy, knownCopy } from '../../../src/domain/deciding/sharers.ts';
import { plan } from '../../../src/domain/deciding/plan.ts';
import type { PlanInput } from '../../../src/domain/deciding/step.ts';
import { newLink, type CreateIntent, type Link, type Shadow } from '../../../src/domain/link.ts';
import { wholeShare } from '../../../src/domain/merging/merge-fields.ts';
import type { RemoteHit } from '../../../src/domain/remote-record.ts';
import {
  connection,
  CONNECTION_ID,
  contact,
  contactBody,
  record,
  SCOPE,
  USER,
} from '../../support/builders.ts';
import { vaultDraft } from '../../support/vault-draft.ts';
import { facts, NO_HINTS, NOTHING_KNOWN } from './plan-inputs.ts';

const NOW = 1_000_000;
const sharings = { notes: 'lines' } as const;
const bodyWith = (phone: string) => contactBody({ phones: [phone], relationshipNotes: [`Called ${phone}`] });
const first = vaultDraft(bodyWith('021 1'));
const second = vaultDraft(bodyWith('021 2'));
const remote = { id: 'crm-1', version: null, origin: 'created' } as const;
const keyHash = first.keys[0]?.hash ?? null;
const acknowledged = (draft: typeof first, mapping: string): Shadow => ({
  fields: draft.fields,
  hash: draft.hash,
  version: 1,
  revision: 1,
  mapping,
});
const written: CrmCopy = {
  held: first.fields,
  heldAt: NOW - 1_000,
  ours: wholeShare(first.fields, sharings),
  before: { phone: '09 9' },
};

function input(link: Partial<Link>, over: Partial<PlanInput> = {}): PlanInput {
  const ada = record('c1', bodyWith('021 1'));
  return {
    now: NOW,
    link: { ...newLink(SCOPE, CONNECTION_ID, USER, ada.key), ...link },
    record: ada,
    connection: connection(),
    crm: { ...facts, sharings, mapping: 'new' },
    references: new Map(),
    draft: first,
    neighbours: [],
    seen: {
      found: new Map(),
      listed: null,
      gone: new Set(),
      rests: new Map(),
      lists: new Map(),
      written: new Map(),
      existing: new Set(),
      denied: new Set(),
      reads: new Map(),
      left: null,
      shown: new Map(),
    },
    looks: { from: 0, due: false, touchedAt: null },
    account: NOTHING_KNOWN,
    hints: NO_HINTS,
    ...over,
  };
}

describe('a CRM record that a program without copies wrote after this one', () => {
  const overtaken = { remote, keyHash, copy: written, shadow: acknowledged(second, 'old') };

  it('is read before it is taken for equal to what this one wrote', () => {
    expect(plan(input(overtaken))).toEqual({ do: 'read', remoteId: 'crm-1', known: null });
    const own = { remote, keyHash, copy: written, shadow: acknowledged(second, 'new') };
    expect(plan(input(own))).toMatchObject({ do: 'confirm' });
  });

  it('holds lines and values of ours that either of them sent, and what stood there before is not forgotten', () => {
    const known = keptCopy(overtaken, { sharings, mapping: 'new' });
    expect(known).toMatchObject({ held: null, heldAt: IN_DOUBT, before: { phone: '09 9' } });
    expect(Object.values(known?.ours.lines['notes'] ?? {}).sort()).toEqual(['doubted', 'sent']);
    const reads = new Map([['crm-1', second.fields]]);
    const seen = { ...input({}).seen, reads };
    expect(plan(input(overtaken, { seen }))).toMatchObject({
      do: 'update',
      merged: { fields: { phone: '021 1', notes: 'Called 021 1' }, replaced: {} },
    });
  });

  it('is not known by a sharer’s copy either', () => {
    const other = {
      link: { ...input({}).link, id: `${SCOPE}/contact/c2`, ...overtaken },
      record: contact('c2'),
    };
    const mine = { remote, copy: { ...written, heldAt: NOW }, shadow: null };
    const known = knownCopy(input(mine, { neighbours: [other as PlanInput['neighbours'][number]] }), 'crm-1');
    expect(known).toMatchObject({ held: null, heldAt: IN_DOUBT });
  });
});

describe('a create without an answer that was remembered by a placeholder', () => {
  const intent: CreateIntent = {
    keyValue: { email: 'noemail@example.com' },
    keyHash: 'former',
    bodyHash: first.hash,
    fieldNames: Object.keys(first.fields),
    sentAt: NOW - 100_000,
    sentUntil: NOW - 50_000,
  };
  const hit = (id: string, fields = second.fields): RemoteHit => ({
    id,
    version: null,
    createdAt: null,
    fields,
  });
  const step = (hits: readonly RemoteHit[], intentKeyless: boolean) =>
    plan(
      input(
        { intent },
        {
          seen: { ...input({}).seen, found: new Map([['former', hits]]) },
          hints: { ...input({}).hints, intentKeyless },
        },
      ),
    );

  it('takes what holds just what was sent, and nobody else who has none', () => {
    expect(step([hit('a'), hit('b', first.fields)], true)).toMatchObject({ do: 'link', remote: { id: 'b' } });
    expect(step([hit('a')], true)).toEqual({ do: 'drop_intent' });
    expect(step([hit('a')], false)).toMatchObject({ do: 'link', remote: { id: 'a', origin: 'adopted' } });
  });
});
