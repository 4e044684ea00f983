import type { Json, JsonObject } from '../../../domain/json.ts';
import type { SfObject } from '../schema/objects.ts';
import { isVisible, type HeldRecord, type SfCaller, type SfOrg, heldRecord, textOf } from '../org/sf-org.ts';
import { valueIn, attributesOf } from '../records/record-values.ts';
import { aggregateRows } from './aggregate-rows.ts';
import { candidatesFor } from './candidates.ts';
import { readRecord, testOf } from './conditions.ts';
import { parseSoql } from './parse-soql.ts';
import type { Query, Selected } from './query-tree.ts';
import { objectFrom, resolvePath, valueAt, type ResolvedPath } from './resolve-path.ts';
import { sortBy } from './sort-by.ts';
import { SoqlError } from './soql-error.ts';

/** What a query shows of its records: fields, and those of parents as objects in objects. */
interface RowShape {
  readonly paths: readonly ResolvedPath[];
}

/** Throws a SoqlError. */
export function rowShape(org: SfOrg, object: SfObject, select: readonly Selected[], text: string): RowShape {
  const paths = select.flatMap((selected): ResolvedPath[] => {
    if (selected.kind === 'path') return [resolvePath(org, object, selected.path, text, selected.at)];
    if (selected.kind !== 'all') return [];
    const { which } = selected;
    return object.fields
      .filter(({ name }) => which === 'ALL' || name.endsWith('__c') === (which === 'CUSTOM'))
      .map((field) => ({ parents: [], field }));
  });
  return { paths };
}

function rowWire(org: SfOrg, held: HeldRecord, { paths }: RowShape, version: string): JsonObject {
  return partWire(org, held, paths, 0, version);
}

function partWire(
  org: SfOrg,
  held: HeldRecord,
  paths: readonly ResolvedPath[],
  depth: number,
  version: string,
): JsonObject {
  const row: Record<string, Json> = { attributes: attributesOf(held, version) };
  for (const { parents, field } of paths) {
    const relation = parents[depth];
    if (relation === undefined) row[field.name] = valueIn(org, held, field);
    else {
      const name = relation.relationshipName ?? relation.name;
      if (row[name] !== undefined) continue;
      const parent = parentBy(org, held, relation.name);
      const inside = paths.filter((path) => path.parents[depth] === relation);
      row[name] = parent === null ? null : partWire(org, parent, inside, depth + 1, version);
    }
  }
  return row;
}

function parentBy(org: SfOrg, held: HeldRecord, name: string): HeldRecord | null {
  const field = held.object.fields.find((each) => each.name === name);
  const id = field === undefined ? '' : textOf(valueIn(org, held, field));
  const object = id === '' ? null : org.schema().ofPrefix(id);
  return object === null ? null : heldRecord(org, object, id);
}

/** What a query found: rows that are made as they are asked for. */
export interface QueryResult {
  readonly totalSize: number;
  /** Null: `COUNT()`, which has none. */
  readonly rows: ((from: number, until: number) => Json[]) | null;
  /** The columns, as a file of it has them. */
  readonly columns: readonly string[];
}

export interface QueryPlace {
  readonly org: SfOrg;
  readonly caller: SfCaller;
  readonly version: string;
  /** Whether deleted records are found, too. */
  readonly withDeleted: boolean;
}

/** Runs a query. Throws a SoqlError in the vendor's words. */
export function runQuery(place: QueryPlace, text: string): QueryResult {
  if (text.length > 100_000)
    throw new SoqlError('MALFORMED_QUERY', 'SOQL statements cannot be longer than 100,000 characters.');
  return resultOf(place, parseSoql(text), text);
}

function resultOf(place: QueryPlace, query: Query, text: string): QueryResult {
  const { org, version } = place;
  const object = objectFrom(org, query.from);
  checkSelect(query);
  const found = recordsFound(place, object, query, text);
  const isCount =
    query.select.some(
      (selected) => selected.kind === 'aggregate' && selected.path === null && selected.alias === null,
    ) && query.select.length === 1;
  const cut = (all: readonly HeldRecord[]): HeldRecord[] =>
    all.slice(query.offset, query.limit === null ? undefined : query.offset + query.limit);
  // Only how many there are: in whatever order.
  if (isCount) return { totalSize: cut(found).length, rows: null, columns: [] };
  if (query.groupBy.length > 0 || query.select.some(({ kind }) => kind === 'aggregate')) {
    const rows = aggregateRows(org, object, query, found, text).slice(
      query.offset,
      query.limit === null ? undefined : query.offset + query.limit,
    );
    return {
      totalSize: rows.length,
      rows: (from, until) => rows.slice(from, until),
      columns: columnsOf(rows[0]),
    };
  }
  if (query.select.some((selected) => selected.kind === 'path' && selected.path.endsWith(')')))
    throw new SoqlError('MALFORMED_QUERY', 'A date function needs a GROUP BY of it');
  const held = cut(sortBy(found, query.orderBy, readRecord(org, object, text)));
  const shape = rowShape(org, object, query.select, text);
  const children = query.select.flatMap((selected) => (selected.kind === 'children' ? [selected] : []));
  for (const child of children) childOf(org, object, child);
  const wire = (each: HeldRecord): JsonObject => ({
    ...rowWire(org, each, shape, version),
    ...Object.fromEntries(children.map((child) => childrenWire(place, object, each, child, text))),
  });
  return {
    totalSize: held.length,
    rows: (from, until) => held.slice(from, until).map(wire),
    columns: shape.paths.map(({ parents, field }) =>
      [...parents.map(({ relationshipName }) => relationshipName ?? ''), field.name].join('.'),
    ),
  };
}

const columnsOf = (row: JsonObject | undefined): string[] =>
  Object.keys(row ?? {}).filter((name) => name !== 'attributes');

function checkSelect({ select, limit, offset }: Query): void {
  // The standard ones are a known number of fields.
  const isUnbounded = select.some((each) => each.kind === 'all' && each.which !== 'STANDARD');
  if (isUnbounded && (limit === null || limit > 200))
    throw new SoqlError('MALFORMED_QUERY', 'The SOQL FIELDS function must have a LIMIT of at most 200');
  if (offset > 2_000)
    throw new SoqlError('NUMBER_OUTSIDE_VALID_RANGE', 'Maximum SOQL offset allowed is 2000');
}

function recordsFound(place: QueryPlace, object: SfObject, query: Query, text: string): HeldRecord[] {
  const { org, caller, withDeleted } = place;
  const test =
    query.where === null
      ? null
      : testOf(
          {
            org,
            text,
            read: readRecord(org, object, text),
            valuesOf: (inner) => valuesOf(place, inner, text),
          },
          query.where,
        );
  return candidatesFor(org, object, query, withDeleted || query.allRows).filter(
    (held) => isVisible(org, caller, held) && (test === null || test(held)),
  );
}

/** The first column of a query within a query. */
function valuesOf(place: QueryPlace, query: Query, text: string): Json[] {
  const object = objectFrom(place.org, query.from);
  const [selected] = query.select;
  if (selected?.kind !== 'path') throw new SoqlError('MALFORMED_QUERY', 'A semi join needs one field');
  const path = resolvePath(place.org, object, selected.path, text, selected.at);
  return recordsFound(place, object, query, text)
    .map((held) => valueAt(place.org, held, path))
    .filter((value) => value !== null);
}

type Children = Extract<Selected, { kind: 'children' }>;

/** A relationship to what lies below. Throws the vendor's words where there is none of the name. */
export function childOf(org: SfOrg, object: SfObject, { query }: Children) {
  const found = object.children.find(({ name }) => name.toLowerCase() === query.from.toLowerCase());
  if (found !== undefined) return { ...found, object: objectFrom(org, found.child) };
  const told = `Didn't understand relationship '${query.from}' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`;
  throw new SoqlError('INVALID_TYPE', `\n${told}`);
}

/** The records that a record has below it; null where it has none. */
function childrenWire(
  place: QueryPlace,
  object: SfObject,
  held: HeldRecord,
  children: Children,
  text: string,
): [string, Json] {
  const { org, version } = place;
  const relation = childOf(org, object, children);
  const by = relation.object.fields.find(({ name }) => name === relation.field);
  const { query } = children;
  const below = recordsFound(place, relation.object, query, text).filter(
    (child) => by !== undefined && valueIn(org, child, by) === held.record.id,
  );
  const all = sortBy(below, query.orderBy, readRecord(org, relation.object, text));
  const shown = query.limit === null ? all : all.slice(0, query.limit);
  if (shown.length === 0) return [relation.name, null];
  const shape = rowShape(org, relation.object, query.select, text);
  const records = shown.map((child) => rowWire(org, child, shape, version));
  return [relation.name, { totalSize: records.length, done: true, records }];
}
