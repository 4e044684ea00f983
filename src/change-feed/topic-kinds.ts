import { ENTITY_KINDS, type EntityKind } from '../domain/entity.ts';

/** Answers what the messages of a topic are about. Throws for a topic that carries no changes. */
export function createKindOf(topics: Readonly<Record<EntityKind, string>>): (topic: string) => EntityKind {
  const kinds = new Map(ENTITY_KINDS.map((kind) => [topics[kind], kind]));
  return (topic) => {
    const kind = kinds.get(topic);
    if (kind === undefined) throw new TypeError('a message of a topic that carries no changes');
    return kind;
  };
}
