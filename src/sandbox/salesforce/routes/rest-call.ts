import type { Json, JsonObject } from '../../../domain/json.ts';
import { isJsonObject } from '../../kit/http/json-object.ts';
import type { RequestBody } from '../../kit/http/received-request.ts';
import type { Writer } from '../records/write-record.ts';
import type { SfObject } from '../schema/objects.ts';
import type { SfCaller, SfOrg } from '../org/sf-org.ts';
import type { SfReply } from '../org/sf-reply.ts';

/** A request of the REST API by somebody who is known, alone or within another. */
export interface RestCall {
  readonly method: string;
  /** As `v68.0`. */
  readonly version: string;
  /** What follows the version, decoded. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: RequestBody;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly caller: SfCaller;
  /** What the org has used of its day, and of how much. */
  readonly usage: Usage;
}

export interface Usage {
  readonly used: number;
  readonly most: number;
}

/** What a resource answers; null: it isn't there. */
export type RestRoute = (call: RestCall) => SfReply | null;

/** Answers a request that stands within another. */
export type Dispatch = (call: RestCall) => SfReply;

export function objectBody({ body }: Pick<RestCall, 'body'>): JsonObject | null {
  return body.kind === 'json' && isJsonObject(body.value) ? body.value : null;
}

export function jsonBody(value: Json | undefined): RequestBody {
  return value === undefined || value === null ? { kind: 'none' } : { kind: 'json', value };
}

export function writerOf(org: SfOrg, { caller, headers }: RestCall): Writer {
  const rule = headers['sforce-duplicate-rule-header'] ?? '';
  return { org, caller, allowSave: /allowSave\s*=\s*true/i.test(rule) };
}

/** 68 of `v68.0`. */
export const versionNumber = ({ version }: Pick<RestCall, 'version'>): number => Number(version.slice(1));

/** Where an object's record is, below the version. */
export const recordUrl = (version: string, { name }: SfObject, id: string): string =>
  `/services/data/${version}/sobjects/${name}/${id}`;
