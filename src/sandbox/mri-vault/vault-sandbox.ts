import type { Json, JsonObject } from '../../domain/json.ts';
import type { DeskActs } from '../kit/control/control-call.ts';
import type { CrmDialect } from '../kit/crm-dialect.ts';
import { emptyReply, type HttpReply } from '../kit/http/http-reply.ts';
import type { MergedAnswer } from '../kit/records/record-store.ts';
import {
  createSandbox,
  startSandbox,
  type ListeningSandbox,
  type Sandbox,
  type SandboxKind,
  type SandboxOptions,
} from '../kit/sandbox.ts';
import { mergeRecords } from './merge-records.ts';
import { createVaultApi, type NormaliseFields } from './vault-api.ts';
import { COLLECTION_FORMS, isVaultCollection, type VaultCollection } from './vault-record.ts';
import { errorReply } from './vault-reply.ts';
import { API_PREFIX } from './vault-route.ts';
import { VAULT_SETTINGS, type VaultSettings } from './vault-settings.ts';

export interface VaultSandboxOptions extends SandboxOptions<VaultSettings> {
  /** Changes fields on their way in, as a CRM that tidies up or drops fields does. */
  readonly normaliseFields?: NormaliseFields;
}

/** What people do in MRI Vault beside making, changing and deleting records. */
interface VaultDesk {
  /**
   * Merges two records: `keepId` takes over what it lacked and every reference. Afterwards `goneId` answers 404
   * (`gone`, the default), as the survivor (`alias`) or 308 to it (`redirect`). False: one is not there.
   */
  mergeRecords(collection: VaultCollection, keepId: string, goneId: string, answer?: MergedAnswer): boolean;
}

/** A local MRI Vault in this process. */
export type VaultInProcess = Sandbox<VaultCollection, VaultSettings> & VaultDesk;

/** One that listens; its `url` is the `instanceUrl`. */
export type VaultSandbox = ListeningSandbox<VaultCollection, VaultSettings> & VaultDesk;

/** Opens a local MRI Vault that only this process reaches: the vault dialect over records in memory, with faults on request. */
export function createVaultSandbox(options: VaultSandboxOptions = {}): VaultInProcess {
  return createSandbox(vaultDialect(options), options);
}

/** Starts one that listens. Rejects with the system's error when the port can't be opened. */
export function startVaultSandbox(options: VaultSandboxOptions = {}): Promise<VaultSandbox> {
  return startSandbox(vaultDialect(options), options);
}

/** What the documents leave open is what the connector declares. */
const DECLARED_LIMIT = { requestsPerSecond: 50 };

export const mriVaultSandbox: SandboxKind = {
  id: 'mri_vault',
  provider: 'mri_vault',
  name: 'MRI Vault',
  holds: { contact: 'contacts', property: 'properties', deal: 'deals' },
  async start({ port, host, apiKey, rateLimits = false }) {
    const rateLimit = rateLimits ? DECLARED_LIMIT : null;
    const { url, close } = await startVaultSandbox({ port, host, apiKeys: [apiKey], rateLimit });
    return {
      url: `${url}${API_PREFIX}`,
      credentials: { apiKey, instanceUrl: url },
      env: { ALLOWED_INSTANCE_HOSTS: new URL(url).host },
      close,
    };
  },
};

function vaultDialect({
  normaliseFields = (_collection, fields) => fields,
}: VaultSandboxOptions): CrmDialect<VaultCollection, VaultSettings, VaultDesk> {
  return {
    name: 'MRI Vault',
    basePath: API_PREFIX,
    collections: COLLECTION_FORMS,
    settingsForm: VAULT_SETTINGS,
    newId: (collection, count, { ids }) =>
      ids === 'number'
        ? String(NUMBER_BASE[collection] + count)
        : `vlt_${ID_LETTER[collection]}_${String(count).padStart(6, '0')}`,
    open(account) {
      const desk: VaultDesk = {
        mergeRecords: (collection, keepId, goneId, answer = 'gone') =>
          mergeRecords(account.store, collection, keepId, goneId, answer),
      };
      return { api: createVaultApi(account, normaliseFields), desk, acts: vaultActs(desk) };
    },
  };
}

/** The desk for who comes over HTTP. */
function vaultActs(desk: VaultDesk): DeskActs {
  return { merge: (input) => merge(desk, input) };
}

function merge(desk: VaultDesk, { collection, keepId, goneId, answer = 'gone' }: JsonObject): HttpReply {
  if (typeof collection !== 'string' || !isVaultCollection(collection) || !isAnswer(answer)) {
    return errorReply(400, 'collection and answer must be ones that there are.');
  }
  const merged = desk.mergeRecords(collection, textOf(keepId), textOf(goneId), answer);
  return merged ? emptyReply(204) : errorReply(404, 'One of the two is not there.');
}

function isAnswer(value: Json): value is MergedAnswer {
  return value === 'gone' || value === 'alias' || value === 'redirect';
}

/** Ids travel as text or as numbers. */
function textOf(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

const ID_LETTER: Readonly<Record<VaultCollection, string>> = { contacts: 'c', properties: 'p', deals: 'd' };
const NUMBER_BASE: Readonly<Record<VaultCollection, number>> = {
  contacts: 1_000_000,
  properties: 2_000_000,
  deals: 3_000_000,
};
