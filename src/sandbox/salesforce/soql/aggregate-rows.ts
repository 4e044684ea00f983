import type { Json, JsonObject } from '../../../domain/json.ts';
import { field as madeField } from '../schema/field.ts';
import type { SfObject } from '../schema/objects.ts';
import type { HeldRecord, SfOrg } from '../org/sf-org.ts';
import { folded, testOf, type ReadPath } from './conditions.ts';
import type { Query, Selected } from './query-tree.ts';
import { resolvePath, valueAt, type ResolvedPath } from './resolve-path.ts';
import { sortBy } from './sort-by.ts';
import { SoqlError } from './soql-error.ts';

type Aggregate = Extract<Selected, { kind: 'aggregate' }>;
/** Records that are alike in what a query groups by. */
type Group = readonly HeldRecord[];

/** One row for each group that HAVING takes, in the order that is asked for; one for all where nothing is grouped. */
export function aggregateRows(
  org: SfOrg,
  object: SfObject,
  query: Query,
  found: readonly HeldRecord[],
  text: string,
): JsonObject[] {
  const read = readGroup(org, object, query, text);
  const groups = groupsOf(org, object, query, found, text);
  const isWanted =
    query.having === null ? () => true : testOf<Group>({ org, text, read, valuesOf: () => [] }, query.having);
  return sortBy(groups.filter(isWanted), query.orderBy, read).map((members) => {
    const row: Record<string, Json> = { attributes: { type: 'AggregateResult' } };
    let unnamed = 0;
    const nameOf = (alias: string | null): string => {
      if (alias !== null) return alias;
      unnamed += 1;
      return `expr${unnamed - 1}`;
    };
    for (const selected of query.select) {
      if (selected.kind === 'aggregate') {
        const resolve = (path: string): ResolvedPath => resolvePath(org, object, path, text, 0);
        row[nameOf(selected.alias)] = aggregated(org, selected, members, resolve);
      } else if (selected.kind === 'path') {
        const { field, valueOf } = read(selected.path, selected.at);
        const isMade = selected.path.endsWith(')');
        row[isMade ? nameOf(selected.alias) : (selected.alias ?? field.name)] = valueOf(members);
      }
    }
    return row;
  });
}

function groupsOf(
  org: SfOrg,
  object: SfObject,
  { groupBy }: Query,
  found: readonly HeldRecord[],
  text: string,
): Group[] {
  if (groupBy.length === 0) return [found];
  const by = groupBy.map((path) => resolvePath(org, object, path, text, 0));
  const groups = new Map<string, HeldRecord[]>();
  for (const held of found) {
    const key = JSON.stringify(by.map((path) => folded(path.field, valueAt(org, held, path))));
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [held]);
    else members.push(held);
  }
  return [...groups.values()];
}

/** Reads what is grouped by, and what is made of a group's members: `COUNT(Id)`. */
function readGroup(org: SfOrg, object: SfObject, query: Query, text: string): ReadPath<Group> {
  return (path, at) => {
    const resolve = (inside: string): ResolvedPath => resolvePath(org, object, inside, text, at);
    const [, name = '', inside = ''] = /^(\w+)\((.*)\)$/.exec(path) ?? [];
    const how = (['count', 'count_distinct', 'min', 'max', 'sum', 'avg'] as const).find(
      (each) => each === name.toLowerCase(),
    );
    if (how !== undefined) {
      const isOne = how === 'min' || how === 'max';
      const field = isOne ? resolve(inside).field : madeField(path, 'double', 0);
      const aggregate: Aggregate = { kind: 'aggregate', how, path: inside, alias: null };
      return { field, valueOf: (members) => aggregated(org, aggregate, members, resolve) };
    }
    if (!query.groupBy.some((each) => each.toLowerCase() === path.toLowerCase()))
      throw new SoqlError('MALFORMED_QUERY', `Field must be grouped or aggregated: ${path}`);
    const resolved = resolve(path);
    const valueOf = ([first]: Group): Json => (first === undefined ? null : valueAt(org, first, resolved));
    return { field: resolved.field, valueOf };
  };
}

function aggregated(
  org: SfOrg,
  { how, path }: Aggregate,
  members: readonly HeldRecord[],
  resolve: (path: string) => ResolvedPath,
): Json {
  if (path === null) return members.length;
  const resolved = resolve(path);
  const values = members.map((held) => valueAt(org, held, resolved)).filter((value) => value !== null);
  if (how === 'count') return values.length;
  if (how === 'count_distinct') return new Set(values.map((value) => folded(resolved.field, value))).size;
  if (values.length === 0) return null;
  if (how === 'sum' || how === 'avg') {
    const sum = values.reduce<number>((total, value) => total + Number(value), 0);
    return how === 'sum' ? sum : sum / values.length;
  }
  return values.reduce((best, value) => {
    const isLess = (folded(resolved.field, value) ?? 0) < (folded(resolved.field, best) ?? 0);
    return isLess === (how === 'min') ? value : best;
  });
}
