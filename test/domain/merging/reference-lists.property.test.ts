import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../../src/domain/json.ts';
import { idsIn, mergeReferences } from '../../../src/domain/merging/reference-lists.ts';

const OURS = ['1', '2', '3', '4'];
const THEIRS = ['7', '8', '9'];
function merge(zena: readonly string[], held: readonly unknown[], ours: readonly string[]) {
  const merged = mergeReferences({ zena, held: held as never, ours, heldBefore: null });
  return { ...merged, list: merged.list as Json[] };
}

describe('a list of references that people and Zena keep', () => {
  it('never loses an id that people put there, and holds just Zena’s beside them, each once', () => {
    const ids = fc.subarray(OURS);
    fc.assert(
      fc.property(fc.subarray(THEIRS), fc.array(ids, { maxLength: 8 }), (people, all) => {
        let held: readonly unknown[] = people;
        let ours: readonly string[] = [];
        for (const zena of all) {
          const merged = merge(zena, held, ours);
          [held, ours] = [merged.list, merged.ours];
          expect([...held].sort()).toEqual([...zena, ...people].sort());
          expect(merge(zena, held, ours).list).toEqual(held);
        }
      }),
    );
  });

  it('comes to the same whether a write of which nobody heard was taken or not, whatever Zena says next', () => {
    const ids = fc.subarray([...OURS, '7']);
    fc.assert(
      fc.property(fc.subarray(THEIRS), ids, ids, ids, (people, first, lost, last) => {
        const known = merge(first, people, []);
        const sent = merge(lost, known.list, known.ours);
        const end = (held: typeof sent.list) => {
          const { list, ours } = mergeReferences({
            zena: last,
            held,
            ours: sent.inDoubt,
            heldBefore: known.list,
          });
          return { list: [...(list as Json[])].sort(), ours };
        };
        expect(end(sent.list)).toEqual(end(known.list));
        expect(end(known.list).list).toEqual([...new Set([...people, ...last])].sort());
      }),
      { numRuns: 1_000 },
    );
  });

  it('isn’t ours where people had the id first, so it stays when Zena drops it', () => {
    const there = merge(['7'], ['7'], []);
    expect(there).toMatchObject({ list: ['7'], ours: [] });
    expect(merge([], ['7'], there.ours).list).toEqual(['7']);
  });

  it('puts back what people took out, since Zena says so, and it is ours then', () => {
    expect(merge(['1'], [], ['1'])).toMatchObject({ list: ['1'], ours: ['1'] });
  });

  it('knows ids as numbers and inside objects, and keeps those as they are', () => {
    const held = [1, { id: 7, role: 'solicitor' }, 'loose'];
    expect(merge(['1', '2'], held, ['1']).list).toEqual([...held, '2']);
    expect(merge([], held, ['1']).list).toEqual([{ id: 7, role: 'solicitor' }, 'loose']);
    expect(idsIn(held as never)).toEqual(['1', '7', 'loose']);
  });

  it('leaves alone what has no id', () => {
    const held = [{ name: 'by hand' }, { name: 'also by hand' }];
    expect(merge(['1'], held, []).list).toEqual([...held, '1']);
    expect(merge([], [...held, '1'], ['1']).list).toEqual(held);
  });

  it('is Zena’s in Zena’s order where nobody else put anything in', () => {
    expect(merge(['3', '1'], ['1', '2', '3'], ['1', '2', '3']).list).toEqual(['3', '1']);
  });
});
