import { createHash } from 'node:crypto';
import type { CrmConnector } from '../connectors/connector.port.ts';
import { unavailableFailure } from './connection-access.ts';
import { connect, type Connected } from './connect.ts';
import type { Browsers, IntegrationPorts, ProviderCatalogue } from './integration.port.ts';
import { failed, NOT_FOUND, type Outcome, success } from './integration-failure.ts';
import { secretOf } from './pending/pending-connects.ts';
import { firstSyncConfig, mergeSyncConfig, type SyncConfigInput } from './sync-config.ts';

export interface BeginBrowserConnect {
  readonly userId: string;
  readonly provider: string;
  /** Names the browser: nobody else can end what it began. */
  readonly session: string;
  readonly entered: Readonly<Record<string, string>>;
  readonly syncConfig: SyncConfigInput;
}

const KEYS_UNAVAILABLE = failed({ code: 'KEYS_UNAVAILABLE' });

/** Where the browser goes to ask the CRM. */
export async function beginBrowserConnect(
  ports: IntegrationPorts,
  { userId, provider, session, entered, syncConfig }: BeginBrowserConnect,
): Promise<Outcome<{ readonly location: string }>> {
  const found = browserWayOf(ports, provider);
  if (!found.ok) return found;
  const { connector, browser, publicUrl, pending: pendingConnects } = found.value;
  const unknown = Object.keys(entered).filter((name) => !browser.fields.includes(name));
  if (unknown.length > 0) return failed({ code: 'INVALID', faults: unknown.map(notAsked) });
  const checked = checkAddresses(ports, connector, entered);
  if (!checked.ok) return checked;
  const faults = browser.faults(checked.value);
  if (faults.length > 0) {
    return failed({
      code: 'INVALID',
      faults: faults.map(({ field, ...told }) => ({ pointer: pointerTo(field), ...told })),
    });
  }
  const config = mergeSyncConfig(
    firstSyncConfig(connector),
    syncConfig,
    connector.syncDirections,
    '/syncConfig',
  );
  if (!config.ok) return config;
  const { syncDirection: _, ...chosen } = syncConfig;
  const verifier = secretOf(ports.random);
  const redirectUri = `${publicUrl}/api/integrations/crm/${encodeURIComponent(provider)}/callback`;
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const pending = { userId, provider, entered: checked.value, syncConfig: chosen, verifier, redirectUri };
  const begun = await pendingConnects.begin(session, pending);
  if (begun === 'keys_away') return KEYS_UNAVAILABLE;
  return success({
    location: browser.address(checked.value, { redirectUri, state: begun.state, challenge }),
  });
}

function pointerTo(field: string): string {
  return `/credentials/${field}`;
}

function notAsked(field: string) {
  const detail = 'It is not asked for where people connect on the CRM’s own page.';
  return { pointer: pointerTo(field), code: 'UNKNOWN_FIELD', detail };
}

/** What of the operator's keeps people from connecting on the CRM's own page; null: nothing does. */
export function missingForBrowser(
  { browsers }: Pick<ProviderCatalogue, 'browsers'>,
  browser: Pick<Browser, 'missing'>,
): string | null {
  const missing = browsers === undefined ? 'PUBLIC_URL' : browser.missing();
  return missing === null ? null : `The operator of this service has not set ${missing}.`;
}

type Browser = NonNullable<CrmConnector['account']['browser']>;

interface BrowserWay extends Browsers {
  readonly connector: CrmConnector;
  readonly browser: Browser;
}

function browserWayOf(
  { catalogue }: Pick<IntegrationPorts, 'catalogue'>,
  provider: string,
): Outcome<BrowserWay> {
  const { available, browsers } = catalogue;
  const connector = available.find(({ id, account }) => id === provider && account.browser);
  const browser = connector?.account.browser;
  if (connector === undefined || browser === undefined) return NOT_FOUND;
  const missing = missingForBrowser(catalogue, browser);
  if (missing !== null || browsers === undefined) return failed(unavailableFailure(missing ?? ''));
  return success({ ...browsers, connector, browser });
}

function checkAddresses(
  { checkInstanceUrl }: Pick<IntegrationPorts, 'checkInstanceUrl'>,
  { credentialFields, hosts }: CrmConnector,
  entered: Readonly<Record<string, string>>,
): Outcome<Readonly<Record<string, string>>> {
  const fields = new Map(Object.entries(entered));
  for (const { name, kind } of credentialFields) {
    const text = fields.get(name);
    if (kind !== 'url' || text === undefined) continue;
    const checked = checkInstanceUrl(text, hosts ?? null);
    if (!checked.ok) {
      const fault = { pointer: pointerTo(name), code: checked.code, detail: checked.detail };
      return failed({ code: checked.kind === 'refused' ? 'UNACCEPTABLE' : 'INVALID', faults: [fault] });
    }
    fields.set(name, checked.url);
  }
  return success(Object.fromEntries(fields));
}

export interface EndBrowserConnect {
  readonly userId: string;
  readonly provider: string;
  readonly session: string;
  readonly code: string;
  readonly state: string;
}

/** They came back: what the code is good for is connected. A state is taken once, and only from the browser that began. */
export async function endBrowserConnect(
  ports: IntegrationPorts,
  { userId, provider, session, code, state }: EndBrowserConnect,
): Promise<Outcome<Connected>> {
  const found = browserWayOf(ports, provider);
  if (!found.ok) return found;
  const pending = await found.value.pending.take({ userId, provider, session }, state);
  if (pending === 'keys_away') return KEYS_UNAVAILABLE;
  if (pending === null) {
    const detail = 'This connect was not begun in this browser, or too long ago. Begin it again.';
    return failed({ code: 'INVALID', faults: [{ pointer: '/state', code: 'UNKNOWN_STATE', detail }] });
  }
  const { entered, syncConfig, verifier, redirectUri } = pending;
  return await connect(ports, {
    userId,
    provider,
    credentials: found.value.browser.credentials(entered, { code, verifier, redirectUri }),
    syncConfig,
    replaceAccount: false,
  });
}
