import type { Connection } from '../domain/connection.ts';
import { readKeyStatus, type KeyStatus } from './key-status.ts';
import { done, refused, type OperationOutcome } from './operation-failure.ts';
import type { OperationPorts } from './operation.port.ts';

/** One step of a rotation. */
export interface RotationStep {
  /** Connections that this step sealed anew. */
  readonly resealed: number;
  /** Connections whose credentials don't open with the keys that are here; they are left as they are. */
  readonly unreadable: number;
  /** Where the next step goes on; null when all connections were looked at. */
  readonly nextCursor: string | null;
  /** How things stand at the end; null while there is a next step: it takes a look at every connection. */
  readonly status: KeyStatus | null;
}

/** Connections a step: also where each takes two calls to a key service, a step ends within its request. */
const STEP = 50;
/** How often a connection that others change meanwhile is read again within a step; the next pass finds it otherwise. */
const MOST_TRIES = 8;

type RotationPorts = Pick<OperationPorts, 'store' | 'keys'>;

/**
 * Seals the next few connections anew under the current key, each by compare-and-set on its revision: deliveries go on, and whoever
 * connects or disconnects meanwhile wins. The canary comes last, once nothing is left under another key. Nothing of a rotation is kept
 * but its results, so it may be ended anywhere and begun again, and two at once do no harm.
 *
 * `keyId` is the key that the caller believes to be the current one; where it is not, nothing is done.
 */
export async function rotateKeys(
  { store, keys }: RotationPorts,
  { keyId, cursor }: { readonly keyId: string; readonly cursor: string | null },
): Promise<OperationOutcome<RotationStep>> {
  if (keyId !== keys.currentKeyId) return refused({ code: 'CONFLICT', reason: 'another_key' });
  const form = { v: keys.version, keyId };
  const page = await store.connections.pageSealedUnlike(form, cursor, STEP);
  const ends = { resealed: 0, unreadable: 0, settled: 0 };
  for (const connection of page) {
    const end = await reseal({ store, keys }, connection);
    if (end === 'keys_unavailable') return refused({ code: 'KEYS_UNAVAILABLE' });
    ends[end] += 1;
  }
  const nextCursor = page.length < STEP ? null : (page.at(-1)?.connectionId ?? null);
  const { resealed, unreadable } = ends;
  if (nextCursor !== null) return done({ resealed, unreadable, nextCursor, status: null });
  const status = await endPass({ store, keys });
  if (status === null) return refused({ code: 'KEYS_UNAVAILABLE' });
  return done({ resealed, unreadable, nextCursor, status });
}

/** `settled`: others did it, or there is nothing to seal any more. */
type ResealEnd = 'resealed' | 'unreadable' | 'settled' | 'keys_unavailable';

async function reseal({ store, keys }: RotationPorts, listed: Connection): Promise<ResealEnd> {
  let connection: Connection | null = listed;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    if (connection === null || !isOutdated(keys, connection)) return 'settled';
    const { connectionId, provider, owner, sealed, revision } = connection;
    const made = await keys.reseal({ userId: owner.id, provider, connectionId }, sealed);
    if (!made.ok) return made.code === 'KEYS_UNAVAILABLE' ? 'keys_unavailable' : 'unreadable';
    if (await store.connections.reseal(connectionId, made.sealed, revision)) return 'resealed';
    connection = await store.connections.read(connectionId);
  }
  return 'settled';
}

function isOutdated(
  { currentKeyId, version }: RotationPorts['keys'],
  { sealed }: Pick<Connection, 'sealed'>,
): boolean {
  return sealed !== null && (sealed.keyId !== currentKeyId || sealed.v !== version);
}

/** False where that could not be asked for; one that does not open here is left as it is. */
async function resealFingerprintKey({ store: { settings }, keys }: RotationPorts): Promise<boolean> {
  const stored = await settings.readFingerprintKey();
  if (stored === null || !isOutdated(keys, { sealed: stored })) return true;
  const made = await keys.resealFingerprintKey(stored);
  if (!made.ok) return made.code !== 'KEYS_UNAVAILABLE';
  // Lost only to somebody who does the same.
  await settings.replaceFingerprintKey(made.sealed, stored);
  return true;
}

/** Null where the canary could not be sealed. */
async function endPass(ports: RotationPorts): Promise<KeyStatus | null> {
  const status = await readKeyStatus(ports);
  if (status.rotated || status.toReseal > 0) return status;
  if (!(await resealFingerprintKey(ports))) return null;
  const canary = await ports.keys.sealCanary();
  if (!canary.ok) return null;
  await ports.store.settings.replaceCanary(canary.sealed);
  return await readKeyStatus(ports);
}
