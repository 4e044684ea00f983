import type { ConnectorKind, CrmConnector, CrmHttp } from '../../connectors/connector.port.ts';
import type { Scope } from '../../domain/connection.ts';
import type { LookedAt } from '../../domain/crm-copy.ts';
import type { LooksView } from '../../domain/deciding/step.ts';
import type { EntityKind } from '../../domain/entity.ts';
import type { Link, LinkId } from '../../domain/link.ts';
import { isChangedByPeople } from '../../domain/merging/merge-fields.ts';
import type { Failure } from '../../domain/outcome.ts';
import type { RemoteHit } from '../../domain/remote-record.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { LinkStore } from '../../state-store/link-store.port.ts';
import type { LookStore } from '../../state-store/look-store.port.ts';

/** What people changed in a CRM since it was last looked at, for one connection. */
export interface CrmLooks {
  /** Reads how far this kind was looked at, once; before anything is planned for it. */
  load(kind: EntityKind): Promise<void>;
  /** Null: the CRM can't list what was changed, or doesn't now. */
  view(link: Pick<Link, 'kind' | 'remote' | 'touchedAt'>): LooksView | null;
  /** One look for all who wait for it. Null: it was made. */
  look(kind: EntityKind, http: CrmHttp): Promise<Failure | null>;
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
/** A CRM that can't list is asked again after this, ms. */
const NOT_LISTABLE_MS = 600_000;

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
  look(http: CrmHttp): Promise<Failure | null>;
  notice(hits: readonly RemoteHit[], at: number): Promise<void>;
}

interface ListedKind {
  readonly scope: Scope;
  readonly kind: EntityKind;
  readonly changes: ListChanges;
}

type ListChanges = NonNullable<ConnectorKind['changes']>;

export function createCrmLooks(
  parts: LooksParts,
  { scope, connector }: { readonly scope: Scope; readonly connector: CrmConnector },
): CrmLooks {
  const opening = new Map<EntityKind, Promise<KindLooks>>();
  const opened = new Map<EntityKind, KindLooks>();

  async function open(kind: EntityKind, changes: ListChanges): Promise<KindLooks> {
    const looks = await openKindLooks(parts, { scope, kind, changes });
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
    view: (link) => opened.get(link.kind)?.view(link) ?? null,
    look: async (kind, http) => (await opened.get(kind)?.look(http)) ?? null,
    notice: async (kind, hits, at) => await opened.get(kind)?.notice(hits, at),
  };
}

async function openKindLooks(
  { store, clock }: LooksParts,
  { scope, kind, changes }: ListedKind,
): Promise<KindLooks> {
  const openedAt = clock.now();
  const stored = await store.looks.read(scope, kind);
  let looked: LookedAt = stored ?? { from: openedAt, to: openedAt };
  if (stored === null) await store.looks.write(scope, kind, looked);
  let looking: Promise<Failure | null> | null = null;
  /** Since this was opened; links in hand don't know of it. By CRM id, epoch ms. */
  const touched = new Map<string, number>();

  async function lookNow(http: CrmHttp): Promise<Failure | null> {
    const at = clock.now();
    const { from, to } = looked;
    const outcome = await changes(http, Math.max(0, to - OVERLAP_MS), MOST_LISTED);
    if (outcome.kind !== 'applied') {
      if (!isUnable(outcome)) return outcome;
      // Until it is asked again, whatever is written is read first: what is known from before then may have changed unseen.
      await advance({ from: at + NOT_LISTABLE_MS, to: at });
      return null;
    }
    const whole = outcome.value.length < MOST_LISTED;
    await notice(outcome.value, at);
    await advance({ from: whole ? from : at, to: at });
    return null;
  }

  async function notice(listed: readonly RemoteHit[], at: number): Promise<void> {
    const hits = [...new Map(listed.map((hit) => [hit.id, hit])).values()];
    for (let first = 0; first < hits.length; first += PAGE)
      await noteTouched(hits.slice(first, first + PAGE), at);
  }

  async function noteTouched(hits: readonly RemoteHit[], at: number): Promise<void> {
    const byId = new Map(hits.map((hit) => [hit.id, hit]));
    const linked = new Map<string, LinkId[]>();
    const changed = new Set<string>();
    await store.links.visitByRemote(scope, kind, [...byId.keys()], (link) => {
      const hit = byId.get(link.remote?.id ?? '');
      if (hit === undefined) return;
      linked.set(hit.id, [...(linked.get(hit.id) ?? []), link.id]);
      if (differs(link, hit)) changed.add(hit.id);
    });
    for (const id of changed) touched.set(id, at);
    // Also those who share it and know nothing of it themselves.
    const told = [...changed].flatMap((id) => linked.get(id) ?? []);
    if (told.length > 0) await store.links.noteTouched(told, at);
  }

  async function advance(to: LookedAt): Promise<void> {
    await store.looks.write(scope, kind, to);
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
        due: age < 0 || age > LOOK_EVERY_MS,
        touchedAt: noticed === null ? touchedAt : Math.max(noticed, touchedAt ?? 0),
      };
    },
    async look(http) {
      looking ??= lookNow(http).finally(() => {
        looking = null;
      });
      return await looking;
    },
    notice,
  };
}

/** The CRM answered, and it is no list: it may be one that has none. */
function isUnable(failure: Failure): boolean {
  return failure.kind === 'retry_later' && NO_LISTING.has(failure.code) && failure.whose !== 'outage';
}

const NO_LISTING: ReadonlySet<string> = new Set(['LOOK_UP_FAILED', 'ANSWER_UNEXPECTED', 'ANSWER_TOO_LARGE']);

/**
 * Whether a CRM record as listed is another than we left it. A field that the list doesn't show tells nothing; one in which the CRM answered
 * our own write in its own way isn't people's.
 */
function differs({ remote, copy }: Link, hit: RemoteHit): boolean {
  if (copy === null || copy.held === null) return false;
  if (hit.version !== null && hit.version === remote?.version) return false;
  const { held, ours } = copy;
  return Object.keys(held).some((name) => {
    const shown = hit.fields[name];
    return shown !== undefined && isChangedByPeople(held[name], shown, ours.values[name]);
  });
}
