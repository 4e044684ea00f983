import type { ConnectorKind, CrmConnector, CrmHttp } from '../../connectors/connector.port.ts';
import { ENTITY_KINDS, type EntityKind } from '../../domain/entity.ts';
import type { RemoteHit, SoughtKey } from '../../domain/remote-record.ts';
import type { Clock } from '../../runtime/clock.ts';

/**
 * What a CRM has of a kind, gone through once for many who look for a record of theirs. Only for a first look: what an unanswered create left
 * behind is searched for.
 */
export interface WholeListings {
  /** What a search would find, by all that is listed; rows may show a part of a record. Null: it isn't known, and is to be searched for. */
  find(kind: EntityKind, http: CrmHttp, key: SoughtKey): Promise<readonly RemoteHit[] | null>;
}

/** What is listed holds for so long before it is asked what changed since, ms. */
const FRESH_MS = 60_000;
/** How far it is asked back, for clocks that differ, ms. */
const OVERLAP_MS = 120_000;
/** More changes than that in a minute: it is gone through anew. */
const MOST_CHANGED = 5_000;
/** Of more pages nothing is kept: they are searched. */
const MOST_PAGES = 200;
/** A listing that failed isn't asked again for so long, ms. */
const PAUSE_MS = 600_000;

type Listable = Pick<ConnectorKind, 'keys' | 'changes'> & Required<Pick<ConnectorKind, 'page'>>;

export function createWholeListings(
  clock: Pick<Clock, 'now'>,
  { kinds }: Pick<CrmConnector, 'kinds'>,
): WholeListings {
  const listings = new Map<EntityKind, KindListing>();
  for (const kind of ENTITY_KINDS) {
    const { page, keys, changes } = kinds[kind] ?? {};
    if (page === undefined || keys === undefined) continue;
    listings.set(kind, createKindListing(clock, { page, keys, ...(changes && { changes }) }));
  }
  return { find: async (kind, http, key) => (await listings.get(kind)?.(http, key)) ?? null };
}

type KindListing = (http: CrmHttp, key: SoughtKey) => Promise<readonly RemoteHit[] | null>;

/** Everything that was listed, by key. */
interface Listed {
  put(hit: RemoteHit): void;
  with(key: SoughtKey): readonly RemoteHit[];
}

/** How far a listing was gone through. */
interface Walk {
  readonly listed: Listed;
  readonly begunAt: number;
  /** Since when nothing that changed is unknown, epoch ms; null: it isn't whole yet. */
  knownTo: number | null;
  pages: number;
  rows: number;
  /** Pages that it takes; null: the CRM doesn't tell. */
  of: number | null;
}

/** No more pages are read than searches were asked for, so that few who look cost no more than their searches. */
function createKindListing(clock: Pick<Clock, 'now'>, kind: Listable): KindListing {
  let walk: Walk = newWalk(clock.now(), kind);
  let asked = 0;
  let notBefore = 0;
  let working: Promise<boolean> | null = null;

  function startAnew(pauseMs: number): false {
    walk = newWalk(clock.now(), kind);
    asked = 0;
    notBefore = clock.now() + pauseMs;
    return false;
  }

  /** Whether one more page is worth it: so many have been looked for as there are pages, as far as that is known. */
  const isWorthIt = (): boolean =>
    walk.pages === 0 || (walk.of === null ? walk.pages < asked : walk.of <= asked);

  async function goOn(http: CrmHttp): Promise<boolean> {
    while (isWorthIt()) {
      const outcome = await kind.page(http, walk.pages + 1);
      if (outcome.kind !== 'applied') return startAnew(PAUSE_MS);
      const { hits, listed, total, isLast } = outcome.value;
      for (const hit of hits) walk.listed.put(hit);
      walk.pages += 1;
      walk.rows += listed;
      if (isLast) {
        // What moved from one page to another meanwhile may be missing.
        if (total !== null && walk.rows < total) return startAnew(0);
        walk.knownTo = walk.begunAt;
        return await keepUp(http);
      }
      if (total !== null && listed > 0) walk.of ??= Math.ceil(total / listed);
      if (listed === 0 || Math.max(walk.pages, walk.of ?? 0) >= MOST_PAGES) return startAnew(PAUSE_MS);
    }
    return false;
  }

  async function keepUp(http: CrmHttp): Promise<boolean> {
    const now = clock.now();
    if (walk.knownTo !== null && now - walk.knownTo <= FRESH_MS) return true;
    if (walk.knownTo === null || kind.changes === undefined) return startAnew(0);
    const since = Math.max(0, walk.knownTo - OVERLAP_MS);
    const changed = await kind.changes(http, since, MOST_CHANGED);
    if (changed.kind !== 'applied') return startAnew(PAUSE_MS);
    for (const hit of changed.value) walk.listed.put(hit);
    walk.knownTo = now;
    return true;
  }

  return async (http, key) => {
    if (clock.now() < notBefore) return null;
    asked += 1;
    const work = working ?? (walk.knownTo === null ? goOn(http) : keepUp(http));
    working = work.finally(() => {
      working = null;
    });
    return (await work) ? walk.listed.with(key) : null;
  };
}

function newWalk(begunAt: number, kind: Pick<Listable, 'keys'>): Walk {
  return { listed: createListed(kind), begunAt, knownTo: null, pages: 0, rows: 0, of: null };
}

function createListed({ keys }: Pick<Listable, 'keys'>): Listed {
  const byHash = new Map<string, Map<string, RemoteHit>>();
  const hashesOf = new Map<string, readonly string[]>();
  return {
    put(hit) {
      for (const hash of hashesOf.get(hit.id) ?? []) byHash.get(hash)?.delete(hit.id);
      const hashes = keys(hit.fields).map(({ hash }) => hash);
      hashesOf.set(hit.id, hashes);
      for (const hash of hashes) {
        const held = byHash.get(hash) ?? new Map<string, RemoteHit>();
        held.set(hit.id, hit);
        byHash.set(hash, held);
      }
    },
    with: ({ hash }) => oldestFirst([...(byHash.get(hash)?.values() ?? [])]),
  };
}

function oldestFirst(hits: readonly RemoteHit[]): readonly RemoteHit[] {
  const ageOf = ({ createdAt }: RemoteHit): number => createdAt ?? Number.POSITIVE_INFINITY;
  return [...hits].sort((one, other) => {
    const [a, b] = [ageOf(one), ageOf(other)];
    return a === b ? 0 : a - b;
  });
}
