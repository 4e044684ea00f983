import { BlockList, isIP } from 'node:net';

/** IPv4 that is not another organisation's public unicast: IANA's special-purpose registry and one cloud's own. */
const SPECIAL_IPV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // Looks public, but Azure answers it inside every virtual network with the machine's own secrets.
  ['168.63.129.16', 32],
] as const;

/** Inside 2000::/3, the only block of public IPv6: protocol assignments (Teredo too), examples, 6to4, AS112. */
const SPECIAL_IPV6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
] as const;

const specialIpv4 = new BlockList();
const unicastIpv6 = new BlockList();
const specialIpv6 = new BlockList();
const translatedIpv4 = new BlockList();
const translatedSpecial = new BlockList();

unicastIpv6.addSubnet('2000::', 3, 'ipv6');
for (const [net, prefix] of SPECIAL_IPV6) specialIpv6.addSubnet(net, prefix, 'ipv6');
// NAT64's well-known prefix is how a machine without IPv4 reaches public IPv4, so the inner address decides.
translatedIpv4.addSubnet('64:ff9b::', 96, 'ipv6');
for (const [net, prefix] of SPECIAL_IPV4) {
  specialIpv4.addSubnet(net, prefix, 'ipv4');
  translatedSpecial.addSubnet(`64:ff9b::${net}`, 96 + prefix, 'ipv6');
}

/** The middle of an ISATAP address, as a URL writes it: the IPv4 that a tunnel would go to follows. */
const ISATAP = /:(?::|0:|200:)5efe:[\da-f]{1,4}:[\da-f]{1,4}$/;

/**
 * Whether an address, in the form that a resolver or a URL's host gives it (no brackets, no zone), is public unicast.
 * False for text that is no address, and for every wrapped IPv4 (mapped, compatible, 6to4, Teredo, ISATAP, local NAT64).
 */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !specialIpv4.check(address, 'ipv4');
  if (family !== 6 || address.includes('%')) return false;
  if (translatedIpv4.check(address, 'ipv6')) return !translatedSpecial.check(address, 'ipv6');
  if (!unicastIpv6.check(address, 'ipv6') || specialIpv6.check(address, 'ipv6')) return false;
  return !ISATAP.test(canonicalIpv6(address));
}

function canonicalIpv6(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
