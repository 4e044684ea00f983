import { compareEmail } from '../../domain/canonical/email-address.ts';
import { foldText } from '../../domain/canonical/fold-text.ts';
import { comparePhone } from '../../domain/canonical/phone-number.ts';
import type { Json } from '../../domain/json.ts';
import type { CrmFields } from '../../domain/remote-record.ts';
import type { UpdateWrite } from '../connector.port.ts';
import { isObject, readText } from './wire.ts';

/** The lists that a PUT replaces whole, and what their entries are known by. */
const LISTS: Readonly<Record<string, (entry: Json) => string>> = {
  emails: (entry) => compareEmail(valueOf(entry)),
  phones: (entry) => comparePhone(valueOf(entry)),
  tags: (entry) => foldText(valueOf(entry)),
  peopleIds: (entry) => (typeof entry === 'number' ? String(entry) : readText(entry)),
};

/** Those of the changed fields that are such lists. */
export function listsIn(changed: readonly string[]): readonly string[] {
  return changed.filter((name) => Object.hasOwn(LISTS, name));
}

/**
 * The changed lists as they are sent, where the record was just read: `write` was made of what the CRM held as far as known, and what others
 * added since is added to it, and what they took out since stays out.
 */
export function carriedLists({ fields, held, changed }: UpdateWrite, now: CrmFields): CrmFields {
  return Object.fromEntries(
    listsIn(changed).map((name) => [
      name,
      carried(name, listOf(fields[name]), listOf(held[name]), listOf(now[name])),
    ]),
  );
}

function carried(
  name: string,
  wanted: readonly Json[],
  known: readonly Json[],
  now: readonly Json[],
): readonly Json[] {
  const keyOf = LISTS[name] ?? (() => '');
  const keysOf = (list: readonly Json[]): ReadonlySet<string> => new Set(list.map(keyOf));
  const [isWanted, isKnown, isThere] = [keysOf(wanted), keysOf(known), keysOf(now)];
  const standing = new Map(now.map((entry) => [keyOf(entry), entry]));
  const kept = wanted
    .filter((entry) => isThere.has(keyOf(entry)) || !isKnown.has(keyOf(entry)))
    // With the members that it has there now: its type may be people's, and a relationship's stays one.
    .map((entry) => standing.get(keyOf(entry)) ?? entry);
  const added = now.filter((entry) => !isKnown.has(keyOf(entry)) && !isWanted.has(keyOf(entry)));
  return [...kept, ...added];
}

function valueOf(entry: Json): string {
  return readText(isObject(entry) ? entry['value'] : entry);
}

function listOf(list: Json | undefined): readonly Json[] {
  return Array.isArray(list) ? (list as readonly Json[]) : [];
}
