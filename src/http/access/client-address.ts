import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIPv4 } from 'node:net';
import { normalizeIP } from '@fastify/rate-limit';
import { parseAddress, type ProxyRange } from '../../config/proxy-ranges.ts';

/** What of a request tells whose it is. */
export interface Sender {
  /** The other end of the socket. */
  readonly ip: string;
  readonly headers: IncomingHttpHeaders;
}

/** An IPv6 customer has at least this much, so that single addresses of it say nothing. */
const IPV6_PREFIX = 64;
/** Longer chains of proxies are made up. */
const MOST_HOPS = 16;

/**
 * Tells the address of who calls. What a proxy says of it counts only where the proxy itself is one of these: from the nearest
 * on, the first that is none of them. What stands before that one, the caller may have written.
 */
export function createClientAddress(trusted: readonly ProxyRange[]): (sender: Sender) => string {
  const proxies = new BlockList();
  for (const { address, prefix, family } of trusted) proxies.addSubnet(address, prefix, family);
  const isProxy = (address: string) => proxies.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
  return ({ ip, headers }) => {
    let address = parseAddress(ip) ?? ip;
    if (trusted.length === 0 || !isProxy(address)) return address;
    for (const told of toldBy(headers)) {
      const hop = parseAddress(hostOf(told));
      // Who tells nothing, or nonsense, is the last that is known.
      if (hop === null) return address;
      address = hop;
      if (!isProxy(hop)) return hop;
    }
    return address;
  };
}

/** Whose an address is: itself, of IPv6 the part that names a customer. */
export function networkOf(address: string): string {
  return normalizeIP(address, IPV6_PREFIX);
}

/** The hops from the nearest on, as they were told. A proxy that writes neither header must not let the other one through. */
function toldBy(headers: IncomingHttpHeaders): readonly string[] {
  const told = headers['x-forwarded-for'];
  if (told !== undefined) return lastOf([told].flat().join(','));
  return lastOf(headers.forwarded ?? '').map(
    (element) => /(?:^|;)\s*for\s*=\s*"?([^";]*)/i.exec(element)?.[1] ?? '',
  );
}

function lastOf(list: string): readonly string[] {
  return list === '' ? [] : list.split(',').slice(-MOST_HOPS).toReversed();
}

/** Without port and brackets. */
function hostOf(told: string): string {
  const text = told.trim();
  return /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text;
}
