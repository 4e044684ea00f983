import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { EntryIdentity } from '../../../src/domain/mapping.ts';
import { mergeEntries } from '../../../src/domain/merging/entry-lists.ts';
import type { ItemFates } from '../../../src/domain/merging/list-items.ts';

const BY_EMAIL: EntryIdentity = { member: 'value', as: 'email' };
const BY_PHONE: EntryIdentity = { member: 'number', as: 'phone' };
const BY_TEXT: EntryIdentity = { member: null, as: 'text' };

const mail = (name: string): JsonObject => ({ value: `${name}@example.com`, type: 'home' });
const OURS = ['ada', 'bea', 'cleo', 'dora'].map(mail);
const people = (name: string): JsonObject => ({
  value: `${name}@people.example`,
  type: 'work',
  isPrimary: 1,
  status: 'Valid',
  relationshipId: 7,
});
const THEIRS = ['xena', 'yves', 'zoe'].map(people);

interface State {
  readonly held: readonly Json[];
  readonly fates: ItemFates;
}

const EMPTY: State = { held: [], fates: {} };

function synced(
  { held, fates }: State,
  zena: readonly Json[],
  identity = BY_EMAIL,
): State & { stands: boolean } {
  const merged = mergeEntries({ identity, zena, held, fates, heldBefore: null });
  return { held: merged.list as Json[], fates: merged.fates, stands: merged.stands };
}

const values = (list: readonly Json[]): string[] =>
  list.map((entry) => String((entry as JsonObject)['value']));

/** What a CRM makes of entries by itself: it marks the first, judges each, and writes them in letters of its own. */
const shown = (list: readonly Json[]): Json[] =>
  list.map((entry, index) => {
    const { value, ...others } = entry as JsonObject;
    return { status: 'Valid', ...others, isPrimary: index === 0 ? 1 : 0, value: String(value).toUpperCase() };
  });

describe('a list of entries that people and Zena keep', () => {
  const zenas = fc.shuffledSubarray(OURS);
  const acts = fc.array(
    fc.oneof(
      zenas,
      fc.record({ add: fc.constantFrom(...THEIRS), first: fc.boolean() }),
      fc.constant('shown' as const),
    ),
    { maxLength: 12 },
  );

  it('never loses an entry of people’s nor a member of one, and has Zena’s beside them, each once', () => {
    fc.assert(
      fc.property(fc.subarray(THEIRS), acts, (start, all) => {
        let state: State = { ...EMPTY, held: start };
        const added: string[] = values(start);
        for (const act of all) {
          if (act === 'shown') state = { ...state, held: shown(state.held) };
          else if ('add' in act) {
            added.push(...values([act.add]));
            state = { ...state, held: act.first ? [act.add, ...state.held] : [...state.held, act.add] };
          } else {
            const before = state.held;
            state = synced(state, act);
            const lower = values(state.held).map((value) => value.toLowerCase());
            expect([...lower].sort()).toEqual([...values(act), ...added].sort());
            const theirs = before.filter((entry) => added.includes(values([entry])[0]?.toLowerCase() ?? ''));
            expect(state.held.filter((entry) => theirs.includes(entry))).toEqual(theirs);
            expect(synced(state, act)).toMatchObject({ held: state.held, stands: true });
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('of two that are equal has put one there: people’s stays with its members, wherever it stands', () => {
    const first = fc.boolean();
    fc.assert(
      fc.property(
        zenas,
        fc.subarray(THEIRS),
        fc.shuffledSubarray(OURS, { minLength: 1 }),
        first,
        (zena, start, equal, isFirst) => {
          const { held, fates } = synced({ held: start, fates: {} }, zena);
          const theirs = equal.map((entry) => ({ ...entry, type: 'work', relationshipId: 9 }));
          const there = shown(isFirst ? [...theirs, ...held] : [...held, ...theirs]);
          const both = synced({ held: there, fates }, zena);
          expect(both).toMatchObject({ held: there, stands: true });
          const left = synced(both, []).held;
          const isPeoples = (entry: Json): boolean => (entry as JsonObject)['relationshipId'] !== undefined;
          expect(left).toEqual(there.filter(isPeoples));
        },
      ),
    );
  });

  it('takes away nothing that people had before Zena said the same', () => {
    const both = fc.subarray([...OURS, ...THEIRS]);
    fc.assert(
      fc.property(both, fc.array(both, { maxLength: 6 }), (start, all) => {
        let state: State = { ...EMPTY, held: shown(start) };
        for (const zena of all) {
          state = synced(state, zena);
          const lower = values(state.held).map((value) => value.toLowerCase());
          expect([...lower].sort()).toEqual([...new Set([...values(start), ...values(zena)])].sort());
          expect(state.held.slice(0, start.length)).toEqual(shown(start));
        }
      }),
    );
  });

  it('comes to the same whether a write of which nobody heard was taken or not, whatever Zena says next', () => {
    const ours = fc.subarray([...OURS, ...THEIRS.slice(0, 1)]);
    fc.assert(
      fc.property(fc.subarray(THEIRS), ours, ours, ours, (start, first, lost, last) => {
        const known = synced({ ...EMPTY, held: start }, first);
        const sent = mergeEntries({ identity: BY_EMAIL, zena: lost, ...known, heldBefore: null });
        const end = (held: Json) => {
          const then = mergeEntries({
            identity: BY_EMAIL,
            zena: last,
            held,
            fates: sent.inDoubt,
            heldBefore: known.held,
          });
          return { list: values(then.list as Json[]).sort(), fates: then.fates };
        };
        expect(end(sent.list)).toEqual(end(known.held));
        expect(end(known.held).list).toEqual([...new Set([...values(start), ...values(last)])].sort());
      }),
      { numRuns: 1_000 },
    );
  });

  it('is Zena’s in Zena’s order where there is none of people’s, and then Zena’s first is the first', () => {
    fc.assert(
      fc.property(zenas, zenas, (first, then) => {
        const after = synced(synced(EMPTY, first), then);
        expect(values(after.held)[0]).toEqual(values(then)[0]);
        expect(values(after.held).sort()).toEqual(values(then).sort());
      }),
    );
  });

  it('stands where a CRM or people moved it, but for the first where all are Zena’s', () => {
    const [a, b, c, x] = [...OURS.slice(0, 3), ...THEIRS.slice(0, 1)] as Json[] as [Json, Json, Json, Json];
    const { fates } = synced(EMPTY, [a, b, c]);
    expect(synced({ held: [a, c, b], fates }, [a, b, c])).toMatchObject({ held: [a, c, b], stands: true });
    expect(synced({ held: [b, a, c], fates }, [a, b, c])).toMatchObject({ held: [a, b, c], stands: false });
    expect(synced({ held: [x, b, a, c], fates }, [a, b, c])).toMatchObject({ stands: true });
    expect(synced({ held: [b, a, c, x], fates }, [a, b, c])).toMatchObject({ stands: true });
  });
});

describe('an entry that Zena has instead of another', () => {
  const [a, b, c, x] = [...OURS.slice(0, 3), ...THEIRS.slice(0, 1)] as [
    JsonObject,
    JsonObject,
    JsonObject,
    JsonObject,
  ];

  it('takes the place of the old one, and its type, among people’s', () => {
    const { held, fates } = synced({ held: [], fates: {} }, [a, b]);
    const there = [{ ...(held[0] as JsonObject), type: 'other', isPrimary: 1 }, x, b];
    expect(synced({ held: there, fates }, [c, b]).held).toEqual([{ ...c, type: 'other' }, x, b]);
    // Also where Zena says nothing of types.
    const bare = { value: 'cleo@example.com' };
    expect(synced({ held: there, fates }, [bare, b]).held).toEqual([{ ...bare, type: 'other' }, x, b]);
    expect(synced({ held: there, fates }, [b, c]).held).toEqual([x, b, c]);
    expect(synced({ held: there, fates }, [b]).held).toEqual([x, b]);
  });

  it('is the first again where the first was', () => {
    const { fates } = synced(EMPTY, [a, b]);
    const there = [{ ...a, type: 'other', isPrimary: 1 }, b];
    expect(synced({ held: there, fates }, [c, b]).held).toEqual([{ ...c, type: 'other' }, b]);
    expect(synced({ held: there, fates }, [b, c]).held).toEqual([b, c]);
  });
});

describe('entries are known by their canonical form', () => {
  it.each<[EntryIdentity, Json, Json]>([
    [BY_EMAIL, { value: 'Ada@Example.com' }, { value: 'ada@example.COM', status: 'Valid' }],
    [BY_PHONE, { number: '0412 345 678', typeCode: 'M' }, { number: '+61412345678', typeCode: 'W' }],
    [BY_PHONE, { number: '021 555 0101' }, { number: '+64 21 555 0101', comment: 'after five' }],
    [BY_PHONE, { number: '(415) 555-2671' }, { number: '14155552671' }],
    // Of more countries than one as it is written.
    [BY_PHONE, { number: '09 123 4567' }, { number: '+6491234567' }],
    [BY_TEXT, 'Seller', 'SELLER '],
    [{ member: null, as: 'id' }, 12, '12'],
    [{ member: 'id', as: 'id' }, { id: '12' }, { id: 12, name: 'Vendor' }],
  ])('%j: %j stands as %j, and goes with Zena’s', (identity, sent, there) => {
    const { fates } = synced(EMPTY, [sent], identity);
    const merge = (zena: readonly Json[], known = fates) =>
      mergeEntries({ identity, zena, held: [there], fates: known, heldBefore: null });
    expect(merge([sent])).toMatchObject({ list: [there], stands: true });
    // People's own it is that stood there before.
    const theirs = merge([sent], {});
    expect(theirs).toMatchObject({ list: [there], stands: true });
    expect(merge([], theirs.fates)).toMatchObject({ list: [there], stands: true });
    const known = merge([sent]);
    const then = { fates: known.fates, forms: known.forms, heldBefore: null };
    expect(mergeEntries({ identity, zena: [], held: [there], ...then }).list).toEqual([]);
  });

  it('stand once where Zena has one twice, and not at all where there is nothing to know one by', () => {
    const zena = [
      ' ',
      { value: '' },
      { type: 'home' },
      mail('ada'),
      { value: 'ADA@example.com', type: 'work' },
    ];
    expect(synced(EMPTY, zena).held).toEqual([mail('ada')]);
  });

  it('leave alone what can’t be known', () => {
    const there = [{ type: 'work' }, null, 7, { value: { deep: 1 } }];
    const { held, fates } = synced({ held: there, fates: {} }, [mail('ada')]);
    expect(held).toEqual([...there, mail('ada')]);
    expect(synced({ held, fates }, []).held).toEqual(there);
  });
});
