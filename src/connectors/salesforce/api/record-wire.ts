import type { Json, JsonObject } from '../../../domain/json.ts';
import type { CrmFields, RemoteHit } from '../../../domain/remote-record.ts';
import { OBJECTS, PEOPLES_FIELDS, ZENA_ID, type CrmObject } from './objects.ts';
import type { OrgSettings } from './settings.ts';
import { idIn, isObject, textIn, timeIn } from './wire.ts';

/** The fields that are sent, by what the org calls them; what is empty clears its field. */
export function toWire(
  object: CrmObject,
  settings: OrgSettings,
  fields: CrmFields,
  isSent: (name: string, value: Json) => boolean,
): JsonObject {
  const written = object.fields.flatMap(({ name }): [string, Json][] => {
    const value = fields[name] ?? null;
    if (fields[name] === undefined || !isSent(name, value)) return [];
    return [[settings.fieldName(object, name), value === '' ? null : value]];
  });
  return Object.fromEntries(written);
}

export function isNothing(value: Json): boolean {
  return value === null || value === '' || value === false;
}

/** What a query asks of a record. */
export function selectedFields(object: CrmObject, settings: OrgSettings): string {
  const own = object.fields.map(({ name }) => settings.fieldName(object, name));
  return ['Id', 'CreatedDate', 'SystemModstamp', ...own].join(', ');
}

/** A record as an answer shows it: the mapped fields as they are sent, and what else people entered. Null: it is none. */
export function hitOf(object: CrmObject, settings: OrgSettings, row: Json | undefined): RemoteHit | null {
  const id = idIn(row);
  if (id === null || !isObject(row)) return null;
  const fields = object.fields.flatMap(({ name }): [string, Json][] => {
    const value = row[settings.fieldName(object, name)];
    return value === undefined ? [] : [[name, asSent(name, value)]];
  });
  return {
    id,
    version: textIn(row, 'SystemModstamp') || null,
    createdAt: timeIn(row, 'CreatedDate'),
    fields: Object.fromEntries(fields),
    rest: restOf(object, settings, row),
  };
}

/** No text is null there; of our own id that is what says that nobody has set it. */
function asSent(name: string, value: Json): Json {
  if (typeof value === 'string') return value.replaceAll('\r\n', '\n');
  return value === null && name !== ZENA_ID && !NAMES_RECORD.has(name) && name !== 'StageName' ? '' : value;
}

const NAMES_RECORD: ReadonlySet<string> = new Set(
  OBJECTS.flatMap(({ fields }) =>
    fields.flatMap(({ name, made }) =>
      made === 'lookup_contact' || made === 'lookup_property' ? [name] : [],
    ),
  ),
);

function restOf(object: CrmObject, settings: OrgSettings, row: JsonObject): CrmFields {
  const mapped = new Set(object.fields.map(({ name }) => settings.fieldName(object, name)));
  const peoples = new Set(PEOPLES_FIELDS[object.kind]);
  const isTheirs = (name: string, value: Json): boolean =>
    (peoples.has(name) || name.endsWith('__c')) && !mapped.has(name) && !isNothing(value);
  return Object.fromEntries(Object.entries(row).filter(([name, value]) => isTheirs(name, value)));
}
