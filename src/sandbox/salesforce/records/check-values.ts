import type { Json } from '../../../domain/json.ts';
import type { SfField } from '../schema/field.ts';
import type { SfObject } from '../schema/objects.ts';
import { fieldOf } from '../schema/schema.ts';
import { recordsWith, shownText, textOf, type SfOrg } from '../org/sf-org.ts';
import { failure, type SfFailure } from '../org/sf-reply.ts';

export type Values = Readonly<Record<string, Json>>;

/** An address as the vendor takes it: one @, a name before and a host with a dot behind. */
const EMAIL = /^[^\s@<>(),;:"[\]]+@[^\s@<>(),;:"[\]]+\.[^\s@<>(),;:"[\]]+$/;

/** What is wrong with a record's fields, by the field, in the vendor's words. */
export function checkValues(
  org: SfOrg,
  object: SfObject,
  values: Values,
  { isNew, id }: { readonly isNew: boolean; readonly id: string | null },
): SfFailure[] {
  const given = Object.keys(values).flatMap((name) => fieldOf(object, name) ?? []);
  const closed = given.filter(({ createable, updateable }) => !(isNew ? createable : updateable));
  if (closed.length > 0) {
    const names = closed.map(({ name }) => name);
    const told = `Unable to create/update fields: ${names.join(', ')}. Please check the security settings of this field and verify that it is read/write for your profile or permission set.`;
    return [failure('INVALID_FIELD_FOR_INSERT_UPDATE', told, ...names)];
  }
  const missing = object.fields.filter((field) => isMissing(field, values, isNew)).map(({ name }) => name);
  if (missing.length > 0) {
    const told = `Required fields are missing: [${missing.join(', ')}]`;
    return [failure('REQUIRED_FIELD_MISSING', told, ...missing)];
  }
  const wrong = given.flatMap((field) => valueFailure(org, field, values[field.name] ?? null) ?? []);
  if (wrong.length > 0) return wrong;
  const repeated = given.flatMap((field) => uniqueFailure(org, object, field, values[field.name], id) ?? []);
  return repeated.length > 0 ? repeated.slice(0, 1) : ruleFailures(org, object, values);
}

function isMissing(field: SfField, values: Values, isNew: boolean): boolean {
  if (field.nillable || field.type === 'boolean' || !field.createable || field.name === 'OwnerId')
    return false;
  const value = values[field.name];
  return value === null || (isNew && value === undefined && field.byDefault === undefined);
}

function valueFailure(org: SfOrg, field: SfField, value: Json): SfFailure | null {
  const { type, name, label, length } = field;
  if (value === null) return null;
  const text = textOf(value);
  if (type === 'reference') return referenceFailure(org, field, text);
  if (type === 'picklist') {
    // The values of an unrestricted list grow by whatever comes (VERIFIED-3).
    const isKnown = field.picklist.some(
      (entry) => entry.active && entry.value.toLowerCase() === text.toLowerCase(),
    );
    if (field.restricted && !isKnown) {
      const told = `${label}: bad value for restricted picklist field: ${text}`;
      return failure('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', told, name);
    }
  }
  if (length > 0 && text.length > length)
    return failure('STRING_TOO_LONG', `${label}: data value too large: ${text} (max length=${length})`, name);
  if (type === 'email' && !EMAIL.test(text))
    return failure('INVALID_EMAIL_ADDRESS', `${label}: invalid email address: ${text}`, name);
  return null;
}

function referenceFailure(org: SfOrg, field: SfField, id: string): SfFailure | null {
  const target = org.schema().ofPrefix(id);
  if (target === null || !field.referenceTo.includes(target.name))
    return failure('MALFORMED_ID', `${field.label}: id value of incorrect type: ${id}`, field.name);
  const found = org.store.lookUp(target.name, id);
  if (found.kind === 'found') return null;
  return org.store.removedAs(target.name, id) === null
    ? failure('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id')
    : failure('ENTITY_IS_DELETED', 'entity is deleted');
}

function uniqueFailure(
  org: SfOrg,
  object: SfObject,
  field: SfField,
  value: Json | undefined,
  id: string | null,
): SfFailure | null {
  const text = textOf(value);
  if (!field.unique || text === '') return null;
  const other = recordsWith(org, object, field.name, text).find(
    (record) => record.id !== id && (!field.caseSensitive || record.fields[field.name] === text),
  );
  if (other === undefined) return null;
  const told = `duplicate value found: ${field.name} duplicates value on record with id: ${other.id.slice(0, 15)}`;
  return { errorCode: 'DUPLICATE_VALUE', message: told, fields: [] };
}

/** What administrators forbid. */
function ruleFailures(org: SfOrg, object: SfObject, values: Values): SfFailure[] {
  return org
    .settings()
    .validationRules.filter(
      (rule) =>
        rule.object === object.name &&
        values[rule.field] !== undefined &&
        new RegExp(rule.pattern).test(shownText(values[rule.field])),
    )
    .map(({ message, field }) => failure('FIELD_CUSTOM_VALIDATION_EXCEPTION', message, field));
}
