import { Buffer } from 'node:buffer';
import type { SealingContext } from './key-service.ts';
import type { SealedV2 } from './sealed-value.ts';
import type { OpenFailure, Sealer, SealResult } from './sealing.ts';

const PURPOSE = 'credentials';

/** What a user entered to connect a CRM, by field name. */
export type Credentials = Readonly<Record<string, string>>;

export type OpenedCredentials =
  | { readonly ok: true; readonly credentials: Credentials }
  | { readonly ok: false; readonly code: OpenFailure };

export type ResealResult =
  { readonly ok: true; readonly sealed: SealedV2 } | { readonly ok: false; readonly code: OpenFailure };

/**
 * Seals credentials for the store, bound to one user, provider and connection, and opens them again. What held them in clear is
 * overwritten where it can be: opened credentials are texts, which can't, so they are opened for one delivery at a time.
 */
export interface CredentialVault {
  seal(context: SealingContext, credentials: Credentials): Promise<SealResult>;
  open(context: SealingContext, sealed: unknown): Promise<OpenedCredentials>;
  /** Seals anew, in the newest form and with the current key. */
  reseal(context: SealingContext, sealed: unknown): Promise<ResealResult>;
}

/** Makes the vault over a sealer. */
export function createCredentialVault(sealer: Sealer): CredentialVault {
  return {
    async seal(context, credentials) {
      const plaintext = Buffer.from(JSON.stringify(Object.entries(credentials)), 'utf8');
      try {
        return await sealer.seal(PURPOSE, context, plaintext);
      } finally {
        plaintext.fill(0);
      }
    },
    async open(context, sealed) {
      const opened = await sealer.open(PURPOSE, context, sealed);
      if (!opened.ok) return opened;
      // Authentic, so it is what `seal` wrote: a list of name and value.
      const entries = JSON.parse(opened.plaintext.toString('utf8')) as [string, string][];
      opened.plaintext.fill(0);
      return { ok: true, credentials: Object.fromEntries(entries) };
    },
    async reseal(context, sealed) {
      const opened = await sealer.open(PURPOSE, context, sealed);
      if (!opened.ok) return opened;
      try {
        return await sealer.seal(PURPOSE, context, opened.plaintext);
      } finally {
        opened.plaintext.fill(0);
      }
    },
  };
}
