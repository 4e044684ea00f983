import { readFileSync } from 'node:fs';
import avro, { type Type } from 'avsc';
import { safeAvroOptions } from '../codec/safe-avro-types.ts';
import { ENTITY_KINDS, type EntityKind } from '../../domain/entity.ts';

/** The schema of one kind of change event. */
export interface ChangeSchema {
  readonly kind: EntityKind;
  /** As the registry is given it. */
  readonly text: string;
  readonly type: Type;
}

/** Which topic carries the changes of each kind. */
export type ChangeTopics = Readonly<Record<EntityKind, string>>;

/** Reads and compiles the schemas that are kept with the program, in `schemas/`. Throws if one is missing or wrong. */
export function loadChangeSchemas(): Readonly<Record<EntityKind, ChangeSchema>> {
  const load = (kind: EntityKind): ChangeSchema => {
    const file = readFileSync(new URL(`../../../schemas/${kind}-change.avsc`, import.meta.url), 'utf8');
    const schema = JSON.parse(file) as Parameters<typeof avro.Type.forSchema>[0];
    return { kind, text: JSON.stringify(schema), type: avro.Type.forSchema(schema, safeAvroOptions()) };
  };
  return Object.fromEntries(ENTITY_KINDS.map((kind) => [kind, load(kind)])) as Record<
    EntityKind,
    ChangeSchema
  >;
}

/** The registry's name for the values of a topic. */
export function subjectOf(topic: string): string {
  return `${topic}-value`;
}
