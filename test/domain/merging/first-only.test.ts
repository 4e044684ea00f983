import { describe, expect, it } from '@jest/globals';
import { NOTHING_OURS } from '../../../src/domain/crm-copy.ts';
import type { Json } from '../../../src/domain/json.ts';
import { mergeFields, newFields } from '../../../src/domain/merging/merge-fields.ts';

const sharings = { owner: 'first_only' } as const;
const merged = (said: Json, there: Json) =>
  mergeFields({
    zena: { owner: said },
    sharings,
    held: { owner: there },
    ours: NOTHING_OURS,
    heldBefore: null,
  });

describe('what a record is made with alone', () => {
  it('is there from the start', () => {
    expect(newFields({ owner: 7 }, sharings).fields).toEqual({ owner: 7 });
  });

  it.each([
    [7, 9],
    [7, 0],
    [7, []],
    [null, 9],
    [7, 7],
  ])('where Zena says %j and %j stands there, stays as it stands, and replaces nothing', (said, there) => {
    expect(merged(said, there)).toMatchObject({ fields: { owner: there }, differs: [], replaced: {} });
  });
});
