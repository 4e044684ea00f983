import type { ConnectorKind, CrmConnector, CrmHttp } from '../../src/connectors/connector.port.ts';
import type { EntityKind } from '../../src/domain/entity.ts';
import type { CallOutcome } from '../../src/domain/outcome.ts';
import type {
  CreatedRecord,
  CrmFields,
  RemoteHit,
  RemoteRecord,
  SoughtKey,
} from '../../src/domain/remote-record.ts';

/** A connector's verbs over one conversation, told apart by kind. */
export interface ConnectorCaller {
  authenticate(): Promise<CallOutcome<true>>;
  create(kind: EntityKind, fields: CrmFields): Promise<CallOutcome<CreatedRecord>>;
  find(kind: EntityKind, key: SoughtKey): Promise<CallOutcome<readonly RemoteHit[]>>;
  /** Of every field, as where nothing is known of what the CRM holds. */
  update(kind: EntityKind, remoteId: string, fields: CrmFields): Promise<CallOutcome<RemoteRecord>>;
  /** Rejects where the connector can't. */
  delete(kind: EntityKind, remoteId: string): Promise<CallOutcome<null>>;
  /** Rejects where the connector can't. */
  changes(kind: EntityKind, since: number, limit: number): Promise<CallOutcome<readonly RemoteHit[]>>;
}

export function connectorCaller(connector: CrmConnector, http: CrmHttp): ConnectorCaller {
  const of = (kind: EntityKind): ConnectorKind => {
    const known = connector.kinds[kind];
    if (known === undefined) throw new Error(`${connector.id} has no ${kind}`);
    return known;
  };
  const can = <V>(verb: V | undefined): V => {
    if (verb === undefined) throw new Error(`${connector.id} can not do this`);
    return verb;
  };
  return {
    authenticate: () => connector.authenticate(http),
    create: (kind, fields) => of(kind).parts.core.create(http, { fields }),
    find: (kind, key) => of(kind).find(http, key),
    update: (kind, remoteId, fields) =>
      of(kind).parts.core.update(http, remoteId, {
        fields,
        changed: Object.keys(fields),
        held: {},
      }),
    delete: async (kind, remoteId) => await can(of(kind).delete)(http, remoteId),
    changes: async (kind, since, limit) => await can(of(kind).changes)(http, since, limit),
  };
}
