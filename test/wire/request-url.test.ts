import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { requestUrl } from '../../src/wire/request-url.ts';
import { anyCodePoint } from '../domain/canonical/any-code-point.ts';

const BASE = 'https://crm.example.com/tenant/api/v1';

describe('the address of a request', () => {
  it('encodes each part by itself', () => {
    expect(requestUrl(BASE, { path: ['contacts', 'a/b?c#d %2e'], query: { 'e&f': 'g=h+i @' } })).toBe(
      `${BASE}/contacts/a%2Fb%3Fc%23d%20%252e?e%26f=g%3Dh%2Bi%20%40`,
    );
    expect(requestUrl(BASE, { path: ['contacts'], query: {} })).toBe(`${BASE}/contacts`);
  });

  it.each([['..'], ['.'], [''], ['\ud800']])('is refused for the segment %j', (segment) => {
    expect(requestUrl(BASE, { path: ['contacts', segment] })).toBeNull();
  });

  it('is refused for a search value that is no Unicode', () => {
    expect(requestUrl(BASE, { path: ['contacts'], query: { email: '\udc00' } })).toBeNull();
  });

  it('never leaves the base, adds a segment or loses a value', () => {
    const anything = fc.string({ unit: anyCodePoint, minLength: 1 });
    fc.assert(
      fc.property(fc.array(anything, { minLength: 1 }), anything, (path, value) => {
        const address = requestUrl(BASE, { path, query: { q: value } });
        if (address === null) return;
        const url = new URL(address);
        const [, ...segments] = url.pathname.split('/');
        expect(url.origin).toBe('https://crm.example.com');
        expect(segments.slice(0, 3)).toEqual(['tenant', 'api', 'v1']);
        expect(segments.slice(3).map(decodeURIComponent)).toEqual(path);
        expect(url.searchParams.get('q')).toBe(value);
        expect([...url.searchParams]).toHaveLength(1);
        expect(url.hash).toBe('');
      }),
    );
  });
});
