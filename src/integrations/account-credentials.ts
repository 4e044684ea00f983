import type { CrmConnector, ConnectorCredentials } from '../connectors/connector.port.ts';
import type { IntegrationPorts } from './integration.port.ts';
import { failed, type InputFault, type Outcome, success } from './integration-failure.ts';

/** Credentials as they are to be used, and the account that they name. */
export interface AccountCredentials {
  readonly credentials: ConnectorCredentials;
  readonly instanceUrl: string;
  /** Null: only the CRM knows. */
  readonly accountKey: string | null;
  readonly budgetKey: string;
}

/**
 * Checks what a user entered to connect. Addresses come first: what the service may not call is `UNACCEPTABLE`, and goes on in
 * its canonical form; everything else that is wrong is `INVALID`.
 */
export function readAccountCredentials(
  { account, credentialFields, hosts }: CrmConnector,
  entered: Readonly<Record<string, string>>,
  { checkInstanceUrl, fingerprints }: Pick<IntegrationPorts, 'checkInstanceUrl' | 'fingerprints'>,
): Outcome<AccountCredentials> {
  const fields = new Map(Object.entries(entered));
  const refused: InputFault[] = [];
  for (const { name, kind } of credentialFields) {
    const text = fields.get(name);
    if (kind !== 'url' || text === undefined) continue;
    const checked = checkInstanceUrl(text, hosts ?? null);
    if (checked.ok) fields.set(name, checked.url);
    else refused.push({ pointer: pointerOf(name), code: checked.code, detail: checked.detail });
  }
  if (refused.length > 0) return failed({ code: 'UNACCEPTABLE', faults: refused });

  const parsed = account.parse(Object.fromEntries(fields));
  if (!parsed.ok) {
    const faults = parsed.errors.map(({ field, code, detail }) => ({
      pointer: pointerOf(field),
      code,
      detail,
    }));
    return failed({ code: 'INVALID', faults });
  }
  const { credentials, instanceUrl } = parsed;
  return success({
    credentials,
    instanceUrl,
    accountKey: account.keyOf?.(credentials) ?? null,
    budgetKey: account.budgetKey(credentials, fingerprints.of),
  });
}

function pointerOf(field: string): string {
  return `/credentials/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
