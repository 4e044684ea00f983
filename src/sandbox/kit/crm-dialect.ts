import type { Random } from '../../runtime/random.ts';
import type { DeskActs, SandboxFace } from './control/control-call.ts';
import type { HttpReply } from './http/http-reply.ts';
import type { ReceivedRequest } from './http/received-request.ts';
import type { Charge, RateVerdict } from './limits/rate-limit.ts';
import type { RecordStore } from './records/record-store.ts';

/** What every CRM's settings have; its own come beside them. */
export interface KitSettings {
  /** How long after a write search still finds the record as it was before, ms of the sandbox's clock. */
  readonly searchLagMs: number;
  /** null: no limit. Whenever it is set, counting begins anew. */
  readonly rateLimit: object | null;
}

/**
 * What a CRM's folder brings to the kit: how it is called and what it answers. `C` names its collections, `S` its settings, and
 * `D` what people can do in it beside making, changing and deleting records.
 */
export interface CrmDialect<C extends string, S extends KitSettings, D extends object> extends SandboxFace<
  C,
  S
> {
  /** What stands before every path of the API, without a slash at the end; rules for faults may leave it out. */
  readonly basePath: string;
  /** The longest body that it reads. Default: 1 MiB. */
  readonly maxBodyBytes?: number;
  /** The id of the `count`th record of a collection. */
  newId(collection: C, count: number, settings: S): string;
  open(account: CrmAccount<C, S>): {
    readonly api: CrmApi;
    readonly desk: D;
    /** The desk for other processes; default: nothing of it. */
    readonly acts?: DeskActs;
    /** Forgets what the API keeps beside the records; called at every reset. */
    readonly forget?: () => void;
  };
  /** Puts in what an account has from the start; called after every reset. Default: nothing. */
  furnish?(store: RecordStore<C>): void;
}

/** One CRM account, which the API is opened over. */
export interface CrmAccount<C extends string, S> {
  readonly store: RecordStore<C>;
  readonly settings: () => S;
  /** Those that are valid now. */
  readonly keys: ReadonlySet<string>;
  /** Epoch ms of the sandbox's clock. */
  readonly now: () => number;
  readonly random: Pick<Random, 'next'>;
}

/** The CRM's API: pure of HTTP and of time, so that limits and faults can stand around it. */
export interface CrmApi {
  /** Tells what a request asks for; nothing is done yet. */
  receive(request: ReceivedRequest): CrmCall;
  /** The answer to a call that is over a limit, in the vendor's form. */
  refuse(refusal: NonNullable<RateVerdict['refusal']>): HttpReply;
}

/** A request that the CRM has understood. */
export interface CrmCall {
  /** What it is counted by in the journal. */
  readonly route: string;
  /** The limits that it counts against; none for a caller whom the CRM doesn't know. */
  readonly charges: readonly Charge[];
  /**
   * Does the work and tells the answer. Called once at most, and late: a key may have been revoked meanwhile. `left` is what
   * remains of each charge's limit, for the vendor's headers.
   */
  carryOut(left: readonly number[]): HttpReply;
}

/** A query's parameters; of one that is given more than once the last. */
export function queryOf({ query }: ReceivedRequest): Readonly<Record<string, string>> {
  return query === '' ? {} : Object.fromEntries(new URLSearchParams(query));
}
