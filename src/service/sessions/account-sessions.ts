import { isDeepStrictEqual } from 'node:util';
import type { ConnectorCredentials, CrmConnector, CrmHttp } from '../../connectors/connector.port.ts';
import type { CredentialVault } from '../../credentials/credential-vault.ts';
import type { SessionRefusal } from '../../delivering/crm-sessions.port.ts';
import type { Connection } from '../../domain/connection.ts';
import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type { Json } from '../../domain/json.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { ConnectionStore } from '../../state-store/connection-store.port.ts';
import { redactSecrets } from '../../wire/redact-secrets.ts';
import { apart, isFresh, isSameSession, type KeptSession, withSession } from './session-bag.ts';
import { openCredentials } from './open-credentials.ts';

export interface AccountSessionParts {
  readonly connections: Pick<ConnectionStore, 'read' | 'replace'>;
  readonly vault: Pick<CredentialVault, 'open' | 'seal'>;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** Names this process among those that open sessions. */
  readonly tag: string;
}

/** What a session is opened for. */
export interface SessionTarget {
  readonly connection: Connection;
  readonly connector: CrmConnector;
  /** What carries the requests that open one, with the account's own headers. */
  readonly http: (credentials: ConnectorCredentials) => CrmHttp;
}

/** Sessions of connections whose credentials alone carry no request: each is opened once for all who wait, also over processes. */
export interface AccountSessions {
  /** One that still lasts. `over`: the CRM said of this one that it doesn't. */
  current(target: SessionTarget, over: KeptSession | null): Promise<CallOutcome<KeptSession>>;
  /** The connection is worked on here: until this is called again with its id, what was opened is kept at hand. */
  hold(connectionId: string): void;
  release(connectionId: string): void;
}

/** Whoever opens one has this long; then another may. Longer than the requests of one take. */
const OPENING_MS = 60_000;
const LOOK_EVERY_MS = 200;
/** Those who wait for another process give up their turn after so long. */
const LONGEST_WAIT_MS = 8_000;

interface Entry {
  holders: number;
  /** Of which epoch of the connection `session` is. */
  epoch: number;
  session: KeptSession | null;
  /** Opened, and not kept in the store yet: what it needs to go on would be lost with it. */
  unkept: Unkept | null;
  opening: Promise<CallOutcome<KeptSession>> | null;
}

interface Unkept {
  readonly session: KeptSession;
  /** What it was opened with, and from. */
  readonly credentials: ConnectorCredentials;
  readonly from: KeptSession | null;
}

export function createAccountSessions(parts: AccountSessionParts): AccountSessions {
  const entries = new Map<string, Entry>();
  const entryOf = (connectionId: string): Entry => {
    const entry = entries.get(connectionId) ?? {
      holders: 0,
      epoch: -1,
      session: null,
      unkept: null,
      opening: null,
    };
    entries.set(connectionId, entry);
    return entry;
  };
  return {
    async current(target, over) {
      const { connectionId, epoch } = target.connection;
      const entry = entryOf(connectionId);
      const isGood = (session: KeptSession): boolean =>
        isFresh(session, parts.clock.now()) && (over === null || !isSameSession(session, over));
      for (let joined = 0; ; joined += 1) {
        if (entry.session !== null && entry.epoch === epoch && isGood(entry.session))
          return { kind: 'applied', value: entry.session };
        if (entry.opening === null) break;
        const outcome = await entry.opening;
        // It may have been begun by who didn't know yet that this one is over.
        if (outcome.kind !== 'applied' || isGood(outcome.value) || joined > 0) return outcome;
      }
      entry.opening = openOnce(parts, target, entry, isGood).finally(() => {
        entry.opening = null;
      });
      return await entry.opening;
    },
    hold: (connectionId) => void (entryOf(connectionId).holders += 1),
    release(connectionId) {
      const entry = entryOf(connectionId);
      entry.holders -= 1;
      if (entry.holders <= 0 && entry.unkept === null) entries.delete(connectionId);
    },
  };
}

/** As the store has it: the connection, and what is sealed of it. */
interface Stored {
  readonly connection: Connection;
  readonly credentials: ConnectorCredentials;
  readonly session: KeptSession | null;
}

async function openOnce(
  parts: AccountSessionParts,
  target: SessionTarget,
  entry: Entry,
  isGood: (session: KeptSession) => boolean,
): Promise<CallOutcome<KeptSession>> {
  const { clock, connections, tag } = parts;
  const waitUntil = clock.now() + LONGEST_WAIT_MS;
  for (;;) {
    const read = await readStored(parts, target.connection);
    if (!read.ok) return read.failure;
    const { stored } = read;
    if (entry.unkept !== null) return await keepSession(parts, target, entry, entry.unkept);
    if (stored.session !== null && isGood(stored.session))
      return atHand(entry, stored.connection, target, stored.session);
    const { opening } = stored.connection;
    const isAnothers = opening !== undefined && opening.by !== tag && opening.until > clock.now();
    if (isAnothers) {
      if (clock.now() >= waitUntil) return BUSY;
      await clock.sleep(LOOK_EVERY_MS);
      continue;
    }
    if (opening !== undefined && opening.by !== tag && isUsedUp(target, stored)) return LOST;
    const { revision } = stored.connection;
    const claimed: Connection = {
      ...stored.connection,
      opening: { by: tag, until: clock.now() + OPENING_MS },
      revision: revision + 1,
    };
    if (await connections.replace(claimed, revision)) return await openClaimed(parts, target, entry, stored);
  }
}

/** Whether whoever began to open one, and never ended it, may have used up what it is opened with. */
function isUsedUp({ connector }: SessionTarget, { credentials, session }: Stored): boolean {
  return connector.account.opensOnce?.(credentials, session?.keep ?? null) ?? false;
}

async function openClaimed(
  parts: AccountSessionParts,
  target: SessionTarget,
  entry: Entry,
  { credentials, session: from }: Stored,
): Promise<CallOutcome<KeptSession>> {
  const { clock } = parts;
  const opened = await openSession(target.connector, target.http(credentials), credentials, from, clock);
  if (opened.kind !== 'applied') {
    await leaveOpening(parts, target.connection);
    return opened;
  }
  entry.unkept = { session: opened.value, credentials, from };
  return await keepSession(parts, target, entry, entry.unkept);
}

/** One session, from what the last one left. */
export async function openSession(
  { account }: CrmConnector,
  http: CrmHttp,
  credentials: ConnectorCredentials,
  from: KeptSession | null,
  clock: Pick<Clock, 'now'>,
): Promise<CallOutcome<KeptSession>> {
  if (account.open === undefined) throw new TypeError('this CRM has no sessions');
  const opened = await account.open(http, credentials, from?.keep ?? null);
  if (opened.kind !== 'applied')
    return redactSecrets(opened, { ...credentials, ...textsIn(from?.keep ?? {}) });
  const { baseUrl, headers, until, keep = from?.keep ?? null } = opened.value;
  return { kind: 'applied', value: { baseUrl, headers, until, keep, openedAt: clock.now() } };
}

/**
 * Seals it before it is used. Where another one is there that came later than what this one was made from, that one holds; a pause meanwhile
 * loses nothing of it.
 */
async function keepSession(
  parts: AccountSessionParts,
  target: SessionTarget,
  entry: Entry,
  { session, credentials, from }: Unkept,
): Promise<CallOutcome<KeptSession>> {
  const { connections, vault } = parts;
  for (;;) {
    const connection = await connections.read(target.connection.connectionId);
    const opened = connection === null ? null : await openCredentials(vault, connection);
    if (opened?.ok === false && opened.failure.code === 'KEYS_UNAVAILABLE') return opened.failure;
    const there = opened?.ok === true ? apart(opened.credentials) : null;
    if (connection === null || there === null || !isDeepStrictEqual(there.credentials, credentials)) {
      // It was made for credentials that are not there any more: nobody may use it.
      entry.unkept = null;
      return CHANGED;
    }
    const isFromThere = from === null ? there.session === null : isSame(there.session, from);
    if (!isFromThere && there.session !== null) {
      entry.unkept = null;
      return atHand(entry, connection, target, there.session);
    }
    const { connectionId, provider, owner, revision } = connection;
    const context = { userId: owner.id, provider, connectionId };
    const made = await vault.seal(context, withSession(credentials, session));
    if (!made.ok) return KEYS_UNAVAILABLE;
    const { opening: _, ...others } = connection;
    if (!(await connections.replace({ ...others, sealed: made.sealed, revision: revision + 1 }, revision)))
      continue;
    entry.unkept = null;
    return atHand(entry, connection, target, session);
  }
}

function isSame(there: KeptSession | null, from: KeptSession): boolean {
  return there !== null && isSameSession(there, from);
}

/** The texts of what is kept, however deep, by numbers. */
function textsIn(value: Json): Readonly<Record<string, string>> {
  const texts: string[] = [];
  const gather = (part: Json): void => {
    if (typeof part === 'string') texts.push(part);
    else if (typeof part === 'object' && part !== null) for (const one of Object.values(part)) gather(one);
  };
  gather(value);
  return Object.fromEntries(texts.map((text, index) => [String(index), text]));
}

/** Of a connection that was changed meanwhile it is kept, and not used by who began before. */
function atHand(
  entry: Entry,
  { epoch }: Connection,
  target: SessionTarget,
  session: KeptSession,
): CallOutcome<KeptSession> {
  if (entry.holders > 0) {
    entry.session = session;
    entry.epoch = epoch;
  }
  return epoch === target.connection.epoch ? { kind: 'applied', value: session } : CHANGED;
}

type ReadStored =
  { readonly ok: true; readonly stored: Stored } | { readonly ok: false; readonly failure: SessionRefusal };

async function readStored({ connections, vault }: AccountSessionParts, of: Connection): Promise<ReadStored> {
  const connection = await connections.read(of.connectionId);
  if (connection === null || connection.epoch !== of.epoch) return { ok: false, failure: CHANGED };
  const opened = await openCredentials(vault, connection);
  return opened.ok ? { ok: true, stored: { connection, ...apart(opened.credentials) } } : opened;
}

/** Whoever waits may try at once. Lost to another write it ends by itself. */
async function leaveOpening(
  { connections, tag }: AccountSessionParts,
  { connectionId }: Connection,
): Promise<void> {
  const connection = await connections.read(connectionId);
  if (connection?.opening?.by !== tag) return;
  const { opening: _, ...others } = connection;
  await connections.replace({ ...others, revision: connection.revision + 1 }, connection.revision);
}

const BUSY: Failure = {
  kind: 'rate_limited',
  code: 'SESSION_OPENING',
  detail: 'Another process is opening a session with the CRM.',
  retryAfterMs: 1_000,
};
const LOST: Failure = {
  kind: 'unauthorised',
  code: 'SESSION_LOST',
  detail:
    'The process that renewed the sign-in ended before it could keep it, and what it came with may not be used twice: connect again.',
  status: 401,
  whose: 'account',
};
const CHANGED: SessionRefusal = {
  kind: 'withheld',
  code: 'CONNECTION_CHANGED',
  detail: 'The connection was changed meanwhile.',
};
const KEYS_UNAVAILABLE: SessionRefusal = {
  kind: 'withheld',
  code: 'KEYS_UNAVAILABLE',
  detail: 'The key for the stored credentials is not available.',
};
