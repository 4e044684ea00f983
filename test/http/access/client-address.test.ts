import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseProxyRange, type ProxyRange } from '../../../src/config/proxy-ranges.ts';
import { createClientAddress } from '../../../src/http/access/client-address.ts';

const ranges = (...texts: string[]) =>
  texts.map(parseProxyRange).filter((range): range is ProxyRange => range !== null);

const TRUSTED = ranges('10.0.0.0/8', '192.0.2.1', 'fd00::/8', '::1');
const clientAddress = createClientAddress(TRUSTED);
const from = (ip: string, headers: Record<string, string | string[]> = {}) => clientAddress({ ip, headers });
const forwarded = (value: string, ip = '10.0.0.1') => from(ip, { 'x-forwarded-for': value });

describe('who calls', () => {
  it('is who is at the other end of the socket, unless that is a proxy that is trusted', () => {
    const told = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' };
    expect(from('198.51.100.1', told)).toBe('198.51.100.1');
    expect(from('2001:db8::1', told)).toBe('2001:db8::1');
    expect(from('10.0.0.1')).toBe('10.0.0.1');
    expect(createClientAddress([])({ ip: '10.0.0.1', headers: told })).toBe('10.0.0.1');
  });

  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['1.2.3.4, 203.0.113.9', '203.0.113.9'],
    ['1.2.3.4, 203.0.113.9, 10.9.9.9, 192.0.2.1', '203.0.113.9'],
    ['203.0.113.9:4711', '203.0.113.9'],
    ['[2001:db8::7]:4711', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['2001:DB8:0::7', '2001:db8::7'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['10.0.0.7, 10.0.0.8', '10.0.0.7'],
  ])('is the rightmost of %s that is no proxy of ours', (value, client) => {
    expect(forwarded(value)).toBe(client);
  });

  it.each([
    '',
    ' ',
    ',',
    'unknown',
    '_hidden',
    '203.0.113.999',
    '203.0.113.9 x',
    '[::',
    'fe80::1%eth0',
    'a:b',
  ])('is the proxy itself where it tells %j', (value) => {
    expect(forwarded(value)).toBe('10.0.0.1');
    expect(forwarded(`1.2.3.4, ${value}`)).toBe('10.0.0.1');
  });

  it('reads a socket of both families, and headers that came twice', () => {
    expect(forwarded('203.0.113.9', '::ffff:10.0.0.1')).toBe('203.0.113.9');
    expect(forwarded('203.0.113.9', 'fd00::5')).toBe('203.0.113.9');
    expect(from('10.0.0.1', { 'x-forwarded-for': ['1.2.3.4', '203.0.113.9'] })).toBe('203.0.113.9');
  });

  it('reads Forwarded where there is no X-Forwarded-For', () => {
    const told = (value: string) => from('10.0.0.1', { forwarded: value });
    expect(told('for=203.0.113.9;proto=https;by=10.0.0.1')).toBe('203.0.113.9');
    expect(told('for=1.2.3.4, For="[2001:db8::7]:4711"')).toBe('2001:db8::7');
    expect(told('for="_gazonk"')).toBe('10.0.0.1');
    expect(from('10.0.0.1', { forwarded: 'for=1.2.3.4', 'x-forwarded-for': '203.0.113.9' })).toBe(
      '203.0.113.9',
    );
  });

  it('looks at no more proxies than a chain can have', () => {
    const chain = ['203.0.113.9', ...Array.from({ length: 5_000 }, () => '10.1.1.1')].join(', ');
    expect(forwarded(chain)).toBe('10.1.1.1');
  });

  it('is never what a client may write before the rest', () => {
    fc.assert(
      fc.property(fc.string(), (forged) => {
        expect(forwarded(`${forged.replaceAll('\0', '')}, 203.0.113.9`)).toBe('203.0.113.9');
      }),
    );
  });
});
