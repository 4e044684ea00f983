import { failed, failure, type SfReply } from '../org/sf-reply.ts';
import type { RestCall } from './rest-call.ts';

/** That there is such a condition is VERIFIED-3; its status and words are assumed. */
const CHANGED_MEANWHILE = failed(
  412,
  failure('PRECONDITION_FAILED', 'The entity has been modified since the date that the request names'),
);
const UNCHANGED: SfReply = { status: 304 };

/** What `If-Modified-Since` and `If-Unmodified-Since` answer of a record; null: the request is carried out. */
export function conditionalReply({ method, headers }: RestCall, changedAt: number): SfReply | null {
  // A header that names no time asks for nothing: every comparison with NaN is false.
  const timeIn = (name: string): number => Date.parse(headers[name] ?? '');
  if (changedAt > timeIn('if-unmodified-since')) return CHANGED_MEANWHILE;
  return method === 'GET' && changedAt <= timeIn('if-modified-since') ? UNCHANGED : null;
}
