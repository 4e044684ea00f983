import { RegistryUnavailable } from '../codec/registry-unavailable.ts';
import { ENTITY_KINDS } from '../../domain/entity.ts';
import { subjectOf } from './change-schemas.ts';
import { incompatibilities } from './full-compatibility.ts';
import { COMPATIBILITY_LEVEL, type SchemaUseCaseOptions } from './register-schemas.ts';
import type { SubjectRegistry } from './subject-registry.ts';

export type CheckReport =
  /** Empty: everything is registered as it should be. */
  | { readonly ok: true; readonly findings: readonly SchemaFinding[] }
  | { readonly ok: false; readonly code: 'REGISTRY_UNAVAILABLE'; readonly message: string };

export interface SchemaFinding {
  readonly subject: string;
  readonly code:
    | 'NOT_REGISTERED'
    /** A registered version and ours don't read each other: registering would be refused. */
    | 'INCOMPATIBLE'
    | 'COMPATIBILITY_LEVEL'
    /** The subject holds another kind of schema than Avro. */
    | 'NOT_AVRO';
  readonly message: string;
}

/** Compares the registry with the schemas kept here, every registered version in both directions. Changes nothing. */
export async function checkSchemas({
  registry,
  schemas,
  topics,
}: SchemaUseCaseOptions): Promise<CheckReport> {
  try {
    const findings: SchemaFinding[] = [];
    for (const kind of ENTITY_KINDS) {
      findings.push(...(await checkSubject(registry, subjectOf(topics[kind]), schemas[kind].text)));
    }
    return { ok: true, findings };
  } catch (error) {
    if (!(error instanceof RegistryUnavailable)) throw error;
    return { ok: false, code: error.code, message: error.message };
  }
}

async function checkSubject(
  registry: SubjectRegistry,
  subject: string,
  schema: string,
): Promise<SchemaFinding[]> {
  const findings: SchemaFinding[] = [];
  const find = (code: SchemaFinding['code'], message: string) => findings.push({ subject, code, message });

  for (const registered of await registry.versions(subject)) {
    if (registered.kind !== 'AVRO') {
      find('NOT_AVRO', `version ${registered.version} is of kind ${registered.kind}`);
      continue;
    }
    for (const reason of incompatibilities(schema, registered.schema)) {
      find('INCOMPATIBLE', `version ${registered.version}: ${reason}`);
    }
  }
  if ((await registry.idOf(subject, schema)) === null) {
    find('NOT_REGISTERED', 'this schema is not registered; run `zena-crm schemas register`');
  }
  const level = await registry.level(subject);
  if (level !== COMPATIBILITY_LEVEL) {
    find(
      'COMPATIBILITY_LEVEL',
      `${level ?? 'the default of the registry'} instead of ${COMPATIBILITY_LEVEL}`,
    );
  }
  return findings;
}
