import { fieldOf } from '../schema/schema.ts';
import type { SfObject } from '../schema/objects.ts';
import { parseSfId } from '../schema/sf-id.ts';
import {
  heldRecord,
  indexKey,
  isIndexed,
  removedRecords,
  type HeldRecord,
  type SfOrg,
} from '../org/sf-org.ts';
import type { Condition, Query } from './query-tree.ts';

/** The records that a query's conditions are asked of: those under its keys where it has such, else all. */
export function candidatesFor(
  org: SfOrg,
  object: SfObject,
  query: Query,
  withDeleted: boolean,
): HeldRecord[] {
  const { store, settings, now } = org;
  const { soql, searchLagMs } = settings();
  const keyed = searchLagMs === 0 || soql === 'lagging' ? underKeys(org, object, query.where) : null;
  const present = keyed ?? store.all(object.name).map((record) => ({ object, record, removedAt: null }));
  // What is newer than the index isn't found yet.
  const seen =
    soql === 'lagging' && keyed === null
      ? present.filter(({ record }) => record.createdAt <= now() - searchLagMs)
      : present;
  return withDeleted ? [...seen, ...removedRecords(org, object)] : seen;
}

/** Null: the condition names no key. */
function underKeys(org: SfOrg, object: SfObject, where: Condition | null): HeldRecord[] | null {
  if (where === null) return null;
  if (where.kind === 'and' || where.kind === 'or') {
    const found = where.parts.map((part) => underKeys(org, object, part));
    if (where.kind === 'and') return found.find((part) => part !== null) ?? null;
    return found.every((part) => part !== null) ? distinct(found.flat()) : null;
  }
  if (where.kind === 'not') return null;
  const values = keysIn(where);
  const field = fieldOf(object, where.path);
  if (field === null || values === null) return null;
  if (field.name === 'Id') {
    const held = values.flatMap((id) => heldRecord(org, object, parseSfId(id) ?? '') ?? []);
    return distinct(held.filter(({ removedAt }) => removedAt === null));
  }
  if (!isIndexed(object, field.name)) return null;
  const isId = field.type === 'reference';
  const records = values.flatMap((value) => {
    const key = isId ? (parseSfId(value) ?? '') : value;
    return org.store.search(object.name, indexKey(field.name, key), () => true);
  });
  return distinct(records.map((record) => ({ object, record, removedAt: null })));
}

/** The texts that a field is compared with; null: something else is asked. */
function keysIn(condition: Extract<Condition, { kind: 'compare' | 'in' }>): string[] | null {
  if (condition.kind === 'compare') {
    const { by, value } = condition;
    return by === '=' && value.kind === 'string' && value.text !== '' ? [value.text] : null;
  }
  if (condition.isNegated || 'select' in condition.values) return null;
  const texts = condition.values.map((value) => (value.kind === 'string' ? value.text : ''));
  return texts.includes('') ? null : texts;
}

function distinct(held: readonly HeldRecord[]): HeldRecord[] {
  const byId = new Map(held.map((each) => [each.record.id, each]));
  return [...byId.values()].sort((a, b) => (a.record.id < b.record.id ? -1 : 1));
}
