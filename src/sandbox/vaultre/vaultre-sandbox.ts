import type { Json, JsonObject } from '../../domain/json.ts';
import type { DeskActs } from '../kit/control/control-call.ts';
import type { CrmDialect } from '../kit/crm-dialect.ts';
import { emptyReply, errorReply, type HttpReply } from '../kit/http/http-reply.ts';
import type { MergedAnswer } from '../kit/records/record-store.ts';
import {
  createSandbox,
  startSandbox,
  type ListeningSandbox,
  type Sandbox,
  type SandboxKind,
  type SandboxOptions,
} from '../kit/sandbox.ts';
import { API_PREFIX, createVaultreApi } from './vaultre-api.ts';
import type { VaultreAccount } from './vaultre-call.ts';
import { FIRST_IDS, idsIn, VAULTRE_FORMS, type VaultreCollection } from './vaultre-record.ts';
import { DOCUMENTED_LIMITS, VAULTRE_SETTINGS, type VaultreSettings } from './vaultre-settings.ts';

export type VaultreSandboxOptions = SandboxOptions<VaultreSettings>;

/** What people do in VaultRE beside making, changing and deleting records. */
interface VaultreDesk {
  /**
   * Merges two contacts: `keepId` stays, takes over e-mails, phones and what it lacked, and stands in the other's place at properties.
   * Afterwards `goneId` isn't there (`gone`, the default), or answers as the one that stayed (`alias`). False: one is not there.
   */
  mergeContacts(keepId: string, goneId: string, answer?: MergedAnswer): boolean;
}

/** A local VaultRE in this process. */
export type VaultreInProcess = Sandbox<VaultreCollection, VaultreSettings> & VaultreDesk;

/** One that listens; its API is below `/api/v1.3`. */
export type VaultreSandbox = ListeningSandbox<VaultreCollection, VaultreSettings> & VaultreDesk;

/** Opens a local VaultRE that only this process reaches. */
export function createVaultreSandbox(options: VaultreSandboxOptions = {}): VaultreInProcess {
  return createSandbox(VAULTRE_DIALECT, options);
}

/** Starts one that listens. Rejects with the system's error when the port can't be opened. */
export function startVaultreSandbox(options: VaultreSandboxOptions = {}): Promise<VaultreSandbox> {
  return startSandbox(VAULTRE_DIALECT, options);
}

export const vaultreSandbox: SandboxKind = {
  id: 'vaultre',
  provider: 'mri_vault',
  name: 'MRI Vault (VaultRE API 1.3)',
  holds: { contact: 'contacts', property: 'properties' },
  async start({ port, host, apiKey, rateLimits = false }) {
    const rateLimit = rateLimits ? DOCUMENTED_LIMITS : null;
    const { url, close, settings } = await startVaultreSandbox({ port, host, apiKeys: [apiKey], rateLimit });
    const base = `${url}${API_PREFIX}`;
    return {
      url: base,
      credentials: { accessToken: apiKey, apiVersion: 'vaultre-1.3' },
      env: {
        VAULTRE_API_KEY: settings().integratorKey,
        VAULTRE_BASE_URL: base,
        ALLOWED_INSTANCE_HOSTS: new URL(url).host,
      },
      close,
    };
  },
};

const VAULTRE_DIALECT: CrmDialect<VaultreCollection, VaultreSettings, VaultreDesk> = {
  name: 'MRI Vault (VaultRE API 1.3)',
  basePath: API_PREFIX,
  collections: VAULTRE_FORMS,
  settingsForm: VAULTRE_SETTINGS,
  newId: (collection, count) => String(FIRST_IDS[collection] + count - 1),
  open(account) {
    const desk: VaultreDesk = {
      mergeContacts: (keepId, goneId, answer = 'gone') => mergeContacts(account, keepId, goneId, answer),
    };
    return { api: createVaultreApi(account), desk, acts: actsOf(desk) };
  },
};

/** The desk for who comes over HTTP. */
function actsOf(desk: VaultreDesk): DeskActs {
  return {
    merge({ keepId, goneId, answer = 'gone' }: JsonObject): HttpReply {
      if (answer !== 'gone' && answer !== 'alias') return errorReply(400, 'answer is gone or alias.');
      const merged = desk.mergeContacts(textOf(keepId), textOf(goneId), answer);
      return merged ? emptyReply(204) : errorReply(404, 'One of the two is not there.');
    },
  };
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function mergeContacts(
  { store }: VaultreAccount,
  keepId: string,
  goneId: string,
  answer: MergedAnswer,
): boolean {
  const kept = store.lookUp('contacts', keepId);
  const gone = store.lookUp('contacts', goneId);
  if (kept.kind !== 'found' || gone.kind !== 'found' || keepId === goneId) return false;
  const both = (name: string): Json => [
    ...listIn(kept.record.fields, name),
    ...listIn(gone.record.fields, name),
  ];
  store.write('contacts', keepId, {
    ...gone.record.fields,
    ...kept.record.fields,
    emails: both('emails'),
    phoneNumbers: both('phoneNumbers'),
    merged: [...idsIn(kept.record.fields['merged']), Number(goneId)],
  });
  for (const { id, fields } of store.all('properties')) {
    const renamed = ['owners', 'purchasers'].flatMap((name): [string, Json][] => {
      const ids = idsIn(fields[name]);
      if (!ids.includes(Number(goneId))) return [];
      return [[name, [...new Set(ids.map((each) => (each === Number(goneId) ? Number(keepId) : each)))]]];
    });
    if (renamed.length > 0) store.write('properties', id, { ...fields, ...Object.fromEntries(renamed) });
  }
  store.retire('contacts', goneId, keepId, answer);
  return true;
}

function listIn(fields: JsonObject, name: string): Json[] {
  const value = fields[name];
  return Array.isArray(value) ? value.map((item: Json) => item) : [];
}
