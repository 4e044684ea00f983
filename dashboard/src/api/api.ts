import type { LinkState } from './link-state.ts';
import type { Answer } from './problem.ts';
import { request } from './request.ts';
import type {
  EntityKind,
  Integration,
  Page,
  Provider,
  RecordHistory,
  Run,
  SyncConfig,
  SyncedRecord,
} from './types.ts';

const CRM = '/api/integrations/crm';

export interface RecordFilter {
  readonly q: string;
  readonly state: LinkState | null;
  readonly entity: EntityKind | null;
}

export interface ConnectInput {
  readonly credentials: Readonly<Record<string, string>>;
  readonly syncConfig?: Partial<SyncConfig>;
}

/** One function for each call that this page makes of the service. */
export const api = {
  /** A one-time code, or an access token, becomes the session cookie; neither is kept here. */
  openSession: (secret: { readonly code: string } | { readonly token: string }) =>
    'code' in secret
      ? request('POST', '/api/session', { body: { code: secret.code } })
      : request('POST', '/api/session', { headers: { authorization: `Bearer ${secret.token}` } }),
  closeSession: () => request('DELETE', '/api/session'),

  listProviders: () => request<{ readonly providers: readonly Provider[] }>('GET', CRM),
  listIntegrations: () => request<{ readonly integrations: readonly Integration[] }>('GET', `${CRM}/user`),
  connect: (provider: string, body: ConnectInput, replaceAccount: boolean) =>
    request<Integration>('POST', `${of(provider)}/connect${replaceAccount ? '?account=replace' : ''}`, {
      body,
    }),
  /** Where the browser is to go, to connect on the CRM's own page. */
  beginConnect: (provider: string, body: ConnectInput) =>
    request<{ readonly location: string }>('POST', `${of(provider)}/authorize`, { body }),
  configure: (provider: string, syncConfig: Partial<SyncConfig>) =>
    request<Integration>('PATCH', of(provider), { body: syncConfig }),
  pause: (provider: string) => request<Integration>('POST', `${of(provider)}/pause`),
  resume: (provider: string) => request<Integration>('POST', `${of(provider)}/resume`),
  test: (provider: string) => request<{ readonly durationSeconds: number }>('POST', `${of(provider)}/test`),
  disconnect: (provider: string, forget: boolean) =>
    request('DELETE', `${of(provider)}${forget ? '?forget=true' : ''}`),

  /** Answers at once; how it goes on is told by `runEventsUrl`. */
  sync: (provider: string) =>
    request<Run>('POST', `${of(provider)}/sync`, { headers: { prefer: 'respond-async' } }),
  readRun: (provider: string, runId: string) => request<Run>('GET', run(provider, runId)),
  latestRuns: (provider: string) => request<Page<Run>>('GET', `${of(provider)}/runs?limit=1`),
  cancelRun: (provider: string, runId: string) => request<Run>('POST', `${run(provider, runId)}/cancel`),

  listRecords: (provider: string, filter: RecordFilter, cursor: string | null) =>
    request<Page<SyncedRecord>>('GET', `${of(provider)}/records${query({ ...filter, cursor })}`),
  readRecord: (
    provider: string,
    entity: EntityKind,
    entityId: string,
    cursor: string | null,
  ): Promise<Answer<RecordHistory>> =>
    request('GET', `${record(provider, entity, entityId)}${query({ cursor })}`),
  deliverRecord: (provider: string, entity: EntityKind, entityId: string) =>
    request<SyncedRecord>('POST', `${record(provider, entity, entityId)}/sync`),
};

export function runEventsUrl(provider: string, runId: string): string {
  return `${run(provider, runId)}/events`;
}

/** `recent` of the newest come first. */
export function changesUrl(recent: number): string {
  return `/api/events?recent=${recent}`;
}

function of(provider: string): string {
  return `${CRM}/${encodeURIComponent(provider)}`;
}

function run(provider: string, runId: string): string {
  return `${of(provider)}/runs/${encodeURIComponent(runId)}`;
}

function record(provider: string, entity: EntityKind, entityId: string): string {
  return `${of(provider)}/records/${entity}/${encodeURIComponent(entityId)}`;
}

/** What is empty isn't asked for. */
function query(values: Readonly<Record<string, string | null>>): string {
  const given = Object.entries(values).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}
