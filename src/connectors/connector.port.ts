import type { SYNC_DIRECTIONS } from '../domain/connection.ts';
import type { EntityKind, RecordKey } from '../domain/entity.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { KindMapping } from '../domain/mapping.ts';
import type { CallOutcome, Failure } from '../domain/outcome.ts';
import type { ProviderId } from '../domain/providers.ts';
import type {
  CreatedRecord,
  CrmFields,
  RemoteHit,
  RemoteRecord,
  SoughtKey,
} from '../domain/remote-record.ts';
import type { LimitContext, ToldLimit } from './limit-contexts.port.ts';
import type { BrowserConnect } from './browser-connect.port.ts';
import type { CredentialField } from './credential-field.port.ts';
import type { RollingDayLimit } from './rolling-day-limit.port.ts';

/** What a user enters to connect: names as in the connector's `credentialFields`. Never logged, never returned. */
export type ConnectorCredentials = Readonly<Record<string, string>>;

/**
 * Port: one CRM. It is facts, verbs and a pure mapping; the host owns HTTP, limits, breaker, retries and logging. Every verb ends in a
 * closed outcome and never throws for anything that the CRM or the network does.
 */
export interface CrmConnector {
  readonly id: ProviderId;
  /** As people call it, where `PROVIDERS` doesn't say so. Absent: its id. */
  readonly name?: string;
  /** Which of the provider's interfaces it speaks, where there are several. Absent: the first one, or the only. */
  readonly dialect?: string;
  /** Whether what a user entered is meant for this dialect; the first of a provider takes what no other does. Pure. */
  takes?(input: Readonly<Record<string, unknown>>): boolean;
  readonly credentialFields: readonly CredentialField[];
  readonly syncDirections: readonly (typeof SYNC_DIRECTIONS)[number][];
  /** What the CRM keeps; a kind that is absent is unsupported: it is never sent, and nobody waits for it. */
  readonly kinds: ConnectorKinds;
  /** Changes whenever the mapping's output may change for the same input. */
  readonly mappingVersion: string;
  /**
   * Where the vendor has fixed hosts: their names, lower-case; a host below one counts too, and no other is ever called (but
   * those that the operator allows). Absent: every customer has a host of their own.
   */
  readonly hosts?: readonly string[];
  readonly limits: ConnectorLimits;
  /** What of Zena's doesn't get there, or not as people may expect: a sentence each. */
  readonly knownGaps: readonly string[];
  readonly account: ConnectorAccount;
  /** What mapping has to know of the account. Absent: nothing. */
  readonly facts?: ConnectorFacts;
  /** Whether the CRM accepts the credentials; also the probe of an open breaker. */
  authenticate(http: CrmHttp): Promise<CallOutcome<true>>;
  /**
   * What an answer means in this CRM, where it is more than the host can tell: its kind, and whose refusal it is. Null: what the host
   * makes of it holds. Pure.
   */
  classify?(answer: CrmAnswer, request: CrmRequest): Failure | null;
}

/** How credentials become an account at the CRM. */
export interface ConnectorAccount {
  /** Checks and canonicalises what the user entered; says which field is wrong. Pure. */
  parse(input: Readonly<Record<string, unknown>>): ParsedCredentials;
  /** The base URL that `CrmRequest.path` is relative to. */
  baseUrl(credentials: ConnectorCredentials): string;
  /** The headers that carry the credentials; the host adds them to every request. */
  headers(credentials: ConnectorCredentials): Readonly<Record<string, string>>;
  /**
   * Names, in lower case, of headers among them that hold nothing secret, such as a client's name: an answer may repeat what they say. Of all
   * others nothing is taken from an answer that repeats it. Absent: all are secret.
   */
  readonly plainHeaders?: readonly string[];
  /**
   * Names what the CRM counts its limits by; where that is a secret, its fingerprint, at the end and after a space. Limiter, breaker and
   * quota are the budget's, so where one key reaches servers that fail apart from each other, it names the server too.
   */
  budgetKey(credentials: ConnectorCredentials, fingerprint: (secret: string) => string): string;
  /**
   * Whether a budget key is of a form that this connector made before, or of what the operator has changed since: it is made anew. Absent:
   * there is no such form.
   */
  isFormerBudgetKey?(budgetKey: string, fingerprint: (secret: string) => string): boolean;
  /**
   * Whether the CRM names its accounts, so that equal account keys are one account. Else only what two connections read of each other's
   * records, or an equal key, tells.
   */
  readonly isNamed: boolean;
  /** The account's key where the credentials alone tell it, before the CRM is asked. Absent: only the CRM knows. */
  keyOf?(credentials: ConnectorCredentials): string;
  /**
   * Begins a session where the credentials alone carry no request. The host calls it once for all who wait, before `until`, and once after
   * an answer that says that the session is over; it seals `keep` before the session is used. `kept`: what was sealed last; null: nothing.
   * Its requests are relative to `baseUrl` and carry `headers`; of the verb `verify` nobody reads the answer, so they are of another one.
   */
  open?(
    http: CrmHttp,
    credentials: ConnectorCredentials,
    kept: JsonObject | null,
  ): Promise<CallOutcome<AccountSession>>;
  /**
   * Whether what the next session is opened with is good for one alone (a refresh token that rotates): where a process ended while it opened one,
   * it may be used up, and whoever came with it again could end all sessions. Then people connect anew. Absent: never.
   */
  opensOnce?(credentials: ConnectorCredentials, kept: JsonObject | null): boolean;
  /** Tells the CRM that nothing of what is kept is used any more. What it answers changes nothing. Absent: there is nothing to tell. */
  close?(
    http: CrmHttp,
    credentials: ConnectorCredentials,
    kept: JsonObject | null,
  ): Promise<CallOutcome<null>>;
  /** The CRM can ask people in the browser. Absent: it can't. */
  readonly browser?: BrowserConnect;
  /** Which account the credentials are good for, asked of the CRM after it accepted them. */
  identify(http: CrmHttp, credentials: ConnectorCredentials): Promise<CallOutcome<AccountIdentity>>;
}

/** What carries requests for a while. */
export interface AccountSession {
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  /** When it ends, epoch ms; null: nobody can tell. */
  readonly until: number | null;
  /** A secret that the next session needs (a refresh token that rotates). Absent: as it was. */
  readonly keep?: JsonObject;
}

/**
 * What mapping has to know of an account beside the record (stages, categories, the id of a suburb), by names of the connector's own. The
 * host keeps each with its age, reads it again when it is old, and once when a mapping misses something in it.
 */
export interface ConnectorFacts {
  /** How long one may be used, ms. */
  readonly maxAgeMs: number;
  /** Null: the CRM has nothing by this name. */
  read(http: CrmHttp, name: string): Promise<CallOutcome<Json>>;
}

/** An account at a CRM, without secrets. */
export interface AccountIdentity {
  /** Names the account: links belong to it. */
  readonly accountKey: string;
  /** What people call it, where the CRM tells. */
  readonly label: string | null;
  /** Whom the credentials act as, where the CRM tells. */
  readonly actsAs: string | null;
  /** When the credentials end by themselves, epoch ms, where they tell. Absent or null: they don't. */
  readonly until?: number | null;
}

export type ConnectorKinds = Readonly<Partial<Record<EntityKind, ConnectorKind>>>;

/** One kind of record in a CRM: its mapping and verbs. What a CRM can't do is absent. */
export interface ConnectorKind extends KindMapping {
  readonly parts: ConnectorParts;
  /**
   * Whether a record found by a key that needs agreement is this one: another field says the same. Pure. Absent: such a key finds nothing.
   */
  agrees?(found: CrmFields, draft: CrmFields): boolean;
  /** All matches after comparing normalised keys, oldest first; an empty array is a certain 'none', never a failure. */
  find(http: CrmHttp, key: SoughtKey): Promise<CallOutcome<readonly RemoteHit[]>>;
  /**
   * The CRM record with all of its mapped fields; `gone` where the CRM says that there is none. `only`: fields of later parts may be left out,
   * where they cost requests of their own. Absent: it can't be seen, so what it holds is guessed by what was sent.
   */
  read?(http: CrmHttp, remoteId: string, only?: 'core'): Promise<CallOutcome<RemoteHit>>;
  /** `gone` where the CRM says it was not there. */
  delete?(http: CrmHttp, remoteId: string): Promise<CallOutcome<null>>;
  /** Everything that the CRM changed at or after `since` (epoch ms), bounded by `limit`. */
  changes?(http: CrmHttp, since: number, limit: number): Promise<CallOutcome<readonly RemoteHit[]>>;
  /** What it can do for many records in one call. Absent: nothing. */
  readonly batch?: KindBatch;
  /**
   * Everything of this kind that a search could find, a page at a time, from page 1 on: whoever has many records to look for goes through it
   * once, in the place of a search for each. Rows may show a part of a record, but its keys. Absent: each is searched for.
   */
  page?(http: CrmHttp, page: number): Promise<CallOutcome<ListedPage>>;
  /** The CRM shows nothing by any key: `find` is never called, and a create without an answer is told to a person, and not repeated. */
  readonly unsearchable?: true;
  /** Why it is only sent where the connection's sync config asks for it: a sentence. Absent: it is, unless that says no. */
  readonly offUnlessAsked?: string;
}

/** One page of everything. */
export interface ListedPage {
  readonly hits: readonly RemoteHit[];
  /** How many rows it had, also such as are nobody's to take. */
  readonly listed: number;
  /** Rows of all pages, where the CRM tells. */
  readonly total: number | null;
  readonly isLast: boolean;
}

/** What is absent goes one by one, and so does whatever has no company. */
export interface KindBatch {
  readonly find?: BatchOf<SoughtKey, readonly RemoteHit[]>;
  readonly create?: BatchOf<CreateItem, CreatedRecord>;
  readonly update?: BatchOf<UpdateItem, RemoteRecord>;
  /** Creates of more records than these calls are for. Absent: there is no such thing. */
  readonly createJob?: CreateJob;
}

/** One verb for many, none of which knows of the others: who shares a CRM record, or a key, is never in the same call. */
export interface BatchOf<Item, Done> {
  /** As many items as one call takes. */
  readonly most: number;
  /**
   * One request. Answers how each item ended, in their order; a failure of the whole is every item's: a refusal sends them one by one, and where
   * nobody knows what became of it, each is looked for before it is repeated. Fewer ends than items: nobody knows of any of them.
   */
  run(http: CrmHttp, items: readonly Item[]): Promise<CallOutcome<readonly CallOutcome<Done>[]>>;
}

export interface CreateItem extends CreateWrite {
  readonly record: RecordKey;
}

export interface UpdateItem extends UpdateWrite {
  readonly remoteId: string;
}

/** Many creates that the CRM takes at once and works off later. */
export interface CreateJob {
  /** Of so many that are to be made together it is worth one. */
  readonly from: number;
  readonly most: number;
  /** What the job's results name this record by: no two of a job have the same. Pure. */
  rowOf(item: CreateItem): string;
  /**
   * Several requests, of the verb `create`. As soon as the job has a name, and before anything of it can take effect, `keep` is awaited with what
   * finds it again; where it answers false, nothing more is sent, and the job is left to end by itself.
   */
  begin(
    http: CrmHttp,
    items: readonly CreateItem[],
    keep: (job: JsonObject) => Promise<boolean>,
  ): Promise<CallOutcome<JobWait>>;
  look(http: CrmHttp, job: JsonObject): Promise<CallOutcome<JobLook>>;
}

export interface JobWait {
  /** When it is looked at next, ms from now. */
  readonly lookInMs: number;
}

export type JobLook =
  | ({ readonly state: 'running' } & JobWait)
  /** By row, in any order; a row that is absent is looked for. */
  | { readonly state: 'done'; readonly rows: ReadonlyMap<string, CallOutcome<CreatedRecord>> }
  /** Nothing more of it can take effect: it was never handed in, was given up, or nobody knows it. What it did is looked for. */
  | { readonly state: 'gone' };

/**
 * What one Zena record is in a CRM: one part is one request and one acknowledgement. `core` makes the record and gives its id; the others
 * follow in their order, each once what is before it was acknowledged. A mapped field that no other part names is core's.
 */
export interface ConnectorParts {
  readonly core: CorePart;
  readonly others?: readonly LaterPart[];
}

export interface CorePart {
  /** Whether an update leaves what it doesn't name as it is. */
  readonly writes: 'merges' | 'replaces' | 'unknown';
  /** Whether an update needs the record as it stands, whole: it is then read before each one. */
  readonly readsFirst?: boolean;
  create(http: CrmHttp, write: CreateWrite): Promise<CallOutcome<CreatedRecord>>;
  update(http: CrmHttp, remoteId: string, write: UpdateWrite): Promise<CallOutcome<RemoteRecord>>;
}

export type LaterPart = ReplacingPart | AppendingPart;

/** A part that is written whole, when what it should hold differs from what the CRM holds. */
export interface ReplacingPart {
  readonly does: 'replaces';
  readonly name: string;
  /** The mapped fields that it carries. `read` of the kind shows them. */
  readonly fields: readonly string[];
  write(http: CrmHttp, remoteId: string, write: UpdateWrite): Promise<CallOutcome<RemoteRecord>>;
}

/**
 * A part that only grows: each item of one field (sharing `appended`: an array of texts) is sent once, by a request of its own, and never again,
 * whatever people do with it there.
 */
export interface AppendingPart {
  readonly does: 'appends';
  readonly name: string;
  readonly field: string;
  append(http: CrmHttp, remoteId: string, item: string): Promise<CallOutcome<null>>;
  /**
   * The texts that the CRM has there, also people's: what is there is not added, and an item without an answer is looked for here before it is
   * repeated. Absent: the CRM can't tell, so such an item is not repeated, and a person is told.
   */
  list?(http: CrmHttp, remoteId: string): Promise<CallOutcome<readonly string[]>>;
}

export interface CreateWrite {
  /** Every mapped field. */
  readonly fields: CrmFields;
}

export interface UpdateWrite extends CreateWrite {
  /** Names of the fields that differ from what the CRM holds. */
  readonly changed: readonly string[];
  /** The record as the CRM holds it, as far as known: read, or as it was last sent. */
  readonly held: CrmFields;
  /** What else a read that was made for this write showed that people can enter, as a write takes it; null: it wasn't read. */
  readonly rest?: JsonObject | null;
}

/** One request of a connector, relative to the account's base URL; the host adds limits, guard, deadline and retries. */
export interface CrmRequest {
  /** A short fixed name for metrics, and what an answer's meaning depends on. */
  readonly verb: CrmVerb;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path segments, unencoded: each is encoded once, so none can add a segment. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
  /** Sent as it is, in the place of a body of JSON; its type stands in `headers`. */
  readonly text?: string;
  /** The answer is a text of this type, which a success has as its body; refusals are JSON as ever. Absent: JSON. */
  readonly answers?: string;
}

export const CRM_VERBS = ['verify', 'find', 'read', 'create', 'update', 'delete', 'list'] as const;
export type CrmVerb = (typeof CRM_VERBS)[number];

export interface CrmAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON; null for an empty body. Text that is not JSON never gets here: the host answers `ambiguous`. */
  readonly body: Json;
  /** Bytes of the body; absent: nobody counted them. */
  readonly bytes?: number;
}

/**
 * The host's side of a connector's calls. An `applied` outcome is any answer with a 2xx status and a readable JSON (or
 * empty) body; every other end is already classified: 401/403 `unauthorised`, 404/410 `gone`, 429 `rate_limited`, other 4xx
 * `rejected` (408, 423, 425: `retry_later`), 5xx and unreadable answers `ambiguous` for a create and `retry_later` for the rest,
 * unsent `retry_later` or `withheld`. A connector must not read the `gone` of a look-up as 'none'.
 */
export interface CrmHttp {
  request(request: CrmRequest): Promise<CallOutcome<CrmAnswer>>;
  /**
   * One call of a connector that has HTTP of its own, in turn, through breaker, quota and deadline like any other; past the guard, so at its
   * author's risk. Whatever it throws is a failure of which nobody knows whether it had an effect. Absent: not to be had here.
   */
  readonly own?: OwnCalls;
}

export interface OwnCalls {
  readonly credentials: ConnectorCredentials;
  /** Lives as long as these credentials are in use: what is kept by it (in a `WeakMap`) goes with them. */
  readonly lifetime: object;
  call<T>(verb: CrmVerb, act: () => Promise<T>): Promise<CallOutcome<T>>;
}

/** What a CRM accepts, as far as it tells. */
export interface ConnectorLimits {
  readonly requestsPerSecond: number;
  readonly maxConcurrent: number;
  /** Calls in a UTC day, whatever they end in; null: the CRM counts none. Reserved in the store, in blocks of at most a hundredth. */
  readonly requestsPerDay: number | null;
  /** Calls of any 24 hours, which the CRM counts over all programs and tells in its answers. Absent: there is no such limit. */
  readonly rollingDay?: RollingDayLimit;
  /** How long the CRM's search may lag behind its writes, ms. */
  readonly searchLagMs: number;
  /** Total time for one call, ms. */
  readonly callDeadlineMs: number;
  /** What part of a day's calls is kept for changes that people just made, from 0 to 1. Absent: none. */
  readonly keptForLive?: number;
  /** Further limits, by kind of request. Absent: none. */
  readonly contexts?: LimitContexts;
}

/** Limits that count some requests apart. A request of no context counts against none of them. */
export interface LimitContexts {
  readonly all: readonly LimitContext[];
  /** The names of those that a request counts against. Pure. */
  of(request: Pick<CrmRequest, 'verb' | 'method' | 'path'>): readonly string[];
  /** What an answer to a request tells of them. Pure. */
  told(
    answer: Pick<CrmAnswer, 'status' | 'headers'>,
    request: Pick<CrmRequest, 'verb' | 'method' | 'path'>,
  ): readonly ToldLimit[];
  /** What the body of an answer lists of them, where the CRM has such a request. Pure. Absent: it has none. */
  listed?(body: Json, request: Pick<CrmRequest, 'verb' | 'method' | 'path'>): readonly ToldLimit[];
}

export type ParsedCredentials =
  | { readonly ok: true; readonly credentials: ConnectorCredentials; readonly instanceUrl: string }
  | {
      readonly ok: false;
      readonly errors: readonly { readonly field: string; readonly code: string; readonly detail: string }[];
    };
