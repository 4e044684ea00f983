import type { SfSettings } from './sf-settings.ts';
import { text, type SfField } from './field.ts';
import { OBJECTS, type SfObject, type SfObjectName } from './objects.ts';

/** What the org's objects look like now. */
export interface Schema {
  readonly objects: readonly SfObject[];
  /** By name in whatever case; null: the org has no such object. */
  object(name: string): SfObject | null;
  /** Whose ids begin so. */
  ofPrefix(id: string): SfObject | null;
}

const FIELDS = new WeakMap<SfObject, ReadonlyMap<string, SfField>>();

/** A field by its name in whatever case. */
export function fieldOf(object: SfObject, name: string): SfField | null {
  const known =
    FIELDS.get(object) ?? new Map(object.fields.map((field) => [field.name.toLowerCase(), field]));
  FIELDS.set(object, known);
  return known.get(name.toLowerCase()) ?? null;
}

/** A field by the relationship that it is, as in `Account.Name`. */
export function relationOf(object: SfObject, name: string): SfField | null {
  const wanted = name.toLowerCase();
  return object.fields.find(({ relationshipName }) => relationshipName?.toLowerCase() === wanted) ?? null;
}

type Shape = Pick<
  SfSettings,
  'lacks' | 'externalIds' | 'restrictedStages' | 'extraFields' | 'inactiveValues'
>;

/** The schema that settings make; the same one until they change. */
export function createSchemas(settings: () => SfSettings): () => Schema {
  let made: { readonly key: string; readonly schema: Schema } | null = null;
  let seen: SfSettings | null = null;
  return () => {
    const now = settings();
    if (made !== null && seen === now) return made.schema;
    seen = now;
    const { lacks, externalIds, restrictedStages, extraFields, inactiveValues } = now;
    const key = JSON.stringify([lacks, externalIds, restrictedStages, extraFields, inactiveValues]);
    if (made?.key !== key) made = { key, schema: schemaOf(now) };
    return made.schema;
  };
}

function schemaOf(shape: Shape): Schema {
  const objects = OBJECTS.filter(({ name }) => !shape.lacks.includes(name)).map((object) =>
    objectAs(object, shape),
  );
  const byName = new Map(objects.map((object) => [object.name.toLowerCase(), object]));
  const byPrefix = new Map(objects.map((object) => [object.prefix, object]));
  return {
    objects,
    object: (name) => byName.get(name.toLowerCase()) ?? null,
    ofPrefix: (id) => byPrefix.get(id.slice(0, 3)) ?? null,
  };
}

function objectAs(object: SfObject, shape: Shape): SfObject {
  const added = shape.extraFields
    .filter((name) => name.startsWith(`${object.name}.`))
    .map((name) => text(name.slice(object.name.length + 1), 255));
  const fields = [...object.fields, ...added]
    .filter(({ name }) => !shape.lacks.includes(`${object.name}.${name}`))
    .map((field) => fieldAs(object.name, field, shape));
  return { ...object, fields };
}

function fieldAs(object: SfObjectName, field: SfField, shape: Shape): SfField {
  const picklist = field.picklist.map((entry) =>
    shape.inactiveValues.includes(`${object}.${field.name}.${entry.value}`)
      ? { ...entry, active: false }
      : entry,
  );
  if (field.name === 'StageName') return { ...field, picklist, restricted: shape.restrictedStages };
  if (!field.externalId || shape.externalIds === 'unique') return { ...field, picklist };
  const isUnique = shape.externalIds === 'insensitive';
  return { ...field, unique: isUnique, caseSensitive: false };
}

/** What an id of the schema's objects names: collections are objects. */
export function objectNamed(name: SfObjectName): SfObject {
  const found = OBJECTS.find((object) => object.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}
