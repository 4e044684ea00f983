import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scopeOf } from '../../src/domain/connection.ts';
import type { Change } from '../../src/domain/change-event.ts';
import type { Page } from '../../src/domain/page.ts';
import type { ZenaRecord } from '../../src/domain/record.ts';
import { openSqliteStore, type SqliteStateStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import { connection, USER } from '../../test/support/builders.ts';
import type { Meter, OpenPart } from '../harness/part.ts';
import { benchEventAt } from '../support/bench-events.ts';
import { ingestInto } from '../support/ingest-target.ts';

export interface GrowthOptions {
  /** How many records the store holds before anything is measured. */
  readonly records: number;
}

const A_BATCH = 500;
/** So many are claimed, and so many records walked, at a time. */
const A_CLAIM = 24;
const A_PAGE = 500;

/** The embedded store with many records and as many due links: what an item costs. */
export const openPart: OpenPart<GrowthOptions> = async ({ records }) => {
  const folder = await mkdtemp(join(tmpdir(), 'zena-crm-bench-'));
  const store = await openSqliteStore({ path: join(folder, 'store.sqlite') });
  await store.connections.insert(connection());
  const { ingest } = ingestInto(store);
  let sent = 0;
  const take = async (count: number): Promise<void> => {
    for (let from = sent; from < sent + count; from += A_BATCH) {
      const changes = Array.from({ length: Math.min(A_BATCH, sent + count - from) }, (_, at): Change => {
        // Spread over all records, as an office's changes are.
        const index = from + at;
        const spread = index < records ? index : records + ((index * 7_919) % records);
        const event = benchEventAt(spread, records);
        return { type: 'event', event: { ...event, version: event.version + index }, place: null };
      });
      await ingest({ changes, letters: [], heartbeat: () => Promise.resolve(), abandoned: () => false });
    }
    sent += count;
  };
  await take(records);
  return {
    profiled: {
      ingest: `taking in, ${records} records`,
      claim: `claiming, ${records} records`,
      walk: `walking, ${records} records`,
    },
    commands: {
      async ingest(items: number, meter: Meter) {
        await take(items);
        meter.stop();
        const held = await store.records.count(USER);
        return { events: items, wrong: held === records ? [] : [`${held} records for ${records}`] };
      },
      claim: (items: number) => claim(store, items),
      walk: (items: number) => walk(store, items),
    },
    async close() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** Claims due links and settles them as still due, a second later than they were. */
async function claim(store: SqliteStateStore, items: number) {
  const scope = scopeOf(connection());
  let claimed = 0;
  while (claimed < items) {
    const now = Date.now();
    const token = `token-${claimed}`;
    const links = await store.links.claim({
      scope,
      lane: 'live',
      now,
      limit: A_CLAIM,
      claim: { token, epoch: 1, until: now + 60_000 },
    });
    if (links.length === 0) return { events: claimed, wrong: ['nothing was left to claim'] };
    for (const { id, wanted, marks } of links) {
      const next = { kind: 'at', at: now } as const;
      await store.links.settle({ id, token, seen: { wanted, marks }, patch: {}, next });
    }
    claimed += links.length;
  }
  return { events: claimed, wrong: [] };
}

/** Reads records as a full sync's cursor does, from the first on, and again where there are not so many. */
async function walk(store: SqliteStateStore, items: number) {
  let walked = 0;
  let after: string | null = null;
  while (walked < items) {
    const page: Page<ZenaRecord> = await store.records.page(USER, 'contact', after, A_PAGE);
    if (page.items.length === 0) return { events: walked, wrong: ['there was nothing to walk'] };
    walked += page.items.length;
    after = page.nextCursor;
  }
  return { events: walked, wrong: [] };
}
