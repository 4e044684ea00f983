import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseJson } from '../../src/wire/parsing/parse-json.ts';

const read = (text: string | Uint8Array) =>
  parseJson(typeof text === 'string' ? new TextEncoder().encode(text) : text);
const valueOf = (text: string) => {
  const parsed = read(text);
  return parsed.ok ? parsed.value : 'not JSON';
};

describe('JSON from a CRM', () => {
  it('is read as JSON.parse reads it, but for what needs care', () => {
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: 'small', noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        if (/__proto__|\d{16}|[eE][+-]?\d/.test(text)) return;
        expect(valueOf(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ['{"id":9007199254740993}', { id: '9007199254740993' }],
    ['{"id":-12345678901234567890}', { id: '-12345678901234567890' }],
    ['{"id":9007199254740991}', { id: 9007199254740991 }],
    ['{"id":1e30}', { id: '1e30' }],
    ['{"id":1e999}', { id: '1e999' }],
    ['{"n":0.1234567890123456789}', { n: 0.12345678901234568 }],
    ['{"s":"12345678901234567890"}', { s: '12345678901234567890' }],
    ['\ufeff{"a":1}', { a: 1 }],
    ['{"a":1,"a":2}', { a: 2 }],
  ])('%s is read as %j', (text, value) => {
    expect(valueOf(text)).toEqual(value);
  });

  it.each(['{"a":{"__proto__":{"x":1},"b":2}}', '{"a":{"\\u005f_proto__":{"x":1},"b":2}}'])(
    'loses a member that would change a prototype: %s',
    (text) => {
      const value = valueOf(text) as { a: object };
      expect(Object.getOwnPropertyNames(value.a)).toEqual(['b']);
      expect(Object.assign({}, value.a)).not.toHaveProperty('x');
    },
  );

  it.each(['', '{', '{"a":NaN}', "{'a':1}", '<html></html>', '{"a":1}x', 'undefined', '[1,]'])(
    'is not %j',
    (text) => {
      expect(read(text)).toEqual({ ok: false });
    },
  );

  it('is not what is cut within a character or in another charset', () => {
    expect(read(Uint8Array.from([0x22, 0xe2, 0x82, 0x22]))).toEqual({ ok: false });
    expect(read(Buffer.from('{"a":"é"}', 'latin1'))).toEqual({ ok: false });
    expect(read(Buffer.from('{"a":1}', 'utf16le'))).toEqual({ ok: false });
  });

  it('is not nested deeper than 64, however deep', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(read(nested(64)).ok).toBe(true);
    expect(read(nested(65)).ok).toBe(false);
    expect(read(`${nested(1_000_000)}9007199254740993`).ok).toBe(false);
    expect(read(JSON.stringify('[{'.repeat(100))).ok).toBe(true);
    expect(read(JSON.stringify('\\"['.repeat(100))).ok).toBe(true);
  });
});
