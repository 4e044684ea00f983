import { describe, expect, it } from '@jest/globals';
import { newLink, type Link } from '../../../src/domain/link.ts';
import { NOTHING_OURS } from '../../../src/domain/crm-copy.ts';
import { LIST_PATIENCE_MS, type References } from '../../../src/domain/reference.ts';
import { plan } from '../../../src/domain/deciding/plan.ts';
import type { PlanInput } from '../../../src/domain/deciding/step.ts';
import type { ZenaRecord } from '../../../src/domain/record.ts';
import { NOTHING_SEEN } from '../../../src/delivering/steps/plan-input.ts';
import {
  connection,
  CONNECTION_ID,
  dealBody,
  propertyBody,
  record,
  SCOPE,
  USER,
} from '../../support/builders.ts';
import { vaultDraft } from '../../support/vault-draft.ts';
import { facts, NO_HINTS, NOTHING_KNOWN } from './plan-inputs.ts';

const NOW = 1_000_000;
const created = () => ({ id: 'crm-1', version: null, origin: 'created' }) as const;

function input(of: ZenaRecord, link: Partial<Link>, { references }: { references: References }): PlanInput {
  const draft = of.body === null ? null : vaultDraft(of.body);
  return {
    now: NOW,
    link: {
      ...newLink(SCOPE, CONNECTION_ID, USER, of.key),
      copy: link.remote ? { held: draft?.fields ?? {}, heldAt: 1, ours: NOTHING_OURS, before: null } : null,
      ...link,
    },
    record: of,
    connection: connection(),
    crm: { ...facts, sharings: {} },
    references,
    draft,
    neighbours: [],
    seen: NOTHING_SEEN,
    looks: { from: 0, due: false, touchedAt: null },
    account: NOTHING_KNOWN,
    hints: NO_HINTS,
  };
}

describe('a record that refers to others', () => {
  const house = record('p1', propertyBody({ vendors: ['c1', 'c2'] }));
  const references = new Map([
    ['contact/c1', { kind: 'pending', marked: false }],
    ['contact/c2', { kind: 'pending', marked: true }],
  ] as const);

  it('asks first for those that nobody asked for', () => {
    expect(plan(input(house, { remote: created() }, { references }))).toEqual({
      do: 'mark_references',
      keys: ['contact/c1'],
    });
  });

  const coming = new Map([
    ['contact/c1', { kind: 'pending', marked: true }],
    ['property/p1', { kind: 'pending', marked: true }],
  ] as const);
  const body = dealBody({ propertyId: 'p1', contacts: ['c1'] });
  const at = (acceptedAt: number, of = body) => record('x1', of, { acceptedAt });
  const ofList = new Map([['contact/c1', { kind: 'pending', marked: true }]] as const);

  it.each([
    ['a deal waits for its property, from its event', at(NOW - 50_000), { remote: created() }, 10_000],
    ['a deal that is there waits no longer than that', at(NOW - 60_000), { remote: created() }, null],
    ['one that is not, from its turn', at(NOW - 90_000), {}, 60_000],
    ['or from its last change', at(NOW - 10_000), { waitingSince: NOW - 40_000 }, 50_000],
    ['not for ever', at(NOW - 90_000), { waitingSince: NOW - 60_000 }, null],
  ] as const)('%s', (_, of, link, leftMs) => {
    const step = plan(input(of, link, { references: coming }));
    if (leftMs === null) expect(step.do).not.toBe('wait_for_references');
    else expect(step).toEqual({ do: 'wait_for_references', until: NOW + leftMs });
  });

  it('waits for those of a list only a moment after its event, and where it is in the CRM not at all', () => {
    const list = (acceptedAt: number, link = {}) =>
      plan(input(at(acceptedAt, propertyBody({ vendors: ['c1'] })), link, { references: ofList }));
    expect(list(NOW)).toEqual({ do: 'wait_for_references', until: NOW + LIST_PATIENCE_MS });
    expect(list(NOW - LIST_PATIENCE_MS)).toMatchObject({ do: 'look' });
    expect(list(NOW, { remote: created() }).do).not.toBe('wait_for_references');
  });

  it('goes without those that are absent', () => {
    const absent = new Map([['contact/c1', { kind: 'absent' }]] as const);
    expect(plan(input(house, {}, { references: absent }))).toMatchObject({ do: 'look' });
  });
});
