import type { JsonObject, Json } from '../../domain/json.ts';
import type { DeskActs } from '../kit/control/control-call.ts';
import type { CrmDialect } from '../kit/crm-dialect.ts';
import { emptyReply } from '../kit/http/http-reply.ts';
import {
  createSandbox,
  startSandbox,
  type ListeningSandbox,
  type Sandbox,
  type SandboxKind,
  type SandboxOptions,
} from '../kit/sandbox.ts';
import type { MergedAnswer } from '../kit/records/record-store.ts';
import { createFubApi } from './fub-api.ts';
import type { FubAccount } from './fub-caller.ts';
import { COLLECTION_FORMS, ID_BASE, objectsOf, textOf, type FubCollection, textsOf } from './fub-record.ts';
import { errorReply } from './fub-reply.ts';
import { API_PREFIX } from './fub-route.ts';
import { FUB_SETTINGS, type FubSettings } from './fub-settings.ts';
import { furnish } from './setup-routes.ts';

/**
 * What people do with two records of one person: one stays, with the entries, tags, notes and deals of both. No document says how the other id
 * answers: as one that is deleted (`gone`), or as the person who stays (`alias`). False: one of them is not there.
 */
function mergePeople({ store }: FubAccount, keepId: string, goneId: string, answer: MergedAnswer): boolean {
  const kept = store.lookUp('people', keepId);
  const gone = store.lookUp('people', goneId);
  if (kept.kind !== 'found' || gone.kind !== 'found' || keepId === goneId) return false;
  const [mine, theirs] = [kept.record.fields, gone.record.fields];
  store.write('people', keepId, {
    ...theirs,
    ...mine,
    emails: [...objectsOf(mine['emails']), ...objectsOf(theirs['emails'])],
    phones: [...objectsOf(mine['phones']), ...objectsOf(theirs['phones'])],
    tags: [...new Set([...textsOf(mine['tags']), ...textsOf(theirs['tags'])])],
  });
  for (const { id, fields } of store.all('notes'))
    if (Number(fields['personId']) === Number(goneId))
      store.write('notes', id, { ...fields, personId: Number(keepId) });
  for (const { id, fields } of store.all('deals')) {
    const people = Array.isArray(fields['peopleIds']) ? fields['peopleIds'].map(Number) : [];
    if (!people.includes(Number(goneId))) continue;
    const renamed: Json = [...new Set(people.map((one) => (one === Number(goneId) ? Number(keepId) : one)))];
    store.write('deals', id, { ...fields, peopleIds: renamed });
  }
  store.retire('people', goneId, keepId, answer);
  return true;
}

export type FubSandboxOptions = SandboxOptions<FubSettings>;

/** What people do in Follow Up Boss beside making, changing and deleting records. */
interface FubDesk {
  /** Puts a person into the stage Trash. False: there is no such person. */
  trash(personId: string): boolean;
  /**
   * Gives a person a relationship (a spouse, say), whose e-mail and phone are shown, and replaced, among the person's own. False:
   * there is no such person.
   */
  relate(personId: string, relation: Relation): boolean;
  /** Merges two people; the other id is gone (default), or answers as the one that stays. False: one of them is not there. */
  mergePeople(keepId: string, goneId: string, answer?: MergedAnswer): boolean;
}

interface Relation {
  readonly relationshipId: number;
  readonly email?: string;
  readonly phone?: string;
}

/** A local Follow Up Boss in this process. */
export type FubInProcess = Sandbox<FubCollection, FubSettings> & FubDesk;

/** One that listens; the base of its API is its `url` and `/v1`. */
export type FubSandbox = ListeningSandbox<FubCollection, FubSettings> & FubDesk;

/** Opens a local Follow Up Boss that only this process reaches. */
export function createFubSandbox(options: FubSandboxOptions = {}): FubInProcess {
  return createSandbox(FUB_DIALECT, options);
}

/** Starts one that listens. Rejects with the system's error when the port can't be opened. */
export function startFubSandbox(options: FubSandboxOptions = {}): Promise<FubSandbox> {
  return startSandbox(FUB_DIALECT, options);
}

/** What a service says of itself; every sandbox knows it as registered. */
const SYSTEM = { FUB_SYSTEM: 'Zena-Sandbox', FUB_SYSTEM_KEY: 'sandbox-system-key' } as const;

export const followUpBossSandbox: SandboxKind = {
  id: 'follow_up_boss',
  provider: 'follow_up_boss',
  name: 'Follow Up Boss',
  holds: { contact: 'people', deal: 'deals' },
  async start({ port, host, apiKey, rateLimits = false }) {
    const running = await startFubSandbox({
      port,
      host,
      apiKeys: [apiKey],
      rateLimit: rateLimits ? {} : null,
    });
    const url = `${running.url}${API_PREFIX}`;
    return {
      url,
      credentials: { apiKey },
      env: { FUB_BASE_URL: url, ALLOWED_INSTANCE_HOSTS: new URL(url).host, ...SYSTEM },
      close: running.close,
    };
  },
};

const FUB_DIALECT: CrmDialect<FubCollection, FubSettings, FubDesk> = {
  name: 'Follow Up Boss',
  basePath: API_PREFIX,
  collections: COLLECTION_FORMS,
  settingsForm: FUB_SETTINGS,
  newId: (collection, count) => String(ID_BASE[collection] + count),
  furnish,
  open(account) {
    const desk = openDesk(account);
    return { api: createFubApi(account), desk, acts: fubActs(desk) };
  },
};

function openDesk(account: FubAccount): FubDesk {
  const { store } = account;
  function change(personId: string, made: (fields: JsonObject) => JsonObject): boolean {
    const found = store.lookUp('people', personId);
    if (found.kind !== 'found') return false;
    return store.write('people', personId, { ...found.record.fields, ...made(found.record.fields) }) !== null;
  }
  return {
    trash: (personId) => change(personId, () => ({ stage: 'Trash' })),
    relate: (personId, { relationshipId, email, phone }) =>
      change(personId, ({ emails, phones }) => ({
        ...(email !== undefined && { emails: [...objectsOf(emails), { value: email, relationshipId }] }),
        ...(phone !== undefined && { phones: [...objectsOf(phones), { value: phone, relationshipId }] }),
      })),
    mergePeople: (keepId, goneId, answer = 'gone') => mergePeople(account, keepId, goneId, answer),
  };
}

/** The desk for who comes over HTTP. */
function fubActs(desk: FubDesk): DeskActs {
  const done = (isDone: boolean) => (isDone ? emptyReply(204) : errorReply(404, 'There is no such person.'));
  return {
    trash: ({ personId }) => done(desk.trash(String(Number(personId)))),
    merge({ keepId, goneId, answer = 'gone' }) {
      if (answer !== 'gone' && answer !== 'alias') return errorReply(400, 'answer is gone or alias.');
      return done(desk.mergePeople(String(Number(keepId)), String(Number(goneId)), answer));
    },
    relate: ({ personId, relationshipId, email, phone }) =>
      done(
        desk.relate(String(Number(personId)), {
          relationshipId: Number(relationshipId),
          ...(email !== undefined && { email: textOf(email) }),
          ...(phone !== undefined && { phone: textOf(phone) }),
        }),
      ),
  };
}
