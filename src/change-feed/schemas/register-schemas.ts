import { RegistryUnavailable } from '../codec/registry-unavailable.ts';
import { ENTITY_KINDS, type EntityKind } from '../../domain/entity.ts';
import { subjectOf, type ChangeSchema, type ChangeTopics } from './change-schemas.ts';
import type { SubjectRegistry } from './subject-registry.ts';

/** Every version reads every other; see schemas/README.md. */
export const COMPATIBILITY_LEVEL = 'FULL_TRANSITIVE';

export type RegisterReport =
  | { readonly ok: true; readonly subjects: readonly RegisteredSubject[] }
  | {
      readonly ok: false;
      /** `INCOMPATIBLE`: the registry refused it; its subject keeps what it had. */
      readonly code: 'INCOMPATIBLE' | 'REGISTRY_UNAVAILABLE';
      readonly subject: string | null;
      readonly message: string;
      /** Those that were done before it. */
      readonly subjects: readonly RegisteredSubject[];
    };

export interface RegisteredSubject {
  readonly subject: string;
  readonly schemaId: number;
  /** False: this very schema was registered already. */
  readonly created: boolean;
}

export interface SchemaUseCaseOptions {
  readonly registry: SubjectRegistry;
  readonly schemas: Readonly<Record<EntityKind, ChangeSchema>>;
  readonly topics: ChangeTopics;
}

/** Sets each change topic's subject to `FULL_TRANSITIVE` and registers its schema. Repeating it changes nothing. */
export async function registerSchemas({
  registry,
  schemas,
  topics,
}: SchemaUseCaseOptions): Promise<RegisterReport> {
  const subjects: RegisteredSubject[] = [];
  for (const kind of ENTITY_KINDS) {
    const subject = subjectOf(topics[kind]);
    try {
      const result = await registerOne(registry, subject, schemas[kind].text);
      if ('refused' in result)
        return { ok: false, code: 'INCOMPATIBLE', subject, message: result.refused, subjects };
      subjects.push(result);
    } catch (error) {
      if (!(error instanceof RegistryUnavailable)) throw error;
      return { ok: false, code: error.code, subject, message: error.message, subjects };
    }
  }
  return { ok: true, subjects };
}

async function registerOne(
  registry: SubjectRegistry,
  subject: string,
  schema: string,
): Promise<RegisteredSubject | { readonly refused: string }> {
  const existing = await registry.idOf(subject, schema);
  // The level comes first, so that the registry itself refuses what breaks the rule.
  if ((await registry.level(subject)) !== COMPATIBILITY_LEVEL)
    await registry.setLevel(subject, COMPATIBILITY_LEVEL);
  if (existing !== null) return { subject, schemaId: existing, created: false };
  const registered = await registry.register(subject, schema);
  return 'refused' in registered ? registered : { subject, schemaId: registered.id, created: true };
}
