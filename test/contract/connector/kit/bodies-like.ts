import fc from 'fast-check';
import type { EntityBody } from '../../../../src/domain/entity.ts';

const words = fc
  .array(fc.constantFrom('Ada', 'Zoë', 'O’Brien', '李', 'von', 'Kōwhai', 'a&b', '100%', '1/2', '"q"'), {
    minLength: 1,
    maxLength: 4,
  })
  .map((some) => some.join(' '));
const perhaps = fc.option(words, { nil: null });

/** Bodies of the same kind and references as a sample, with other texts. */
export function bodiesLike(sample: EntityBody): fc.Arbitrary<EntityBody> {
  if (sample.kind === 'contact') {
    const { contact } = sample;
    return fc.record({ name: words, notes: fc.array(words, { maxLength: 3 }) }).map(({ name, notes }) => ({
      kind: 'contact',
      contact: {
        ...contact,
        name,
        relationshipNotes: [...new Set(notes)],
      },
    }));
  }
  if (sample.kind === 'property') {
    return perhaps.map((riskOverview) => ({
      kind: 'property',
      property: { ...sample.property, riskOverview },
    }));
  }
  return fc
    .record({
      summary: perhaps,
      nextAction: perhaps,
      nextActionOwner: perhaps,
      riskFlags: fc.uniqueArray(words, { maxLength: 3 }),
    })
    .map((texts) => ({ kind: 'deal', deal: { ...sample.deal, ...texts } }));
}
