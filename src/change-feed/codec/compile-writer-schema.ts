import avro, { type Type } from 'avsc';
import {
  boundedArray,
  boundedMap,
  quickString,
  readingType,
  safeLong,
  type Reader,
  type Tap,
} from './safe-avro-types.ts';
import { bytesType, timeType, type Meaning } from './writer-types.ts';

/** A type that reads what was written with a schema, or what is wrong with the schema: a place, and never a value. */
export type CompiledSchema =
  { readonly ok: true; readonly type: Type } | { readonly ok: false; readonly fault: string };

/**
 * Compiles a writer's schema for reading, and for nothing else. What only matters to readers or to people plays no part: defaults,
 * aliases, order, docs, and what types are called (so names of any form are taken, and a type may be defined twice). Unions of any kind
 * give the value of the branch that was written; what a number means as a time, its logical type says. `referenced`: the schemas whose
 * types it may name.
 */
export function compileWriterSchema(schema: unknown, referenced: readonly unknown[]): CompiledSchema {
  const compiler = createCompiler([schema, ...referenced]);
  try {
    return { ok: true, type: compiler({ schema, namespace: '', at: '', depth: 0, meaning: {} }) };
  } catch (error) {
    if (error instanceof SchemaFault) return { ok: false, fault: error.message };
    throw error;
  }
}

class SchemaFault extends Error {
  override readonly name = 'SchemaFault';

  constructor({ at }: Pick<Part, 'at'>, fault: string) {
    super(`${at || '/'}: ${fault}`);
  }
}

/** A schema within the schema, and where it stands. */
interface Part {
  readonly schema: unknown;
  readonly namespace: string;
  /** A JSON pointer. */
  readonly at: string;
  readonly depth: number;
  /** What stands around it and may say what its values mean: many write a logical type beside the type instead of within it. */
  readonly meaning: Meaning;
}

type Compile = (part: Part) => Type;
type Definition = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 100;
const MEANINGS = ['logicalType', 'scale', 'connect.name'] as const;

/** Every field of a change event. Others have no name here: theirs may be none that an object can have. */
const KNOWN_FIELDS: ReadonlySet<unknown> = new Set([
  ...['eventId', 'occurredAt', 'userId', 'accountId', 'entityId', 'version', 'operation', 'origin'],
  ...['causationId', 'contact', 'property', 'deal', 'attributes'],
  ...['name', 'emails', 'phones', 'role', 'relationshipNotes', 'doNotContact'],
  ...['address', 'vendors', 'buyers', 'milestones', 'type', 'date', 'notes', 'riskOverview'],
  ...[
    'propertyId',
    'stage',
    'riskLevel',
    'riskFlags',
    'nextAction',
    'nextActionOwner',
    'summary',
    'contacts',
  ],
]);

function createCompiler(documents: readonly unknown[]): Compile {
  const primitives = createPrimitives();
  /** By full name; null while it is being compiled, since it may contain itself. */
  const known = new Map<string, { type: Type | null }>();
  let elsewhere: ReadonlyMap<string, Part> | null = null;

  const compile: Compile = (part) => {
    const { schema, at, depth } = part;
    if (depth > MAX_DEPTH) throw new SchemaFault(part, 'nested too deeply');
    if (typeof schema === 'string') return primitives(schema, part.meaning) ?? named(schema, part);
    if (Array.isArray(schema))
      return unionOf(
        schema.map((branch, index) => inside(part, branch, index)),
        compile,
      );
    if (typeof schema !== 'object' || schema === null) throw new SchemaFault(part, 'not a schema');
    const definition = schema as Definition;
    const meaning = { ...part.meaning, ...meaningOf(definition) };
    const { type } = definition;
    if (typeof type !== 'string') return compile({ ...inside(part, type, 'type'), meaning });
    if (type === 'array') return boundedArray(compile(inside(part, definition['items'], 'items')));
    if (type === 'map') return boundedMap(compile(inside(part, definition['values'], 'values')));
    if (DEFINING.has(type)) return define(definition, { ...part, meaning });
    return compile({ schema: type, namespace: part.namespace, at, depth: depth + 1, meaning });
  };

  const define = (definition: Definition, part: Part): Type => {
    const { fullName, namespace } = nameOf(definition, part.namespace);
    const entry: { type: Type | null } = { type: null };
    if (fullName !== null) known.set(fullName, entry);
    entry.type = defined(definition, { ...part, namespace }, compile);
    return entry.type;
  };

  const named = (name: string, part: Part): Type => {
    const candidates = [name.includes('.') ? name : qualified(name, part.namespace), name];
    for (const candidate of candidates) {
      const entry = known.get(candidate);
      if (entry !== undefined) return entry.type ?? readingType((tap) => readAs(entry.type, tap));
    }
    elsewhere ??= definitionsIn(documents);
    for (const candidate of candidates) {
      const definition = elsewhere.get(candidate);
      if (definition !== undefined) return compile({ ...definition, at: part.at, depth: part.depth + 1 });
    }
    throw new SchemaFault(part, 'names a type that is nowhere defined');
  };

  return compile;
}

function inside({ namespace, at, depth, meaning }: Part, schema: unknown, place: string | number): Part {
  const within = place === 'items' || place === 'values' ? {} : meaning;
  return { schema, namespace, at: `${at}/${place}`, depth: depth + 1, meaning: within };
}

function meaningOf(definition: Definition): Meaning {
  return Object.fromEntries(
    MEANINGS.filter((name) => definition[name] !== undefined).map((name) => [name, definition[name]]),
  );
}

function createPrimitives(): (name: string, meaning: Meaning) => Type | null {
  const simple = (type: string) => avro.Type.forSchema(type);
  const numbers = new Map([
    ['long', safeLong()],
    ...['int', 'float', 'double'].map((type): [string, Type] => [type, simple(type)]),
  ]);
  const others = new Map([
    ['string', quickString()],
    ...['null', 'boolean', 'bytes'].map((type): [string, Type] => [type, simple(type)]),
  ]);
  return (name, meaning) => {
    const number = numbers.get(name);
    if (number !== undefined) return timeType(number, meaning) ?? number;
    return (name === 'bytes' ? bytesType(meaning, null) : null) ?? others.get(name) ?? null;
  };
}

function unionOf(branches: readonly Part[], compile: Compile): Type {
  const types = branches.map(compile);
  return readingType((tap) => readAs(types[tap.readLong()], tap));
}

function readAs(type: Type | null | undefined, tap: Tap): unknown {
  if (type === null || type === undefined) throw new RangeError('a branch that the union does not have');
  return (type as unknown as Reader)._read(tap);
}

const DEFINING: ReadonlySet<string> = new Set(['record', 'error', 'enum', 'fixed']);

function defined(definition: Definition, part: Part, compile: Compile): Type {
  if (definition['type'] === 'enum') return enumOf(definition['symbols'], part);
  if (definition['type'] === 'fixed') return fixedOf(definition['size'], part);
  return recordOf(definition['fields'], part, compile);
}

function enumOf(symbols: unknown, part: Part): Type {
  if (!Array.isArray(symbols) || symbols.length === 0 || symbols.some((symbol) => typeof symbol !== 'string'))
    throw new SchemaFault(part, 'an enum without symbols');
  return readingType((tap) => {
    const symbol = symbols[tap.readLong()] as string | undefined;
    if (symbol === undefined) throw new RangeError('a symbol that the enum does not have');
    return symbol;
  });
}

function fixedOf(size: unknown, part: Part): Type {
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw new SchemaFault(part, 'a fixed without a size');
  return bytesType(part.meaning, size) ?? readingType((tap) => tap.readFixed(size));
}

/** avsc's own, since it generates code for each record. */
function recordOf(fields: unknown, part: Part, compile: Compile): Type {
  if (!Array.isArray(fields)) throw new SchemaFault(part, 'a record without fields');
  const compiled = fields.map((field: unknown, index) => {
    const within = { ...inside(part, field, `fields/${index}`), meaning: {} };
    if (typeof field !== 'object' || field === null) throw new SchemaFault(within, 'not a field');
    const { name, type } = field as Definition;
    const meaning = meaningOf(field as Definition);
    return {
      name: KNOWN_FIELDS.has(name) ? (name as string) : `_${index}`,
      type: compile({ ...inside(within, type, 'type'), meaning }),
    };
  });
  const twice = compiled.findIndex(({ name }, index) =>
    compiled.some((other, at) => at < index && other.name === name),
  );
  if (twice >= 0) throw new SchemaFault({ at: `${part.at}/fields/${twice}` }, 'a second field of this name');
  return avro.Type.forSchema({ type: 'record', fields: compiled } as unknown as avro.Schema, {
    omitRecordMethods: true,
  });
}

interface Name {
  /** Null: it has none. */
  readonly fullName: string | null;
  /** Of what it holds. */
  readonly namespace: string;
}

function nameOf({ name, namespace: own }: Definition, outer: string): Name {
  const namespace = typeof own === 'string' ? own : outer;
  if (typeof name !== 'string' || name === '') return { fullName: null, namespace };
  const dot = name.lastIndexOf('.');
  if (dot >= 0) return { fullName: name, namespace: name.slice(0, dot) };
  return { fullName: qualified(name, namespace), namespace };
}

function qualified(name: string, namespace: string): string {
  return namespace === '' ? name : `${namespace}.${name}`;
}

/** Where each type is defined, for names that come before their definitions or stand in another document. */
function definitionsIn(documents: readonly unknown[]): ReadonlyMap<string, Part> {
  const found = new Map<string, Part>();
  const walk = (schema: unknown, outer: string, depth: number): void => {
    if (typeof schema !== 'object' || schema === null || depth > MAX_DEPTH) return;
    if (Array.isArray(schema)) {
      for (const branch of schema) walk(branch, outer, depth + 1);
      return;
    }
    const definition = schema as Definition;
    const { fullName, namespace } = nameOf(definition, outer);
    const defines = typeof definition['type'] === 'string' && DEFINING.has(definition['type']);
    if (defines && fullName !== null && !found.has(fullName))
      found.set(fullName, { schema, namespace: outer, at: '', depth: 0, meaning: {} });
    const within = defines ? namespace : outer;
    for (const name of ['type', 'items', 'values', 'fields']) walk(definition[name], within, depth + 1);
  };
  for (const document of documents) walk(document, '', 0);
  return found;
}
