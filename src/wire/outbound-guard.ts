import { isIP } from 'node:net';
import { type AllowedHost, isAllowedHost } from '../config/allowed-hosts.ts';
import { isPublicAddress } from './address-ranges.ts';

export type UrlRefusalCode =
  | 'URL_INVALID'
  | 'SCHEME_REFUSED'
  | 'USERINFO_REFUSED'
  | 'QUERY_REFUSED'
  | 'FRAGMENT_REFUSED'
  | 'PORT_REFUSED'
  | 'HOST_NOT_PUBLIC'
  | 'HOST_NOT_OF_PROVIDER';

export interface UrlRefusal {
  readonly ok: false;
  /** It is no address yet, or it is one that is not called. */
  readonly kind: 'malformed' | 'refused';
  readonly code: UrlRefusalCode;
  /** For people; never repeats what was entered, which may hold a password. */
  readonly detail: string;
}

export type CheckedInstanceUrl = { readonly ok: true; readonly url: string } | UrlRefusal;

export type CheckedTarget =
  | {
      readonly ok: true;
      readonly url: URL;
      /** On the allow-list: its resolved addresses may be private. */
      readonly exempt: boolean;
    }
  | UrlRefusal;

/** Where a vendor has fixed hosts: they, and all below them; null where it has none. The allow-list goes before it. */
export type ProviderHosts = readonly string[] | null;

/** A host's name as people write it, with or without a path: the scheme alone is missing. */
const BARE_NAME = /^(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*(?:\/[\w.~/-]*)?$/i;
const LONGEST_INSTANCE_URL = 2048;
const LONGEST_TARGET_URL = 16_384;
/** Names that only a private network answers. They would fail at the resolved address too; this says it earlier. */
const PRIVATE_SUFFIX =
  /(?:^|\.)(?:localhost|local|localdomain|internal|intranet|private|corp|home|lan|svc|home\.arpa)$/;
const HOST_LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Checks the address that a user entered for a CRM and makes it canonical: origin and path, no slash at the end, as it is to
 * be stored. Nothing is resolved: a name may still lead to a private address, which `guardedLookup` refuses at connect.
 */
export function checkInstanceUrl(
  text: string,
  allowed: readonly AllowedHost[],
  hosts: ProviderHosts = null,
): CheckedInstanceUrl {
  // What is copied from a page or a message may bring marks along that nobody sees.
  const trimmed = text.replaceAll(/\p{Cf}/gu, '').trim();
  if (trimmed.length > LONGEST_INSTANCE_URL) return refuse('URL_INVALID', 'The address is too long.');
  if (trimmed.includes('#')) return refuse('FRAGMENT_REFUSED', 'The address must not have a fragment (#).');
  if (trimmed.includes('?')) return refuse('QUERY_REFUSED', 'The address must not have a query (?).');
  const target = checkTarget(trimmed, allowed, hosts);
  if (!target.ok) return target;
  return { ok: true, url: `${target.url.origin}${canonicalPath(target.url.pathname)}` };
}

/** Without a slash at its end, and with each character written in one way: what needs no encoding has none (RFC 3986, 6.2.2). */
function canonicalPath(path: string): string {
  const decoded = path.replaceAll(/%[0-9a-f]{2}/gi, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : encoded.toUpperCase();
  });
  return decoded.replace(/\/+$/, '');
}

/** The same rules for the complete URL of a call, which may have a query. */
export function checkTarget(
  text: string,
  allowed: readonly AllowedHost[],
  hosts: ProviderHosts = null,
): CheckedTarget {
  const url = parseStrictly(text);
  if (!url) {
    const refusal = refuse('URL_INVALID', whatIsWrong(text));
    return BARE_NAME.test(text) ? { ...refusal, kind: 'malformed' } : refusal;
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refuseScheme();
  if (authorityOf(text).includes('@')) {
    return refuse('USERINFO_REFUSED', 'The address must not carry a user name or password.');
  }
  if (url.hostname.endsWith('.')) return refuse('URL_INVALID', 'The host must not end with a dot.');
  if (isAllowedHost(allowed, url)) return { ok: true, url, exempt: true };
  if (url.protocol !== 'https:') return refuseScheme();
  if (url.port !== '') return refuse('PORT_REFUSED', 'The address must use the standard port 443.');
  if (!isPublicHost(url.hostname)) {
    return refuse('HOST_NOT_PUBLIC', 'The host is not a public host on the internet.');
  }
  if (!isOfProvider(url.hostname, hosts)) {
    return refuse('HOST_NOT_OF_PROVIDER', 'The host is not one of this CRM.');
  }
  return { ok: true, url, exempt: false };
}

/** WHATWG's parser repairs tabs, line ends, backslashes and missing slashes; a URL that needs that was not meant. */
function parseStrictly(text: string): URL | null {
  if (text.length > LONGEST_TARGET_URL || !/^[a-z][a-z0-9+.-]*:\/\/[^/\\]/i.test(text)) return null;
  // eslint-disable-next-line no-control-regex -- these are the characters to refuse
  if (/[\u0000-\u0020\u007f\\]/.test(text) || !text.isWellFormed()) return null;
  return URL.parse(text);
}

/** With what would do instead. */
function whatIsWrong(text: string): string {
  if (/\s/.test(text)) return 'The address must not have spaces in it.';
  if (!text.includes('://')) return 'The address must begin with https://, as in https://crm.example.com.';
  return 'The address is not a URL such as https://crm.example.com.';
}

function authorityOf(text: string): string {
  return /^[^:]+:\/\/([^/?#]*)/.exec(text)?.[1] ?? '';
}

function isPublicHost(hostname: string): boolean {
  const literal = hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(literal) !== 0) return isPublicAddress(literal);
  const labels = hostname.split('.');
  if (labels.length < 2 || hostname.length > 253 || PRIVATE_SUFFIX.test(hostname)) return false;
  return labels.every((label) => HOST_LABEL.test(label));
}

function isOfProvider(hostname: string, hosts: ProviderHosts): boolean {
  return hosts === null || hosts.some((host) => hostname === host || hostname.endsWith(`.${host}`));
}

function refuseScheme(): UrlRefusal {
  return refuse('SCHEME_REFUSED', 'The address must start with https://.');
}

function refuse(code: UrlRefusalCode, detail: string): UrlRefusal {
  return { ok: false, kind: 'refused', code, detail };
}
