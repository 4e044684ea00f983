import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { isPublicAddress } from '../../src/wire/address-ranges.ts';

const bits = fc.integer({ min: 0, max: 0xffff });
const words = fc.array(bits, { minLength: 8, maxLength: 8 });
/** Random addresses hardly ever meet a special block, so most begin like one. */
const heads = fc.constantFrom<readonly number[]>(
  [],
  [0, 0, 0, 0, 0, 0xffff],
  [0, 0, 0, 0, 0xffff, 0],
  [0x2001],
  [0x2001, 0],
  [0x2001, 0xdb8],
  [0x2002],
  [0x2606],
  [0x3fff],
  [0xfc00],
  [0xfe80],
  [0xff02],
);
const ipv6 = fc.tuple(heads, words).map(([head, tail]) => [...head, ...tail].slice(0, 8));
const text = (parts: readonly number[]) => parts.map((part) => part.toString(16)).join(':');
const octet = fc.oneof(
  fc.integer({ min: 0, max: 255 }),
  fc.constantFrom(0, 2, 10, 88, 99, 100, 127, 168, 192, 198),
);
const ipv4 = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'));

describe('public addresses', () => {
  it('are, for IPv4, never what an independent table calls special', () => {
    fc.assert(
      fc.property(ipv4, (address) => {
        const unicast = ipaddr.parse(address).range() === 'unicast';
        expect(isPublicAddress(address)).toBe(unicast && address !== '168.63.129.16');
      }),
      { numRuns: 5_000 },
    );
  });

  it('are, for IPv6, never what an independent table calls special', () => {
    fc.assert(
      fc.property(ipv6, (parts) => {
        if (isPublicAddress(text(parts))) expect(ipaddr.parse(text(parts)).range()).toBe('unicast');
      }),
      { numRuns: 5_000 },
    );
  });

  it('behind the well-known translator are those whose inner IPv4 is public', () => {
    fc.assert(
      fc.property(ipv4, (address) => {
        expect(isPublicAddress(`64:ff9b::${address}`)).toBe(isPublicAddress(address));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never are the address of an IPv4 at the end of a tunnel inside one site', () => {
    fc.assert(
      fc.property(ipv4, fc.constantFrom('0', '200', '0200'), (address, mark) => {
        expect(isPublicAddress(`2606:4700:1:2:${mark}:5efe:${address}`)).toBe(false);
        expect(isPublicAddress(`2606:4700::5EFE:${address}`)).toBe(false);
        expect(isPublicAddress(`2606:4700:1:2:3:5efe:${address}`)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('never are an IPv4 mapped into IPv6', () => {
    fc.assert(
      fc.property(ipv4, (address) => {
        expect(isPublicAddress(`::ffff:${address}`)).toBe(false);
      }),
    );
  });

  it.each(['', 'crm.example.com', '[::1]', '2606:4700::1%eth0', '8.8.8', '0x08080808', ' 8.8.8.8'])(
    'never are %j, which is no address',
    (address) => {
      expect(isPublicAddress(address)).toBe(false);
    },
  );

  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.1',
    '2606:4700::1111',
    '2a00:1450::1',
    '2001:4860::1',
  ])('include %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});
