import { describe, expect, it } from '@jest/globals';
import {
  type AllowedHost,
  formatAllowedHost,
  isAllowedHost,
  parseAllowedHost,
} from '../../src/config/allowed-hosts.ts';

const list = (...texts: string[]) =>
  texts.map(parseAllowedHost).filter((entry): entry is AllowedHost => entry !== null);

describe('allowed hosts', () => {
  it.each([
    ['127.0.0.1:4010', '127.0.0.1:4010'],
    ['0x7f.1', '127.0.0.1'],
    ['2130706433:80', '127.0.0.1:80'],
    ['Sandbox.Internal.', 'sandbox.internal'],
    ['[0:0::1]:443', '[::1]:443'],
    ['bücher.example', 'xn--bcher-kva.example'],
  ])('reads %s as %s', (text, canonical) => {
    const [entry] = list(text);
    expect(entry && formatAllowedHost(entry)).toBe(canonical);
  });

  it.each(['', 'http://x', 'a/b', 'u@h', 'a:99999', 'a b', '*.x', 'a?b', 'a#b', 'a\\b', ':80'])(
    'refuses %j',
    (text) => {
      expect(parseAllowedHost(text)).toBeNull();
    },
  );

  it('matches the host on every port without a port, on that port alone with one', () => {
    const entries = list('localhost', '127.0.0.1:4010', 'crm.test:443');
    const allowed = (url: string) => isAllowedHost(entries, new URL(url));
    expect(
      ['http://localhost:1', 'https://LOCALHOST./x', 'http://0x7f.1:4010', 'https://crm.test'].map(allowed),
    ).toEqual([true, true, true, true]);
    expect(['http://127.0.0.1:4011', 'http://crm.test', 'http://localhost.evil'].map(allowed)).toEqual([
      false,
      false,
      false,
    ]);
  });
});
