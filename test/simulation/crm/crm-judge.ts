import type { SyncConfig } from '../../../src/domain/connection.ts';
import type { EntityBody } from '../../../src/domain/entity.ts';
import type { Json } from '../../../src/domain/json.ts';
import { markerOf, type Marker, ZENA_WORDS } from './content-marker.ts';
import type { ServerRecord, ServerWrite } from './crm-server.ts';
import type { Dispatch } from './crm-wire.ts';
import { tokensIn, type LostFact, type PeopleFacts } from './people-facts.ts';
import { budgetOf, simVault } from './sim-connector.ts';
import { vaultFields } from '../../../src/connectors/mri-vault/mapping.ts';

/** What must never happen, watched where it would be seen: at the CRM and at the store. */
export interface CrmJudge {
  /** What was found, in the order of its happening. */
  readonly violations: readonly string[];
  /** What people entered and rightly went, of which the timeline has to tell. */
  readonly owed: readonly OwedWord[];
  /** A record of the store was written: from now on its content may be sent. */
  accepted(key: string, revision: number, body: EntityBody | null, user: string): void;
  dispatched(dispatch: Dispatch): void;
  written(write: ServerWrite): void;
  /** The API answered that a user's connection is gone. */
  disconnected(apiKey: string): void;
  violated(what: string): void;
}

export interface OwedWord extends LostFact {
  readonly user: string;
}

export interface JudgeParts {
  readonly elapsed: () => number;
  readonly trace: (line: string) => void;
  /** Who may act for a budget now by the store; undefined where the store knows no owners. */
  readonly ownerOf: (budget: string) => string | null | undefined;
  readonly facts: PeopleFacts;
  readonly deletionsOf: (user: string) => SyncConfig['deletions'] | undefined;
  readonly recordsOf: (host: string) => ReadonlyMap<string, ServerRecord>;
  /** Whether a search shows only what is written just so. */
  readonly searchesExactly: (host: string) => boolean;
}

const WINDOW_MS = 1_000;
/** What was written so long ago, whoever creates must have known, ms: the search's lag, a call's deadline, a wait for its turn. */
const KNOWN_AFTER_MS = 12_000;
/** As long a delete that is decided waits for its turn, ms: what comes back meanwhile is made anew. */
const TURN_MS = 15_000;

export function createCrmJudge(parts: JudgeParts): CrmJudge {
  const { elapsed, trace, ownerOf, facts, deletionsOf, recordsOf, searchesExactly } = parts;
  const violations: string[] = [];
  const owed: OwedWord[] = [];
  const revisions = new Map<string, number>();
  const bodies = new Map<string, EntityBody>();
  const living = new Map<string, string>();
  const livesSince = new Map<string, number>();
  const keyed = new Map<string, { readonly email: string; readonly since: number }>();
  const applied = new Map<string, number>();
  const gone = new Map<string, number>();
  const starts = new Map<string, { at: number; process: string }[]>();

  const violated = (what: string): void => {
    const line = `at ${Math.round(elapsed())}: ${what}`;
    trace(`VIOLATION ${line}`);
    violations.push(line);
  };
  /** What one process begins for one budget within any window. Timers that ran out while it was frozen fire together: one burst. */
  const judgePace = ({ apiKey, process, askedAt, thawedAt }: Dispatch): void => {
    const budget = budgetOf(apiKey);
    const recent = (starts.get(budget) ?? []).filter(({ at }) => at > askedAt - WINDOW_MS);
    recent.push({ at: askedAt, process });
    starts.set(budget, recent);
    const own = recent.filter((start) => start.process === process).length;
    const { requestsPerSecond, maxConcurrent } = simVault.limits;
    const burst = thawedAt > askedAt - 2 * WINDOW_MS ? maxConcurrent : 0;
    if (own > requestsPerSecond + burst) violated(`${own} calls in a second for ${budget} by ${process}`);
  };

  /** Whether a later content of the same entity stands in another record: it has left this one. */
  const standsElsewhere = (account: string, { id, kind }: ServerRecord, left: Marker): boolean =>
    [...recordsOf(account).values()].some((other) => {
      const marker = other.id === id ? null : markerOf(other.kind, other.fields);
      return other.kind === kind && marker?.entityId === left.entityId && marker.content > left.content;
    });
  /** What people entered stays, and what Zena sends stands once. */
  const judgeHarm = ({ verb, record, marker, account, request }: ServerWrite): void => {
    const place = `${account} ${record.id}`;
    if (verb === 'delete') {
      const left = markerOf(record.kind, record.fields) ?? record.madeFor;
      const isLive =
        left !== null &&
        living.get(`${record.kind}/${left.entityId}`) === request.user &&
        (livesSince.get(`${record.kind}/${left.entityId}`) ?? 0) <= request.askedAt - TURN_MS &&
        !standsElsewhere(account, record, left);
      for (const { told, value } of facts.lost(place, request)) {
        // Where all may go, what people entered must be told.
        if (isLive || deletionsOf(request.user) !== 'all') violated(`harm: ${told}`);
        else owed.push({ user: request.user, told, value });
      }
      facts.forgetId(account, record.id);
      return;
    }
    const says = marker && bodies.get(`${record.kind}/${marker.entityId}#${marker.content}`);
    for (const harm of facts.written(place, record, request, says ?? null)) violated(harm);
    for (const token of repeated(record.fields['notes']))
      violated(`notes grew: ${token} stands more than once in ${place}`);
  };
  /** One that its contact has left is found by a search alone, and a CRM that searches exactly doesn't show it by another writing. */
  const isHidden = (account: string, other: ServerRecord, made: ServerRecord): boolean => {
    const left = markerOf(other.kind, other.fields);
    const isWrittenSo = other.fields['email'] === made.fields['email'];
    return left !== null && !isWrittenSo && searchesExactly(account) && standsElsewhere(account, other, left);
  };
  /** A contact is made although the same user's living contact of that e-mail has long been there. */
  const judgeKey = ({ verb, record, account, request }: ServerWrite): void => {
    const email = emailOf(record);
    const place = `${account} ${record.id}`;
    if (record.kind !== 'contact' || verb === 'delete') return;
    if (keyed.get(place)?.email !== email) keyed.set(place, { email, since: elapsed() });
    if (verb !== 'create' || email === '') return;
    for (const other of recordsOf(account).values()) {
      const known = keyed.get(`${account} ${other.id}`);
      const entity = markerOf(other.kind, other.fields)?.entityId ?? '';
      if (other.id === record.id || known?.email !== email || emailOf(other) !== email) continue;
      if (known.since > request.askedAt - KNOWN_AFTER_MS) continue;
      if (isHidden(account, other, record)) continue;
      if (living.get(`contact/${entity}`) === request.user)
        violated(`doubled: ${place} was made for ${email}, which ${other.id} has`);
    }
  };

  return {
    violations,
    owed,
    violated,
    accepted(key, revision, body, user) {
      if (body === null) {
        living.delete(key);
        return;
      }
      if (living.get(key) !== user) livesSince.set(key, elapsed());
      living.set(key, user);
      const marker = markerOf(
        body.kind,
        vaultFields(body, () => null),
      );
      if (marker === null) return;
      revisions.set(`${key}#${marker.content}`, revision);
      bodies.set(`${key}#${marker.content}`, body);
    },
    dispatched(dispatch) {
      const { apiKey, process, askedAt, path, forWork } = dispatch;
      const since = gone.get(apiKey);
      if (since !== undefined && askedAt > since && forWork)
        violated(`${process} calls ${path.join('/')} for ${apiKey}, which was disconnected at ${since}`);
      if (!forWork) return;
      judgePace(dispatch);
      const owner = ownerOf(budgetOf(apiKey));
      if (owner !== undefined && owner !== process)
        violated(`${process} calls for ${budgetOf(apiKey)}, which is ${String(owner)}'s`);
    },
    written(write) {
      const { verb, record, marker, account } = write;
      judgeHarm(write);
      judgeKey(write);
      if (verb === 'delete' || marker === null) return;
      const key = `${record.kind}/${marker.entityId}`;
      const revision = revisions.get(`${key}#${marker.content}`);
      if (revision === undefined) {
        violated(`${account} was given a content of ${key} that was never accepted`);
        return;
      }
      const place = `${account} ${record.id} ${key}`;
      const before = applied.get(place) ?? 0;
      if (revision < before) violated(`stale overwrite of ${place}: revision ${revision} over ${before}`);
      applied.set(place, Math.max(before, revision));
    },
    disconnected(apiKey) {
      gone.set(apiKey, elapsed());
    },
  };
}

function emailOf({ fields }: ServerRecord): string {
  const { email } = fields;
  return typeof email === 'string' ? email.trim().toLowerCase() : '';
}

/** What a CRM cut off is not the line any more: of Zena's is counted what stands whole, however the CRM wraps it. */
function repeated(text: Json | undefined): string[] {
  const tokens = tokensIn(text);
  const plain = typeof text === 'string' ? text.replace(/\s+/gu, ' ') : '';
  const times = (token: string): number =>
    token.startsWith('Z')
      ? plain.split(`${token} ${ZENA_WORDS}`).length - 1
      : tokens.filter((one) => one === token).length;
  return [...new Set(tokens)].filter((token) => times(token) > 1);
}
