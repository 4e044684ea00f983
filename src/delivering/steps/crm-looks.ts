import type { ConnectorKind, CrmConnector, CrmHttp } from '../../connectors/connector.port.ts';
import type { Scope } from '../../domain/connection.ts';
import type { LookedAt } from '../../domain/crm-copy.ts';
import type { LooksView } from '../../domain/deciding/step.ts';
import { ENTITY_KINDS, type EntityKind } from '../../domain/entity.ts';
import type { Link, LinkId } from '../../domain/link.ts';
import { isChangedByPeople } from '../../domain/merging/merge-fields.ts';
import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type { RemoteHit } from '../../domain/remote-record.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { LinkStore } from '../../state-store/link-store.port.ts';
import type { LookStore } from '../../state-store/look-store.port.ts';
import { createCrmClock, type CrmClock } from './crm-clock.ts';

/** What became of a look: it was made; the CRM can't list now, whoever else it answers; or why nothing can be done for now. */
export type Looked = 'made' | 'unable' | Failure;

/** Whose the failure of a listing is that began at `since`, epoch ms. */
export type JudgeListing = (failure: Failure, since: number) => Promise<Failure>;

/** What people changed in a CRM since it was last looked at, for one connection. */
export interface CrmLooks {
  /** Reads how far this kind was looked at, once; before anything is planned for it. */
  load(kind: EntityKind): Promise<void>;
  /** Null: the CRM can't list what was changed, or doesn't now. */
  view(link: Pick<Link, 'kind' | 'remote' | 'copy' | 'touchedAt'>): LooksView | null;
  /** One look for all who wait for it. `isRetry`: it is asked for by one that came to nothing before. */
  look(kind: EntityKind, http: CrmHttp, isRetry: boolean): Promise<Looked>;
  /** A time of ours, epoch ms, as the CRM's clock may have shown it: at the earliest. */
  asShown(at: number): number;
  /** What the CRM told of our own write of this link's record, just now: when it made it, by its clock. */
  learn(link: Pick<Link, 'remote' | 'copy' | 'quietUntil'>): Promise<void>;
  /** What a list that was asked for otherwise shows of people's changes is known, too; `at`: before it was asked for, epoch ms. */
  notice(kind: EntityKind, hits: readonly RemoteHit[], at: number): Promise<void>;
}

/** A look holds for so long, ms. */
const LOOK_EVERY_MS = 60_000;
/**
 * What we wrote ourselves stands in the list, too: all that an office's first sync made, when it is looked at for the first time, and
 * some minutes of writing as fast as the CRM takes it. Past that every record would be read before it is written.
 */
const MOST_LISTED = 20_000;
/** CRM records that are compared at once. */
const PAGE = 250;
/** How far a look reaches back before the last one, for clocks that differ. */
const OVERLAP_MS = 60_000;
/** A CRM that can't list is asked again after this, and after twice as long each time, up to half a day, ms. */
const NOT_LISTABLE_MS = 600_000;
const LONGEST_NOT_LISTABLE_MS = 12 * 3_600_000;
/** Longer than this nobody waits for a look: a list of many pages that each take their time, ms. */
const LONGEST_LOOK_MS = 60_000;
/** A limit that ends as soon is waited for, ms: not twice by the same record, since it may be the listing's alone. */
const SHORT_LIMIT_MS = 5_000;
/** Where a limit is the listing's, it stops everything for as long each time: so many times as long it isn't asked. */
const LIMIT_SHARE = 10;

/** What looks stand on. */
export interface LooksParts {
  readonly store: {
    readonly links: Pick<LinkStore, 'visitByRemote' | 'noteTouched'>;
    readonly looks: LookStore;
  };
  readonly clock: Pick<Clock, 'now'>;
}

/** What people changed in records of one kind. */
interface KindLooks {
  view(link: Pick<Link, 'remote' | 'touchedAt'>): LooksView | null;
  look(http: CrmHttp, isRetry: boolean): Promise<Looked>;
  notice(hits: readonly RemoteHit[], at: number): Promise<void>;
}

interface ListedKind {
  readonly scope: Scope;
  readonly kind: EntityKind;
  readonly changes: ListChanges;
  readonly judge: JudgeListing;
  readonly crmClock: CrmClock;
}

type ListChanges = NonNullable<ConnectorKind['changes']>;

export interface LooksFor {
  readonly scope: Scope;
  readonly connector: CrmConnector;
  readonly judge: JudgeListing;
}

export function createCrmLooks(parts: LooksParts, { scope, connector, judge }: LooksFor): CrmLooks {
  const crmClock = createCrmClock(parts.clock);
  const opening = new Map<EntityKind, Promise<KindLooks>>();
  const opened = new Map<EntityKind, KindLooks>();
  const { looks: stored } = parts.store;
  const listed = ENTITY_KINDS.filter((kind) => connector.kinds[kind]?.changes !== undefined);

  async function open(kind: EntityKind, changes: ListChanges): Promise<KindLooks> {
    const looks = await openKindLooks(parts, { scope, kind, changes, judge, crmClock }, async () => {
      for (const other of listed) crmClock.remember((await stored.read(scope, other))?.behind);
    });
    opened.set(kind, looks);
    return looks;
  }

  return {
    async load(kind) {
      const changes = connector.kinds[kind]?.changes;
      if (opened.has(kind) || changes === undefined) return;
      const looks = opening.get(kind) ?? open(kind, changes);
      opening.set(kind, looks);
      await looks.finally(() => opening.delete(kind));
    },
    view(link) {
      crmClock.learn(link);
      return opened.get(link.kind)?.view(link) ?? null;
    },
    look: async (kind, http, isRetry) => (await opened.get(kind)?.look(http, isRetry)) ?? 'unable',
    asShown: (at) => crmClock.asShown(at),
    async learn(link) {
      const behind = crmClock.learnWritten(link);
      if (behind === null) return;
      // Whoever looks next, at whatever kind and in whatever process, knows it.
      for (const kind of listed) {
        const looked = await stored.read(scope, kind);
        if (looked !== null) await stored.write(scope, kind, { ...looked, behind });
      }
    },
    notice: async (kind, hits, at) => await opened.get(kind)?.notice(hits, at),
  };
}

async function openKindLooks(
  { store, clock }: LooksParts,
  listed: ListedKind,
  askOthers: () => Promise<void>,
): Promise<KindLooks> {
  const { scope, kind, crmClock } = listed;
  const openedAt = clock.now();
  const stored = await store.looks.read(scope, kind);
  if (stored === null) await askOthers();
  else crmClock.remember(stored.behind);
  // Before the first look: what was known by now is not older than that.
  let looked: LookedAt = stored ?? crmClock.noted({ from: openedAt, to: openedAt - 1 });
  if (stored === null) await store.looks.write(scope, kind, looked);
  let looking: Promise<Looked> | null = null;
  /** Since this was opened; links in hand don't know of it. By CRM id, epoch ms. */
  const touched = new Map<string, number>();

  async function lookNow(http: CrmHttp): Promise<Looked> {
    const at = clock.now();
    const { from, to } = looked;
    const outcome = await listSince(clock, listed, http, to - OVERLAP_MS);
    if (outcome.kind !== 'applied') {
      const failure = await listed.judge(outcome, at);
      return isListingsOwn(failure, SHORT_LIMIT_MS) ? await doWithout(failure, at) : failure;
    }
    const whole = outcome.value.length < MOST_LISTED;
    await notice(outcome.value, at);
    await advance({ from: whole ? from : at, to: at });
    return 'made';
  }

  /** Until it is asked again, whatever is written is read first: what is known from before then may have changed unseen. */
  async function doWithout(failure: Failure, at: number): Promise<Looked> {
    // Of those who waited for the same look, the first has told.
    if (looked.from <= at) await advance({ from: at + notListableFor(failure, looked), to: at });
    return 'unable';
  }

  async function notice(hitsListed: readonly RemoteHit[], at: number): Promise<void> {
    const hits = [...new Map(hitsListed.map((hit) => [hit.id, hit])).values()];
    for (let first = 0; first < hits.length; first += PAGE) {
      const { ids, told } = await peoplesOf(store, listed, hits.slice(first, first + PAGE));
      for (const id of ids) touched.set(id, at);
      if (told.length > 0) await store.links.noteTouched(told, at);
    }
  }

  async function advance(to: LookedAt): Promise<void> {
    await store.looks.write(scope, kind, crmClock.noted(to));
    looked = to;
    // What was noticed before is on the links by now; those in hand since then end within two looks.
    for (const [id, at] of touched) if (at < looked.to - 2 * LOOK_EVERY_MS) touched.delete(id);
  }

  return {
    view({ remote, touchedAt }) {
      const now = clock.now();
      if (looked.from > now) return null;
      const noticed = touched.get(remote?.id ?? '') ?? null;
      const age = now - looked.to;
      return {
        from: looked.from,
        due: isUnseen(looked) || age < 0 || age > LOOK_EVERY_MS,
        touchedAt: noticed === null ? touchedAt : Math.max(noticed, touchedAt ?? 0),
      };
    },
    async look(http, isRetry) {
      looking ??= lookNow(http).finally(() => {
        looking = null;
      });
      const end = await looking;
      const isEnough = isRetry && typeof end !== 'string' && isListingsOwn(end, 0);
      return isEnough ? await doWithout(end, clock.now()) : end;
    },
    notice,
  };
}

/** Which of these records people changed, and the links that are told: also those who share one and know nothing of it themselves. */
async function peoplesOf(
  { links }: LooksParts['store'],
  { scope, kind }: ListedKind,
  hits: readonly RemoteHit[],
): Promise<{ readonly ids: ReadonlySet<string>; readonly told: readonly LinkId[] }> {
  const byId = new Map(hits.map((hit) => [hit.id, hit]));
  const linked = new Map<string, LinkId[]>();
  const ids = new Set<string>();
  await links.visitByRemote(scope, kind, [...byId.keys()], (link) => {
    const hit = byId.get(link.remote?.id ?? '');
    if (hit === undefined) return;
    linked.set(hit.id, [...(linked.get(hit.id) ?? []), link.id]);
    if (differs(link, hit)) ids.add(hit.id);
  });
  return { ids, told: [...ids].flatMap((id) => linked.get(id) ?? []) };
}

/** Asked once more where its own answer tells that the CRM's clock is further behind than was known. */
async function listSince(
  clock: LooksParts['clock'],
  { changes, crmClock }: ListedKind,
  http: CrmHttp,
  since: number,
): Promise<CallOutcome<readonly RemoteHit[]>> {
  const timed = crmClock.timed(withinTime(http, clock));
  const asked = crmClock.asShown(since);
  const outcome = await changes(timed, Math.max(0, asked), MOST_LISTED);
  const now = crmClock.asShown(since);
  if (outcome.kind !== 'applied' || now > asked - OVERLAP_MS / 2) return outcome;
  return await changes(timed, Math.max(0, now), MOST_LISTED);
}

function withinTime(http: CrmHttp, clock: LooksParts['clock']): CrmHttp {
  const until = clock.now() + LONGEST_LOOK_MS;
  const detail = 'The CRM took too long to list what was changed.';
  const tooLong: Failure = { kind: 'retry_later', code: 'TIMEOUT', detail, status: null };
  return { request: async (request) => (clock.now() > until ? tooLong : await http.request(request)) };
}

function isUnseen({ from, to }: LookedAt): boolean {
  return to === from - 1;
}

/**
 * Whether it is the listing that fails, and not the CRM, nor we: one route alone stops nobody. So may a limit be, where the CRM told it and
 * not our own budget; up to `limitMs` it is waited for.
 */
function isListingsOwn(failure: Failure, limitMs: number): boolean {
  if (failure.whose === 'record' || failure.whose === 'request') return true;
  return failure.kind === 'rate_limited' && failure.answer !== undefined && limitOf(failure) > limitMs;
}

/** For how long nobody asks for a list, ms; `from` stands ahead where it couldn't be had before. */
function notListableFor(failure: Failure, { from, to }: LookedAt): number {
  const wait = Math.max(NOT_LISTABLE_MS, 2 * (from - to), LIMIT_SHARE * limitOf(failure));
  return Math.min(wait, LONGEST_NOT_LISTABLE_MS);
}

function limitOf(failure: Failure): number {
  return failure.kind === 'rate_limited' ? (failure.retryAfterMs ?? 1) : 0;
}

/**
 * Whether a CRM record as listed is another than we left it. One of another version, or of none, that isn't shown whole may have changed in
 * what isn't shown; a field in which the CRM answered our own write in its own way isn't people's.
 */
function differs({ remote, copy }: Link, hit: RemoteHit): boolean {
  if (copy === null || copy.held === null) return false;
  if (hit.version !== null && hit.version === remote?.version) return false;
  const { held, ours } = copy;
  return Object.keys(held).some((name) => {
    const shown = hit.fields[name];
    return shown === undefined || isChangedByPeople({ known: held[name], shown }, name, ours);
  });
}
