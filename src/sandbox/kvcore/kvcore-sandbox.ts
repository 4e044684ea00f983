import type { CrmDialect } from '../kit/crm-dialect.ts';
import type { DeskActs } from '../kit/control/control-call.ts';
import { emptyReply } from '../kit/http/http-reply.ts';
import {
  createSandbox,
  startSandbox,
  type ListeningSandbox,
  type Sandbox,
  type SandboxKind,
  type SandboxOptions,
} from '../kit/sandbox.ts';
import { API_PREFIX, OWNER, type KvcoreAccount } from './kvcore-call.ts';
import { createKvcoreApi } from './kvcore-api.ts';
import { COLLECTION_FORMS, ID_BASE, textOf, type KvcoreCollection } from './kvcore-record.ts';
import { errorReply } from './kvcore-reply.ts';
import { KVCORE_SETTINGS, type KvcoreSettings } from './kvcore-settings.ts';

export type KvcoreSandboxOptions = SandboxOptions<KvcoreSettings>;

/** What people do in kvCORE beside making, changing and deleting records. */
interface KvcoreDesk {
  /** Puts a contact among the archived. False: there is no such contact. */
  archive(contactId: string): boolean;
}

/** A local kvCORE in this process. */
export type KvcoreInProcess = Sandbox<KvcoreCollection, KvcoreSettings> & KvcoreDesk;

/** One that listens; the base of its API is its `url` and `/v2/public`. */
export type KvcoreSandbox = ListeningSandbox<KvcoreCollection, KvcoreSettings> & KvcoreDesk;

/** Opens a local kvCORE that only this process reaches. */
export function createKvcoreSandbox(options: KvcoreSandboxOptions = {}): KvcoreInProcess {
  return createSandbox(KVCORE_DIALECT, options);
}

/** Starts one that listens. Rejects with the system's error when the port can't be opened. */
export function startKvcoreSandbox(options: KvcoreSandboxOptions = {}): Promise<KvcoreSandbox> {
  return startSandbox(KVCORE_DIALECT, options);
}

export const kvcoreSandbox: SandboxKind = {
  id: 'kvcore',
  provider: 'kvcore',
  name: 'kvCORE',
  async start({ port, host, apiKey, rateLimits = false }) {
    const running = await startKvcoreSandbox({
      port,
      host,
      apiKeys: [apiKey],
      rateLimit: rateLimits ? {} : null,
    });
    const url = `${running.url}${API_PREFIX}`;
    return {
      url,
      credentials: { apiToken: apiKey },
      env: { KVCORE_BASE_URL: url, ALLOWED_INSTANCE_HOSTS: new URL(url).host },
      close: running.close,
    };
  },
};

const KVCORE_DIALECT: CrmDialect<KvcoreCollection, KvcoreSettings, KvcoreDesk> = {
  name: 'kvCORE',
  basePath: API_PREFIX,
  collections: COLLECTION_FORMS,
  settingsForm: KVCORE_SETTINGS,
  newId: (collection, count) => String(ID_BASE[collection] + count),
  furnish: (store) => void store.create('users', OWNER),
  open(account) {
    const desk = openDesk(account);
    return { api: createKvcoreApi(account), desk, acts: kvcoreActs(desk) };
  },
};

function openDesk({ store }: KvcoreAccount): KvcoreDesk {
  return {
    archive(contactId) {
      const found = store.lookUp('contacts', contactId);
      if (found.kind !== 'found') return false;
      return store.write('contacts', contactId, { ...found.record.fields, status: 6 }) !== null;
    },
  };
}

/** The desk for who comes over HTTP. */
function kvcoreActs(desk: KvcoreDesk): DeskActs {
  return {
    archive: ({ contactId }) =>
      desk.archive(textOf(contactId)) ? emptyReply(204) : errorReply(404, 'There is no such contact.'),
  };
}
