import { textHash } from '../content-hash.ts';
import { canonicalJson, type Json, type JsonObject } from '../json.ts';

/** Whether a field says nothing: absent, blank, or a list or object of nothing. */
export function isEmptyField(value: Json | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === 'string') return isBlank(value);
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/**
 * Names a field's value, equal for what a CRM may make of it without changing what it says: numbers as text, white space trimmed or
 * collapsed, composed or decomposed letters, empty in any way, members that are empty left out.
 */
export function fieldMark(value: Json | undefined): string {
  return textHash(canonicalJson(plainValue(value ?? null)));
}

/** Whether two values have the same mark. */
export function sameField(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  return canonicalJson(plainValue(one ?? null)) === canonicalJson(plainValue(other ?? null));
}

const OTHER_THAN_PRINTED = /[^\x20-\x7e]/;
const TWO_SPACES = / {2}/;

/** Text as it is compared: composed, without marks that nobody sees, single spaces. */
export function plainText(text: string): string {
  const trimmed = text.trim();
  // Most texts are plain already. Two patterns that never go back: in megabytes, one for both takes its time.
  if (!OTHER_THAN_PRINTED.test(trimmed) && !TWO_SPACES.test(trimmed)) return trimmed;
  return (
    trimmed
      .normalize('NFC')
      .replace(/\p{Cf}/gu, '')
      // But for single spaces, of which a long text has very many.
      .replace(/[^\S ]\s*| \s+/gu, ' ')
      .trim()
  );
}

const SEEN = /[^\s\p{Cf}]/u;

/** Whether a text is plainly nothing; told at the first sign that somebody sees, however long it is. */
export function isBlank(text: string): boolean {
  return !SEEN.test(text);
}

/** What a CRM writes into an item of a list by itself: what it is called by, and when it was changed. */
const OWN_MEMBERS =
  /^(?:id|version|revision|etag|href|url|_?links|(?:created|updated|modified|last_?(?:updated|modified))_?(?:at|on|date|time)?)$/iu;

export function isOwnMember(name: string): boolean {
  return OWN_MEMBERS.test(name);
}

/** Into a record besides: by whom it was changed, whose it is and in what state. */
const OWN_FIELDS = new RegExp(
  `^(?:${[
    '_id|self|object|kind|status|state|source',
    '(?:created|updated|modified|last_?(?:updated|modified))_?by(?:_?id)?',
    '(?:owner|user|account|agency|office|organi[sz]ation|tenant)_?id|owner',
    '(?:is_?)?(?:active|archived|deleted)',
  ].join('|')})$`,
  'iu',
);

export function isOwnField(name: string): boolean {
  return OWN_MEMBERS.test(name) || OWN_FIELDS.test(name);
}

function plainValue(value: Json): Json {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return plainText(value) || null;
  if (value === null || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.length === 0 ? null : (value as readonly Json[]).map(plainValue);
  const members = Object.entries(value as JsonObject)
    .map(([name, member]) => [name, plainValue(member)] as const)
    .filter(([, member]) => member !== null);
  return members.length === 0 ? null : Object.fromEntries(members);
}
