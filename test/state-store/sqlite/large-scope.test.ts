import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openSqliteStore, type SqliteStateStore } from '../../../src/state-store/sqlite/open-sqlite-store.ts';
import { rememberLarge } from '../../../src/state-store/sqlite/links/remember-large.ts';
import { SCOPE } from '../../support/builders.ts';

/** A user with so many records that a look at all of them in one go would hold up everybody else. */
const LINKS = 30_000;

let store: SqliteStateStore;
beforeAll(async () => {
  store = await openSqliteStore({ path: ':memory:' });
  store.database.exec(`
    WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${LINKS - 1})
    INSERT INTO links (id, scope, connection_id, user_id, key, kind, entity_id, wanted, next_at, run_id)
    SELECT '${SCOPE}/contact/' || printf('%06d', n), '${SCOPE}', 'c', 'u', 'contact/' || printf('%06d', n), 'contact',
      printf('%06d', n), 1, 1000, 'run-1'
    FROM numbers`);
});
afterAll(() => store.close());

/** How often the event loop turned while this went on. */
async function turnsOf<T>(work: () => Promise<T>): Promise<{ readonly turns: number; readonly value: T }> {
  let turns = 0;
  let on = true;
  const turn = (): void => {
    turns += 1;
    if (on) setImmediate(turn);
  };
  setImmediate(turn);
  const value = await work();
  on = false;
  return { turns, value };
}

it('is searched in stretches, between which the event loop turns, and to its end', async () => {
  const filter = { scope: SCOPE, state: 'dead' } as const;
  const { turns, value } = await turnsOf(() => store.links.list(filter, 5_000, null, 50));
  expect(value).toEqual({ items: [], nextCursor: null });
  expect(turns).toBeGreaterThan(LINKS / 1_000);
});

it('is searched no further than a page needs, and the pages are all that passes', async () => {
  const all: string[] = [];
  store.database.exec("UPDATE links SET dead = '{}', next_at = NULL WHERE entity_id LIKE '%777'");
  for (let cursor: string | null = null; ;) {
    const page = await store.links.list({ scope: SCOPE, state: 'dead' }, 5_000, cursor, 7);
    all.push(...page.items.map(({ link }) => link.id));
    cursor = page.nextCursor;
    if (cursor === null) break;
  }
  expect(all).toHaveLength(LINKS / 1_000);
  expect(all).toEqual(all.toSorted());
  const { turns } = await turnsOf(() => store.links.list({ scope: SCOPE, state: 'due' }, 5_000, null, 50));
  expect(turns).toBeLessThan(10);
});

it('is searched by many in turns: together they take no more of one turn than one does', async () => {
  const search = () => store.links.list({ scope: SCOPE, state: 'creating' }, 5_000, null, 50);
  const one = await turnsOf(search);
  const many = await turnsOf(() => Promise.all(Array.from({ length: 5 }, search)));
  expect(many.turns).toBeGreaterThan(3 * one.turns);
});

it('is counted in stretches, between which the event loop turns, and exactly', async () => {
  store.database.exec("UPDATE links SET remote_id = 'r-' || entity_id WHERE entity_id LIKE '%3'");
  store.database.exec(
    'UPDATE links SET next_at = 1000 + n, dirty_since = 70 + n FROM (SELECT id AS of, CAST(entity_id AS INTEGER) AS n FROM links) WHERE of = id AND next_at IS NOT NULL',
  );
  const { turns, value } = await turnsOf(() => store.links.counts(SCOPE, 5_000));
  expect(value).toEqual({ linked: 3_000, failed: 30, due: 3_997, waiting: 25_973, dirtySince: 70 });
  expect(turns).toBeGreaterThanOrEqual(4);
  const all = await turnsOf(() => store.links.backlog(5_000));
  expect(all.value).toEqual({ due: 3_997, dirtySince: 70 });
  expect(all.turns).toBeGreaterThanOrEqual(2);
});

it('is counted apart from the scopes beside it', async () => {
  const beside = [`${SCOPE}!`, SCOPE.slice(0, -1)];
  for (const scope of beside)
    store.database.exec(`
      INSERT INTO links (id, scope, connection_id, user_id, key, kind, entity_id, wanted, next_at, dirty_since)
      VALUES ('${scope}/contact/1', '${scope}', 'c', 'u', 'contact/1', 'contact', '1', 1, 1, 1)`);
  for (const scope of beside)
    expect(await store.links.counts(scope as typeof SCOPE, 5_000)).toMatchObject({ due: 1, waiting: 0 });
  expect(await store.links.backlog(5_000)).toEqual({ due: 3_999, dirtySince: 1 });
  for (const scope of beside) store.database.exec(`DELETE FROM links WHERE scope = '${scope}'`);
});

it('is counted anew only after a while, and once for all who ask meanwhile', async () => {
  let counted = 0;
  const answers = rememberLarge<number>();
  const count = async (): Promise<number> => {
    counted += 1;
    const until = performance.now() + 5;
    while (performance.now() < until) await new Promise((resolve) => setImmediate(resolve));
    return 50_000;
  };
  const ask = () => answers.remember('large', count);
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([50_000, 50_000, 50_000]);
  expect(await ask()).toBe(50_000);
  expect(counted).toBe(1);
  await expect(answers.remember('failing', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(await answers.remember('failing', count)).toBe(50_000);
});

it('has its work dropped in stretches, all of it', async () => {
  const { turns, value } = await turnsOf(() => store.links.dropWork(SCOPE));
  expect(value).toBe(LINKS);
  expect(turns).toBeGreaterThan(LINKS / 1_000);
  expect(await store.links.counts(SCOPE, 5_000)).toMatchObject({ due: 0, waiting: 0 });
});
