import type { Json } from '../../domain/json.ts';
import type { Failure } from '../../domain/outcome.ts';
import type { RemoteHit, RemoteRecord } from '../../domain/remote-record.ts';
import { textIn } from './vaultre-answers.ts';

/** No key is shared by so many: a search that finds more has not looked for the key. */
const MOST_HITS = 500;

export function remoteOf(id: string, body: Json): RemoteRecord {
  return { id, version: textIn(body, 'modified') || null };
}

export function tooManyHits(count: number): Failure | null {
  if (count <= MOST_HITS) return null;
  const detail = `The CRM found more than ${MOST_HITS} records with one key, so it has not looked for the key.`;
  return { kind: 'retry_later', code: 'ANSWER_UNEXPECTED', detail, status: 200 };
}

/** The oldest first; ids grow, so where no times are told the least. */
export function oldestFirst(hits: readonly RemoteHit[]): readonly RemoteHit[] {
  return [...hits].sort(
    (one, other) =>
      (one.createdAt ?? Number.POSITIVE_INFINITY) - (other.createdAt ?? Number.POSITIVE_INFINITY) ||
      BY_NUMBER.compare(one.id, other.id),
  );
}

const BY_NUMBER = new Intl.Collator('en', { numeric: true });

/** `2018-05-22T01:12:59+00:00`. */
export function wireTime(millis: number): string {
  return new Date(millis).toISOString().replace(/\.\d+Z$/, '+00:00');
}
