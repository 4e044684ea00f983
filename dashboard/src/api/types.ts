/** The API's answers as this page reads them. Made from the API's description: `npm run docs:api-types`. */

export type EntityKind = 'contact' | 'property' | 'deal';

export interface CredentialField {
  readonly name: string;
  readonly label: string;
  readonly secret: boolean;
  readonly required: boolean;
  readonly kind: 'text' | 'url';
  /** Where people find it, and what it looks like. */
  readonly help: string;
  /** Of which of the provider's interfaces it is, where it is not of the first or only one. */
  readonly dialect?: string;
}

export interface Provider {
  readonly id: string;
  readonly name: string;
  readonly available: boolean;
  readonly unavailableReason: string | null;
  readonly capabilities: {
    readonly entities: readonly EntityKind[];
    /** What can be done with each kind of record there; a kind that is missing is not sent. */
    readonly kinds: {
      readonly contact?: readonly ('find' | 'create' | 'update' | 'delete' | 'changes')[];
      readonly property?: readonly ('find' | 'create' | 'update' | 'delete' | 'changes')[];
      readonly deal?: readonly ('find' | 'create' | 'update' | 'delete' | 'changes')[];
    };
    readonly syncDirections: readonly ('push' | 'pull' | 'bidirectional')[];
    readonly deletes: boolean;
    readonly changedSince: boolean;
    /** Whether several records go in one call. */
    readonly batch: boolean;
    /** Whether the CRM tells of its changes by itself. */
    readonly webhooks: boolean;
  } | null;
  readonly credentialFields: readonly CredentialField[];
  readonly browserConnect: {
    readonly available: boolean;
    readonly unavailableReason: string | null;
    /** Those of `credentialFields` that are asked for before people go there. */
    readonly fields: readonly string[];
  } | null;
  readonly limits: {
    readonly requestsPerSecond: number;
    readonly maxConcurrent: number;
    readonly requestsPerDay: number | null;
    readonly searchLagSeconds: number;
    readonly callDeadlineSeconds: number;
  } | null;
  /** Kinds that are only sent where the sync config asks for it, each with why, for people. */
  readonly offByDefault: {
    readonly contact?: string;
    readonly property?: string;
    readonly deal?: string;
  };
  /** What does not get there as people may expect. */
  readonly knownGaps: readonly string[];
  /** Where the provider has several interfaces, each by itself. What is said of the provider is said of the first; its credentialFields are those of all. */
  readonly dialects: readonly {
    readonly dialect: string | null;
    readonly available: boolean;
    readonly unavailableReason: string | null;
    readonly capabilities: {
      readonly entities: readonly EntityKind[];
      /** What can be done with each kind of record there; a kind that is missing is not sent. */
      readonly kinds: {
        readonly contact?: readonly ('find' | 'create' | 'update' | 'delete' | 'changes')[];
        readonly property?: readonly ('find' | 'create' | 'update' | 'delete' | 'changes')[];
        readonly deal?: readonly ('find' | 'create' | 'update' | 'delete' | 'changes')[];
      };
      readonly syncDirections: readonly ('push' | 'pull' | 'bidirectional')[];
      readonly deletes: boolean;
      readonly changedSince: boolean;
      /** Whether several records go in one call. */
      readonly batch: boolean;
      /** Whether the CRM tells of its changes by itself. */
      readonly webhooks: boolean;
    } | null;
    readonly credentialFields: readonly CredentialField[];
    readonly browserConnect: {
      readonly available: boolean;
      readonly unavailableReason: string | null;
      /** Those of `credentialFields` that are asked for before people go there. */
      readonly fields: readonly string[];
    } | null;
    readonly limits: {
      readonly requestsPerSecond: number;
      readonly maxConcurrent: number;
      readonly requestsPerDay: number | null;
      readonly searchLagSeconds: number;
      readonly callDeadlineSeconds: number;
    } | null;
    /** Kinds that are only sent where the sync config asks for it, each with why, for people. */
    readonly offByDefault: {
      readonly contact?: string;
      readonly property?: string;
      readonly deal?: string;
    };
    /** What does not get there as people may expect. */
    readonly knownGaps: readonly string[];
  }[];
}

export interface SyncConfig {
  readonly syncContacts: boolean;
  readonly syncProperties: boolean;
  readonly syncDeals: boolean;
  readonly syncDirection: 'push' | 'pull' | 'bidirectional';
  /** What a delete in Zena removes: what this connection created, nothing, or also what it adopted. */
  readonly deletions: 'created' | 'never' | 'all';
  /** A time zone of the IANA database. A milestone whose time came without a zone is on the day that it was there. */
  readonly timeZone: string;
  /** Zena's stage of a deal to the CRM's name of one, all of them at once. A stage without an entry goes to the CRM's of an equal name, else to its first open one. */
  readonly stages: Readonly<Record<string, unknown>>;
}

export interface Integration {
  readonly connectionId: string;
  readonly provider: string;
  readonly dialect: string | null;
  readonly accountName: string | null;
  readonly status: 'active' | 'paused' | 'needs_reauth' | 'disconnected';
  readonly health: {
    readonly state: 'healthy' | 'rate_limited' | 'unreachable' | 'needs_reauth' | 'paused';
    /** RFC 3339, UTC. */
    readonly since: string;
    readonly reason: string | null;
    readonly whoCanFix: 'nobody_needed' | 'user' | 'operator' | 'crm';
  };
  readonly syncConfig: SyncConfig;
  /** RFC 3339, UTC. */
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
  readonly budget: {
    readonly requestsPerSecond: number;
    readonly maxConcurrent: number;
    readonly requestsPerDay: number | null;
    readonly today: {
      readonly used: number;
      readonly left: number;
      readonly keptForLive: number;
      readonly forecast: number | null;
      /** RFC 3339, UTC. */
      readonly resetsAt: string;
    } | null;
  } | null;
}

export type RunStatus = 'running' | 'waiting' | 'completed' | 'completed_with_failures' | 'cancelled';

export interface Run {
  /** Completed without failures. */
  readonly success: boolean;
  readonly status: RunStatus;
  readonly runId: string;
  readonly provider: string;
  readonly contactsSynced: number;
  readonly propertiesSynced: number;
  readonly dealsSynced: number;
  /** Records; once it has ended, the sum of the outcomes, of which each record is in one. */
  readonly total: number;
  /** Records that are in an outcome so far. */
  readonly done: number;
  readonly created: number;
  readonly updated: number;
  /** The CRM held it already. */
  readonly unchanged: number;
  /** Written again because the CRM’s copy had changed; 0 until syncs look at the CRM. */
  readonly repaired: number;
  /** The CRM’s copy has changed and was left; 0 until syncs look at the CRM. */
  readonly drifted: number;
  /** A newer contact speaks for the CRM record that they share. */
  readonly superseded: number;
  /** Not synced, unsupported, or nothing to deliver. */
  readonly skipped: number;
  readonly deleted: number;
  /** Was tried, did not get through, and goes on by itself. */
  readonly retrying: number;
  /** Was given up, and waits for a change or a person. */
  readonly failed: number;
  readonly ratePerSecond: number | null;
  readonly etaSeconds: number | null;
  readonly reason: string | null;
  /** RFC 3339, UTC. */
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
  | 'unsupported'
  | 'not_owner'
  | 'kept_in_crm'
  | 'kept_for_people'
  | 'kept_for_connection'
  | 'nothing_to_deliver'
  | 'sent_once'
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
  | 'stray_found'
  | 'stray_removed'
  | 'changed_in_crm'
  | 'changed_by_connection'
  | 'left_out'
  | 'unconfirmed';

export interface Change {
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly provider: string;
  readonly connectionId: string;
  readonly entity: EntityKind;
  readonly entityId: string;
  readonly title: string;
  readonly code: ChangeCode;
  readonly reason: string | null;
  readonly detail: string;
  readonly changed: readonly string[];
  readonly replaced: Readonly<Record<string, unknown>> | null;
  readonly errors: readonly FieldError[];
  readonly version: number | null;
  readonly lane: 'live' | 'retry' | 'replay' | 'sync';
  readonly latencySeconds: number | null;
}

export type RecordState =
  'linked' | 'due' | 'working' | 'creating' | 'waiting' | 'dead' | 'unlinked' | 'superseded';

export interface SyncedRecord {
  readonly entity: EntityKind;
  readonly entityId: string;
  readonly title: string;
  /** `superseded`: a newer contact with the same e-mail speaks for the CRM record that they share; listed among those that are `linked`. */
  readonly state: RecordState;
  readonly version: number | null;
  /** Deleted in Zena. */
  readonly deleted: boolean;
  readonly remoteId: string | null;
  readonly failure: {
    readonly code: string;
    readonly detail: string;
    readonly fields: readonly FieldError[];
    /** RFC 3339, UTC. */
    readonly at: string;
  } | null;
}

export interface RecordHistory {
  readonly entity: EntityKind;
  readonly entityId: string;
  readonly title: string;
  /** `superseded`: a newer contact with the same e-mail speaks for the CRM record that they share; listed among those that are `linked`. */
  readonly state: RecordState;
  readonly version: number | null;
  /** Deleted in Zena. */
  readonly deleted: boolean;
  readonly remoteId: string | null;
  readonly failure: {
    readonly code: string;
    readonly detail: string;
    readonly fields: readonly FieldError[];
    /** RFC 3339, UTC. */
    readonly at: string;
  } | null;
  readonly link: {
    readonly origin: 'created' | 'adopted' | null;
    readonly remoteVersion: string | null;
    readonly lane: 'live' | 'retry' | 'replay' | 'sync';
    readonly attempts: number;
    readonly nextAttemptAt: string | null;
    readonly waitingSince: string | null;
    readonly dirtySince: string | null;
    readonly lastSent: {
      readonly version: number;
      /** What the CRM last acknowledged, by its own field names. */
      readonly fields: Readonly<Record<string, unknown>>;
    } | null;
    readonly strays: readonly string[];
  } | null;
  readonly data: readonly Change[];
  readonly nextCursor: string | null;
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}
