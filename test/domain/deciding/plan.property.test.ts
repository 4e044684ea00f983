import { vaultDraft } from '../../support/vault-draft.ts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newLink, type Link } from '../../../src/domain/link.ts';
import { firstKeyOf, type Draft } from '../../../src/domain/mapping.ts';
import { plan } from '../../../src/domain/deciding/plan.ts';
import type { Neighbour, PlanInput } from '../../../src/domain/deciding/step.ts';
import type { ZenaRecord } from '../../../src/domain/record.ts';
import { connection, CONNECTION_ID, record, SCOPE, tombstone, USER } from '../../support/builders.ts';
import { contactBodies, propertyBodies } from '../change-arbitraries.ts';
import { NO_HINTS, NOTHING_KNOWN } from './plan-inputs.ts';

const NOW = 1_000_000;
const bodies = fc.oneof(contactBodies, propertyBodies);
const resolve = (key: string): string => `crm-of-${key}`;
const times = fc.option(fc.integer({ min: NOW - 100_000, max: NOW + 100_000 }), { nil: null });
const remotes = fc.option(
  fc.record({
    id: fc.constantFrom('crm-1', 'crm-2'),
    version: fc.constant(null),
    origin: fc.constantFrom('created' as const, 'adopted' as const),
  }),
  { nil: null },
);

const records: fc.Arbitrary<ZenaRecord> = fc
  .record({ body: bodies, deleted: fc.boolean(), mine: fc.boolean(), occurredAt: fc.nat(5_000) })
  .map(({ body, deleted, mine, occurredAt }) => {
    const live = record('x1', body, { occurredAt, userId: mine ? USER : 'user-2' });
    return deleted ? tombstone(live) : live;
  });

const draftFor = (of: ZenaRecord): Draft | null => (of.body === null ? null : vaultDraft(of.body, resolve));

const inputs: fc.Arbitrary<PlanInput> = fc
  .record({
    of: records,
    other: records,
    otherRemote: remotes,
    shares: fc.boolean(),
    link: fc.record({ remote: remotes, quietUntil: times, waitingSince: times }),
    listed: fc.constantFrom(null, []),
    looked: fc.constantFrom(null, 0, 1, 2),
    crm: fc.record({
      searchLagMs: fc.nat(5_000),
      supportsKind: fc.boolean(),
      canDelete: fc.boolean(),
      canRead: fc.boolean(),
      canListChanges: fc.boolean(),
      parts: fc.constant([]),
      readsFirst: fc.boolean(),
      agrees: fc.constant(null),
      sharings: fc.constant({ notes: 'lines', vendors: 'references', buyers: 'references' } as const),
      mapping: fc.constant('m'),
    }),
  })
  .map(({ of, other, otherRemote, shares, link, listed, looked, crm }): PlanInput => {
    const draft = draftFor(of);
    const twin = { ...other, key: `${of.kind}/y1`, entityId: 'y1' } as ZenaRecord;
    const twinLink: Link = {
      ...newLink(SCOPE, CONNECTION_ID, USER, twin.key),
      remote: shares ? link.remote : otherRemote,
    };
    const neighbours: Neighbour[] = [{ link: twinLink, record: twin }];
    const hits = [1, 2].slice(0, looked ?? 0).map((number) => ({
      id: `crm-${number}`,
      version: null,
      createdAt: null,
      fields: {},
    }));
    return {
      now: NOW,
      link: { ...newLink(SCOPE, CONNECTION_ID, USER, of.key), ...link },
      record: of,
      connection: connection(),
      crm,
      references: new Map(),
      draft,
      neighbours,
      seen: {
        found: looked === null || !draft?.keys[0] ? new Map() : new Map([[draft.keys[0].hash, hits]]),
        listed,
        gone: new Set(),
        rests: new Map(),
        lists: new Map(),
        written: new Map(),
        existing: new Set(),
        denied: new Set(),
        reads: new Map(link.remote === null ? [] : [[link.remote.id, {}]]),
        shown: new Map(),
        left: null,
      },
      looks: null,
      account: NOTHING_KNOWN,
      hints: NO_HINTS,
    };
  });

describe('a plan', () => {
  it('is the same for the same input, and leaves the input as it was', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const before = structuredClone({ ...input, references: [] });
        expect(plan(input)).toEqual(plan(input));
        expect({ ...input, references: [] }).toEqual(before);
      }),
    );
  });

  it('rests once what it planned to write was applied', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const step = plan(input);
        if (step.do !== 'update' && step.do !== 'create') return;
        const { draft } = step;
        const remote =
          step.do === 'update' ? input.link.remote : { id: 'n', version: null, origin: 'created' as const };
        const link: Link = {
          ...input.link,
          remote,
          keyHash: firstKeyOf(draft)?.hash ?? null,
          intent: null,
          quietUntil: null,
          shadow: { fields: draft.fields, hash: draft.hash, version: 1, revision: 1, mapping: 'm' },
        };
        expect(plan({ ...input, link })).toEqual({ do: 'rest', reason: 'unchanged' });
      }),
    );
  });

  it('never creates what has a CRM record, or what it did not look for although it could', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        if (plan(input).do !== 'create') return;
        expect(input.link.remote).toBeNull();
        const key = input.draft?.keys[0] ?? null;
        if (key !== null) expect(input.seen.found.has(key.hash)).toBe(true);
      }),
    );
  });

  it('writes nothing for a record that is another user’s, or while it must be quiet', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const step = plan(input);
        if ((input.link.quietUntil ?? 0) > NOW) expect(step.do).toBe('wait');
        else if (input.record?.userId !== USER) expect(['rest', 'unlink']).toContain(step.do);
      }),
    );
  });

  it('deletes no CRM record that another live record of the user uses', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const step = plan(input);
        if (step.do !== 'delete') return;
        const users = input.neighbours.filter(
          ({ link, record: of }) =>
            link.remote?.id === step.remoteId && of?.deleted === false && of.userId === USER,
        );
        expect(users).toEqual([]);
      }),
    );
  });
});
