import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NOTHING_OURS, type OurShare } from '../../../src/domain/crm-copy.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import { answeredShare, mergeFields, shownShare } from '../../../src/domain/merging/merge-fields.ts';

const sharings = { flags: 'items', ids: 'references' } as const;
const FLAGS = ['finance', 'building', 'pest', 'No 5'];
const IDS = ['c_1', 'c_2', 'c_3'];
const OWN = ['people a', 'people b', 'people c'];

type Form = (entry: string) => Json;

/** They say what the item says, in their own way. */
const TELLING: readonly Form[] = [
  (entry) => ({ id: entry.length, label: entry }),
  (entry) => `#${entry}`,
  (entry) => entry.toUpperCase(),
  (entry) => ({ value: { name: ` ${entry} `, kind: 'flag' }, order: 1 }),
  (entry) => entry,
];
/** Any other one. */
const CODING: readonly Form[] = [
  (entry) => [...entry].reverse().join(''),
  (entry) => ({ code: [...FLAGS, ...IDS].indexOf(entry) }),
  (entry) => `X${[...FLAGS, ...IDS].indexOf(entry)}`,
];

interface Crm {
  readonly held: JsonObject;
  /** As we know it to be. */
  readonly known: JsonObject;
  readonly ours: OurShare;
}

interface Way {
  readonly form: Form;
  readonly ids: Form;
  readonly answers: boolean;
}

const taken = (list: Json, form: Form, names: readonly string[]): Json =>
  (list as readonly Json[]).map((entry) =>
    typeof entry === 'string' && names.includes(entry) ? form(entry) : entry,
  );

/** One delivery: what the CRM shows is read, merged, and sent; it answers with what it made of it, or with nothing. */
function delivered(crm: Crm, zena: JsonObject, { form, ids, answers }: Way): Crm {
  const read = shownShare(crm.ours, crm.known, crm.held);
  const { fields, ours } = mergeFields({ zena, sharings, held: crm.held, ours: read, heldBefore: null });
  const held = {
    flags: taken(fields['flags'] ?? [], form, FLAGS),
    ids: taken(fields['ids'] ?? [], ids, IDS),
  };
  return { held, known: fields, ours: answers ? answeredShare(ours, fields, held) : ours };
}

const size = (list: Json | undefined): number => (list as readonly Json[]).length;
const acts = fc.array(
  fc.oneof(
    fc.record({ flags: fc.shuffledSubarray(FLAGS), ids: fc.shuffledSubarray(IDS) }),
    fc.record({ add: fc.constantFrom(...OWN) }),
  ),
  { maxLength: 12 },
);

const START: Crm = { held: { flags: [], ids: [] }, known: { flags: [], ids: [] }, ours: NOTHING_OURS };

describe('lists that a CRM writes in its own way', () => {
  it('hold each of Zena’s once, none that she has no more, and all of people’s, where it says what they say or answers', () => {
    const ids = fc.constantFrom<Form>(
      (id) => ({ contactId: id, name: 'n' }),
      (id) => ({ contact: { id }, role: 'vendor' }),
      (id) => id,
    );
    const way = fc.oneof(
      fc.record({ form: fc.constantFrom(...TELLING), ids, answers: fc.boolean() }),
      fc.record({ form: fc.constantFrom(...CODING), ids, answers: fc.constant(true) }),
    );
    fc.assert(
      fc.property(way, acts, (its, all) => {
        let crm = START;
        const own: string[] = [];
        for (const act of all) {
          if ('add' in act) {
            own.push(act.add);
            crm = { ...crm, held: { ...crm.held, flags: [...(crm.held['flags'] as Json[]), act.add] } };
            continue;
          }
          for (let n = 0; n < 2; n += 1) {
            crm = delivered(crm, act, its);
            const expected = [...act.flags.map(its.form), ...own].map((item) => JSON.stringify(item)).sort();
            expect((crm.held['flags'] as Json[]).map((item) => JSON.stringify(item)).sort()).toEqual(
              expected,
            );
            expect(size(crm.held['ids'])).toBe(act.ids.length);
          }
        }
      }),
      { numRuns: 800 },
    );
  });

  it('never grow by being synced, and lose nothing of people’s, whatever it makes of them', () => {
    const way = fc.record({
      form: fc.constantFrom(...CODING),
      ids: fc.constantFrom<Form>(
        (id) => ({ code: IDS.indexOf(id) }),
        (id) => `/contacts/${id}`,
        (id) => ({ person: { ref: id } }),
      ),
      answers: fc.constant(false),
    });
    fc.assert(
      fc.property(way, acts, (its, all) => {
        let crm = START;
        const own: string[] = [];
        const said = { flags: new Set<string>(), ids: new Set<string>() };
        for (const act of all) {
          if ('add' in act) {
            own.push(act.add);
            crm = { ...crm, held: { ...crm.held, flags: [...(crm.held['flags'] as Json[]), act.add] } };
            continue;
          }
          for (const flag of act.flags) said.flags.add(flag);
          for (const id of act.ids) said.ids.add(id);
          crm = delivered(crm, act, its);
          const once = [size(crm.held['flags']), size(crm.held['ids'])];
          for (let n = 0; n < 3; n += 1) {
            crm = delivered(crm, act, its);
            expect([size(crm.held['flags']), size(crm.held['ids'])]).toEqual(once);
          }
          for (const item of own) expect(crm.held['flags']).toContain(item);
        }
      }),
      { numRuns: 800 },
    );
  });
});
