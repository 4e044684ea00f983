import { canonicalJson, type Json } from '../json.ts';
import type { Link } from '../link.ts';
import type { CrmFields, NaturalKey } from '../remote-record.ts';

/** How a record that one connection knows reads with other credentials: as it was last seen there, as another's, or neither for sure. */
export type Sight = 'as_seen' | 'another' | 'unclear';

/** So many linked records are read to tell two accounts apart, those that were seen last. */
export const PROOF_SAMPLE = 5;

/** The links of a sample that something can be told by, none that is being written to first. */
export function proofSample(links: readonly Link[], now: number): readonly Link[] {
  const isQuiet = ({ claim, intent }: Link): boolean =>
    intent === null && (claim === null || claim.until <= now);
  const known = links.filter((link) => lastSeen(link) !== null || link.keyHash !== null);
  return [...known.filter(isQuiet), ...known.filter((link) => !isQuiet(link))].slice(0, PROOF_SAMPLE);
}

/** What is known of a link's CRM record. */
function lastSeen({ copy, shadow }: Link): CrmFields | null {
  return copy?.held ?? shadow?.fields ?? null;
}

/**
 * @param read what the CRM holds under the link's id; null where it has no such record, or doesn't show it
 * @param keysOf the keys of fields, as the kind's mapping names them
 */
export function sightOf(
  link: Link,
  read: CrmFields | null,
  keysOf: (fields: CrmFields) => readonly NaturalKey[],
): Sight {
  if (read === null) return 'unclear';
  const hashes = keysOf(read).map(({ hash }) => hash);
  const seen = lastSeen(link);
  if (seen === null) return hashes.some((hash) => hash === link.keyHash) ? 'as_seen' : 'unclear';
  const said = Object.entries(seen);
  const saysNothing = said.every(([, value]) => isEqual(value, null));
  // Empty records are all alike.
  if (!saysNothing && said.every(([name, value]) => isEqual(value, read[name] ?? null))) return 'as_seen';
  const known = keysOf(seen).map(({ hash }) => hash);
  // A deal moves from stage to stage, and with that its key does.
  if (link.kind === 'deal' || known.length === 0 || hashes.length === 0) return 'unclear';
  return known.some((hash) => hashes.includes(hash)) ? 'unclear' : 'another';
}

/** At least one record reads as it was last seen, and none is another's. */
export function isSameAccount(sights: readonly Sight[]): boolean {
  return sights.includes('as_seen') && !sights.includes('another');
}

/** CRMs trim texts, tell ids as numbers or texts, and leave empty fields out. */
function isEqual(seen: Json, read: Json): boolean {
  return canonicalJson(plain(seen)) === canonicalJson(plain(read));
}

function plain(value: Json): Json {
  if (typeof value === 'string') return value.trim().replaceAll(/\s+/gu, ' ') || null;
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return value.length === 0 ? null : (value as readonly Json[]).map(plain);
  if (value === null || typeof value !== 'object') return value;
  const members = Object.entries(value).map(([name, each]) => [name, plain(each)] as const);
  return Object.fromEntries(members.filter(([, each]) => each !== null));
}
