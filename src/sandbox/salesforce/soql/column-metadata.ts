import type { JsonObject } from '../../../domain/json.ts';
import type { SfOrg } from '../org/sf-org.ts';
import type { SfField } from '../schema/field.ts';
import type { SfObject } from '../schema/objects.ts';
import { parseSoql } from './parse-soql.ts';
import type { Query } from './query-tree.ts';
import { objectFrom, type ResolvedPath } from './resolve-path.ts';
import { childOf, rowShape } from './run-query.ts';

interface Column {
  readonly name: string;
  /** As it was written, where that isn't its name. */
  readonly shown?: string;
  readonly field?: SfField;
  readonly isAggregate?: true;
  readonly joined?: readonly JsonObject[];
}

const NUMBERS: readonly string[] = ['int', 'double', 'currency', 'percent'];

/** What columns a query has, as `columns=true` asks (VERIFIED-3: what the vendor's own command line reads of it). Throws a SoqlError. */
export function columnMetadata(org: SfOrg, text: string): JsonObject {
  const query = parseSoql(text);
  const object = objectFrom(org, query.from);
  const columns = columnsOf(org, object, query, text);
  return {
    columnMetadata: columns.map(columnWire),
    entityName: object.name,
    groupBy: query.groupBy.length > 0,
    idSelected: columns.some(({ name }) => name === 'Id'),
    keyPrefix: object.prefix,
  };
}

function columnsOf(org: SfOrg, object: SfObject, query: Query, text: string): Column[] {
  let unnamed = 0;
  const nameOf = ({ alias }: { readonly alias: string | null }): string => {
    if (alias !== null) return alias;
    unnamed += 1;
    return `expr${unnamed - 1}`;
  };
  return query.select.flatMap((selected): Column[] => {
    if (selected.kind === 'aggregate') {
      const shown = `${selected.how}(${selected.path ?? ''})`;
      return [{ name: nameOf(selected), shown, isAggregate: true }];
    }
    if (selected.kind === 'path' && selected.path.endsWith(')'))
      return [{ name: nameOf(selected), shown: selected.path, isAggregate: true }];
    if (selected.kind === 'children') {
      const below = childOf(org, object, selected);
      const joined = columnsOf(org, below.object, selected.query, text).map(columnWire);
      return [{ name: below.name, isAggregate: true, joined }];
    }
    return rowShape(org, object, [selected], text).paths.map((path) => columnOf(path, 0));
  });
}

function columnOf({ parents, field }: ResolvedPath, depth: number): Column {
  const relation = parents[depth];
  if (relation === undefined) return { name: field.name, field };
  return {
    name: relation.relationshipName ?? relation.name,
    joined: [columnWire(columnOf({ parents, field }, depth + 1))],
  };
}

function columnWire({ name, shown, field, isAggregate, joined }: Column): JsonObject {
  const type = field?.type ?? '';
  return {
    aggregate: isAggregate === true,
    apexType: type === '' ? null : type,
    booleanType: type === 'boolean',
    columnName: name,
    custom: name.endsWith('__c'),
    displayName: shown ?? name,
    foreignKeyName: field?.referenceTo[0] ?? null,
    insertable: field?.createable ?? false,
    joinColumns: joined ?? [],
    numberType: NUMBERS.includes(type),
    textType: field !== undefined && type !== 'boolean' && !NUMBERS.includes(type),
    updatable: field?.updateable ?? false,
  };
}
