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
 * Checks what a user entered to connect. Addresses come first, and go on in their canonical form: what the service may not call is
 * `UNACCEPTABLE`; everything else that is wrong, what is no address among it, is `INVALID`.
 */
export function readAccountCredentials(
  { account, credentialFields, hosts }: CrmConnector,
  entered: Readonly<Record<string, string>>,
  { checkInstanceUrl, fingerprints }: Pick<IntegrationPorts, 'checkInstanceUrl' | 'fingerprints'>,
): Outcome<AccountCredentials> {
  const fields = new Map(Object.entries(entered));
  const faults: InputFault[] = [];
  let isRefused = false;
  for (const { name, kind } of credentialFields) {
    const text = fields.get(name);
    if (kind !== 'url' || text === undefined) continue;
    const checked = checkInstanceUrl(text, hosts ?? null);
    if (checked.ok) {
      fields.set(name, checked.url);
      continue;
    }
    isRefused ||= checked.kind === 'refused';
    faults.push({ pointer: pointerOf(name), code: checked.code, detail: checked.detail });
  }
  if (faults.length > 0) return failed({ code: isRefused ? 'UNACCEPTABLE' : 'INVALID', faults });

  const parsed = account.parse(Object.fromEntries(fields));
  if (!parsed.ok) {
    const wrong = parsed.errors.map(({ field, code, detail }) => ({
      pointer: pointerOf(field),
      code,
      detail,
    }));
    return failed({ code: 'INVALID', faults: wrong });
  }
  const { credentials, instanceUrl } = parsed;
  return success({
    credentials,
    instanceUrl,
    accountKey: account.keyOf?.(credentials) ?? null,
    budgetKey: account.budgetKey(credentials, fingerprints.of),
  });
}

/** Shorter ones are guessed, and stand in any text by chance. */
const SHORTEST_SECRET = 8;

/** What is wrong with credentials that were never used before; those that are in use stay good. */
export function tooShortSecrets(
  { credentialFields }: Pick<CrmConnector, 'credentialFields'>,
  { credentials }: Pick<AccountCredentials, 'credentials'>,
): readonly InputFault[] {
  const names = credentialFields.filter(({ secret }) => secret).map(({ name }) => name);
  return names
    .filter((name) => credentials[name] !== undefined && credentials[name].length < SHORTEST_SECRET)
    .map((name) => ({
      pointer: pointerOf(name),
      code: 'TOO_SHORT',
      detail: `Enter a key of at least ${String(SHORTEST_SECRET)} characters.`,
    }));
}

function pointerOf(field: string): string {
  return `/credentials/${field.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
