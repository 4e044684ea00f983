import type { OperationPorts } from './operation.port.ts';

/** One encryption key and what needs it. */
export interface KeyUse {
  readonly keyId: string;
  /** `missing`: something is sealed under it, and it is not here. */
  readonly role: 'current' | 'retired' | 'missing';
  /** Connections whose credentials are sealed under it. */
  readonly connections: number;
  /** Those of them that are sealed in an earlier form. */
  readonly earlierForm: number;
  /** Whether the canary is sealed under it: without that key no service starts on this store. */
  readonly canary: boolean;
  /** Whether it may not be taken away. */
  readonly needed: boolean;
}

export interface KeyStatus {
  readonly currentKeyId: string;
  /** The current one first, then retired ones as configured, then missing ones. */
  readonly keys: readonly KeyUse[];
  /** Connections that a rotation would seal anew. */
  readonly toReseal: number;
  /** Everything, the canary and the key of the fingerprints included, is sealed under the current key in the newest form. */
  readonly rotated: boolean;
}

type StatusPorts = Pick<OperationPorts, 'store' | 'keys'>;

/** What is sealed under which key. Counted by what sealed values say of themselves; nothing is opened. */
export async function readKeyStatus({ store, keys }: StatusPorts): Promise<KeyStatus> {
  const counts = await store.connections.countSealed();
  const canary = await store.settings.readCanary();
  const fingerprintKey = await store.settings.readFingerprintKey();
  const { currentKeyId, keyIds, version } = keys;
  const known = new Set(keyIds);
  const kept = [canary, fingerprintKey].filter((sealed) => sealed !== null);
  const used = [...counts, ...kept].map(({ keyId }) => keyId);
  const missing = [...new Set(used)].filter((keyId) => !known.has(keyId)).sort();
  const sum = (some: typeof counts) => some.reduce((total, { count }) => total + count, 0);
  const uses = [...known, ...missing].map((keyId): KeyUse => {
    const under = counts.filter((each) => each.keyId === keyId);
    const role = keyId === currentKeyId ? 'current' : known.has(keyId) ? 'retired' : 'missing';
    const connections = sum(under);
    const hasCanary = canary?.keyId === keyId;
    const isKept = kept.some((sealed) => sealed.keyId === keyId);
    return {
      keyId,
      role,
      connections,
      canary: hasCanary,
      earlierForm: sum(under.filter(({ v }) => v !== version)),
      needed: role === 'current' || connections > 0 || isKept,
    };
  });
  const toReseal = sum(counts.filter(({ v, keyId }) => v !== version || keyId !== currentKeyId));
  const isDone =
    canary !== null && kept.every((sealed) => sealed.keyId === currentKeyId && sealed.v === version);
  return { currentKeyId, keys: uses, toReseal, rotated: toReseal === 0 && isDone };
}
