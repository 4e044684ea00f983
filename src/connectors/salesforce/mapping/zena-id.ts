import { naturalKeyHash, textHash } from '../../../domain/content-hash.ts';
import { splitRecordKey, type EntityKind } from '../../../domain/entity.ts';
import type { MappingContext } from '../../../domain/mapping.ts';
import type { CrmFields, NaturalKey } from '../../../domain/remote-record.ts';
import { TEXT_LENGTH, ZENA_ID } from '../api/objects.ts';
import { textOf } from './field-values.ts';

/**
 * What names a Zena record in Salesforce: its id in Zena; of one that is longer than the field takes, a name made of it. Null where a mapping isn't
 * for a record.
 */
export function zenaIdOf({ self }: Pick<MappingContext, 'self'>): string | null {
  if (self === undefined) return null;
  const { entityId } = splitRecordKey(self);
  return entityId.length <= TEXT_LENGTH ? entityId : `sha256:${textHash(entityId)}`;
}

/** The key of a record that has no other one. */
export function keyOfZena(kind: EntityKind, fields: CrmFields): readonly NaturalKey[] {
  const zenaId = textOf(fields[ZENA_ID]);
  if (zenaId === '') return [];
  return [
    {
      kind,
      strength: 'certain',
      value: { [ZENA_ID]: zenaId },
      hash: naturalKeyHash(kind, 'zena', zenaId),
      formerHashes: [],
    },
  ];
}
