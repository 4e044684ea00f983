import type { Json, JsonObject } from '../../../domain/json.ts';
import type { SfObject, SfObjectName } from '../schema/objects.ts';
import { fieldOf } from '../schema/schema.ts';
import { heldRecord, isVisible, recordsWith, textOf, type SfCaller, type SfOrg } from '../org/sf-org.ts';
import { failure, type SfFailure } from '../org/sf-reply.ts';
import { checkValues, type Values } from './check-values.ts';
import type { StoredRecord } from '../../kit/records/record-store.ts';

/** What the org's duplicate rule says of people with an e-mail that others have; null: it lets them through. */
function duplicateFailure(
  org: SfOrg,
  object: SfObject,
  values: Values,
  { id, allowSave }: { readonly id: string | null; readonly allowSave: boolean },
): SfFailure | null {
  const rule = org.settings().duplicateRule;
  const email = textOf(values['Email']);
  if (rule === 'off' || object.name !== 'Contact' || email === '') return null;
  if (rule === 'alert' && allowSave) return null;
  const others = recordsWith(org, object, 'Email', email).filter((record) => record.id !== id);
  if (others.length === 0) return null;
  return {
    errorCode: 'DUPLICATES_DETECTED',
    message: 'Use one of these records?',
    duplicateResult: {
      allowSave: rule === 'alert',
      duplicateRule: 'Standard_Contact_Duplicate_Rule',
      duplicateRuleEntityType: 'Contact',
      errorMessage: 'Use one of these records?',
      matchResults: [
        {
          entityType: 'Contact',
          errors: [],
          matchEngine: 'FuzzyMatchEngine',
          matchRecords: others.map(matchWire),
          rule: 'Standard_Contact_Match_Rule_v1_1',
          size: others.length,
          success: true,
        },
      ],
    },
  };
}

function matchWire({ id }: StoredRecord) {
  const url = `/services/data/v68.0/sobjects/Contact/${id}`;
  return {
    additionalInformation: [],
    fieldDiffs: [],
    matchConfidence: 100,
    record: { attributes: { type: 'Contact', url }, Id: id },
  };
}

/** What became of one record's write. `status` is the one of an answer about this record alone. */
export type Written =
  | { readonly kind: 'done'; readonly id: string; readonly created: boolean }
  | { readonly kind: 'failed'; readonly status: number; readonly failures: readonly SfFailure[] }
  | { readonly kind: 'many'; readonly ids: readonly string[] };

/** Who writes, and what they said of duplicates. */
export interface Writer {
  readonly org: SfOrg;
  readonly caller: SfCaller;
  readonly allowSave: boolean;
}

const refused = (status: number, ...failures: readonly SfFailure[]): Written => ({
  kind: 'failed',
  status,
  failures,
});

export function insertRecord(writer: Writer, object: SfObject, values: Values): Written {
  const { org, caller } = writer;
  if (!object.isWritable) return notWritable(object);
  if (values['Id'] !== undefined) {
    const told = 'cannot specify Id in an insert call';
    return refused(400, failure('INVALID_FIELD_FOR_INSERT_UPDATE', told, 'Id'));
  }
  const failures = failuresOf(writer, object, values, null);
  if (failures.length > 0) return refused(400, ...failures);
  const fields = tidied(org, object, { OwnerId: caller.userId, ...values, CreatedById: caller.userId });
  const { id } = org.store.create(object.name, fields);
  org.authors.set(fields, caller.userId);
  return { kind: 'done', id, created: true };
}

/** Changes the fields that are given; null clears one. */
export function updateRecord(writer: Writer, object: SfObject, id: string, values: Values): Written {
  const { org, caller } = writer;
  const gone = goneAs(writer, object, id);
  if (gone !== null) return gone;
  if (!object.isWritable) return notWritable(object);
  const { Id: _id, ...changes } = values;
  const failures = failuresOf(writer, object, changes, id);
  if (failures.length > 0) return refused(400, ...failures);
  const before = heldRecord(org, object, id)?.record.fields ?? {};
  const fields = tidied(org, object, { ...before, ...changes });
  org.store.write(object.name, id, fields);
  org.authors.set(fields, caller.userId);
  return { kind: 'done', id, created: false };
}

export function removeRecord(writer: Writer, object: SfObject, id: string): Written {
  const { org } = writer;
  const gone = goneAs(writer, object, id);
  if (gone !== null) return gone;
  if (!object.isWritable) return notWritable(object);
  if (isLocked(org, [id])) return refused(400, LOCKED(id));
  takeAway(org, object, id);
  return { kind: 'done', id, created: false };
}

/** Changes the one record that has a value in an external id, or makes it; more than one is the caller's to sort out. */
export function upsertRecord(
  writer: Writer,
  object: SfObject,
  key: { readonly field: string; readonly value: string },
  values: Values,
  updateOnly = false,
): Written {
  const found = recordsByKey(writer.org, object, key.field, key.value);
  if (found.length > 1) return { kind: 'many', ids: found };
  const [id] = found;
  const { settings } = writer.org;
  // Without Unique an upsert needs View All Data (verified).
  if (!settings().viewAllData && fieldOf(object, key.field)?.unique !== true)
    return refused(
      403,
      failure('INSUFFICIENT_ACCESS_OR_READONLY', 'insufficient access rights on object id'),
    );
  if (id !== undefined) return updateRecord(writer, object, id, values);
  if (updateOnly) return refused(404, failure('NOT_FOUND', 'The requested resource does not exist'));
  return insertRecord(writer, object, { ...values, [key.field]: key.value });
}

/** Ids of the records that have a value in a field, as its uniqueness compares. */
export function recordsByKey(org: SfOrg, object: SfObject, name: string, value: string): string[] {
  const isExact = fieldOf(object, name)?.caseSensitive === true;
  return recordsWith(org, object, name, value)
    .filter(({ fields }) => !isExact || fields[name] === value)
    .map(({ id }) => id);
}

function notWritable({ name }: SfObject): Written {
  const told = `entity type ${name} does not support this operation`;
  return refused(400, failure('CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', told));
}

/** What is said of an id that can't be written: never there, or not any more. Null: it can. */
function goneAs({ org, caller }: Writer, object: SfObject, id: string): Written | null {
  const held = heldRecord(org, object, id);
  // Seen on a real org: PATCH and DELETE of an unknown id.
  if (held === null)
    return refused(404, failure('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id'));
  if (held.removedAt !== null) return refused(404, failure('ENTITY_IS_DELETED', 'entity is deleted', ...[]));
  if (isVisible(org, caller, held)) return null;
  const told = 'insufficient access rights on cross-reference id';
  return refused(403, failure('INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY', told));
}

function failuresOf(writer: Writer, object: SfObject, values: Values, id: string | null): SfFailure[] {
  const { org, allowSave } = writer;
  const failures = checkValues(org, object, values, { isNew: id === null, id });
  if (failures.length > 0) return failures;
  const duplicate = duplicateFailure(org, object, values, { id, allowSave });
  if (duplicate !== null) return [duplicate];
  const parents = object.fields
    .filter(({ type, name }) => type === 'reference' && name !== 'OwnerId')
    .map(({ name }) => textOf(values[name]));
  const touched = [id ?? '', ...parents].filter(Boolean);
  return isLocked(org, touched)
    ? [LOCKED(touched.find((held) => org.locks.has(held)) ?? touched[0] ?? '')]
    : [];
}

const LOCKED = (id: string): SfFailure => ({
  errorCode: 'UNABLE_TO_LOCK_ROW',
  message: `unable to obtain exclusive access to this record or 1 records: ${id}`,
  fields: [],
});

/** Whether somebody holds one of the records; each try uses one up. */
function isLocked({ locks }: SfOrg, ids: readonly string[]): boolean {
  const held = ids.find((id) => (locks.get(id) ?? 0) > 0);
  if (held === undefined) return false;
  locks.set(held, (locks.get(held) ?? 1) - 1);
  return true;
}

/** As it is stored: without what is empty. */
function tidied({ settings }: SfOrg, object: SfObject, values: Values): JsonObject {
  const { emailCase, lineBreaks } = settings();
  const entries = Object.entries(values)
    .filter(([, value]) => value !== null)
    .map(([name, value]): [string, Json] => {
      const type = fieldOf(object, name)?.type;
      if (typeof value !== 'string') return [name, value];
      if (type === 'email' && emailCase === 'lower') return [name, value.toLowerCase()];
      return [name, type === 'textarea' && lineBreaks === 'crlf' ? value.replace(/\r?\n/g, '\r\n') : value];
    });
  return Object.fromEntries(entries);
}

/** What goes with a record; what else refers to it is left without. */
const TAKEN_ALONG: readonly (readonly [SfObjectName, SfObjectName, string])[] = [
  ['Account', 'Contact', 'AccountId'],
  ['Account', 'Opportunity', 'AccountId'],
  ['Contact', 'OpportunityContactRole', 'ContactId'],
  ['Opportunity', 'OpportunityContactRole', 'OpportunityId'],
];

function takeAway(org: SfOrg, object: SfObject, id: string): void {
  for (const child of org.schema().objects) {
    for (const { name, type, referenceTo } of child.fields) {
      if (type !== 'reference' || !referenceTo.includes(object.name) || object.name === 'User') continue;
      const isTaken = TAKEN_ALONG.some(
        ([parent, taken, by]) => parent === object.name && taken === child.name && by === name,
      );
      for (const record of recordsWith(org, child, name, id)) {
        const { [name]: _gone, ...rest } = record.fields;
        if (isTaken) takeAway(org, child, record.id);
        else org.store.write(child.name, record.id, rest);
      }
    }
  }
  org.store.remove(object.name, id);
}

/** People merge a record into another: what referred to it refers to that one, and it is deleted with a pointer. */
export function mergeRecords(org: SfOrg, object: SfObject, keepId: string, goneId: string): boolean {
  const [kept, gone] = [org.store.lookUp(object.name, keepId), org.store.lookUp(object.name, goneId)];
  if (kept.kind !== 'found' || gone.kind !== 'found' || keepId === goneId) return false;
  for (const child of org.schema().objects) {
    for (const { name, type, referenceTo } of child.fields) {
      if (type !== 'reference' || !referenceTo.includes(object.name)) continue;
      for (const record of recordsWith(org, child, name, goneId))
        org.store.write(child.name, record.id, { ...record.fields, [name]: keepId });
    }
  }
  org.store.write(object.name, goneId, { ...gone.record.fields, MasterRecordId: keepId });
  org.store.retire(object.name, goneId, keepId, 'gone');
  return true;
}
