import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { buildApp } from '../src/http/app.ts';

/** Where the dashboard has the types of the answers that it reads. */
export const API_TYPES_FILE = resolve(import.meta.dirname, '../dashboard/src/api/types.ts');

/**
 * The types, and where the description of the API says what they are: the operation, its answer, and the way into its schema.
 * Where one is part of another, it is named there.
 */
const TYPES = {
  EntityKind: ['listRecords', 200, 'data', '[]', 'entity'],
  CredentialField: ['listProviders', 200, 'providers', '[]', 'credentialFields', '[]'],
  Provider: ['listProviders', 200, 'providers', '[]'],
  SyncConfig: ['configureIntegration', 200, 'syncConfig'],
  Integration: ['configureIntegration', 200],
  RunStatus: ['getRun', 200, 'status'],
  Run: ['getRun', 200],
  FieldError: ['getRecord', 200, 'data', '[]', 'errors', '[]'],
  ChangeCode: ['getRecord', 200, 'data', '[]', 'code'],
  Change: ['getRecord', 200, 'data', '[]'],
  RecordState: ['listRecords', 200, 'data', '[]', 'state'],
  SyncedRecord: ['listRecords', 200, 'data', '[]'],
  RecordHistory: ['getRecord', 200],
} as const satisfies Readonly<Record<string, readonly [string, number, ...string[]]>>;

const HEADER = `/** The API's answers as this page reads them. Made from the API's description: \`npm run docs:api-types\`. */

`;

const PAGE = `
export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}
`;

/** The part of JSON Schema that the answers are written in. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly patternProperties?: Readonly<Record<string, Schema>>;
}

interface ApiDescription {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

/** The dashboard's file of types, as it has to be. */
export async function apiTypes(): Promise<string> {
  const description = await describeApi();
  const names = new Map<string, string>();
  const declarations = Object.entries(TYPES).map(([name, [operation, status, ...way]]) => {
    const schema = way.reduce(into, answerOf(description, operation, status));
    const text = declaration(name, schema, names);
    names.set(JSON.stringify(schema), name);
    return text;
  });
  const options = await resolveConfig(API_TYPES_FILE);
  return format(HEADER + declarations.join('\n') + PAGE, { ...options, parser: 'typescript' });
}

/** The file as it stands. */
export function committedApiTypes(): string {
  return readFileSync(API_TYPES_FILE, 'utf8');
}

/** What `/openapi.json` answers; nothing listens and nothing is stored. */
async function describeApi(): Promise<ApiDescription> {
  const app = await buildApp({
    integrations: notAsked(),
    operations: notAsked(),
    auth: notAsked(),
    kept: notAsked(),
    health: notAsked(),
    metrics: notAsked(),
    activity: notAsked(),
    settings: {
      version: { version: '0.0.0', mode: 'none', store: 'none', feed: 'none' },
      syncWaitMs: 0,
      trustProxy: [],
      dashboardDir: import.meta.dirname,
    },
    clock: notAsked(),
    random: notAsked(),
    logger: notAsked(),
  });
  const description = app.swagger() as unknown as ApiDescription;
  await app.close();
  return description;
}

/** Stands for a part that only requests ask, of which none comes. */
function notAsked<T>(): T {
  const nothing = {};
  return nothing as T;
}

function answerOf({ paths }: ApiDescription, operationId: string, status: number): Schema {
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  const found = operations.find((one) => one.operationId === operationId)?.responses[status];
  const schema = found?.content?.['application/json']?.schema;
  if (schema === undefined) throw new TypeError(`${operationId} describes no answer ${status}`);
  return schema;
}

function into(schema: Schema, step: string): Schema {
  const next = step === '[]' ? schema.items : schema.properties?.[step];
  if (next === undefined) throw new TypeError(`the description has no ${step} there`);
  return next;
}

function declaration(name: string, schema: Schema, names: ReadonlyMap<string, string>): string {
  return schema.properties === undefined
    ? `export type ${name} = ${typeOf(schema, names)};\n`
    : `export interface ${name} ${membersOf(schema, names)}\n`;
}

function typeOf(schema: Schema, names: ReadonlyMap<string, string>): string {
  const name = names.get(JSON.stringify(schema));
  if (name !== undefined) return name;
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf !== undefined) return schema.anyOf.map((one) => typeOf(one, names)).join(' | ');
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return `readonly (${typeOf(schema.items ?? {}, names)})[]`;
    case 'object':
      return schema.properties === undefined ? recordOf(schema, names) : membersOf(schema, names);
    case undefined:
      return 'unknown';
    default:
      throw new TypeError(`there is no type for ${schema.type} yet`);
  }
}

function recordOf({ patternProperties = {} }: Schema, names: ReadonlyMap<string, string>): string {
  const [values = {}] = Object.values(patternProperties);
  return `Readonly<Record<string, ${typeOf(values, names)}>>`;
}

function membersOf({ properties = {}, required = [] }: Schema, names: ReadonlyMap<string, string>): string {
  const members = Object.entries(properties).map(([name, schema]) => {
    const comment = schema.description === undefined ? '' : `/** ${schema.description} */\n`;
    return `${comment}readonly ${name}${required.includes(name) ? '' : '?'}: ${typeOf(schema, names)};`;
  });
  return `{\n${members.join('\n')}\n}`;
}
