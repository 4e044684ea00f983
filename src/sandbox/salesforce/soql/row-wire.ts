import type { Json, JsonObject } from '../../../domain/json.ts';
import { attributesOf, valueIn } from '../records/record-values.ts';
import type { SfObject } from '../schema/objects.ts';
import { heldRecord, textOf, type HeldRecord, type SfOrg } from '../org/sf-org.ts';
import type { Selected } from './query-tree.ts';
import { resolvePath, type ResolvedPath } from './resolve-path.ts';

/** What a query shows of its records: fields, and those of parents as objects in objects. */
export interface RowShape {
  readonly paths: readonly ResolvedPath[];
}

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

export function rowWire(org: SfOrg, held: HeldRecord, { paths }: RowShape, version: string): JsonObject {
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
