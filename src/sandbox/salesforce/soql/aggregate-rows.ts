import type { Json, JsonObject } from '../../../domain/json.ts';
import type { SfObject } from '../schema/objects.ts';
import type { HeldRecord, SfOrg } from '../org/sf-org.ts';
import { folded } from './conditions.ts';
import type { Query, Selected } from './query-tree.ts';
import { resolvePath, valueAt, type ResolvedPath } from './resolve-path.ts';
import { SoqlError } from './soql-error.ts';

type Aggregate = Extract<Selected, { kind: 'aggregate' }>;

/** One row for each group; one for all where nothing is grouped. */
export function aggregateRows(
  org: SfOrg,
  object: SfObject,
  query: Query,
  found: readonly HeldRecord[],
  text: string,
): JsonObject[] {
  const resolve = (path: string): ResolvedPath => resolvePath(org, object, path, text, 0);
  const by = query.groupBy.map(resolve);
  const groups = new Map<string, HeldRecord[]>();
  if (by.length === 0) groups.set('', [...found]);
  else
    for (const held of found) {
      const key = JSON.stringify(by.map((path) => folded(path.field, valueAt(org, held, path))));
      groups.set(key, [...(groups.get(key) ?? []), held]);
    }
  return [...groups.values()].map((members) => {
    const row: Record<string, Json> = { attributes: { type: 'AggregateResult' } };
    let unnamed = 0;
    for (const selected of query.select) {
      if (selected.kind === 'aggregate') {
        const name = selected.alias ?? `expr${unnamed}`;
        if (selected.alias === null) unnamed += 1;
        row[name] = aggregated(org, selected, members, resolve);
      } else if (selected.kind === 'path') {
        const isGrouped = query.groupBy.some((path) => path.toLowerCase() === selected.path.toLowerCase());
        if (!isGrouped)
          throw new SoqlError('MALFORMED_QUERY', `Field must be grouped or aggregated: ${selected.path}`);
        const path = resolve(selected.path);
        const [first] = members;
        row[selected.alias ?? path.field.name] = first === undefined ? null : valueAt(org, first, path);
      }
    }
    return row;
  });
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
