import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { LETTER_CODES } from '../../src/change-feed/codec/letter-code.ts';
import { whoseRefusal } from '../../src/domain/deciding/whose-refusal.ts';
import { classifyAnswer } from '../../src/wire/classify-answer.ts';
import type { Remedy } from '../../src/domain/deciding/remedy.ts';
import { DECODE_REMEDIES, DELIVER_REMEDIES, remedyOf } from '../../src/operations/remedies.ts';
import { DEFINITIONS } from '../../src/service/create-connectors.ts';
import { METRIC_LABELS } from '../../src/runtime/metric-labels.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** The codes in the text of a source, where they stand after these words. */
const codesIn = (path: string, words: string): string[] =>
  [...read(path).matchAll(new RegExp(`${words}[^;]*?'([A-Z][A-Z_]+)'`, 'g'))].map(([, code]) => code ?? '');

/** Every code under which the program gives a record up, found where it is made. */
function givenUpCodes(): Set<string> {
  const statuses = Array.from({ length: 300 }, (_, index) => 300 + index);
  const refused = statuses.flatMap((status) => {
    const answer = { kind: 'response', status, headers: {}, body: new Uint8Array() } as const;
    const outcome = classifyAnswer({ ...answer, body: Buffer.alloc(0) }, 'update', 0);
    if (outcome.kind === 'applied') return [];
    const verdict = whoseRefusal({
      answer: outcome.answer ?? null,
      verb: 'update',
      verify: 'well',
      othersToo: false,
    });
    return verdict?.follows === 'give_up' ? [outcome.code] : [];
  });
  return new Set([
    ...refused,
    ...codesIn('src/wire/crm-http.ts', 'return unsendable\\('),
    ...codesIn('src/domain/deciding/after-failure.ts', "kind: 'give_up',\\s*code: "),
    ...codesIn('src/domain/deciding/plan-unlinked.ts', "do: 'give_up',\\s*code: "),
    ...codesIn('src/delivering/steps/write-steps.ts', "kind: 'given_up',\\s*code: (?=')"),
    ...codesIn('src/delivering/deliver-link.ts', "kind: 'given_up',\\s*code: (?=')"),
  ]);
}

/** The rows of the page's tables, by code. */
function rowsOfPage(): Map<string, Remedy> {
  const rows = read('docs/dead-letters.md').matchAll(/^\| `([A-Z_]+)` +\|([^|]*)\|([^|]*)\|([^|]*)\|$/gm);
  return new Map(
    [...rows].map(([, code = '', meaning = '', fixer = '', whatToDo = '']) => [
      code,
      { meaning: meaning.trim(), whoCanFix: fixer.trim() as Remedy['whoCanFix'], whatToDo: whatToDo.trim() },
    ]),
  );
}

describe('what helps against a dead letter', () => {
  it('is said for every code of an unreadable event', () => {
    expect(Object.keys(DECODE_REMEDIES).sort()).toEqual([...LETTER_CODES].sort());
  });

  it('is said for every code under which a record is given up', () => {
    const codes = givenUpCodes();
    expect(codes.size).toBeGreaterThanOrEqual(9);
    expect(Object.keys(DELIVER_REMEDIES)).toEqual(expect.arrayContaining([...codes]));
    expect(Object.keys(DELIVER_REMEDIES).sort()).toEqual([...METRIC_LABELS.deadLetterCode].sort());
  });

  it('stands on the page for operators, word for word, and nothing else does', () => {
    expect(Object.fromEntries(rowsOfPage())).toEqual({ ...DECODE_REMEDIES, ...DELIVER_REMEDIES });
  });

  it('is something also for a code of another version', () => {
    for (const code of ['NEW_CODE', '__proto__', 'toString'])
      expect(remedyOf(code, 'deliver')).toMatchObject({ whoCanFix: 'operator' });
    expect(remedyOf('KEY_INVALID', 'decode')).toBe(DECODE_REMEDIES['KEY_INVALID']);
  });

  it('is what a connector says of a code of its own, and of none that there is already', () => {
    const own = { meaning: 'So.', whoCanFix: 'user', whatToDo: 'Do.' } as const;
    const remedies = { TOO_SHORT: own, CONFLICT: own };
    expect(remedyOf('TOO_SHORT', 'deliver', remedies)).toBe(own);
    expect(remedyOf('CONFLICT', 'deliver', remedies)).toBe(DELIVER_REMEDIES['CONFLICT']);
    expect(remedyOf('TOO_SHORT', 'decode', remedies)).not.toBe(own);
    const declared = DEFINITIONS.flatMap(({ remedies: of = {} }) => Object.keys(of));
    expect(new Set(declared).size).toBe(declared.length);
    expect(declared.filter((code) => Object.hasOwn(DELIVER_REMEDIES, code))).toEqual([]);
  });
});
