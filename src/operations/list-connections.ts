import { scopeOf, type Connection } from '../domain/connection.ts';
import type { LinkCounts } from '../state-store/link-store.port.ts';
import type { Page } from '../domain/page.ts';
import type { OperationPorts } from './operation.port.ts';

/** A connection as an operator sees it: no credential, and of people their ids only. */
export interface ConnectionSummary {
  readonly connection: Pick<
    Connection,
    'connectionId' | 'owner' | 'provider' | 'status' | 'health' | 'connectedAt' | 'lastSyncAt'
  >;
  readonly counts: LinkCounts;
  /** How long the oldest change has waited for delivery, seconds; 0 when none does. */
  readonly lagSeconds: number;
}

/** Every user's connections that are not disconnected, by id. */
export async function listConnections(
  { store, clock, healthOf }: OperationPorts,
  { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
): Promise<Page<ConnectionSummary>> {
  const connections = await store.connections.pageConnected(cursor, limit);
  const now = clock.now();
  const items = await Promise.all(
    connections.map(async (connection): Promise<ConnectionSummary> => {
      const counts = await store.links.counts(scopeOf(connection), now);
      const lagMs = counts.dirtySince === null ? 0 : Math.max(0, now - counts.dirtySince);
      const health = healthOf(connection);
      return { connection: { ...connection, health }, counts, lagSeconds: lagMs / 1_000 };
    }),
  );
  const nextCursor = connections.length < limit ? null : (connections.at(-1)?.connectionId ?? null);
  return { items, nextCursor };
}
