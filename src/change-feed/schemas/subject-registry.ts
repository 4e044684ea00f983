import {
  createRegistryHttp,
  isAbsent,
  type RegistryAddress,
  type RegistryAnswer,
} from '../codec/registry-http.ts';
import { RegistryUnavailable } from '../codec/registry-unavailable.ts';

/** What the registry keeps about a subject. Every method throws `RegistryUnavailable` when it can't be asked. */
export interface SubjectRegistry {
  /** The subject's own compatibility level; null when it has none. */
  level(subject: string): Promise<string | null>;
  setLevel(subject: string, level: string): Promise<void>;
  /** Every registered version's number, kind and schema, oldest first. */
  versions(subject: string): Promise<readonly RegisteredVersion[]>;
  /** The id of this very schema under the subject; null when it is not registered there. */
  idOf(subject: string, schema: string): Promise<number | null>;
  /** Registers a schema, or finds it registered. */
  register(subject: string, schema: string): Promise<{ readonly id: number } | { readonly refused: string }>;
}

export interface RegisteredVersion {
  readonly version: number;
  /** `AVRO`, `JSON` or `PROTOBUF`. */
  readonly kind: string;
  readonly schema: string;
}

const DEADLINE_MS = 5_000;

/** Speaks to a Confluent-compatible registry; each call ends within 5 s. */
export function createSubjectRegistry(address: RegistryAddress): SubjectRegistry {
  const http = createRegistryHttp(address, DEADLINE_MS);
  const path = (subject: string) => `/subjects/${encodeURIComponent(subject)}`;
  const configPath = (subject: string) => `/config/${encodeURIComponent(subject)}`;

  return {
    async level(subject) {
      const answer = await http('GET', configPath(subject));
      // 40408: the subject exists and follows the registry's default.
      if (isAbsent(answer) || answer.errorCode === 40_408) return null;
      return text(expectSuccess(answer), 'compatibilityLevel').toUpperCase();
    },
    async setLevel(subject, level) {
      expectSuccess(await http('PUT', configPath(subject), { compatibility: level }));
    },
    async versions(subject) {
      const answer = await http('GET', `${path(subject)}/versions`);
      if (isAbsent(answer)) return [];
      const numbers: readonly unknown[] = Array.isArray(answer.body) ? answer.body : [];
      expectSuccess(answer);
      const versions: RegisteredVersion[] = [];
      for (const version of numbers.filter((each) => typeof each === 'number')) {
        const found = expectSuccess(await http('GET', `${path(subject)}/versions/${version}`));
        const kind = found['schemaType'];
        versions.push({
          version,
          kind: typeof kind === 'string' ? kind : 'AVRO',
          schema: text(found, 'schema'),
        });
      }
      return versions.sort((a, b) => a.version - b.version);
    },
    async idOf(subject, schema) {
      const answer = await http('POST', path(subject), { schema });
      return isAbsent(answer) ? null : number(expectSuccess(answer), 'id');
    },
    async register(subject, schema) {
      const answer = await http('POST', `${path(subject)}/versions`, { schema });
      if (answer.status === 409 || answer.status === 422)
        return { refused: answer.message || `the registry answers ${answer.status}` };
      return { id: number(expectSuccess(answer), 'id') };
    },
  };
}

type Members = Readonly<Record<string, unknown>>;

function expectSuccess({ status, body, message }: RegistryAnswer): Members {
  if (status === 200) return body as Members;
  throw new RegistryUnavailable(
    `the schema registry answers ${status}${message ? `: ${message.slice(0, 200)}` : ''}`,
  );
}

function text(body: Members, name: string): string {
  const value = body[name];
  if (typeof value === 'string') return value;
  throw new RegistryUnavailable(`the schema registry's answer lacks ${name}`);
}

function number(body: Members, name: string): number {
  const value = body[name];
  if (typeof value === 'number') return value;
  throw new RegistryUnavailable(`the schema registry's answer lacks ${name}`);
}
