import { describe, expect, it } from '@jest/globals';
import { plan } from '../../../src/domain/deciding/plan.ts';
import type { Neighbour, PlanInput, SeenInCrm } from '../../../src/domain/deciding/step.ts';
import { newLink, type Link } from '../../../src/domain/link.ts';
import { firstKeyOf } from '../../../src/domain/mapping.ts';
import type { NaturalKey } from '../../../src/domain/remote-record.ts';
import type { ZenaRecord } from '../../../src/domain/record.ts';
import { NOTHING_SEEN } from '../../../src/delivering/steps/plan-input.ts';
import {
  connection,
  CONNECTION_ID,
  contact,
  contactBody,
  record,
  SCOPE,
  tombstone,
  USER,
} from '../../support/builders.ts';
import { vaultDraft } from '../../support/vault-draft.ts';
import { facts, NO_HINTS, NOTHING_KNOWN } from './plan-inputs.ts';

const NOW = 1_000_000;
const LAG = 2_000;
const ada = contact('c1');
const draft = vaultDraft(contactBody());
const key = firstKeyOf(draft) as NaturalKey;
const formerKey = firstKeyOf(vaultDraft(contactBody({ emails: ['former@example.test'] }))) as NaturalKey;
const remote = { id: 'crm-7', version: null, origin: 'created' } as const;
const claim = { token: 'other', epoch: 1, until: NOW + 9_000 };
const found: SeenInCrm['found'] = new Map([
  [key.hash, [{ id: 'crm-7', version: null, createdAt: null, fields: draft.fields }]],
]);
const ADOPTS = { do: 'link', remote: { id: 'crm-7', origin: 'adopted' } };
const WAITS = { do: 'wait', reason: 'waiting_for_twin' };

function neighbour(of: ZenaRecord, link: Partial<Link>): Neighbour {
  return { link: { ...newLink(SCOPE, CONNECTION_ID, USER, of.key), remote, ...link }, record: of };
}

function stepOf(other: Neighbour, over: Partial<SeenInCrm> = { found }): ReturnType<typeof plan> {
  const input: PlanInput = {
    now: NOW,
    link: newLink(SCOPE, CONNECTION_ID, USER, ada.key),
    record: ada,
    connection: connection(),
    crm: { ...facts, searchLagMs: LAG, sharings: {} },
    references: new Map(),
    draft,
    neighbours: [other],
    seen: { ...NOTHING_SEEN, ...over },
    looks: { from: 0, due: false, touchedAt: null },
    account: NOTHING_KNOWN,
    hints: NO_HINTS,
  };
  return plan(input);
}

describe('a CRM record that was found and that one of ours has that is deleted', () => {
  const goes = tombstone(contact('c2'));

  it('is waited for while that one has it in hand, known by another key', () => {
    expect(stepOf(neighbour(goes, { keyHash: formerKey.hash, claim }))).toMatchObject(WAITS);
  });

  it('is taken once the claim of one that died is over, and nobody takes that up again', () => {
    const held = { keyHash: formerKey.hash, claim: { ...claim, until: NOW } };
    expect(stepOf(neighbour(goes, { ...held, nextAt: null }))).toMatchObject(ADOPTS);
    expect(stepOf(neighbour(goes, { ...held, nextAt: NOW }))).toMatchObject(WAITS);
  });

  it('is taken where nobody has it in hand, or whoever has waits for this one', () => {
    expect(stepOf(neighbour(goes, { keyHash: formerKey.hash }))).toMatchObject(ADOPTS);
    expect(stepOf(neighbour(goes, { keyHash: key.hash, claim }))).toMatchObject(ADOPTS);
  });
});

describe('a CRM record of one that is known by the key that is sought, and has another by now', () => {
  const left = record('c2', contactBody({ emails: ['former@example.test'] }));
  const leaving = (quietUntil: number | null): Neighbour => ({
    ...neighbour(left, { keyHash: key.hash, quietUntil }),
    keys: [formerKey],
  });

  it('is waited for until a search tells what its last write came to', () => {
    expect(stepOf(leaving(NOW - LAG + 1))).toEqual({ do: 'wait', until: NOW + 1, reason: 'quiet' });
  });

  it('is looked for then, and taken as the other’s where it has the key still', () => {
    expect(stepOf(leaving(NOW - LAG), {})).toMatchObject({ do: 'look' });
    expect(stepOf(leaving(NOW - LAG))).toMatchObject({ do: 'link', remote: { origin: 'created' } });
    expect(stepOf(leaving(NOW - LAG), { found: new Map([[key.hash, []]]) })).toMatchObject({ do: 'create' });
  });

  it('is taken at once where all that was sent was heard of', () => {
    expect(stepOf(leaving(null), {})).toMatchObject({ do: 'link', remote: { origin: 'created' } });
  });
});
