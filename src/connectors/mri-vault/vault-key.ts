import { compareWord } from '../../domain/canonical/compare-word.ts';
import { compareEmail, isEmail, readableEmail } from '../../domain/canonical/email-address.ts';
import { formerAddress, formerEmail, formerWord } from '../../domain/canonical/former-key.ts';
import { isUsualPlaceholder, type IsPlaceholder } from '../../domain/canonical/placeholder-emails.ts';
import { fullAddress, shortAddress } from '../../domain/canonical/full-address.ts';
import { compareAddress } from '../../domain/canonical/street-address.ts';
import { naturalKeyHash } from '../../domain/content-hash.ts';
import type { EntityKind } from '../../domain/entity.ts';
import type { Json } from '../../domain/json.ts';
import type { CrmFields, NaturalKey } from '../../domain/remote-record.ts';

type Texts = Readonly<Record<string, string>>;

/** Of fields as they are sent or come back; null: the record can't be recognised. */
export function vaultNaturalKey(
  kind: EntityKind,
  fields: CrmFields,
  isPlaceholder: IsPlaceholder = isUsualPlaceholder,
): NaturalKey | null {
  const value = keyTexts(kind, fields);
  const parts = canonicalParts(kind, value);
  if (parts.includes('')) return null;
  const { email } = value;
  if (email !== undefined && (!isEmail(email) || isPlaceholder(email))) return null;
  const hash = naturalKeyHash(kind, ...parts);
  const former = formerHash(kind, value);
  const formerHashes = former === null || former === hash ? [] : [former];
  return { kind, strength: 'good', value, hash, formerHashes };
}

/** Longer than what is sent in a search, and than any e-mail or address: such a text is no key, and isn't looked at. */
const LONGEST_KEY = 1_000;

/** Whether fields have a value of a key in its canonical form, placeholders too. */
export function vaultKeyComparer(kind: EntityKind, value: CrmFields): (fields: CrmFields) => boolean {
  const asGiven = keyTexts(kind, value);
  const sought = JSON.stringify(canonicalParts(kind, asGiven));
  return (fields) => {
    const texts = keyTexts(kind, fields);
    const names = Object.keys(texts);
    if (names.every((name) => texts[name] === asGiven[name])) return true;
    if (names.some((name) => (texts[name] ?? '').length > LONGEST_KEY)) return false;
    return JSON.stringify(canonicalParts(kind, texts)) === sought;
  };
}

/** What is asked for: the value as it is and, where that finds nothing, once more as people would write it most commonly. */
export function searchesFor(kind: EntityKind, value: Texts): readonly Texts[] {
  const asGiven = Object.fromEntries(Object.entries(value).map(([name, text]) => [name, text.trim()]));
  const { email = '', address = '', stage = '' } = asGiven;
  const others =
    kind === 'contact'
      ? emailForms(email).map((form) => ({ email: form }))
      : kind === 'property'
        ? [fullAddress(address), shortAddress(address)].map((form) => ({ address: form }))
        : [compareWord(stage), formerWord(stage)].map((form) => ({ stage: form }));
  const other = others
    .map((form) => ({ ...asGiven, ...form }))
    .find((query) => JSON.stringify(query) !== JSON.stringify(asGiven));
  return other === undefined ? [asGiven] : [asGiven, other];
}

/** In lower case, its host as it is written; then with the host in its other form. */
function emailForms(email: string): string[] {
  const forms = [compareEmail(email), readableEmail(email)];
  return /[^\p{ASCII}]/u.test(email) ? forms.reverse() : forms;
}

function keyTexts(kind: EntityKind, fields: CrmFields): Texts {
  if (kind === 'contact') return { email: textOf(fields['email']) };
  if (kind === 'property') return { address: textOf(fields['address']) };
  return { propertyId: textOf(fields['propertyId']), stage: textOf(fields['stage']) };
}

function canonicalParts(kind: EntityKind, { email = '', address = '', propertyId = '', stage = '' }: Texts) {
  if (kind === 'contact') return [compareEmail(email)];
  return kind === 'property' ? [compareAddress(address)] : [propertyId, compareWord(stage)];
}

/**
 * What the program once identified the same by. Null where that was also what it identified something else by, which is now told
 * apart: `12½` was `12 1/2`, and so was `121/2`.
 */
function formerHash(
  kind: EntityKind,
  { email = '', address = '', propertyId = '', stage = '' }: Texts,
): string | null {
  if (kind === 'contact') return naturalKeyHash(kind, formerEmail(email));
  if (kind === 'deal') return naturalKeyHash(kind, propertyId, formerWord(stage));
  const former = formerAddress(address);
  return former === '' || /[\p{No}\u2044]/u.test(address) ? null : naturalKeyHash(kind, former);
}

/** The CRM may return ids as numbers. */
function textOf(value: Json | undefined): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : '';
}
