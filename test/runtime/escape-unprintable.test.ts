import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { escapeUnprintable } from '../../src/runtime/escape-unprintable.ts';
import { createLogger } from '../../src/runtime/logger.ts';

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => String.fromCharCode(from + n));
/** Everything that a terminal acts on, or that turns a text around. */
const HOSTILE = [
  ...range(0x00, 0x08),
  ...range(0x0b, 0x1f),
  ...range(0x7f, 0x9f),
  ...range(0x2028, 0x202e),
  ...range(0x2066, 0x2069),
];

describe('what a terminal would act on', () => {
  it('is written as what it is, and the rest as it came', () => {
    for (const character of HOSTILE) {
      const escaped = `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
      expect(escapeUnprintable(`a${character}b`)).toBe(`a${escaped}b`);
    }
    const harmless = 'Zoë Müller\n\t漢字 👩‍👩‍👧 \u00a0 עברית \u001b[1mbold\u001b[22m \u001b[31mred\u001b[39m';
    expect(escapeUnprintable(harmless)).toBe(harmless);
  });

  it('is not a colour that is none of ours', () => {
    for (const sequence of [
      '\u001b[8m',
      '\u001b[2J',
      '\u001b]0;title',
      '\u001b[31;40m',
      '\u001b[1',
      '\u001bc',
    ])
      expect(escapeUnprintable(sequence)).toBe(sequence.replace('\u001b', '\\u001b'));
  });

  it('leaves JSON the same JSON', () => {
    const text = fc.array(fc.oneof(fc.string(), fc.constantFrom(...HOSTILE))).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.dictionary(text, text), (value) => {
        const written = escapeUnprintable(JSON.stringify(value, null, 2));
        expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(value)));
        for (const character of HOSTILE) expect(written).not.toContain(character);
      }),
    );
  });

  it('reaches no log', () => {
    let logged = '';
    const destination = { write: (line: string) => void (logged += line) };
    createLogger({ level: 'info', destination }).info('a.b', { message: `x${HOSTILE.join('')}y` });
    for (const character of HOSTILE) expect(logged).not.toContain(character);
    expect(JSON.parse(logged)).toMatchObject({ message: `x${HOSTILE.join('')}y` });
    expect(logged.endsWith('\n')).toBe(true);
  });
});
