import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { DeskActs } from '../kit/control/control-call.ts';
import type { CrmDialect } from '../kit/crm-dialect.ts';
import { emptyReply, errorReply } from '../kit/http/http-reply.ts';
import {
  createSandbox,
  startSandbox,
  type ListeningSandbox,
  type Sandbox,
  type SandboxKind,
  type SandboxOptions,
} from '../kit/sandbox.ts';
import { clientIdOf } from './oauth/client-id.ts';
import { createSessions, type Sessions } from './oauth/sessions.ts';
import { furnish } from './org/org-people.ts';
import { COLLECTION_FORMS, textOf, type SfOrg } from './org/sf-org.ts';
import { mergeRecords } from './records/write-record.ts';
import type { SfObjectName } from './schema/objects.ts';
import { createSchemas, objectNamed } from './schema/schema.ts';
import { newSfId } from './schema/sf-id.ts';
import { SF_SETTINGS, type SfSettings } from './schema/sf-settings.ts';
import { createSfApi } from './sf-api.ts';

export type SfSandboxOptions = SandboxOptions<SfSettings>;

/** What people do in Salesforce beside making, changing and deleting records. */
interface SfDesk {
  /** Merges a record into another of its kind: it goes, and its id leads nowhere. False: one of them isn't there. */
  merge(collection: SfObjectName, keepId: string, goneId: string): boolean;
  /** Somebody holds a record: so many writes of it, or of what belongs to it, can't get it. */
  lock(id: string, tries: number): void;
  /** An administrator ends every session; refresh tokens stay. */
  endSessions(): void;
}

/** A local Salesforce org in this process. `apiKeys` are secrets of connected apps; `clientIdOf` tells their consumer keys. */
export type SfInProcess = Sandbox<SfObjectName, SfSettings> & SfDesk;

/** One that listens; its `url` is the org's My Domain URL. */
export type SfSandbox = ListeningSandbox<SfObjectName, SfSettings> & SfDesk;

/** Opens a local org that only this process reaches. */
export function createSfSandbox(options: SfSandboxOptions = {}): SfInProcess {
  return createSandbox(SF_DIALECT, options);
}

/** Starts one that listens. Rejects with the system's error when the port can't be opened. */
export function startSfSandbox(options: SfSandboxOptions = {}): Promise<SfSandbox> {
  return startSandbox(SF_DIALECT, options);
}

export const salesforceSandbox: SandboxKind = {
  id: 'salesforce',
  provider: 'salesforce',
  name: 'Salesforce Real Estate',
  async start({ port, host, apiKey, rateLimits = false }) {
    const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const running = await startSfSandbox({
      port,
      host,
      apiKeys: [apiKey],
      publicKey,
      rateLimit: rateLimits ? {} : null,
    });
    const { url } = running;
    const client = { clientId: clientIdOf(apiKey), clientSecret: apiKey };
    return {
      url,
      credentials: { loginUrl: url, ...client },
      client,
      env: {
        SALESFORCE_LOGIN_URL: url,
        SALESFORCE_CLIENT_ID: client.clientId,
        SALESFORCE_CLIENT_SECRET: client.clientSecret,
        SALESFORCE_PRIVATE_KEY: privateKey,
        ALLOWED_INSTANCE_HOSTS: new URL(url).host,
      },
      close: running.close,
    };
  },
};

const SF_DIALECT: CrmDialect<SfObjectName, SfSettings, SfDesk> = {
  name: 'Salesforce Real Estate',
  basePath: '/services/data/v68.0',
  // Bulk takes files of 150 MB (verified).
  maxBodyBytes: 150 * 1024 * 1024,
  collections: COLLECTION_FORMS,
  settingsForm: SF_SETTINGS,
  newId: (collection, count) => newSfId(objectNamed(collection).prefix, count),
  furnish,
  open(account) {
    const org: SfOrg = {
      ...account,
      schema: createSchemas(account.settings),
      authors: new WeakMap(),
      locks: new Map(),
    };
    const sessions = createSessions(account);
    const api = createSfApi(org, sessions);
    const desk = openDesk(org, sessions);
    return {
      api,
      desk,
      acts: sfActs(desk, org),
      forget() {
        api.forget();
        sessions.forget();
        org.locks.clear();
      },
    };
  },
};

function openDesk(org: SfOrg, sessions: Sessions): SfDesk {
  return {
    merge(collection, keepId, goneId) {
      const object = org.schema().object(collection);
      return object !== null && mergeRecords(org, object, keepId, goneId);
    },
    lock: (id, tries) => void org.locks.set(id, tries),
    endSessions: sessions.endAll,
  };
}

/** The desk for who comes over HTTP. */
function sfActs(desk: SfDesk, { schema }: SfOrg): DeskActs {
  return {
    merge({ collection, keepId, goneId }) {
      const object = schema().object(textOf(collection));
      const isDone = object !== null && desk.merge(object.name, textOf(keepId), textOf(goneId));
      return isDone ? emptyReply(204) : errorReply(404, 'There are no such records.');
    },
    lock({ id, tries }) {
      desk.lock(textOf(id), Number(tries ?? 1));
      return emptyReply(204);
    },
    endSessions() {
      desk.endSessions();
      return emptyReply(204);
    },
  };
}
