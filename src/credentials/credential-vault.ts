import { Buffer } from 'node:buffer';
import type { KeyRing } from './key-ring.ts';
import type { SealedValue } from './sealed-value.ts';
import { open, type OpenFailure, seal, type SealingContext } from './sealing.ts';

const PURPOSE = 'credentials/v1';

/** What a user entered to connect a CRM, by field name. */
export type Credentials = Readonly<Record<string, string>>;

export type OpenedCredentials =
  | { readonly ok: true; readonly credentials: Credentials }
  | { readonly ok: false; readonly code: OpenFailure };

/** Seals credentials for the store, bound to one user, provider and connection, and opens them again. */
export interface CredentialVault {
  seal(context: SealingContext, credentials: Credentials): SealedValue;
  open(context: SealingContext, sealed: unknown): OpenedCredentials;
  /** The id of the key that `seal` uses; a row with another id waits to be sealed anew. */
  readonly currentKeyId: string;
}

/** Makes the vault over a key ring. */
export function createCredentialVault(ring: KeyRing): CredentialVault {
  return {
    currentKeyId: ring.currentId,
    seal(context, credentials) {
      const plaintext = Buffer.from(JSON.stringify(Object.entries(credentials)), 'utf8');
      const sealed = seal(ring, PURPOSE, context, plaintext);
      plaintext.fill(0);
      return sealed;
    },
    open(context, sealed) {
      const opened = open(ring, PURPOSE, context, sealed);
      if (!opened.ok) return opened;
      // Authentic, so it is what `seal` wrote: a list of name and value.
      const entries = JSON.parse(opened.plaintext.toString('utf8')) as [string, string][];
      opened.plaintext.fill(0);
      return { ok: true, credentials: Object.fromEntries(entries) };
    },
  };
}
