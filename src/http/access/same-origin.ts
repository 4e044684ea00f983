import type { IncomingHttpHeaders } from 'node:http';

/** Whether the browser says that a page of this very service sent the request; without a word of it, it didn't. */
export function isSameOrigin({ origin, host, ...headers }: IncomingHttpHeaders): boolean {
  if (origin === undefined) return headers['sec-fetch-site'] === 'same-origin';
  const url = URL.parse(origin);
  return url !== null && host !== undefined && url.host === host.toLowerCase();
}

/** Whether a browser says that a page of somebody else sent the request. */
export function isForeignOrigin(headers: IncomingHttpHeaders): boolean {
  return headers.origin !== undefined && !isSameOrigin(headers);
}
