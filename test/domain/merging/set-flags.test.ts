import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NOTHING_OURS, type OurShare } from '../../../src/domain/crm-copy.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import { mergeFields, newFields, saysWhatWasSent } from '../../../src/domain/merging/merge-fields.ts';
import { peoplesContent } from '../../../src/domain/merging/peoples-content.ts';

const sharings = { opted: 'set_only' } as const;

function merge(said: Json, held: JsonObject, ours: OurShare = NOTHING_OURS) {
  const merged = mergeFields({ zena: { opted: said }, sharings, held, ours, heldBefore: null });
  return { ...merged, value: merged.fields['opted'], isWritten: merged.differs.includes('opted') };
}

const OFF: readonly Json[] = [false, null, {}, { email: false }, { email: null }, '', 0, 'No'];
const ON: readonly Json[] = [true, { email: true, sms: false, letters: true }, 'Yes', 1];

describe('a flag that a sync turns on and never off', () => {
  it('stays on, whoever turned it on and whatever Zena says', () => {
    for (const said of OFF)
      for (const opted of ON) {
        for (const ours of [NOTHING_OURS, merge(opted, { opted }).ours, merge(opted, {}).ours]) {
          expect(merge(said, { opted }, ours)).toMatchObject({
            value: opted,
            isWritten: false,
            replaced: {},
          });
        }
      }
  });

  it('is turned on where it was off, and not again', () => {
    for (const held of [{ opted: false }, { opted: null }, {}]) {
      const merged = merge(true, held);
      expect(merged).toMatchObject({ value: true, isWritten: true });
      expect(merge(true, { opted: true }, merged.ours).isWritten).toBe(false);
    }
    expect(merge(true, { opted: 'yes' })).toMatchObject({ value: 'yes', isWritten: false });
  });

  it('of an object each is one by itself, and what isn’t Zena’s stays', () => {
    const held = { opted: { email: false, sms: true, letters: false, portal: 'x' } };
    expect(merge({ email: true, sms: false }, held)).toMatchObject({
      value: { email: true, sms: true, letters: false, portal: 'x' },
      isWritten: true,
    });
    expect(merge({ sms: true, letters: false }, held)).toMatchObject({ value: held.opted, isWritten: false });
  });

  it('none is ever turned off, and nothing is written twice', () => {
    const flags = fc.record({ email: fc.boolean(), sms: fc.boolean(), letters: fc.boolean() });
    const acts = fc.array(fc.record({ flags, by: fc.constantFrom('zena', 'people') }), { maxLength: 8 });
    fc.assert(
      fc.property(acts, (all) => {
        let held: JsonObject = {};
        let ours: OurShare = NOTHING_OURS;
        for (const { flags: said, by } of all) {
          if (by === 'people') held = { opted: { ...said } };
          else {
            const on = Object.entries((held['opted'] ?? {}) as JsonObject).filter(
              ([, flag]) => flag === true,
            );
            const merged = merge(said, held, ours);
            held = { opted: merged.value ?? null };
            ours = merged.ours;
            expect(held['opted']).toMatchObject(Object.fromEntries(on));
            for (const [name, flag] of Object.entries(said))
              if (flag) expect(held['opted']).toMatchObject({ [name]: true });
            expect(merge(said, held, ours)).toMatchObject({ value: held['opted'], isWritten: false });
          }
        }
      }),
    );
  });

  it('is people’s where they turned it on, and nothing of theirs where we did', () => {
    const made = newFields({ opted: { email: true, sms: false } }, sharings);
    const of = (held: JsonObject, ours = made.ours) => peoplesContent({ held, ours, sharings, sent: [] });
    expect(made.fields).toEqual({ opted: { email: true, sms: false } });
    expect(of(made.fields)).toEqual({});
    expect(of({ opted: { email: false, sms: false } })).toEqual({});
    expect(of({ opted: { email: true, sms: true } })).toEqual({ opted: { email: true, sms: true } });
    const adopted = merge({ email: true }, { opted: { sms: true } });
    expect(of({ opted: adopted.value ?? null }, adopted.ours)).toEqual({ opted: { email: true, sms: true } });
    expect(saysWhatWasSent(made.ours, ['opted'], made.fields)).toBe(true);
    const none = newFields({ opted: { email: false } }, sharings);
    expect(saysWhatWasSent(none.ours, ['opted'], none.fields)).toBe(true);
  });
});
