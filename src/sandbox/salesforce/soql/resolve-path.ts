import type { Json } from '../../../domain/json.ts';
import { valueIn } from '../records/record-values.ts';
import { field as madeField, type SfField } from '../schema/field.ts';
import type { SfObject } from '../schema/objects.ts';
import { fieldOf, relationOf } from '../schema/schema.ts';
import { heldRecord, textOf, type HeldRecord, type SfOrg } from '../org/sf-org.ts';
import { dateFunctionType, dateValue, isDateFunction } from './date-functions.ts';
import { errorAt, SoqlError } from './soql-error.ts';

/** Where a path as `Account.Owner.Name` leads: over parents to a field. */
export interface ResolvedPath {
  readonly parents: readonly SfField[];
  readonly field: SfField;
  /** The date that a date function, which then is the field, is made of. */
  readonly madeOf?: { readonly name: string; readonly field: SfField };
}

/** Throws the vendor's words where an object hasn't got what the path names. */
export function resolvePath(
  org: SfOrg,
  object: SfObject,
  path: string,
  query: string,
  at: number,
): ResolvedPath {
  const [, name, inside] = /^(\w+)\((.*)\)$/.exec(path) ?? [];
  if (name !== undefined && inside !== undefined && isDateFunction(name)) {
    const { parents, field } = resolvePath(org, object, inside, query, at);
    if (field.type !== 'date' && field.type !== 'datetime')
      throw errorAt(query, at, 'INVALID_FIELD', `field ${inside} does not support date function ${name}`);
    return { parents, field: madeField(path, dateFunctionType(name), 0), madeOf: { name, field } };
  }
  const names = path.split('.');
  // `Contact.Name` of contacts is `Name`.
  if (names.length > 1 && names[0]?.toLowerCase() === object.name.toLowerCase()) names.shift();
  const parents: SfField[] = [];
  let current = object;
  for (const name of names.slice(0, -1)) {
    const relation = relationOf(current, name);
    const parent = relation === null ? null : org.schema().object(relation.referenceTo[0] ?? '');
    if (relation === null || parent === null) {
      const told = `Didn't understand relationship '${name}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`;
      throw errorAt(query, at, 'INVALID_FIELD', told);
    }
    parents.push(relation);
    current = parent;
  }
  const last = names.at(-1) ?? '';
  const field = fieldOf(current, last);
  if (field === null) {
    const told = `No such column '${last}' on entity '${current.name}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.`;
    throw errorAt(query, at, 'INVALID_FIELD', told);
  }
  return { parents, field };
}

/** The record at the end of the parents; null: one of them isn't set. */
export function parentOf(org: SfOrg, held: HeldRecord, parents: readonly SfField[]): HeldRecord | null {
  let current = held;
  for (const relation of parents) {
    const id = textOf(valueIn(org, current, relation));
    const object = id === '' ? null : org.schema().ofPrefix(id);
    const parent = object === null ? null : heldRecord(org, object, id);
    if (parent === null) return null;
    current = parent;
  }
  return current;
}

export function valueAt(org: SfOrg, held: HeldRecord, { parents, field, madeOf }: ResolvedPath): Json {
  const end = parents.length === 0 ? held : parentOf(org, held, parents);
  if (end === null) return null;
  return madeOf === undefined
    ? valueIn(org, end, field)
    : dateValue(madeOf.name, valueIn(org, end, madeOf.field));
}

export function objectFrom(org: SfOrg, name: string): SfObject {
  const object = org.schema().object(name);
  if (object !== null) return object;
  const told = `sObject type '${name}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.`;
  throw new SoqlError('INVALID_TYPE', `\n${told}`);
}
