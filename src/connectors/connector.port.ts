import type { EntityKind } from '../domain/entity.ts';
import type { Json } from '../domain/json.ts';
import type { ConnectorMapping } from '../domain/mapping.ts';
import type { CallOutcome } from '../domain/outcome.ts';
import type { CrmFields, NaturalKey, RemoteHit, RemoteRecord } from '../domain/remote-record.ts';

/** What a user enters to connect: names as in the definition's `credentialFields`. Never logged, never returned. */
export type CRMCredentials = Readonly<Record<string, string>>;

/**
 * One authenticated conversation with one CRM account. Every method ends in a closed outcome and never throws for
 * anything that the CRM or the network does. The host owns HTTP, limits, breaker, retries and logging; the connector owns
 * verbs, wire types and what a status means.
 */
export interface ICRMConnector {
  /** Whether the CRM accepts these credentials; also the probe of an open breaker. */
  authenticate(credentials: CRMCredentials): Promise<CallOutcome<boolean>>;
  pushContact(contact: CrmFields): Promise<CallOutcome<RemoteRecord>>;
  pushProperty(property: CrmFields): Promise<CallOutcome<RemoteRecord>>;
  pushDeal(deal: CrmFields): Promise<CallOutcome<RemoteRecord>>;
  /** All matches after comparing normalised keys, oldest first; an empty array is a certain 'none', never a failure. */
  findExistingRecord(type: EntityKind, identifier: NaturalKey): Promise<CallOutcome<readonly RemoteHit[]>>;
  updateRecord(type: EntityKind, crmRecordId: string, data: CrmFields): Promise<CallOutcome<RemoteRecord>>;
  /** `gone` where the CRM says it was not there. Absent: the CRM can't delete. */
  deleteRecord?(type: EntityKind, crmRecordId: string): Promise<CallOutcome<null>>;
  /** Everything that the CRM changed at or after `since` (epoch ms), bounded by `limit`. Absent: the CRM can't list. */
  changedSince?(type: EntityKind, since: number, limit: number): Promise<CallOutcome<readonly RemoteHit[]>>;
}

/** One request of a connector, relative to the account's base URL; the host adds limits, guard, deadline and retries. */
export interface CrmRequest {
  /** A short fixed name for metrics: `create`, `update`, `find`, `delete`, `verify`, `list`. */
  readonly verb: CrmVerb;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path segments, unencoded: each is encoded once, so none can add a segment. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
}

export const CRM_VERBS = ['verify', 'find', 'create', 'update', 'delete', 'list'] as const;
export type CrmVerb = (typeof CRM_VERBS)[number];

export interface CrmAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON; null for an empty body. Text that is not JSON never gets here: the host answers `ambiguous`. */
  readonly body: Json;
}

/**
 * The host's side of a connector's calls. An `applied` outcome is any answer with a 2xx status and a readable JSON (or
 * empty) body; every other end is already classified: 401/403 `unauthorised`, 404/410 `gone`, 429 `rate_limited`, other 4xx
 * `rejected` (408, 423, 425: `retry_later`), 5xx and unreadable answers `ambiguous` for a create and `retry_later` for the rest,
 * unsent `retry_later` or `withheld`. A connector must not read the `gone` of a look-up as 'none'.
 */
export interface CrmHttp {
  request(request: CrmRequest): Promise<CallOutcome<CrmAnswer>>;
}

export interface CredentialField {
  readonly name: string;
  readonly label: string;
  readonly secret: boolean;
  readonly required: boolean;
  readonly kind: 'text' | 'url';
}

export interface ConnectorCapabilities {
  readonly entities: readonly EntityKind[];
  readonly syncDirections: readonly ('push' | 'pull' | 'bidirectional')[];
  readonly deletes: boolean;
  readonly changedSince: boolean;
}

/** What a CRM accepts, as far as it tells; the host turns it into a limiter. */
export interface ConnectorLimits {
  readonly requestsPerSecond: number;
  readonly maxConcurrent: number;
  /** Calls in a UTC day, whatever they end in; null: the CRM counts none. Reserved in the store, in blocks of at most a hundredth. */
  readonly requestsPerDay: number | null;
}

export interface ConnectorDefinition {
  readonly id: string;
  readonly name: string;
  readonly credentialFields: readonly CredentialField[];
  readonly capabilities: ConnectorCapabilities;
  /**
   * Where the vendor has fixed hosts: their names, lower-case; a host below one counts too, and no other is ever called (but
   * those that the operator allows). Absent: every customer has a host of their own.
   */
  readonly hosts?: readonly string[];
  readonly limits: ConnectorLimits;
  /** How long the CRM's search may lag behind its writes, ms. */
  readonly searchLagMs: number;
  /** Total time for one call, ms. */
  readonly callDeadlineMs: number;
  readonly mapping: ConnectorMapping;
  /** Checks and canonicalises what the user entered; says which field is wrong. Pure. */
  parseCredentials(input: Readonly<Record<string, unknown>>): ParsedCredentials;
  /** The base URL that `CrmRequest.path` is relative to. */
  baseUrl(credentials: CRMCredentials): string;
  /** The headers that carry the credentials; the host adds them to every request. */
  headers(credentials: CRMCredentials): Readonly<Record<string, string>>;
  /** Names the CRM account, without secrets: links belong to it. */
  accountKey(credentials: CRMCredentials): string;
  /**
   * Names what the CRM counts its limits by; a hash where it contains a secret. Limiter, breaker and quota are the budget's, so
   * where one key reaches servers that fail apart from each other, it names the server too.
   */
  budgetKey(credentials: CRMCredentials): string;
  open(http: CrmHttp): ICRMConnector;
}

export type ParsedCredentials =
  | { readonly ok: true; readonly credentials: CRMCredentials; readonly instanceUrl: string }
  | {
      readonly ok: false;
      readonly errors: readonly { readonly field: string; readonly code: string; readonly detail: string }[];
    };
