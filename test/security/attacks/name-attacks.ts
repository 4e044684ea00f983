import type { DnsAnswer } from './dns-server.ts';

/** A name that looks like any other and leads where nothing of ours may go. */
export interface NameAttack {
  readonly class: string;
  readonly name: string;
  readonly answer: DnsAnswer;
}

/** Public, and nobody's in this test: a connect to it would be seen. */
const PUBLIC_IPV4 = '203.0.114.7';
const PUBLIC_IPV6 = '2606:4700:4700::1111';

const FORBIDDEN_IPV4 = [
  '127.0.0.1',
  '127.0.0.2',
  '127.255.255.254',
  '0.0.0.0',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.0.1',
  '169.254.169.254',
  '100.64.0.1',
  '168.63.129.16',
  '224.0.0.1',
  '255.255.255.255',
];
const FORBIDDEN_IPV6 = [
  '::1',
  '::',
  'fd00::1',
  'fe80::1',
  '::ffff:127.0.0.1',
  '::127.0.0.1',
  '64:ff9b::127.0.0.1',
  '2002:7f00:1::1',
  '2001:0:7f00:1::',
  'fd00:ec2::254',
  '2606:4700::5efe:127.0.0.1',
  'ff02::1',
];

const dashed = (address: string) => address.replace(/[.:]+/g, '-').replace(/^-|-$/g, '') || 'zero';

/** Public names by what a name server answers for them; all of it with a time to live of 0. */
export const NAME_ATTACKS: readonly NameAttack[] = [
  ...FORBIDDEN_IPV4.map((address) => ({
    class: 'names that spell their private IPv4',
    name: `${address}.nip.attack.test`,
    answer: { a: [address] },
  })),
  ...FORBIDDEN_IPV6.map((address, at) => ({
    class: 'names with a private IPv6',
    name: `${dashed(address)}.${at}.sslip.attack.test`,
    answer: { aaaa: [address] },
  })),
  ...FORBIDDEN_IPV4.slice(0, 8).map((address, at) => ({
    class: 'aliases of a private name',
    name: `cname-${at}.attack.test`,
    answer: { cname: `host-${at}.internal.attack.test`, a: [address] },
  })),
  ...mixed('a public address first', 'public-first', (address) => ({ a: [PUBLIC_IPV4, address] })),
  ...mixed('a private address first', 'private-first', (address) => ({ a: [address, PUBLIC_IPV4] })),
  ...mixed('a public IPv6 beside', 'public-six', (address) => ({ a: [address], aaaa: [PUBLIC_IPV6] })),
  ...mixed('among many', 'many', (address) => ({
    a: [...Array.from({ length: 12 }, (_, at) => `203.0.114.${at + 10}`), address],
  })),
  ...FORBIDDEN_IPV6.slice(0, 7).map((address, at) => ({
    class: 'mixed answers: a public IPv4 beside a private IPv6',
    name: `v4-public-${at}.attack.test`,
    answer: { a: [PUBLIC_IPV4], aaaa: [address] },
  })),
];

function mixed(how: string, label: string, answer: (address: string) => DnsAnswer): readonly NameAttack[] {
  return FORBIDDEN_IPV4.slice(0, 5).map((address, at) => ({
    class: `mixed answers: ${how}`,
    name: `${label}-${at}.attack.test`,
    answer: answer(address),
  }));
}
