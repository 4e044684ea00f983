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
  /** Everything, the canary included, is sealed under the current key in the newest form. */
  readonly rotated: boolean;
}

type StatusPorts = Pick<OperationPorts, 'store' | 'keys'>;

/** What is sealed under which key. Counted by what sealed values say of themselves; nothing is opened. */
export async function readKeyStatus({ store, keys }: StatusPorts): Promise<KeyStatus> {
  const counts = await store.connections.countSealed();
  const canary = await store.settings.readCanary();
  const { currentKeyId, keyIds, version } = keys;
  const known = new Set(keyIds);
  const used = [...counts.map(({ keyId }) => keyId), ...(canary === null ? [] : [canary.keyId])];
  const missing = [...new Set(used)].filter((keyId) => !known.has(keyId)).sort();
  const sum = (some: typeof counts) => some.reduce((total, { count }) => total + count, 0);
  const uses = [...known, ...missing].map((keyId): KeyUse => {
    const under = counts.filter((each) => each.keyId === keyId);
    const role = keyId === currentKeyId ? 'current' : known.has(keyId) ? 'retired' : 'missing';
    const connections = sum(under);
    const hasCanary = canary?.keyId === keyId;
    return {
      keyId,
      role,
      connections,
      canary: hasCanary,
      earlierForm: sum(under.filter(({ v }) => v !== version)),
      needed: role === 'current' || connections > 0 || hasCanary,
    };
  });
  const toReseal = sum(counts.filter(({ v, keyId }) => v !== version || keyId !== currentKeyId));
  const canaryDone = canary?.keyId === currentKeyId && canary.v === version;
  return { currentKeyId, keys: uses, toReseal, rotated: toReseal === 0 && canaryDone };
}
