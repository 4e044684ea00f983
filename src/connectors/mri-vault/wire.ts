import type { Json, JsonObject } from '../../domain/json.ts';
import type { RemoteHit, RemoteRecord } from '../../domain/remote-record.ts';
import type { EntityKind } from '../../domain/entity.ts';

/** The vault dialect's collections, by what they hold. */
export const COLLECTIONS: Readonly<Record<EntityKind, string>> = {
  contact: 'contacts',
  property: 'properties',
  deal: 'deals',
};

/** The id that the CRM gave, as text; null where the answer carries none. */
export function readRemote(body: Json): RemoteRecord | null {
  const id = isObject(body) ? readId(body['id']) : null;
  return id === null ? null : { id, version: isObject(body) ? readText(body['updatedAt']) : null };
}

/** One found object; null where it carries no usable id. */
export function readHit(item: Json): RemoteHit | null {
  const remote = readRemote(item);
  if (remote === null || !isObject(item) || !Object.values(item).every(isReadable)) return null;
  return { ...remote, createdAt: readTime(item['createdAt']), fields: item };
}

/** Far more than people write of one record. What is compared line by line, and again at each look, must have an end. */
const LONGEST_TEXT = 512 * 1_024;
const MOST_LINES = 5_000;

function isReadable(value: Json): boolean {
  if (typeof value !== 'string' || value.length <= MOST_LINES) return true;
  return value.length <= LONGEST_TEXT && linesIn(value) <= MOST_LINES;
}

function linesIn(text: string): number {
  let lines = 1;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === 0x0a || char === 0x0d) lines += 1;
  }
  return lines;
}

/** The oldest first, those of which the CRM tells no time last; of equally old ones the lesser id (as a number where both are). */
export function oldestFirst(hits: readonly RemoteHit[]): RemoteHit[] {
  return [...hits].sort((a, b) => compareAges(a, b) || compareIds(a.id, b.id));
}

function compareAges(a: RemoteHit, b: RemoteHit): number {
  if (a.createdAt === b.createdAt) return 0;
  return (a.createdAt ?? Number.POSITIVE_INFINITY) - (b.createdAt ?? Number.POSITIVE_INFINITY);
}

const BY_NUMBER = new Intl.Collator('en', { numeric: true });

function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  return BY_NUMBER.compare(a, b) || (a < b ? -1 : 1);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readId(value: Json | undefined): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' && value.length <= 512 ? value : null;
}

function readText(value: Json | undefined): string | null {
  return typeof value === 'string' && value.length <= 256 ? value : null;
}

function readTime(value: Json | undefined): number | null {
  const millis =
    typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isFinite(millis) ? millis : null;
}
