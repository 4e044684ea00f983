import { isIP, SocketAddress } from 'node:net';

/** Addresses of proxies: one, or all that begin with the same bits. */
export interface ProxyRange {
  /** Canonical; IPv4 within IPv6 as IPv4. */
  readonly address: string;
  /** How many bits count. */
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** A wider range is no list of proxies any more but everybody, who could then say who they are. */
const WIDEST = 8;

/** Reads an address or a CIDR range; null for anything else, and for a range so wide that it trusts half of the world. */
export function parseProxyRange(text: string): ProxyRange | null {
  const [host = '', bits, ...more] = text.split('/');
  const address = parseAddress(/^\[.*\]$/.test(host) ? host.slice(1, -1) : host);
  if (address === null || more.length > 0) return null;
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  const most = family === 'ipv4' ? 32 : 128;
  if (bits === undefined) return { address, prefix: most, family };
  // A range of IPv4 within IPv6 counts its bits otherwise: it is to be written as what it is.
  const isMapped = family === 'ipv4' && host.includes(':');
  const prefix = /^[1-9]\d{0,2}$/.test(bits) && !isMapped ? Number(bits) : 0;
  return prefix >= WIDEST && prefix <= most ? { address, prefix, family } : null;
}

/** The range as people write it. */
export function formatProxyRange({ address, prefix, family }: ProxyRange): string {
  return prefix === (family === 'ipv4' ? 32 : 128) ? address : `${address}/${prefix}`;
}

/** An address in its canonical form, IPv4 within IPv6 as IPv4; null for what is none, or names an interface of this machine. */
export function parseAddress(text: string): string | null {
  const version = text.includes('%') ? 0 : isIP(text);
  if (version === 0) return null;
  if (version === 4) return text;
  const { address } = new SocketAddress({ address: text, family: 'ipv6' });
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address;
}
