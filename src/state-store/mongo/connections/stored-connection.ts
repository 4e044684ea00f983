import type { Collection } from 'mongodb';
import { DEFAULT_SYNC_CONFIG, type Connection, type SealedCredentials } from '../../../domain/connection.ts';
import type { MongoSession } from '../session/mongo-session.ts';

/** Names of stages may hold anything, which no member's name may here. */
interface StoredSyncConfig extends Omit<Connection['syncConfig'], 'stages'> {
  readonly stages?: readonly (readonly [string, string])[];
}

export interface ConnectionDocument {
  /** The connection's id. */
  readonly _id: string;
  readonly owner: Connection['owner'];
  readonly provider: string;
  readonly dialect?: string;
  readonly status: Connection['status'];
  readonly accountKey: string;
  readonly accountName?: string;
  readonly credentialsUntil?: number;
  readonly budgetKey: string;
  readonly instanceUrl: string;
  readonly sealed?: SealedCredentials;
  readonly syncConfig: StoredSyncConfig;
  readonly health: Connection['health'];
  readonly epoch: number;
  readonly connectedAt: number;
  readonly opening?: NonNullable<Connection['opening']>;
  readonly lastSyncAt?: number;
  readonly revision: number;
}

export function connectionsIn({ database }: MongoSession): Collection<ConnectionDocument> {
  return database.collection('connections');
}

export function connectionDocument(connection: Connection): ConnectionDocument {
  const { owner, sealed, syncConfig, health, lastSyncAt, opening } = connection;
  return {
    _id: connection.connectionId,
    owner: { type: owner.type, id: owner.id },
    provider: connection.provider,
    ...(connection.dialect !== undefined && { dialect: connection.dialect }),
    status: connection.status,
    accountKey: connection.accountKey,
    ...(connection.accountName !== undefined && { accountName: connection.accountName }),
    ...(connection.credentialsUntil !== undefined && { credentialsUntil: connection.credentialsUntil }),
    budgetKey: connection.budgetKey,
    instanceUrl: connection.instanceUrl,
    ...(sealed !== null && { sealed: sealedCopy(sealed) }),
    syncConfig: {
      ...configCopy(syncConfig),
      ...(syncConfig.stages !== undefined && { stages: Object.entries(syncConfig.stages) }),
    },
    health: healthCopy(health),
    epoch: connection.epoch,
    connectedAt: connection.connectedAt,
    ...(opening !== undefined && { opening: { by: opening.by, until: opening.until } }),
    ...(lastSyncAt !== null && { lastSyncAt }),
    revision: connection.revision,
  };
}

export function connectionOf(document: ConnectionDocument): Connection {
  const { owner, sealed, syncConfig, health, opening } = document;
  return {
    connectionId: document._id,
    owner: { type: owner.type, id: owner.id },
    provider: document.provider,
    ...(document.dialect !== undefined && { dialect: document.dialect }),
    status: document.status,
    accountKey: document.accountKey,
    ...(document.accountName !== undefined && { accountName: document.accountName }),
    ...(document.credentialsUntil !== undefined && { credentialsUntil: document.credentialsUntil }),
    budgetKey: document.budgetKey,
    instanceUrl: document.instanceUrl,
    sealed: sealed === undefined ? null : sealedCopy(sealed),
    syncConfig: {
      ...configCopy(syncConfig),
      ...(syncConfig.stages !== undefined && { stages: Object.fromEntries(syncConfig.stages) }),
    },
    health: healthCopy(health),
    epoch: document.epoch,
    connectedAt: document.connectedAt,
    ...(opening !== undefined && { opening: { by: opening.by, until: opening.until } }),
    lastSyncAt: document.lastSyncAt ?? null,
    revision: document.revision,
  };
}

/** Its named members and no others: what else an object or a document holds does not cross. */
export function sealedCopy(sealed: SealedCredentials): SealedCredentials {
  const { v, keyId, nonce, tag, data, wrapped } = sealed;
  return { v, keyId, nonce, tag, data, ...(wrapped !== undefined && { wrapped }) };
}

function configCopy(
  config: Omit<Connection['syncConfig'], 'stages'>,
): Omit<Connection['syncConfig'], 'stages'> {
  return {
    syncContacts: config.syncContacts,
    syncProperties: config.syncProperties,
    syncDeals: config.syncDeals,
    syncDirection: config.syncDirection,
    deletions: config.deletions,
    // A program before this one wrote none.
    timeZone: (config as Partial<typeof config>).timeZone ?? DEFAULT_SYNC_CONFIG.timeZone,
  };
}

function healthCopy(health: Connection['health']): Connection['health'] {
  return { state: health.state, since: health.since, reason: health.reason, whoCanFix: health.whoCanFix };
}
