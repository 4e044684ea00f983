import type { EntityKind } from './entity.ts';
import { textHash } from './content-hash.ts';
import type { Principal } from './may-see.ts';

/** Ways in which a connector may be able to keep a CRM and Zena equal; this service pushes. */
export const SYNC_DIRECTIONS = ['push', 'pull', 'bidirectional'] as const;

/**
 * What a delete in Zena does in the CRM: `created` removes only what this connection created, `never` nothing, `all` also what it
 * adopted.
 */
export const DELETIONS = ['created', 'never', 'all'] as const;

export interface SyncConfig {
  readonly syncContacts: boolean;
  readonly syncProperties: boolean;
  readonly syncDeals: boolean;
  readonly syncDirection: 'push';
  readonly deletions: (typeof DELETIONS)[number];
  /** Of the IANA database: the day of a time that came without a zone is the day there. */
  readonly timeZone: string;
  /** Zena's stage of a deal to the CRM's name of one. Absent: an equal name is taken. */
  readonly stages?: Readonly<Record<string, string>>;
}

export const DEFAULT_SYNC_CONFIG: SyncConfig = {
  syncContacts: true,
  syncProperties: true,
  syncDeals: true,
  syncDirection: 'push',
  deletions: 'created',
  timeZone: 'UTC',
};

export const CONNECTION_STATUSES = ['active', 'paused', 'needs_reauth', 'disconnected'] as const;
export type ConnectionStatus = (typeof CONNECTION_STATUSES)[number];

export const HEALTH_STATES = ['healthy', 'rate_limited', 'unreachable', 'needs_reauth', 'paused'] as const;
export type HealthState = (typeof HEALTH_STATES)[number];

/** Who can mend what a connection suffers from. */
export const HEALTH_FIXERS = ['nobody_needed', 'user', 'operator', 'crm'] as const;

export interface ConnectionHealth {
  readonly state: HealthState;
  /** Epoch ms. */
  readonly since: number;
  /** An outcome's code, or null when healthy. */
  readonly reason: string | null;
  readonly whoCanFix: (typeof HEALTH_FIXERS)[number];
}

/** Why a connection rests whose connector is none of this program's any more, or lacks something of the operator's. */
export const PROVIDER_UNAVAILABLE = 'PROVIDER_UNAVAILABLE';

/** Sealed credentials as the vault made them; opaque to the domain and to the store. */
export interface SealedCredentials {
  readonly v: number;
  readonly keyId: string;
  readonly nonce: string;
  readonly tag: string;
  readonly data: string;
  /** The wrapped data key of those that have one. */
  readonly wrapped?: string;
}

/** One owner's account at one provider. */
export interface Connection {
  /** Opaque; everything stored keys on it. */
  readonly connectionId: string;
  /** On whose behalf everything of it is done. */
  readonly owner: Principal;
  readonly provider: string;
  /** Which of the provider's interfaces speaks for it. Absent: the first one, or the only. */
  readonly dialect?: string;
  readonly status: ConnectionStatus;
  /** Names the CRM account; links belong to it. */
  readonly accountKey: string;
  /** What people call the account, as the CRM told it when it was connected. Absent: it told nothing. */
  readonly accountName?: string;
  /** When the credentials end by themselves, epoch ms. Absent: they don't say. */
  readonly credentialsUntil?: number;
  /** What the CRM counts its limits by; empty once disconnected. */
  readonly budgetKey: string;
  readonly instanceUrl: string;
  /** Null once disconnected. */
  readonly sealed: SealedCredentials | null;
  readonly syncConfig: SyncConfig;
  readonly health: ConnectionHealth;
  /** Raised by every connect, pause, resume and disconnect, so that work begun before is told apart. */
  readonly epoch: number;
  /** Epoch ms. */
  readonly connectedAt: number;
  /**
   * Who is opening a session for it: the others wait for what comes of it, until then (epoch ms) at the longest. Absent: nobody.
   */
  readonly opening?: { readonly by: string; readonly until: number };
  /** When a record last became equal in the CRM, epoch ms. */
  readonly lastSyncAt: number | null;
  /** Raised by every write of this document: the store's compare-and-set. */
  readonly revision: number;
}

/** Names a connector: a provider, and its dialect where it has several. */
export type ConnectorRef = Pick<Connection, 'provider' | 'dialect'>;

/** Whether this connector is the one that is named. */
export function isNamed(
  connector: { readonly id: string; readonly dialect?: string },
  { provider, dialect }: ConnectorRef,
): boolean {
  return connector.id === provider && connector.dialect === dialect;
}

/** What a connection's links are kept under: its id and its CRM account. Another account is another scope. */
export type Scope = `${string}.${string}`;

export function scopeOf(connection: Pick<Connection, 'connectionId' | 'accountKey'>): Scope {
  return `${connection.connectionId}.${textHash(connection.accountKey).slice(0, 12)}`;
}

/** The connection that a scope is of. */
export function connectionOfScope(scope: Scope): string {
  return scope.slice(0, scope.lastIndexOf('.'));
}

/** What a budget is kept under in the store. */
export function budgetIdOf(budgetKey: string): string {
  return textHash(budgetKey);
}

/** What the use of one account is kept under, of those that share a budget (`budgetIdOf`): it goes with the budget. */
export function shareIdOf(budgetId: string, accountKey: string): string {
  return `${budgetId}.${textHash(accountKey).slice(0, 16)}`;
}

/** What disconnecting leaves of a connection: no credentials, and an epoch that no work begun before has. */
export function disconnected(connection: Connection, now: number): Connection {
  return {
    ...connection,
    status: 'disconnected',
    // It may tell a fingerprint of the credentials.
    budgetKey: '',
    sealed: null,
    health: { state: 'healthy', since: now, reason: null, whoCanFix: 'nobody_needed' },
    epoch: connection.epoch + 1,
  };
}

export function syncsKind(config: SyncConfig, kind: EntityKind): boolean {
  if (kind === 'contact') return config.syncContacts;
  return kind === 'property' ? config.syncProperties : config.syncDeals;
}
