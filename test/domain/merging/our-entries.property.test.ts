import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NOTHING_OURS, type OurShare } from '../../../src/domain/crm-copy.ts';
import type { Json, JsonObject } from '../../../src/domain/json.ts';
import {
  answeredShare,
  doubtedShare,
  eitherShare,
  isChangedByPeople,
  mergeFields,
  newFields,
  saysWhatWasSent,
  shownShare,
  wholeShare,
} from '../../../src/domain/merging/merge-fields.ts';
import { droppedFields, peoplesContent } from '../../../src/domain/merging/peoples-content.ts';

const sharings = {
  emails: { member: 'value', as: 'email' },
  phones: { member: 'number', as: 'phone' },
  tags: { member: null, as: 'text' },
  categories: { member: null, as: 'id' },
} as const;
const NAMES = Object.keys(sharings);

const ZENA = {
  emails: ['ada@example.com', 'bea@example.com'].map((value) => ({ value, type: 'home' })),
  phones: ['09 123 4567', '0412 345 678', '021 555 0101'].map((number) => ({ number, typeCode: 'M' })),
  tags: ['Seller', 'Hot lead'],
  categories: [12, 15],
};
const PEOPLES = {
  emails: [{ value: 'xena@people.example', type: 'work', relationshipId: 7 }],
  phones: [{ number: '+1 415 555 2671', comment: 'after five' }],
  tags: ['VIP'],
  categories: [99],
};

type Lists = Readonly<Record<string, readonly Json[]>>;
type Form = (entry: Json, index: number) => Json;

const inLetters = (text: Json | undefined): string => String(text).toUpperCase();
const DIALLED: Readonly<Record<string, string>> = {
  '09 123 4567': '+6491234567',
  '0412 345 678': '+61412345678',
  '021 555 0101': '+64215550101',
};
/** How a CRM may write what it takes, without saying anything else. */
const FORMS: Readonly<Record<string, Form>> = {
  emails: (entry, index) => ({
    ...(entry as JsonObject),
    value: inLetters((entry as JsonObject)['value']),
    isPrimary: index === 0 ? 1 : 0,
    status: 'Valid',
  }),
  phones: (entry) => {
    const number = String((entry as JsonObject)['number']);
    return { ...(entry as JsonObject), number: DIALLED[number] ?? number };
  },
  tags: (entry) => inLetters(entry).replace(/^#?/u, '#'),
  categories: String,
};
const shown = (lists: JsonObject): JsonObject =>
  Object.fromEntries(NAMES.map((name) => [name, ((lists[name] ?? []) as Json[]).map(FORMS[name] as Form)]));

const said = fc.record({
  emails: fc.shuffledSubarray(ZENA.emails),
  phones: fc.shuffledSubarray(ZENA.phones),
  tags: fc.shuffledSubarray(ZENA.tags),
  categories: fc.shuffledSubarray(ZENA.categories),
});
const names = fc.constantFrom(...NAMES);
const acts = fc.array(fc.oneof(said, fc.record({ add: names, first: fc.boolean() })), { maxLength: 10 });

interface Crm {
  readonly held: JsonObject;
  readonly known: JsonObject;
  readonly ours: OurShare;
}

const merge = (zena: JsonObject, { held, ours }: Pick<Crm, 'held' | 'ours'>) =>
  mergeFields({ zena, sharings, held, ours, heldBefore: null });

/** One delivery: what the CRM shows is read, merged and sent; it answers with what it made of it, or with nothing. */
function delivered(crm: Crm, zena: JsonObject, answers: boolean): Crm {
  const read = shownShare(crm.ours, crm.known, crm.held);
  const { fields, ours } = merge(zena, { held: crm.held, ours: read });
  const held = shown(fields);
  return { held, known: fields, ours: answers ? answeredShare(ours, fields, held) : ours };
}

const size = (lists: JsonObject, name: string): number => ((lists[name] ?? []) as Json[]).length;

describe('lists of entries that a CRM writes in its own way', () => {
  it('hold each of Zena’s once, none that she has no more, and all of people’s with all of their members', () => {
    fc.assert(
      fc.property(acts, fc.boolean(), (all, answers) => {
        let crm: Crm = { held: {}, known: {}, ours: NOTHING_OURS };
        const added: Record<string, number> = {};
        for (const act of all) {
          if ('add' in act) {
            if (added[act.add] !== undefined) continue;
            added[act.add] = 1;
            const list = (crm.held[act.add] ?? []) as Json[];
            const theirs = PEOPLES[act.add as keyof typeof PEOPLES];
            crm = {
              ...crm,
              held: { ...crm.held, [act.add]: act.first ? [...theirs, ...list] : [...list, ...theirs] },
            };
            continue;
          }
          crm = delivered(crm, act, answers);
          for (const name of NAMES) {
            const zena = (act as unknown as Lists)[name]?.length ?? 0;
            expect([name, size(crm.held, name)]).toEqual([name, zena + (added[name] ?? 0)]);
          }
          const { emails, phones } = crm.held as Record<'emails' | 'phones', JsonObject[]>;
          if (added['emails'] !== undefined)
            expect(emails).toContainEqual(expect.objectContaining({ type: 'work', relationshipId: 7 }));
          if (added['phones'] !== undefined) expect(phones).toContainEqual(PEOPLES.phones[0]);
          expect(merge(act, { ...crm, ours: shownShare(crm.ours, crm.known, crm.held) }).differs).toEqual([]);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('come to the same whether a write of which nobody heard was taken or not', () => {
    fc.assert(
      fc.property(said, said, said, fc.subarray(NAMES), (first, lost, last, by) => {
        const theirs = Object.fromEntries(by.map((name) => [name, PEOPLES[name as keyof typeof PEOPLES]]));
        const known = delivered({ held: theirs, known: theirs, ours: NOTHING_OURS }, first, true);
        const sent = merge(lost, known);
        const end = (held: JsonObject) => {
          const { fields, ours } = mergeFields({
            zena: last,
            sharings,
            held,
            ours: sent.inDoubt,
            heldBefore: known.held,
          });
          const left = peoplesContent({ held: fields, ours, sharings, sent: [] });
          return NAMES.map((name) => [name, size(fields, name), size(left, name)]);
        };
        // Of a text that is written in other signs nobody can tell, before Zena has it again.
        const taken = { ...shown(sent.fields), tags: sent.fields['tags'] ?? null };
        expect(end(taken)).toEqual(end(known.held));
        expect(end(known.held)).toEqual(
          NAMES.map((name) => [
            name,
            ((last as unknown as Lists)[name]?.length ?? 0) + (by.includes(name) ? 1 : 0),
            by.includes(name) ? 1 : 0,
          ]),
        );
      }),
      { numRuns: 150 },
    );
  });
});

describe('what of lists of entries is ours', () => {
  const made = newFields(ZENA, sharings);

  it('is all of a record that we made, and says what was sent in the CRM’s words, too', () => {
    expect(made.fields).toEqual(ZENA);
    expect(wholeShare(made.fields, sharings)).toEqual(made.ours);
    const says = (fields: JsonObject): boolean => saysWhatWasSent(made.ours, NAMES, fields);
    expect(says(made.fields)).toBe(true);
    const { emails = null, phones = null } = shown(ZENA);
    expect(says({ ...made.fields, emails, phones })).toBe(true);
    expect(says({ ...made.fields, emails: ZENA.emails.slice(1) })).toBe(false);
    expect(says({ ...made.fields, emails: [...ZENA.emails, ...PEOPLES.emails] })).toBe(false);
    const none = newFields({ emails: [] }, sharings);
    expect(saysWhatWasSent(none.ours, ['emails'], { emails: [] })).toBe(true);
    expect(saysWhatWasSent(none.ours, ['emails'], { emails: PEOPLES.emails })).toBe(false);
  });

  it('leaves of it what people entered', () => {
    const of = (held: JsonObject, ours = made.ours) => peoplesContent({ held, ours, sharings, sent: [ZENA] });
    expect(of(made.fields)).toEqual({});
    const both = { ...ZENA, emails: [...PEOPLES.emails, ...ZENA.emails] };
    expect(of(both)).toEqual({ emails: PEOPLES.emails });
    const answered = answeredShare(made.ours, made.fields, shown(ZENA));
    expect(of(shown(ZENA), answered)).toEqual({});
    expect(of(made.fields, NOTHING_OURS)).toEqual(ZENA);
    // What people had first is theirs, whoever says it too.
    const found = merge({ emails: ZENA.emails }, { held: { emails: ZENA.emails }, ours: NOTHING_OURS });
    expect(of({ emails: ZENA.emails }, found.ours)).toEqual({ emails: ZENA.emails });
    // In a list that the CRM answered in its own way, people's are people's.
    const merged = merge(ZENA, { held: PEOPLES, ours: NOTHING_OURS });
    const told = answeredShare(merged.ours, merged.fields, shown(merged.fields));
    expect(of(shown(merged.fields), told)).toEqual(
      shown(PEOPLES).emails === undefined ? {} : expect.any(Object),
    );
    expect(Object.keys(of(shown(merged.fields), told)).sort()).toEqual([...NAMES].sort());
  });

  it('is what any of those who share a record sent', () => {
    const theirs = merge(ZENA, {
      held: { ...shown(ZENA), tags: ['SELLER', 'hot lead'] },
      ours: NOTHING_OURS,
    }).ours;
    const gone = { emails: [], phones: [], tags: [], categories: [] };
    for (const either of [eitherShare(made.ours, theirs), eitherShare(theirs, made.ours)])
      expect(merge(gone, { held: ZENA, ours: either }).fields).toEqual(gone);
    expect(merge(gone, { held: ZENA, ours: theirs }).fields).toEqual(ZENA);
  });

  it('is, of a create that may have made it or not, what of it stands there', () => {
    const doubted = doubtedShare(made.ours);
    const { fields } = merge(
      { ...ZENA, emails: [] },
      { held: { ...ZENA, emails: PEOPLES.emails }, ours: doubted },
    );
    expect(fields).toEqual({ ...ZENA, emails: PEOPLES.emails });
  });

  it('wasn’t changed by people where the CRM writes it in its own way, and was where they changed a type', () => {
    const isChanged = (name: 'emails' | 'phones', there: Json): boolean =>
      isChangedByPeople({ known: ZENA[name], shown: there }, name, made.ours);
    expect(isChanged('phones', shown(ZENA)['phones'] ?? null)).toBe(false);
    expect(isChanged('phones', [...ZENA.phones, ...PEOPLES.phones])).toBe(true);
    expect(
      isChanged(
        'emails',
        ZENA.emails.map((entry) => ({ ...entry, value: inLetters(entry.value) })),
      ),
    ).toBe(false);
    expect(
      isChanged(
        'emails',
        ZENA.emails.map((entry) => ({ ...entry, type: 'work' })),
      ),
    ).toBe(true);
    expect(isChanged('emails', ZENA.emails.slice(1))).toBe(true);
    const named = (typeCode: string, type: string): Json =>
      ZENA.phones.map((entry) => ({ ...entry, typeCode, type }));
    expect([named('M', 'Mobile'), named('W', 'Work')].map((there) => isChanged('phones', there))).toEqual([
      false,
      true,
    ]);
  });

  it('is written down before it is sent where it is added, and not again', () => {
    const first = merge(ZENA, { held: PEOPLES, ours: NOTHING_OURS });
    expect(first.isNoteworthy).toBe(true);
    expect(Object.values(first.inDoubt.lines['emails'] ?? {})).toEqual(['doubted', 'doubted']);
    expect(merge(ZENA, { held: first.fields, ours: first.ours }).isNoteworthy).toBe(false);
  });

  it('is told where the CRM drops an entry of people’s with a write', () => {
    const held = { emails: PEOPLES.emails, phones: ZENA.phones, other: 'x' };
    const { fields: sent } = merge(
      { emails: ZENA.emails, phones: ZENA.phones },
      { held, ours: NOTHING_OURS },
    );
    const dropped = (answered: JsonObject | undefined) => droppedFields({ held, sent, answered, sharings });
    expect(dropped({ ...shown(sent), other: 'x' })).toEqual({});
    expect(dropped({ ...sent, emails: ZENA.emails, other: 'x' })).toEqual({ emails: PEOPLES.emails });
    expect(dropped({ ...sent, emails: ZENA.emails })).toEqual({ emails: PEOPLES.emails, other: 'x' });
    expect(dropped(undefined)).toEqual({});
  });
});
