import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../../src/domain/json.ts';
import { mergeItems, type ItemFates } from '../../../src/domain/merging/value-lists.ts';

interface Milestone extends Readonly<Record<string, Json>> {
  readonly type: string;
  readonly date: string;
}

const milestone = (type: string, day: number): Milestone => ({ type, date: `2026-05-0${day}T00:00:00.000Z` });
const OURS = [milestone('auction', 1), milestone('auction', 2), milestone('settlement', 3)];
const THEIRS = [milestone('auction', 7), milestone('inspection', 8), milestone('settlement', 9)];
const zenas = fc.shuffledSubarray(OURS);

interface State {
  readonly held: readonly Json[];
  readonly fates: ItemFates;
}

const EMPTY: State = { held: [], fates: {} };

function synced(
  { held, fates }: State,
  zena: readonly Json[],
): State & { readonly replaced: readonly Json[] } {
  const merged = mergeItems({ zena, held, fates, heldBefore: null });
  return { held: merged.list, fates: merged.fates, replaced: merged.replaced };
}

const sorted = (list: readonly Json[]): string[] => list.map((item) => JSON.stringify(item)).sort();

describe('a list of items that people and Zena keep', () => {
  it('never loses an item that people added, and holds just Zena’s beside them, each once', () => {
    const theirs = fc.record({ add: fc.constantFrom(...THEIRS) });
    const acts = fc.array(fc.oneof(zenas, theirs), { maxLength: 10 });
    fc.assert(
      fc.property(fc.subarray(THEIRS), acts, (people, all) => {
        let state: State = { ...EMPTY, held: people };
        const added: Json[] = [...people];
        for (const act of all) {
          if ('add' in act) {
            added.push(act.add);
            state = { ...state, held: [...state.held, act.add] };
            continue;
          }
          const after = synced(state, act);
          expect(sorted(after.held)).toEqual(sorted([...act, ...added]));
          expect(after.replaced).toEqual([]);
          expect(synced(after, act).held).toEqual(after.held);
          state = after;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes away nothing that people had before Zena said the same', () => {
    const both = fc.subarray([...OURS, ...THEIRS]);
    fc.assert(
      fc.property(both, fc.array(both, { maxLength: 6 }), (people, all) => {
        let state: State = { ...EMPTY, held: people };
        for (const zena of all) {
          state = synced(state, zena);
          expect(sorted(state.held)).toEqual([...new Set([...sorted(people), ...sorted(zena)])].sort());
        }
      }),
    );
  });

  it('comes to the same whether a write of which nobody heard was taken or not, whatever Zena says next', () => {
    const ours = fc.subarray([...OURS, THEIRS[0] as Milestone]);
    fc.assert(
      fc.property(fc.subarray(THEIRS), ours, ours, ours, (people, first, lost, last) => {
        const known = synced({ ...EMPTY, held: people }, first);
        const sent = mergeItems({ zena: lost, held: known.held, fates: known.fates, heldBefore: null });
        const end = (held: readonly Json[]) => {
          const then = mergeItems({ zena: last, held, fates: sent.inDoubt, heldBefore: known.held });
          return { list: sorted(then.list), fates: then.fates, replaced: then.replaced };
        };
        expect(end(sent.list)).toEqual(end(known.held));
        expect(end(known.held).list).toEqual([...new Set([...sorted(people), ...sorted(last)])].sort());
      }),
      { numRuns: 1_000 },
    );
  });

  it('is Zena’s in Zena’s order where nobody added', () => {
    fc.assert(
      fc.property(fc.array(zenas, { maxLength: 6 }), (all) => {
        let state: State = EMPTY;
        for (const zena of all) {
          state = synced(state, zena);
          expect(state.held).toEqual(zena);
        }
      }),
    );
  });

  it.each<[string, (item: Milestone) => Json]>([
    ['adds ids', (item) => ({ id: 7, ...item, updatedAt: '2026-01-01' })],
    ['keeps days', ({ date, ...item }) => ({ ...item, date: date.slice(0, 10) })],
    ['leaves empties out', (item) => ({ ...item, notes: null })],
    ['trims', ({ type, ...item }) => ({ ...item, type: ` ${type} ` })],
  ])('knows its own where a CRM %s, and asks for nothing', (_, crm) => {
    fc.assert(
      fc.property(fc.subarray(THEIRS), fc.array(zenas, { maxLength: 6 }), (people, all) => {
        let state: State = { ...EMPTY, held: people.map(crm) };
        for (const zena of all) {
          const { held, fates } = synced(state, zena);
          const shown = held.map((item) => ('id' in (item as Milestone) ? item : crm(item as Milestone)));
          expect(synced({ held: shown, fates }, zena)).toEqual({ held: shown, fates, replaced: [] });
          expect(shown.length).toBe(zena.length + people.length);
          state = { held: shown, fates };
        }
      }),
    );
  });
});

describe('an item of Zena’s', () => {
  const [auction, , settlement] = OURS as [Milestone, Milestone, Milestone];

  it('that people changed has Zena’s value again, rather than standing twice; what it replaces is told', () => {
    const first = synced(EMPTY, [auction, settlement]);
    const moved = { ...auction, date: '2026-06-01T00:00:00.000Z' };
    const own = milestone('inspection', 4);
    expect(synced({ ...first, held: [own, moved, settlement] }, [auction, settlement])).toMatchObject({
      held: [own, auction, settlement],
      replaced: [moved],
    });
    // Also where Zena changed it, too; and where it has it no more, it is theirs.
    const later = milestone('auction', 5);
    expect(synced({ ...first, held: [moved, settlement] }, [later, settlement])).toMatchObject({
      held: [later, settlement],
      replaced: [moved],
    });
    const left = synced({ ...first, held: [moved, settlement] }, [settlement]);
    expect(left).toMatchObject({ held: [moved, settlement], replaced: [] });
    expect(synced(left, [])).toMatchObject({ held: [moved] });
  });

  it('that people took out doesn’t take the place of one of theirs that stood beside it', () => {
    const own = milestone('auction', 7);
    const first = synced({ ...EMPTY, held: [own] }, [auction]);
    expect(synced({ ...first, held: [own] }, [auction])).toMatchObject({
      held: [own, auction],
      replaced: [],
    });
  });

  it('that may have been changed by people before a write of which nobody heard is told of once it proves to be taken', () => {
    const first = synced(EMPTY, [auction]);
    const moved = { ...auction, date: '2026-06-01T00:00:00.000Z' };
    const sent = mergeItems({ zena: [auction], held: [moved], fates: first.fates, heldBefore: null });
    for (const held of [sent.list, [moved]])
      expect(mergeItems({ zena: [auction], held, fates: sent.inDoubt, heldBefore: [moved] })).toMatchObject({
        list: [auction],
        replaced: [moved],
      });
  });

  it('leaves its equal, which is people’s, where only one of them went', () => {
    const first = synced(EMPTY, ['finance']);
    const both = { ...first, held: ['finance', 'pest', 'finance'] };
    expect(synced(both, [])).toMatchObject({ held: ['pest', 'finance'] });
    const sent = mergeItems({ zena: [], ...both, heldBefore: null });
    for (const held of [sent.list, both.held])
      expect(mergeItems({ zena: [], held, fates: sent.inDoubt, heldBefore: both.held }).list).toEqual([
        'pest',
        'finance',
      ]);
  });

  it('stands once where a CRM writes it in its own way and says nothing', () => {
    let state: State = EMPTY;
    for (let n = 0; n < 4; n += 1) {
      state = synced(state, ['finance', 'pest']);
      expect(state.held).toEqual(['finance', 'pest']);
      state = { ...state, held: state.held.map((flag) => String(flag).toUpperCase()) };
    }
  });
});
