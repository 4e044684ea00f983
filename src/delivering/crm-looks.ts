import type { ConnectorKind, CrmConnector, CrmHttp } from '../connectors/connector.port.ts';
import type { Scope } from '../domain/connection.ts';
import type { LookedAt } from '../domain/crm-copy.ts';
import type { LooksView } from '../domain/deciding/step.ts';
import type { EntityKind } from '../domain/entity.ts';
import type { Link } from '../domain/link.ts';
import { fieldMark } from '../domain/merging/field-marks.ts';
import type { Failure } from '../domain/outcome.ts';
import type { RemoteHit } from '../domain/remote-record.ts';
import type { Clock } from '../runtime/clock.ts';
import type { LinkStore } from '../state-store/link-store.port.ts';
import type { LookStore } from '../state-store/look-store.port.ts';

/** What people changed in a CRM since it was last looked at, for one connection. */
export interface CrmLooks {
  /** Reads how far this kind was looked at, once; before anything is planned for it. */
  load(kind: EntityKind): Promise<void>;
  /** Null: the CRM can't list what was changed, or doesn't now. */
  view(link: Pick<Link, 'kind' | 'remote' | 'touchedAt'>): LooksView | null;
  /** One look for all who wait for it. Null: it was made. */
  look(kind: EntityKind, http: CrmHttp): Promise<Failure | null>;
}

/** What looks stand on. */
export interface LooksParts {
  readonly store: {
    readonly links: Pick<LinkStore, 'readByRemote' | 'noteTouched'>;
    readonly looks: LookStore;
  };
  readonly clock: Pick<Clock, 'now'>;
}

/** A look holds for so long, ms. */
const LOOK_EVERY_MS = 60_000;
/**
 * What we wrote ourselves stands in the list, too: all that an office's first sync made, when it is looked at for the first time, and
 * some minutes of writing as fast as the CRM takes it. Past that every record would be read before it is written.
 */
const MOST_LISTED = 20_000;
/** Links that are compared at once. */
const PAGE = 250;
/** How far a look reaches back before the last one, for clocks that differ. */
const OVERLAP_MS = 60_000;
/** A CRM that can't list is asked again after this, ms. */
const NOT_LISTABLE_MS = 600_000;

interface KindLooks {
  looked: LookedAt;
  notBefore: number;
  looking: Promise<Failure | null> | null;
  /** Since this was loaded; links in hand don't know of it. By CRM id, epoch ms. */
  readonly touched: Map<string, number>;
}

export function createCrmLooks(
  { store, clock }: LooksParts,
  { scope, connector }: { readonly scope: Scope; readonly connector: CrmConnector },
): CrmLooks {
  const kinds = new Map<EntityKind, Promise<KindLooks>>();
  const loaded = new Map<EntityKind, KindLooks>();

  async function read(kind: EntityKind): Promise<KindLooks> {
    const now = clock.now();
    const stored = await store.looks.read(scope, kind);
    const looked = stored ?? { from: now, to: now };
    if (stored === null) await store.looks.write(scope, kind, looked);
    const looks = { looked, notBefore: 0, looking: null, touched: new Map<string, number>() };
    loaded.set(kind, looks);
    return looks;
  }

  async function lookNow(kind: EntityKind, looks: KindLooks, http: CrmHttp): Promise<Failure | null> {
    const at = clock.now();
    const { to } = looks.looked;
    const changes = connector.kinds[kind]?.changes;
    if (changes === undefined) return null;
    const outcome = await changes(http, Math.max(0, to - OVERLAP_MS), MOST_LISTED);
    if (outcome.kind !== 'applied') {
      if (!isUnable(outcome)) return outcome;
      // Until it lists again, whatever is written is read first; after that, what was known before may have changed unseen.
      looks.notBefore = at + NOT_LISTABLE_MS;
      await advance(kind, looks, { from: at, to: at });
      return null;
    }
    const whole = outcome.value.length < MOST_LISTED;
    for (let from = 0; from < outcome.value.length; from += PAGE) {
      const touched = await touchedLinks(store, scope, kind, outcome.value.slice(from, from + PAGE));
      const ids = touched.map(({ id }) => id);
      for (const { remote } of touched) looks.touched.set(remote?.id ?? '', at);
      if (ids.length > 0) await store.links.noteTouched(ids, at);
    }
    await advance(kind, looks, { from: whole ? looks.looked.from : at, to: at });
    return null;
  }

  async function advance(kind: EntityKind, looks: KindLooks, looked: LookedAt): Promise<void> {
    await store.looks.write(scope, kind, looked);
    looks.looked = looked;
    // What was noticed before is on the links by now; those in hand since then end within two looks.
    for (const [id, at] of looks.touched) if (at < looked.to - 2 * LOOK_EVERY_MS) looks.touched.delete(id);
  }

  return {
    async load(kind) {
      if (loaded.has(kind) || !canList(connector.kinds[kind])) return;
      const reading = kinds.get(kind) ?? read(kind);
      kinds.set(kind, reading);
      await reading.finally(() => kinds.delete(kind));
    },
    view({ kind, remote, touchedAt }) {
      const looks = loaded.get(kind);
      const now = clock.now();
      if (looks === undefined || looks.notBefore > now) return null;
      const noticed = looks.touched.get(remote?.id ?? '') ?? null;
      const age = now - looks.looked.to;
      return {
        from: looks.looked.from,
        due: age < 0 || age > LOOK_EVERY_MS,
        touchedAt: noticed === null ? touchedAt : Math.max(noticed, touchedAt ?? 0),
      };
    },
    async look(kind, http) {
      const looks = loaded.get(kind);
      if (looks === undefined) return null;
      looks.looking ??= lookNow(kind, looks, http).finally(() => {
        looks.looking = null;
      });
      return await looks.looking;
    },
  };
}

/** Whose CRM records are listed with something else than what we know them to hold. */
async function touchedLinks(
  { links }: LooksParts['store'],
  scope: Scope,
  kind: EntityKind,
  hits: readonly RemoteHit[],
): Promise<Link[]> {
  const byId = new Map(hits.map((hit) => [hit.id, hit]));
  const listed = await links.readByRemote(scope, kind, [...byId.keys()]);
  return listed.filter((link) => {
    const hit = byId.get(link.remote?.id ?? '');
    return hit !== undefined && differs(link, hit);
  });
}

function canList(kind: ConnectorKind | undefined): boolean {
  return kind?.changes !== undefined;
}

/** The CRM answered, and it is no list: it may be one that has none. */
function isUnable(failure: Failure): boolean {
  return (
    failure.kind === 'retry_later' &&
    (failure.code === 'LOOK_UP_FAILED' || failure.code === 'ANSWER_UNEXPECTED') &&
    failure.whose !== 'outage'
  );
}

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
    if (shown === undefined) return false;
    const mark = fieldMark(shown);
    return mark !== fieldMark(held[name]) && ours.values[name]?.includes(mark) !== true;
  });
}
