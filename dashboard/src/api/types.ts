/** The API's answers, as far as this page reads them. A test holds them against the service's own schemas. */

export type EntityKind = 'contact' | 'property' | 'deal';

export interface CredentialField {
  readonly name: string;
  readonly label: string;
  readonly secret: boolean;
  readonly required: boolean;
  readonly kind: 'text' | 'url';
}

export interface Provider {
  readonly id: string;
  readonly name: string;
  readonly available: boolean;
  readonly credentialFields: readonly CredentialField[];
}

export interface SyncConfig {
  readonly syncContacts: boolean;
  readonly syncProperties: boolean;
  readonly syncDeals: boolean;
  readonly deletions: 'created' | 'never' | 'all';
}

export interface Integration {
  readonly connectionId: string;
  readonly provider: string;
  readonly status: 'active' | 'paused' | 'needs_reauth' | 'disconnected';
  readonly health: {
    readonly state: 'healthy' | 'rate_limited' | 'unreachable' | 'needs_reauth' | 'paused';
    readonly since: string;
    readonly reason: string | null;
    readonly whoCanFix: 'nobody_needed' | 'user' | 'operator' | 'crm';
  };
  readonly syncConfig: SyncConfig;
  readonly connectedAt: string;
  readonly lastSyncAt: string | null;
  readonly instanceUrl: string;
  readonly counts: {
    readonly linked: number;
    readonly due: number;
    readonly waiting: number;
    readonly failed: number;
  };
  readonly lagSeconds: number;
}

export type RunStatus = 'running' | 'waiting' | 'completed' | 'completed_with_failures' | 'cancelled';

export interface Run {
  readonly status: RunStatus;
  readonly runId: string;
  readonly provider: string;
  readonly contactsSynced: number;
  readonly propertiesSynced: number;
  readonly dealsSynced: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly failed: number;
  readonly retrying: number;
  readonly superseded: number;
  readonly skipped: number;
  readonly total: number;
  readonly done: number;
  readonly ratePerSecond: number | null;
  readonly etaSeconds: number | null;
  readonly reason: string | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

export type ChangeCode =
  | 'created'
  | 'updated'
  | 'adopted'
  | 'deleted'
  | 'unchanged'
  | 'superseded'
  | 'not_synced'
  | 'not_owner'
  | 'kept_in_crm'
  | 'unlinked'
  | 'gone_in_crm'
  | 'ambiguous_matches'
  | 'create_uncertain'
  | 'waiting_for_reference'
  | 'waiting_for_twin'
  | 'rate_limited'
  | 'retrying'
  | 'needs_reauth'
  | 'rejected'
  | 'dead'
  | 'stray_found';

/** What became of a change of one record, or what stands in its way. */
export interface Change {
  readonly id: string;
  readonly at: string;
  readonly provider: string;
  readonly entity: EntityKind;
  readonly entityId: string;
  readonly title: string;
  readonly code: ChangeCode;
  readonly reason: string | null;
  readonly detail: string;
  readonly changed: readonly string[];
  readonly errors: readonly FieldError[];
  readonly version: number | null;
  readonly latencySeconds: number | null;
}

export type RecordState = 'linked' | 'due' | 'working' | 'creating' | 'waiting' | 'dead' | 'unlinked';

export interface SyncedRecord {
  readonly entity: EntityKind;
  readonly entityId: string;
  readonly title: string;
  readonly state: RecordState;
  readonly version: number | null;
  readonly deleted: boolean;
  readonly remoteId: string | null;
  readonly failure: {
    readonly code: string;
    readonly detail: string;
    readonly fields: readonly FieldError[];
    readonly at: string;
  } | null;
}

export interface RecordHistory extends SyncedRecord {
  readonly link: {
    readonly origin: 'created' | 'adopted' | null;
    readonly attempts: number;
    readonly nextAttemptAt: string | null;
    readonly lastSent: {
      readonly version: number;
      readonly fields: Readonly<Record<string, unknown>>;
    } | null;
    readonly strays: readonly string[];
  } | null;
  /** Newest first. */
  readonly data: readonly Change[];
  readonly nextCursor: string | null;
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}
