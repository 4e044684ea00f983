import { expect, it } from '@jest/globals';
import { kvcore } from '../../src/connectors/kvcore/kvcore.ts';
import type { Comparison, FieldCount, KindCount } from '../../src/demo/compare-with-crm.ts';
import { sayWhatIsOff } from '../../src/demo/look-at-crm.ts';

const kind = (name: KindCount['kind']): KindCount => ({
  kind: name,
  inZena: 3,
  carried: name === 'contact',
  inCrm: 0,
  equal: 0,
  refused: 0,
});
const field = (name: FieldCount['field'], notCarried: string | null): FieldCount => ({
  field: name,
  of: 0,
  equal: 0,
  notCarried,
});

it('a kind that is off by default is told so, with how to switch it on; no other is', () => {
  const compared: Comparison = {
    kinds: [kind('contact'), kind('property'), kind('deal')],
    fields: [field('contact.firstName', null), field('property.address', 'Address')],
    duplicates: 0,
    differences: [],
  };
  const told = sayWhatIsOff(compared, kvcore.kinds, new Set(['contact', 'deal']));
  const off = 'off unless switched on under “What is sent”: What a manual listing is written with is not';
  expect(told.kinds.map((count) => count.off)).toEqual([undefined, expect.stringContaining(off), undefined]);
  expect(told.fields.map(({ notCarried }) => notCarried)).toEqual([null, expect.stringContaining(off)]);
  expect(sayWhatIsOff(compared, kvcore.kinds, new Set(['contact', 'property', 'deal']))).toEqual(compared);
});
