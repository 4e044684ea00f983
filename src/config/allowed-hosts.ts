/** A host that may be plain http or private; `port` null means every port of it. */
export interface AllowedHost {
  readonly host: string;
  readonly port: number | null;
}

/**
 * Parses `host` or `host:port` by the rules of WHATWG URL, so that `0x7f.1` and `127.0.0.1` are one host.
 * Null for anything that carries a scheme, a path, a user or a wildcard, and for a colon without a port that can be called: what
 * was meant as one port must never become all of them.
 */
export function parseAllowedHost(text: string): AllowedHost | null {
  if (!/^[\p{L}\p{N}.:[\]_-]+$/u.test(text)) return null;
  // What follows the host: nothing, or a colon and a number as it is written.
  const afterHost = /^(?:\[[^\]]*\]|[^:[\]]+)(.*)$/su.exec(text)?.[1];
  if (afterHost === undefined || !/^(?::[1-9]\d{0,4})?$/.test(afterHost)) return null;
  const url = URL.parse(`http://${text}/`);
  if (!url || url.pathname !== '/' || canonicalHost(url) === '') return null;
  return { host: canonicalHost(url), port: afterHost === '' ? null : Number(afterHost.slice(1)) };
}

/** The entry as text, the form that people write: `127.0.0.1:4010`. */
export function formatAllowedHost(entry: AllowedHost): string {
  return entry.port === null ? entry.host : `${entry.host}:${entry.port}`;
}

/** Whether an address is on the list: by canonical name and port only, nothing is resolved. */
export function isAllowedHost(entries: readonly AllowedHost[], url: URL): boolean {
  const host = canonicalHost(url);
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return entries.some((entry) => entry.host === host && (entry.port === null || entry.port === port));
}

function canonicalHost(url: URL): string {
  return url.hostname.replace(/\.$/, '');
}
