import type { SealedCredentials } from '../domain/connection.ts';

export interface SettingStore {
  readCanary(): Promise<SealedCredentials | null>;
  writeCanaryIfAbsent(sealed: SealedCredentials): Promise<SealedCredentials>;
  /** Writes it over the one that is there. */
  replaceCanary(sealed: SealedCredentials): Promise<void>;
  readFingerprintKey(): Promise<SealedCredentials | null>;
  writeFingerprintKeyIfAbsent(sealed: SealedCredentials): Promise<SealedCredentials>;
  /** Writes it over one that stands as given (told by its nonce); false when it does not any more. */
  replaceFingerprintKey(sealed: SealedCredentials, former: SealedCredentials): Promise<boolean>;
  /** Raises and returns the owner's epoch: claims of lower epochs belong to processes that are gone. */
  nextEpoch(): Promise<number>;
  hasSealedCredentials(): Promise<boolean>;
}
