import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readCsv, writeCsv } from '../../../src/connectors/salesforce/api/csv.ts';

const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'é', ' ', '#') });

describe('tables of a bulk job', () => {
  it('come back as they were written, whatever their texts hold', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ A: text, B: text, C: text }), { minLength: 1 }), (rows) => {
        expect(readCsv(writeCsv(['A', 'B', 'C'], rows))).toEqual(rows);
      }),
    );
  });

  it('say null as Salesforce wants it, and nothing where nothing is said', () => {
    expect(writeCsv(['A', 'B', 'C', 'D'], [{ A: null, C: true, D: 'say "hi"' }])).toBe(
      'A,B,C,D\n#N/A,,"true","say ""hi"""\n',
    );
  });

  it('are none where a quote isn’t closed, or a row has other columns', () => {
    expect(readCsv('A,B\n"x')).toBeNull();
    expect(readCsv('A,B\n"x"\n')).toBeNull();
    expect(readCsv('A,B\r\n1,\r\n')).toEqual([{ A: '1', B: '' }]);
    expect(readCsv('')).toBeNull();
  });
});
