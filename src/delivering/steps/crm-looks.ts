import type { ConnectorKind, CrmConnector, CrmHttp } from '../../connectors/connector.port.ts';
import type { Scope } from '../../domain/connection.ts';
import type { LookedAt } from '../../domain/crm-copy.ts';
import type { LooksView } from '../../domain/deciding/step.ts';
import type { EntityKind } from '../../domain/entity.ts';
import type { Link } from '../../domain/link.ts';
import { fieldMark } from '../../domain/merging/field-marks.ts';
import type { Failure } from '../../domain/outcome.ts';
import type { RemoteHit } from '../../domain/remote-record.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { StateStore } from '../../state-store/state-store.port.ts';

/** What people changed in a CRM since it was last looked at, for one connection. */
export interface CrmLooks {
  /** Reads how far this kind was looked at, once; before anything is planned for it. */
  load(kind: EntityKind): Promise<void>;
  /** Null: the CRM can't list what was changed, or doesn't now. */
  view(link: Pick<Link, 'kind' | 'remote' | 'touchedAt'>): LooksView | null;
  /** One look for all who wait for it. Null: it was made. */
  look(kind: EntityKind, http: CrmHttp): Promise<Failure | null>;
  /** A record of this kind was written. */
  wrote(kind: EntityKind): void;
}

/** A look holds for so long, ms. */
const LOOK_EVERY_MS = 60_000;
/** After so many writes of ours the next look is made, so that no list gets long: ours stand in it, too. */
const MOST_WRITES = 1_000;
const MOST_LISTED = 2_000;
/** How far a look reaches back before the last one, for clocks that differ. */
const OVERLAP_MS = 60_000;
/** A CRM that can't list is asked again after this, ms. */
const NOT_LISTABLE_MS = 600_000;

interface LookParts {
  readonly store: Pick<StateStore, 'links' | 'looks'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** What people changed in records of one kind. */
interface KindLooks {
  view(link: Pick<Link, 'remote' | 'touchedAt'>): LooksView | null;
  look(http: CrmHttp): Promise<Failure | null>;
  wrote(): void;
}

interface ListedKind {
  readonly scope: Scope;
  readonly kind: EntityKind;
  readonly changes: ListChanges;
}

type ListChanges = NonNullable<ConnectorKind['changes']>;

export function createCrmLooks(
  parts: LookParts,
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
    wrote(kind) {
      opened.get(kind)?.wrote();
    },
  };
}

async function openKindLooks(
  { store, clock }: LookParts,
  { scope, kind, changes }: ListedKind,
): Promise<KindLooks> {
  const openedAt = clock.now();
  const stored = await store.looks.read(scope, kind);
  let looked: LookedAt = stored ?? { from: openedAt, to: openedAt };
  if (stored === null) await store.looks.write(scope, kind, looked);
  let writes = 0;
  let notBefore = 0;
  let looking: Promise<Failure | null> | null = null;
  /** Since this was opened; links in hand don't know of it. By CRM id, epoch ms. */
  const touched = new Map<string, number>();

  async function lookNow(http: CrmHttp): Promise<Failure | null> {
    const at = clock.now();
    const { from, to } = looked;
    const outcome = await changes(http, Math.max(0, to - OVERLAP_MS), MOST_LISTED);
    if (outcome.kind !== 'applied') {
      if (!isUnable(outcome)) return outcome;
      // Until it lists again, whatever is written is read first; after that, what was known before may have changed unseen.
      notBefore = at + NOT_LISTABLE_MS;
      await advance({ from: at, to: at });
      return null;
    }
    const whole = outcome.value.length < MOST_LISTED;
    const byId = new Map(outcome.value.map((hit) => [hit.id, hit]));
    const links = await store.links.readByRemote(scope, kind, [...byId.keys()]);
    const changed = new Set<string>();
    for (const link of links) {
      const hit = byId.get(link.remote?.id ?? '');
      if (hit !== undefined && differs(link, hit)) changed.add(hit.id);
    }
    for (const id of changed) touched.set(id, at);
    // Also those who share it and know nothing of it themselves.
    const told = links.filter(({ remote }) => remote !== null && changed.has(remote.id));
    if (told.length > 0)
      await store.links.noteTouched(
        told.map(({ id }) => id),
        at,
      );
    await advance({ from: whole ? from : at, to: at });
    return null;
  }

  async function advance(to: LookedAt): Promise<void> {
    await store.looks.write(scope, kind, to);
    looked = to;
    writes = 0;
    // What was noticed before is on the links by now; those in hand since then end within two looks.
    for (const [id, at] of touched) if (at < looked.to - 2 * LOOK_EVERY_MS) touched.delete(id);
  }

  return {
    view({ remote, touchedAt }) {
      const now = clock.now();
      if (notBefore > now) return null;
      const noticed = touched.get(remote?.id ?? '') ?? null;
      const age = now - looked.to;
      return {
        from: looked.from,
        due: age < 0 || age > LOOK_EVERY_MS || writes >= MOST_WRITES,
        touchedAt: noticed === null ? touchedAt : Math.max(noticed, touchedAt ?? 0),
      };
    },
    async look(http) {
      looking ??= lookNow(http).finally(() => {
        looking = null;
      });
      return await looking;
    },
    wrote() {
      writes += 1;
    },
  };
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
