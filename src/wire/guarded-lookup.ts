import { lookup as systemLookup } from 'node:dns/promises';
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isPublicAddress } from './address-ranges.ts';

/** Every address of a name, or a rejection as `dns.lookup` would give it. */
export type ResolveAll = (hostname: string) => Promise<readonly LookupAddress[]>;

/** The machine's resolver, in the order that it prefers. */
export const resolveAllBySystem: ResolveAll = (hostname) =>
  systemLookup(hostname, { all: true, order: 'verbatim' });

/** The error's `code` when a name led to an address that must not be reached. */
export const FORBIDDEN_ADDRESS = 'ERR_FORBIDDEN_ADDRESS';

/**
 * The `lookup` of a socket: resolves anew for every connection, since names change, and refuses the name when any of its
 * addresses is not public, since the socket picks one of them by itself. Node never calls it for literal addresses: those
 * are checked in the URL.
 */
export function guardedLookup(resolve: ResolveAll): LookupFunction {
  return checkedLookup(resolve, (address) => isPublicAddress(address));
}

/** The same without the refusal, for hosts on the allow-list. */
export function plainLookup(resolve: ResolveAll): LookupFunction {
  return checkedLookup(resolve, () => true);
}

function checkedLookup(resolve: ResolveAll, mayReach: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (!first) return callback(failure('ENOTFOUND', 'The name has no address'), []);
        if (!addresses.every(({ address }) => mayReach(address))) {
          return callback(failure(FORBIDDEN_ADDRESS, 'The name leads to an address that is not public'), []);
        }
        return options.all ? callback(null, [...addresses]) : callback(null, first.address, first.family);
      },
      (error: unknown) => {
        callback(error instanceof Error ? error : failure('ENOTFOUND', 'The name could not be resolved'), []);
      },
    );
  };
}

function failure(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}
