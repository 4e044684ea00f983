import type { StartConfig } from '../config/config.ts';
import { checkCanary, sealCanary } from '../credentials/canary.ts';
import { createCredentialVault, type CredentialVault } from '../credentials/credential-vault.ts';
import { openFingerprints, resealFingerprintKey, type Fingerprints } from '../credentials/fingerprints.ts';
import { createKeyRing, type KeyRing } from '../credentials/key-ring.ts';
import { createLocalKeyService } from '../credentials/local-key-service.ts';
import { SEALED_VERSION } from '../credentials/sealed-value.ts';
import { createSealer, type Sealer } from '../credentials/sealing.ts';
import type { SealingKeys } from '../operations/operation.port.ts';
import type { Logger } from '../runtime/logger.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import { StartRefused } from './start-fault.ts';

export interface OpenedVault {
  readonly vault: CredentialVault;
  readonly fingerprints: Fingerprints;
  readonly keys: SealingKeys;
}

/** The ring of the configured keys. */
export function openKeyRing(config: Pick<StartConfig, 'encryption'>): KeyRing {
  const made = createKeyRing(config.encryption);
  if (made.ok) return made.ring;
  throw new StartRefused(
    made.code,
    'The encryption keys can not be used.',
    'Check ENCRYPTION_KEY and ENCRYPTION_KEYS_RETIRED.',
  );
}

export interface VaultParts {
  readonly ring: KeyRing;
  readonly store: Pick<StateStore, 'settings' | 'connections'>;
  readonly logger: Pick<Logger, 'warn'>;
  readonly onSealed: (keyId: string) => void;
  /** Start although credentials are sealed under a key that is not here; they wait for it. */
  readonly withoutKeys: boolean;
}

/** Keys that do not fit what is stored must stop the start before anything is written with them. */
export async function openVault(parts: VaultParts): Promise<OpenedVault> {
  const sealer = createSealer({
    keys: createLocalKeyService(parts.ring),
    ring: parts.ring,
    onSealed: parts.onSealed,
  });
  await requireFittingKey(sealer, parts.store);
  await requireNeededKeys(sealer, parts);
  const fingerprints = await requireFingerprints(sealer, parts);
  const vault = createCredentialVault(sealer);
  return {
    vault,
    fingerprints,
    keys: {
      currentKeyId: sealer.keys.currentKeyId,
      keyIds: sealer.keys.keyIds,
      version: SEALED_VERSION,
      reseal: (context, sealed) => vault.reseal(context, sealed),
      sealCanary: () => sealCanary(sealer),
      resealFingerprintKey: (sealed) => resealFingerprintKey(sealer, sealed),
    },
  };
}

async function requireFittingKey(sealer: Sealer, { settings }: Pick<StateStore, 'settings'>): Promise<void> {
  const canary = await checkCanary(sealer, settings);
  if (canary.ok) return;
  if (canary.code === 'KEYS_UNAVAILABLE') throw keysUnavailable();
  throw new StartRefused(
    canary.code,
    'The encryption key does not open what this store holds.',
    'Set ENCRYPTION_KEY, or ENCRYPTION_KEYS_RETIRED, to the key that the credentials were sealed with.',
  );
}

/** What tells API keys apart; its key is sealed as credentials are. */
async function requireFingerprints(
  sealer: Sealer,
  { store, withoutKeys }: VaultParts,
): Promise<Fingerprints> {
  const opened = await openFingerprints(sealer, store.settings, { replaceLost: withoutKeys });
  if (opened.ok) return opened.fingerprints;
  if (opened.code === 'KEYS_UNAVAILABLE') throw keysUnavailable();
  if (opened.code === 'FINGERPRINT_KEY_DAMAGED') {
    throw new StartRefused(
      opened.code,
      'What tells API keys apart in this store was changed.',
      'Restore the store.',
    );
  }
  throw new StartRefused(
    'KEY_MISSING',
    'What tells API keys apart is sealed under a key that is not here.',
    'Add the former key to ENCRYPTION_KEYS_RETIRED, and rotate. If it is lost for good, start with --without-keys.',
  );
}

function keysUnavailable(): StartRefused {
  return new StartRefused(
    'KEYS_UNAVAILABLE',
    'The service that keeps the encryption keys does not answer.',
    'Start again when it does.',
    1,
  );
}

/** The canary fits one key; credentials may be under another that was taken away too early. */
async function requireNeededKeys(
  { keys }: Sealer,
  { store, logger, withoutKeys }: VaultParts,
): Promise<void> {
  const missing = new Map<string, number>();
  for (const { keyId, count } of await store.connections.countSealed()) {
    if (!keys.keyIds.includes(keyId)) missing.set(keyId, (missing.get(keyId) ?? 0) + count);
  }
  if (missing.size === 0) return;
  if (withoutKeys) {
    for (const [keyId, count] of missing) logger.warn('keys.missing', { keyId, count });
    return;
  }
  const named = [...missing].map(([keyId, count]) => `${count} connections under ${keyId}`).sort();
  throw new StartRefused(
    'KEY_MISSING',
    `Credentials are sealed under a key that is not here: ${named.join(', ')}.`,
    'Add that key to ENCRYPTION_KEYS_RETIRED. If it is lost for good, start with --without-keys and let those users connect again.',
  );
}
