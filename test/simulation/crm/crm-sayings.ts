import { Buffer } from 'node:buffer';
import type { OutboundResult } from '../../../src/wire/transport.port.ts';

/** What may be said in a CRM's place, or by it of a request that it hasn't done. Nothing of what was asked takes effect. */
export const SAYINGS = [
  'html_404',
  'html_200',
  'text_503',
  'gateway_404',
  'redirect',
  'status_401',
  'status_403',
  'limit_403',
  'gone_404',
] as const;
export type Saying = (typeof SAYINGS)[number];

/** Which requests are met: all, all but `verify`, or those of one method to one collection. */
export type SaidTo = 'all' | 'all_but_verify' | { readonly method: string; readonly collection: string };

/** For a while, or so many times, some requests to an account get this answer. */
export interface CrmSaying {
  /** Elapsed ms. */
  readonly from: number;
  readonly until: number;
  readonly host: string;
  readonly says: Saying;
  readonly to: SaidTo;
  /** Null: until its end. */
  readonly times: number | null;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const HTML = { 'content-type': 'text/html; charset=utf-8' };
const PAGE = '<!doctype html><html><title>Maintenance</title><h1>We are back soon</h1></html>';

const ANSWERS: Readonly<
  Record<Saying, readonly [status: number, headers: Readonly<Record<string, string>>, text: string]>
> = {
  html_404: [404, HTML, PAGE],
  html_200: [200, HTML, PAGE],
  text_503: [503, { 'content-type': 'text/plain' }, 'upstream connect error'],
  gateway_404: [404, JSON_TYPE, '{"message":"no Route matched with those values"}'],
  redirect: [302, { location: 'https://status.test/' }, ''],
  status_401: [401, JSON_TYPE, '{"message":"The API key is not valid."}'],
  status_403: [403, JSON_TYPE, '{"message":"Not allowed."}'],
  limit_403: [403, { ...JSON_TYPE, 'retry-after': '2' }, '{"code":"REQUEST_LIMIT_EXCEEDED"}'],
  gone_404: [404, JSON_TYPE, '{"message":"Record not found."}'],
};

/** Answers that a CRM's own server gives; any other may stand before a request that was done. */
export function isFromProxy(says: Saying): boolean {
  return ['html_404', 'html_200', 'text_503', 'gateway_404', 'redirect'].includes(says);
}

export function saidBy(says: Saying): OutboundResult {
  const [status, headers, text] = ANSWERS[says];
  return { kind: 'response', status, headers, body: Buffer.from(text) };
}

/** Whether a saying is about a request. */
export function isSaidTo(to: SaidTo, method: string, [collection = '']: readonly string[]): boolean {
  if (to === 'all') return true;
  if (to === 'all_but_verify') return collection !== 'auth';
  return to.method === method && to.collection === collection;
}
