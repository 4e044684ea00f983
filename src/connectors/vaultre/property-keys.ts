import { compareAddress } from '../../domain/canonical/street-address.ts';
import { streetLine } from '../../domain/canonical/split-address.ts';
import { naturalKeyHash } from '../../domain/content-hash.ts';
import type { Json } from '../../domain/json.ts';
import type { CrmFields, NaturalKey } from '../../domain/remote-record.ts';
import { idIn, isObject, textIn } from './vaultre-answers.ts';

/** By its street and the id of its suburb. Also of a key's own value. */
export function propertyKeys(fields: CrmFields): readonly NaturalKey[] {
  const value = keyValue(fields);
  if (value.street === '' || value.suburb === '') return [];
  const hash = naturalKeyHash('property', ...canonical(value));
  return [{ kind: 'property', strength: 'good', value, hash, formerHashes: [] }];
}

export type PropertyKeyValue = Readonly<Record<'street' | 'suburb', string>>;

/** Whether an address is the one that a key names, however it is written. */
export function isAt(fields: CrmFields, sought: PropertyKeyValue): boolean {
  const [street, suburb] = canonical(keyValue(fields));
  const [soughtStreet, soughtSuburb] = canonical(sought);
  return street !== '' && street === soughtStreet && suburb === soughtSuburb;
}

function keyValue(fields: CrmFields): PropertyKeyValue {
  const { address = null } = fields;
  if (!isObject(address)) return { street: textIn(fields, 'street'), suburb: textIn(fields, 'suburb') };
  const street = streetOf(address, textIn(fields, 'lotNumber'));
  return { street, suburb: idIn(address['suburb']) ?? '' };
}

function canonical({ street, suburb }: PropertyKeyValue): readonly [string, string] {
  return [compareAddress(street), suburb];
}

/** Level, unit, lot, number and street in one line. */
function streetOf(address: Json, lotNumber: string): string {
  const of = (name: string): string | null => textIn(address, name).trim() || null;
  const street = of('street') ?? '';
  if (street === '') return '';
  return streetLine({
    level: of('level'),
    unitNumber: of('unitNumber'),
    lotNumber: lotNumber.trim() || null,
    streetNumber: of('streetNumber'),
    street,
  });
}
