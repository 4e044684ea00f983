import type { OutboundRequest } from './transport.port.ts';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The transport's own, whatever a connector asks for. */
const OWN_HEADERS = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Whether a header can go on the wire as it is: a token for a name, no line ends or other controls in the value. */
export function isSendableHeader(name: string, value: string): boolean {
  return TOKEN.test(name) && FIELD_VALUE.test(value);
}

/**
 * The headers of a call, lower-case, with the transport's own in place of the caller's.
 *
 * @throws TypeError for a header that can't be sent; the message names no value.
 */
export function requestHeaders(request: Pick<OutboundRequest, 'headers' | 'body'>): Record<string, string> {
  const asked = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  // Checked here because axios would quietly cut line ends out of a value.
  for (const [name, value] of asked) {
    if (!isSendableHeader(name, value)) throw new TypeError('A header of an outbound request is not valid');
  }
  return {
    accept: 'application/json',
    'user-agent': 'zena-crm-sync',
    ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...Object.fromEntries(asked.filter(([name]) => !OWN_HEADERS.has(name))),
    'accept-encoding': 'identity',
  };
}

/** What axios made of them, as plain text; it marks a call without a body as a form, which none of ours is. */
export function plainHeaders(
  headers: Readonly<Record<string, unknown>>,
  hasBody: boolean,
): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(
    entries.filter(
      (entry): entry is readonly [string, string] =>
        typeof entry[1] === 'string' && (hasBody || entry[0] !== 'content-type'),
    ),
  );
}
