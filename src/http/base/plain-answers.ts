import type { Json, JsonObject } from '../../domain/json.ts';

/**
 * A schema of an answer, as it takes least to write by: a value that may be null is said to be, and one of several plain types is of these.
 * Else each such place has a validator compiled at the first answer, and run at every one, only to tell which it is. What is written is the same.
 */
export function plainAnswer<T>(schema: T): T {
  return plain(schema as Json) as T;
}

const PLAIN_TYPES: readonly Json[] = ['string', 'number', 'integer', 'boolean'];

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function plain(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(plain);
  if (!isObject(schema)) return schema;
  const of = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, plain(value ?? null)]));
  const { anyOf, ...rest } = of;
  if (!Array.isArray(anyOf) || !anyOf.every(isObject)) return of;
  const options = anyOf.filter((option) => option['type'] !== 'null');
  const orNull = options.length < anyOf.length ? { nullable: true } : {};
  const [only] = options;
  if (only === undefined) return of;
  if (options.length === 1 && only['anyOf'] === undefined && only['$ref'] === undefined)
    return { ...only, ...rest, ...orNull };
  const types = new Set(options.map((option) => option['type'] ?? null));
  if (![...types].every((type) => PLAIN_TYPES.includes(type))) return of;
  return { ...rest, type: types.size === 1 ? [...types][0] : [...types], ...orNull } as JsonObject;
}
