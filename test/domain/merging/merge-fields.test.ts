import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NOTHING_OURS, type OurShare } from '../../../src/domain/crm-copy.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { fieldMark, isEmptyField, sameField } from '../../../src/domain/merging/field-marks.ts';
import {
  eitherShare,
  mergeFields,
  newFields,
  saysWhatWasSent,
  wholeShare,
  type MergedFields,
} from '../../../src/domain/merging/merge-fields.ts';

const sharings = { notes: 'lines', vendors: 'references' } as const;

function merge(
  zena: JsonObject,
  held: JsonObject,
  ours: OurShare = NOTHING_OURS,
  heldBefore: JsonObject | null = null,
): MergedFields {
  return mergeFields({ zena, sharings, held, ours, heldBefore });
}

const EMPTIES = ['', '   ', '\u200b', null, [], {}] as const;

describe('fields that people and Zena write', () => {
  it('s3: empties of Zena’s clear nothing on adoption', () => {
    const held = {
      phone: '021 1',
      notes: 'ten years\nof notes',
      vendors: ['7'],
      milestones: [{ type: 'x' }],
    };
    for (const phone of EMPTIES) {
      const zena = { phone, notes: '', vendors: [], milestones: [] };
      const merged = merge(zena, held);
      expect(merged.fields).toEqual(held);
      expect(merged).toMatchObject({ differs: [], replaced: {} });
    }
  });

  it('an empty clears what we wrote last, in whatever way the CRM shows it', () => {
    const { ours } = merge({ phone: '021 123' }, {});
    for (const phone of ['021 123', ' 021  123 ', '021 123\u200b'])
      expect(merge({ phone: '' }, { phone }, ours)).toMatchObject({
        fields: { phone: '' },
        differs: ['phone'],
      });
    expect(merge({ phone: '' }, { phone: '021 999' }, ours)).toMatchObject({
      fields: { phone: '021 999' },
      differs: [],
    });
    const number = merge({ phone: '21123' }, {}).ours;
    expect(merge({ phone: '' }, { phone: 21_123 }, number).fields).toEqual({ phone: '' });
    expect(merge({ phone: '21123' }, { phone: 21_123 }, number).differs).toEqual([]);
  });

  it('an empty clears only what we wrote last, not what we wrote before that', () => {
    let { ours } = merge({ phone: '1' }, {});
    ({ ours } = merge({ phone: '2' }, { phone: '1' }, ours));
    expect(merge({ phone: '' }, { phone: '1' }, ours).fields).toEqual({ phone: '1' });
    expect(merge({ phone: '' }, { phone: '2' }, ours).fields).toEqual({ phone: '' });
  });

  it('once Zena cleared it, what people write there afterwards stays', () => {
    let { ours } = merge({ phone: '1' }, {});
    ({ ours } = merge({ phone: '' }, { phone: '1' }, ours));
    expect(merge({ phone: '' }, { phone: '1' }, ours).fields).toEqual({ phone: '1' });
  });

  it('what people had already and Zena merely says too is theirs: Zena’s empty leaves it', () => {
    const adopted = merge({ phone: '021 1', type: 'buyer' }, { phone: ' 021  1', type: '' });
    expect(Object.keys(adopted.ours.values)).toEqual(['type']);
    const held = { phone: '021 1', type: 'buyer' };
    expect(merge({ phone: '', type: '' }, held, adopted.ours)).toMatchObject({
      fields: { phone: '021 1', type: '' },
      differs: ['type'],
    });
    // The same of a write of which nobody heard, and later on, where people came to say it first.
    expect(
      merge({ phone: '', type: '' }, held, adopted.inDoubt, { phone: '021 1', type: '' }).fields,
    ).toEqual({ phone: '021 1', type: '' });
    const created = newFields({ phone: '1' }, sharings).ours;
    const equalled = merge({ phone: '2' }, { phone: '2' }, created);
    expect(merge({ phone: '' }, { phone: '2' }, equalled.ours).fields).toEqual({ phone: '2' });
    const ours = merge({ phone: '1' }, { phone: '1' }, created);
    expect(merge({ phone: '' }, { phone: '1' }, ours.ours).fields).toEqual({ phone: '' });
  });

  it('tells what adoption replaces, and nothing where that was ours or says the same', () => {
    const merged = merge({ firstName: 'Ada', phone: '1', type: 'buyer' }, { firstName: 'Ada ', phone: '2' });
    expect(Object.keys(merged.ours.values)).toEqual(['phone', 'type']);
    expect(merged.replaced).toEqual({ phone: '2' });
    expect(merge({ phone: '3' }, { phone: '1' }, merged.ours).replaced).toEqual({});
    expect(merge({ phone: '3' }, { phone: '9' }, merged.ours).replaced).toEqual({ phone: '9' });
  });

  it('tells of a write of which nobody heard what it replaced, once it proves to be taken', () => {
    const before = { phone: '2', type: '' };
    const { inDoubt } = merge({ phone: '1', type: 'buyer' }, before);
    const taken = { phone: '1', type: 'buyer' };
    expect(merge(taken, taken, inDoubt, before)).toMatchObject({ differs: [], replaced: { phone: '2' } });
    expect(merge({ phone: '', type: '' }, taken, inDoubt, before)).toMatchObject({
      fields: { phone: '', type: '' },
      replaced: { phone: '2' },
    });
    expect(merge({ phone: '', type: '' }, before, inDoubt, before)).toMatchObject({
      fields: before,
      replaced: {},
    });
  });

  it('of a write of which nobody heard, either value is ours, whichever stands there', () => {
    const first = merge({ phone: '1' }, {});
    const { inDoubt } = merge({ phone: '2' }, { phone: '1' }, first.ours);
    for (const phone of ['1', '2'])
      expect(merge({ phone: '' }, { phone }, inDoubt, { phone: '1' }).fields).toEqual({ phone: '' });
    expect(merge({ phone: '' }, { phone: '3' }, inDoubt, { phone: '1' }).fields).toEqual({ phone: '3' });
  });

  it('never loses what people entered and Zena says nothing of, whatever the order', () => {
    const value = fc.constantFrom('', 'z1', 'z2');
    const theirs = fc.constantFrom('p1', 'p2', 'z1', 'z2');
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.record({ zena: value }), fc.record({ people: theirs }))), (acts) => {
        let held: JsonObject = { phone: '' };
        let ours = NOTHING_OURS;
        /** Whose what stands there is; people's, unless it is just what Zena wrote last. */
        let people = false;
        let wrote = '';
        for (const act of acts) {
          if ('people' in act) {
            people = act.people !== wrote && (people || act.people !== held['phone']);
            held = { phone: act.people };
            continue;
          }
          const merged = merge({ phone: act.zena }, held, ours);
          if (people && act.zena === '') expect(merged.fields).toEqual(held);
          else expect(merged.fields).toEqual({ phone: act.zena });
          if (people && act.zena !== '' && act.zena !== held['phone'])
            expect(merged.replaced).toMatchObject(held);
          if (!people || (act.zena !== '' && act.zena !== held['phone'])) {
            people = false;
            wrote = act.zena;
          } else wrote = '';
          [held, ours] = [merged.fields, merged.ours];
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('every PUT carries every mapped field, and none that Zena doesn’t map', () => {
    const merged = merge({ phone: '', notes: '' }, { phone: '1', birthday: '1815-12-10' });
    expect(Object.keys(merged.fields).sort()).toEqual(['notes', 'phone']);
    expect(newFields({ phone: '', notes: 'a\na', vendors: ['1', '1'] }, sharings).fields).toEqual({
      phone: '',
      notes: 'a',
      vendors: ['1'],
    });
  });
});

describe('an address that stands there in another way of writing it', () => {
  const addresses = { address: 'address' } as const;
  const said = 'Unit 5/14 Ocean St';
  const ours = wholeShare({ address: said }, addresses);
  const merged = (zena: string, held: string): MergedFields =>
    mergeFields({
      zena: { address: zena },
      sharings: addresses,
      held: { address: held },
      ours,
      heldBefore: null,
    });

  it('is not written back and forth while Zena says what it said', () => {
    expect(merged(said, 'Unit 5, 14 Ocean Street')).toMatchObject({
      fields: { address: 'Unit 5, 14 Ocean Street' },
      differs: [],
      replaced: {},
    });
  });

  it('takes what Zena says anew, in whatever way, and what is another place', () => {
    expect(merged('5/14 Ocean Street', 'Unit 5, 14 Ocean Street').differs).toEqual(['address']);
    expect(merged(said, 'Unit 5, 15 Ocean Street')).toMatchObject({
      fields: { address: said },
      replaced: { address: 'Unit 5, 15 Ocean Street' },
    });
  });

  it('stays where Zena has none any more', () => {
    expect(merged('', 'Unit 5, 14 Ocean Street').fields).toEqual({ address: 'Unit 5, 14 Ocean Street' });
  });
});

describe('what is ours of a CRM record', () => {
  it('is everything in what our create made, and nothing that was empty', () => {
    const fields = { phone: '1', type: '', notes: 'a\nb', vendors: ['2', 1] };
    const ours = wholeShare(fields, sharings);
    expect(ours).toEqual(newFields({ ...fields, vendors: ['2', '1'] }, sharings).ours);
    expect(merge({ phone: '', type: '', notes: '', vendors: [] }, fields, ours).fields).toEqual({
      phone: '',
      type: '',
      notes: '',
      vendors: [],
    });
  });

  it('is what any of its sharers sent', () => {
    const a = wholeShare({ phone: '1', notes: 'a' }, sharings);
    const b = wholeShare({ phone: '2', notes: 'b', vendors: ['3'] }, sharings);
    const either = eitherShare(a, b);
    for (const phone of ['1', '2'])
      expect(
        merge({ phone: '', notes: '', vendors: [] }, { phone, notes: 'a\nb\nc', vendors: ['3', '4'] }, either)
          .fields,
      ).toEqual({ phone: '', notes: 'c', vendors: ['4'] });
  });
});

describe('a record that a create without an answer may have made', () => {
  const sent = wholeShare(
    { notes: 'called about the garden\nlikes dogs', vendors: ['1'], phone: '1' },
    sharings,
  );
  const says = (fields: JsonObject): boolean => saysWhatWasSent(sent, ['notes', 'vendors', 'phone'], fields);

  it('says what was sent, however the CRM broke its lines', () => {
    for (const notes of ['called about the garden\nlikes dogs', 'called about\nthe garden\n\nlikes dogs'])
      expect(says({ notes, vendors: [1], phone: '1' })).toBe(true);
  });

  it('is not one that says more, or less', () => {
    const notes = 'called about the garden\nlikes dogs';
    for (const other of [
      { notes: `${notes}\nand cats`, vendors: ['1'], phone: '1' },
      { notes: 'called about the garden', vendors: ['1'], phone: '1' },
      { notes, vendors: ['1', '2'], phone: '1' },
      { notes, vendors: ['1'], phone: '2' },
    ])
      expect(says(other)).toBe(false);
  });
});

describe('the mark of a field', () => {
  it('is the same for what says the same, and another for what doesn’t', () => {
    for (const [one, other] of [
      [1, '1'],
      ['a  b', ' a\nb '],
      ['', null],
      [[], null],
      ['é', 'e\u0301'],
      [{ a: 1, b: null }, { a: '1' }],
    ] as const)
      expect(fieldMark(one)).toBe(fieldMark(other));
    for (const [one, other] of [
      ['a', 'A'],
      ['ab', 'a b'],
      [
        ['a', 'b'],
        ['b', 'a'],
      ],
      [0, null],
      [false, null],
      ['021 1', '0211'],
    ] as const)
      expect(fieldMark(one)).not.toBe(fieldMark(other));
    expect(isEmptyField(0)).toBe(false);
    expect(isEmptyField(false)).toBe(false);
    expect(sameField(1, '1')).toBe(true);
  });
});
