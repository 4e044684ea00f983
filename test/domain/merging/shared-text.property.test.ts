import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fieldMark } from '../../../src/domain/merging/field-marks.ts';
import { linesOf, mergeSharedText, type LineFates } from '../../../src/domain/merging/shared-text.ts';

const ZENA = ['Called on Monday', 'wants 3 bedrooms', 'pre-approved', 'has a dog', 'Likes the sea'];
const THEIRS = ['met her at the open home', '  - key at no. 4', 'VIP!', 'sold in 2019 — happy', 'dog bites'];

/** What a CRM makes of a text that it takes. */
const CRMS: Readonly<Record<string, (text: string) => string>> = {
  'keeps it': (text) => text,
  'trims it': (text) => text.trim(),
  'ends lines with CRLF': (text) => text.replace(/\r?\n/gu, '\r\n'),
  'trims each line': (text) =>
    text
      .split('\n')
      .map((line) => line.trim())
      .join('\n'),
  'wraps lines at 10': (text) => text.split('\n').map(wrapped).join('\n'),
  'makes one paragraph of it': (text) => text.replace(/\s+/gu, ' '),
  'makes one paragraph of it and wraps that': (text) => wrapped(text.replace(/\s+/gu, ' ')),
  'cuts it at 40': (text) => text.slice(0, 40),
};

function wrapped(line: string): string {
  const lines: string[] = [];
  for (const word of line.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= 10) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join('\n');
}

interface State {
  readonly held: string;
  readonly fates: LineFates;
}

/** One delivery: nothing is sent where nothing differs. */
function synced({ held, fates }: State, zena: readonly string[], crm: (text: string) => string): State {
  const merged = mergeSharedText({ zena: zena.join('\n'), held, fates, heldBefore: null });
  const text = fieldMark(merged.text) === fieldMark(held) ? held : crm(merged.text);
  return { held: text, fates: merged.fates };
}

type Act =
  | { readonly act: 'zena'; readonly lines: readonly string[] }
  | { readonly act: 'write'; readonly line: string; readonly at: number }
  | { readonly act: 'strike'; readonly at: number };

const zenas = fc.subarray(ZENA).map((lines): Act => ({ act: 'zena', lines }));
const writes = fc
  .record({ line: fc.constantFrom(...THEIRS, ''), at: fc.nat(10) })
  .map((said): Act => ({ act: 'write', ...said }));
const strikes = fc.nat(10).map((at): Act => ({ act: 'strike', at }));
const acts = fc.array(fc.oneof(zenas, zenas, writes, strikes), { maxLength: 14 });

function edited(held: string, act: Act): string {
  const lines = held === '' ? [] : held.split('\n');
  if (act.act === 'write') lines.splice(Math.min(act.at, lines.length), 0, act.line);
  if (act.act === 'strike' && act.at < lines.length) lines.splice(act.at, 1);
  return lines.join('\n');
}

const theirsIn = (text: string): string[] =>
  text.split('\n').filter((line) => line !== '' && !ZENA.includes(line));

describe('a text that people and Zena write into', () => {
  it('keeps what people wrote, character by character and in their order', () => {
    fc.assert(
      fc.property(fc.constantFrom('', 'old line\n\nolder line  '), acts, (first, all) => {
        let state: State = { held: first, fates: {} };
        for (const act of all) {
          if (act.act !== 'zena') {
            state = { ...state, held: edited(state.held, act) };
            continue;
          }
          const before = theirsIn(state.held);
          state = synced(state, act.lines, (text) => text);
          expect(theirsIn(state.held)).toEqual(before);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('holds each line of Zena’s once, unless people struck it, and none that Zena dropped', () => {
    fc.assert(
      fc.property(fc.array(fc.subarray(ZENA), { maxLength: 8 }), fc.subarray(THEIRS), (all, people) => {
        let state: State = { held: people.join('\n'), fates: {} };
        for (const lines of all) {
          state = synced(state, lines, (text) => text);
          const there = state.held.split('\n').filter((line) => ZENA.includes(line));
          expect(there.sort()).toEqual([...lines].sort());
        }
      }),
    );
  });

  it.each(Object.entries(CRMS))(
    'rests where a CRM %s: it doesn’t grow however often it is synced',
    (_, crm) => {
      fc.assert(
        fc.property(fc.subarray(THEIRS), fc.array(fc.subarray(ZENA), { maxLength: 6 }), (people, all) => {
          let state: State = { held: crm(people.join('\n')), fates: {} };
          for (const lines of all) {
            state = synced(state, lines, crm);
            const { held } = state;
            for (let again = 0; again < 3; again += 1) {
              state = synced(state, lines, crm);
              expect(fieldMark(state.held)).toBe(fieldMark(held));
            }
          }
        }),
        { numRuns: 300 },
      );
    },
  );

  it.each(Object.entries(CRMS))(
    'holds a line once where a CRM %s and Zena has it now and now not',
    (_, crm) => {
      fc.assert(
        fc.property(fc.subarray(THEIRS), fc.array(fc.subarray(ZENA), { maxLength: 12 }), (people, all) => {
          let state: State = { held: crm(people.join('\n')), fates: {} };
          for (const lines of all) {
            state = synced(state, lines, crm);
            const words = ` ${state.held.replace(/\s+/gu, ' ')} `;
            expect(ZENA.filter((line) => words.split(` ${line} `).length > 2)).toEqual([]);
          }
        }),
        { numRuns: 300 },
      );
    },
  );

  it('comes to the same, whether a write of which nobody heard was taken or not, whatever Zena says next', () => {
    const texts = fc.subarray(ZENA);
    fc.assert(
      fc.property(fc.subarray([...THEIRS, 'has a dog']), texts, texts, texts, (people, first, lost, last) => {
        const state = synced({ held: people.join('\n'), fates: {} }, first, (text) => text);
        const merged = mergeSharedText({ ...state, zena: lost.join('\n'), heldBefore: null });
        const end = (held: string) => {
          const now = { zena: last.join('\n'), held, fates: merged.inDoubt, heldBefore: state.held };
          const then = mergeSharedText(now);
          return { lines: then.text.split('\n').sort(), fates: then.fates };
        };
        expect(end(merged.text)).toEqual(end(state.held));
        const lines = end(state.held).lines.filter((line) => ZENA.includes(line));
        expect(lines).toEqual(
          [...new Set([...last, ...people.filter((line) => ZENA.includes(line))])].sort(),
        );
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a line of Zena’s', () => {
  const after = (...acts: readonly (string | ((held: string) => string))[]): string => {
    let state: State = { held: '', fates: {} };
    let zena = '';
    for (const act of acts) {
      if (typeof act === 'function') state = { ...state, held: act(state.held) };
      else zena = act;
      if (typeof act === 'string') state = synced(state, linesOf(zena), (text) => text);
    }
    return state.held;
  };

  it('isn’t sent again where people changed it, also when Zena had dropped it meanwhile', () => {
    const change = (held: string): string => held.replace('has a dog', 'has two dogs');
    expect(after('has a dog', change, 'has a dog')).toBe('has two dogs');
    expect(after('has a dog', change, 'has a dog\nnew')).toBe('has two dogs\nnew');
    expect(after('has a dog', change, '', 'has a dog')).toBe('has two dogs');
  });

  it('isn’t sent again where people struck it', () => {
    expect(after('one\ntwo', () => 'two', 'one\ntwo')).toBe('two');
    expect(after('one\ntwo', () => '', 'one\ntwo\nthree')).toBe('three');
  });

  it('that equals one of theirs is neither added nor removed', () => {
    const theirs = (): string => 'has a dog\nVIP';
    expect(after(theirs, 'has a dog')).toBe('has a dog\nVIP');
    expect(after(theirs, 'has a dog', '')).toBe('has a dog\nVIP');
    expect(after(theirs, 'HAS A DOG')).toBe('has a dog\nVIP\nHAS A DOG');
    // Theirs beside ours: ours goes, theirs stays.
    expect(after('has a dog', (held) => `${held}\nVIP\nhas a dog`, '')).toBe('VIP\nhas a dog');
  });

  it('goes where it was sent and Zena dropped it, also where the CRM wrapped it', () => {
    expect(after('wants three bedrooms\nold', () => 'VIP\nwants three\nbedrooms\nold', 'old')).toBe(
      'VIP\nold',
    );
    expect(after('wants three bedrooms', () => 'VIP, wants three bedrooms', '')).toBe(
      'VIP, wants three bedrooms',
    );
  });

  it('stands in Zena’s paragraphs where people put nothing in, and doesn’t grow by them', () => {
    const texts = ['one\n\ntwo\nthree', 'one\n\nfour\n\ntwo\nthree', 'four\n\nthree', 'one\n\ntwo', ''];
    let state: State = { held: '', fates: {} };
    for (const zena of [...texts, ...texts, ...texts]) {
      for (const _ of [1, 2]) {
        const merged = mergeSharedText({ ...state, zena, heldBefore: null });
        expect(merged.text).toBe(zena);
        state = { held: merged.text, fates: merged.fates };
      }
    }
    const first = mergeSharedText({ ...state, zena: 'one\n\n\n two \n\ntwo\n', heldBefore: null });
    expect(first.text).toBe('one\n\ntwo');
    const edited = { held: 'one\n\n\ntwo\n\nVIP', fates: first.fates };
    const zena = 'one\n\ntwo\n\nthree';
    expect(mergeSharedText({ ...edited, zena, heldBefore: null }).text).toBe('one\n\n\ntwo\n\nVIP\nthree');
  });

  it('leaves people’s line ends, indents and blank lines as they are', () => {
    const theirs = 'one\r\n\r\n  two \rthree\n\n';
    expect(after(() => theirs, 'new')).toBe(`${theirs}new`);
    expect(after(() => theirs, 'new', '')).toBe(theirs);
    expect(after('a\nb', () => 'a\n\nb', 'a\nb\nc')).toBe('a\n\nb\nc');
  });
});

describe('a line of people’s that equals one of ours', () => {
  const hashes = (zena: string, held: string) => mergeSharedText({ zena, held, fates: {}, heldBefore: null });

  it.each([
    ['was taken', 'VIP'],
    ['was not taken', 'VIP\nVIP'],
  ])('stays once where a write that drops ours is in doubt and %s', (_, there) => {
    const made = hashes('VIP', '');
    const dropping = mergeSharedText({ zena: '', held: 'VIP\nVIP', fates: made.fates, heldBefore: null });
    expect(dropping.text).toBe('VIP');
    const now = { zena: '', held: there, fates: dropping.inDoubt, heldBefore: 'VIP\nVIP' };
    const then = mergeSharedText(now);
    expect(then.text).toBe('VIP');
    // Nor does a later write that is in doubt, too, or one that isn't, take it.
    const last = { zena: '', held: 'VIP' };
    expect(mergeSharedText({ ...last, fates: then.fates, heldBefore: null }).text).toBe('VIP');
    const isTaken = there === 'VIP';
    expect(mergeSharedText({ ...last, fates: then.inDoubt, heldBefore: there }).text).toBe('VIP');
    expect(then.fates).toEqual({});
    if (isTaken) expect(then.inDoubt).toEqual({});
    // Where Zena says it again, it is people's that stands.
    expect(mergeSharedText({ zena: 'VIP', held: 'VIP', fates: then.fates, heldBefore: null }).text).toBe(
      'VIP',
    );
  });
});

describe('a text of very many lines', () => {
  const many = Array.from({ length: 12_000 }, (_, at) => `note ${at}`);

  it('is kept apart in some thousand lines, and says all that it said', () => {
    const { text, fates } = mergeSharedText({ zena: many.join('\n'), held: '', fates: {}, heldBefore: null });
    expect(Object.keys(fates).length).toBeLessThanOrEqual(5_001);
    expect(text.split(/\s+/u)).toEqual(many.join(' ').split(' '));
  });

  it('is sent once, also beside lines of people, and its last ones go when Zena drops them', () => {
    const first = mergeSharedText({ zena: many.join('\n'), held: '', fates: {}, heldBefore: null });
    const held = `${first.text}\nVIP!`;
    const again = mergeSharedText({ zena: many.join('\n'), held, fates: first.fates, heldBefore: null });
    expect(again.text).toBe(held);
    const few = mergeSharedText({ zena: 'note 0', held, fates: again.fates, heldBefore: null });
    expect(few.text).toBe('note 0\nVIP!');
  });
});
