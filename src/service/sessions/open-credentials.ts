import type { ConnectorCredentials } from '../../connectors/connector.port.ts';
import type { CredentialVault } from '../../credentials/credential-vault.ts';
import type { SessionRefusal } from '../../delivering/crm-sessions.port.ts';
import type { Connection } from '../../domain/connection.ts';

export type Unsealed =
  | { readonly ok: true; readonly credentials: ConnectorCredentials }
  | { readonly ok: false; readonly failure: SessionRefusal };

/**
 * A key that is not here is another process's during a change of keys, or one that an operator has to give back: the connection waits
 * for it. Credentials that were changed or moved will never open: the connection stops.
 */
export async function openCredentials(
  vault: Pick<CredentialVault, 'open'>,
  { connectionId, provider, owner, sealed }: Connection,
): Promise<Unsealed> {
  if (sealed === null) return { ok: false, failure: unreadable('CREDENTIALS_ABSENT') };
  const opened = await vault.open({ userId: owner.id, provider, connectionId }, sealed);
  if (opened.ok) return opened;
  if (opened.code === 'KEY_UNKNOWN' || opened.code === 'KEYS_UNAVAILABLE') {
    const detail = 'The key for the stored credentials is not available.';
    return { ok: false, failure: { kind: 'withheld', code: 'KEYS_UNAVAILABLE', detail } };
  }
  return { ok: false, failure: unreadable('CREDENTIALS_UNREADABLE') };
}

function unreadable(code: string): SessionRefusal {
  return { kind: 'unauthorised', code, detail: 'The stored credentials can not be opened.', status: 0 };
}
