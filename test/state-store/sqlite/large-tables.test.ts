import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { linkId } from '../../../src/domain/link.ts';
import { recordKey } from '../../../src/domain/entity.ts';
import { openSqliteStore, type SqliteStateStore } from '../../../src/state-store/sqlite/open-sqlite-store.ts';
import { SCOPE, wantedMark } from '../../support/builders.ts';

const MANY = 10_000;
const SAME_FROM = 6_600;
let store: SqliteStateStore;
beforeEach(async () => {
  store = await openSqliteStore({ path: ':memory:' });
});
afterEach(() => store.close());

/** What each question is asked in: so many pieces, between which others have their turn. */
async function piecesOf(ask: () => Promise<unknown>): Promise<number> {
  const { session } = store;
  const spies = [jest.spyOn(session, 'peek'), jest.spyOn(session, 'read')];
  await ask();
  const pieces = spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
  for (const spy of spies) spy.mockRestore();
  return pieces;
}

it('groups and counts very many letters piece by piece', async () => {
  const { database } = store;
  const insert = database.prepare(`
    INSERT INTO dead_letters
      (id, kind, status, code, entity, entity_id, first_failed_at, failed_at, attempts, replays, document)
    VALUES (?, 'decode', 'open', ?, 'contact', ?, 1, ?, 1, 0, '{}')`);
  database.exec('BEGIN');
  // Of the last third all failed in the same moment.
  for (let at = 0; at < MANY; at += 1)
    insert.run(`l-${at}`, `CODE_${at % 3}`, `c-${at}`, Math.min(at, SAME_FROM));
  database.exec('COMMIT');
  const pieces = await piecesOf(async () => {
    const groups = await store.deadLetters.groups({});
    expect(groups.map(({ code, count }) => [code, count])).toEqual([
      ['CODE_0', 3_334],
      ['CODE_1', 3_333],
      ['CODE_2', 3_333],
    ]);
    expect(groups[0]).toMatchObject({ oldest: 0, newest: SAME_FROM });
  });
  expect(pieces).toBeGreaterThanOrEqual(3);
  const counted = await piecesOf(async () => {
    expect(await store.erasure.countUnknownLetters()).toBe(MANY);
  });
  expect(counted).toBeGreaterThanOrEqual(5);
});

it('looks through very many links piece by piece for those that were seen last', async () => {
  const marks = Array.from({ length: 2_503 }, (_, at) => wantedMark(recordKey('contact', `c-${at}`)));
  await store.links.markWanted(marks);
  // As if each had been read by the CRM, those in the middle last.
  store.database.exec(`
    UPDATE links SET remote_id = 'r-' || entity_id, remote_origin = 'created',
      copy = json_object('held', json('{}'), 'heldAt', CAST(substr(entity_id, 3) AS INTEGER) * 7919 % 2503,
        'ours', json('{}'), 'before', NULL)`);
  const pieces = await piecesOf(async () => {
    const seen = await store.links.sampleLinked(SCOPE, 3);
    expect(seen.map(({ copy }) => copy?.heldAt)).toEqual([2_502, 2_501, 2_500]);
    expect(seen.every(({ id, key }) => id === linkId(SCOPE, key))).toBe(true);
  });
  expect(pieces).toBeGreaterThanOrEqual(3);
});
