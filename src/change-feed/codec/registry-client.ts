import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import type { Type } from 'avsc';
import { compileWriterSchema } from './compile-writer-schema.ts';
import { readingType } from './safe-avro-types.ts';
import type { Unreadable } from './letter-code.ts';
import { createRegistryHttp, isAbsent, type RegistryAddress } from './registry-http.ts';
import { RegistryUnavailable } from './registry-unavailable.ts';

/** An Avro type that decodes what was written with the schema, or why there is none. */
export type WriterSchema = { readonly type: Type } | Unreadable;

/** Asks the registry, without remembering anything. Both throw `RegistryUnavailable`. */
export interface RegistryClient {
  /** Null: the registry says that there is no such schema, or not yet. */
  fetchSchema(id: number): Promise<WriterSchema | null>;
}

/**
 * The product's registry library, kept to what it does well: fetching a schema with its references.
 * Around its known faults: its cache has no bound, so it is emptied after each answer; it retries with options that all of
 * its instances share, so it is told not to; it has no deadline, so each request gets one; it compiles schemas of any
 * kind, so others than Avro are stopped at the answer, and refuses those whose defaults are wrong, which matter to no reader, so what
 * it compiles is handed over as it is; and to it every 404 is the same, so a 404 is asked again to tell
 * an unknown id from a wrong URL.
 */
export function createRegistryClient(address: RegistryAddress, deadlineMs: number): RegistryClient {
  const http = createRegistryHttp(address, deadlineMs);
  const library = new SchemaRegistry(
    {
      host: address.url,
      ...loginOf(address.auth),
      retry: { retries: 0, maxRetryTimeInSecs: 1, initialRetryTimeInSecs: 0.1, factor: 0, multiplier: 1 },
      middlewares: [guardAnswers(deadlineMs)],
    },
    { [SchemaType.AVRO]: { typeHook: handOver } },
  );

  const isUnknown = async (id: number): Promise<boolean> => {
    const answer = await http('GET', `/schemas/ids/${id}`);
    if (answer.status === 200) return false;
    if (isAbsent(answer)) return true;
    throw new RegistryUnavailable(
      `the schema registry answers ${answer.status} to GET /schemas/ids: is its URL right?`,
    );
  };

  return {
    async fetchSchema(id) {
      try {
        const fetched: unknown = await library.getSchema(id);
        const parts = handedOver.get(fetched as Type);
        if (parts === undefined) return { code: 'UNSUPPORTED_SCHEMA', detail: 'the schema is not Avro' };
        const compiled = compileWriterSchema(parts.schema, parts.referenced);
        return compiled.ok ? { type: compiled.type } : invalidSchema(`at ${compiled.fault}`);
      } catch (error) {
        if (error instanceof NotAvro) return { code: 'UNSUPPORTED_SCHEMA', detail: error.message };
        if (error instanceof RegistryUnavailable) throw error;
        if (isCompileError(error)) return invalidSchema('not JSON');
        if (statusOf(error) === 404) return (await isUnknown(id)) ? null : danglingReference();
        throw new RegistryUnavailable(`the schema registry can't be asked: ${describe(error)}`, {
          cause: error,
        });
      } finally {
        library.cache.clear();
      }
    },
  };
}

/** A kind of schema that is known to the registry and not to us. */
class NotAvro extends Error {
  override readonly name = 'NotAvro';
}

interface SchemaParts {
  readonly schema: unknown;
  readonly referenced: readonly unknown[];
}

/** What the library wanted to compile, by what it was given instead of a compiled type. */
const handedOver = new WeakMap<Type, SchemaParts>();

/** Called for each schema that is to be compiled, those that are referred to first. */
function handOver(schema: unknown, options: object): Type {
  const referenced = 'referencedSchemas' in options ? (options.referencedSchemas as ReferencedSchema[]) : [];
  const standIn = readingType(() => undefined);
  handedOver.set(standIn, {
    schema,
    referenced: referenced.map((each): unknown => JSON.parse(each.schema)),
  });
  return standIn;
}

interface ReferencedSchema {
  readonly schema: string;
}

function invalidSchema(fault: string): Unreadable {
  return { code: 'INVALID_SCHEMA', detail: `the schema is no valid Avro schema: ${fault}` };
}

type Middleware = NonNullable<ConstructorParameters<typeof SchemaRegistry>[0]['middlewares']>[number];

function guardAnswers(deadlineMs: number): Middleware {
  return () => ({
    request: (request) => request.enhance({ signal: AbortSignal.timeout(deadlineMs) }),
    response: async (next) => {
      const response = await next();
      const body: unknown = response.data();
      if (typeof body !== 'object' || body === null || !('schema' in body) || typeof body.schema !== 'string')
        throw new RegistryUnavailable('what answers is no schema registry: is its URL right?');
      const kind: unknown = 'schemaType' in body ? (body.schemaType ?? 'AVRO') : 'AVRO';
      if (kind !== 'AVRO')
        throw new NotAvro(
          `the schema is of kind ${typeof kind === 'string' && KINDS.includes(kind) ? kind : 'unknown'}`,
        );
      // To the library only a kind that is left out is Avro; some registries say null.
      return response.enhance({ rawData: JSON.stringify({ ...body, schemaType: kind }) });
    },
  });
}

const KINDS: readonly string[] = ['JSON', 'PROTOBUF'];

function loginOf(auth: string | null): { auth?: { username: string; password: string } } {
  if (auth === null) return {};
  const colon = auth.indexOf(':');
  return colon < 0
    ? { auth: { username: auth, password: '' } }
    : { auth: { username: auth.slice(0, colon), password: auth.slice(colon + 1) } };
}

/** The library does not export its error classes. */
function isCompileError(error: unknown): boolean {
  return error instanceof Error && error.name === 'ConfluentSchemaRegistryArgumentError';
}

function statusOf(error: unknown): number | null {
  return error instanceof Error && 'status' in error && typeof error.status === 'number'
    ? error.status
    : null;
}

function describe(error: unknown): string {
  const status = statusOf(error);
  return status === null ? (error instanceof Error ? error.name : 'unknown') : `status ${status}`;
}

function danglingReference(): Unreadable {
  return { code: 'INVALID_SCHEMA', detail: 'the schema refers to one that the registry does not have' };
}
