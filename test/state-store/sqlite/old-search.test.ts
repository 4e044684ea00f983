import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openSqliteStore, type SqliteStateStore } from '../../../src/state-store/sqlite/open-sqlite-store.ts';
import {
  fillWithOldTexts,
  keysFound,
  OLD_SEARCHES,
  titlesFound,
} from '../../contract/state-store/links/old-search.ts';
import { contactBody, propertyBody, record } from '../../support/builders.ts';
import { recordTitle } from '../../../src/domain/record.ts';

describe('what an earlier version stored for searching', () => {
  let store: SqliteStateStore;
  beforeEach(async () => {
    store = await openSqliteStore({ path: ':memory:' });
    await fillWithOldTexts(store, (key, text) => {
      store.database.prepare('UPDATE records SET search = ?, summary = NULL WHERE key = ?').run(text, key);
    });
  });
  afterEach(() => store.close());

  it.each(OLD_SEARCHES)('is found by %s', async (text, keys) => {
    expect(await keysFound(store, text)).toEqual(keys);
  });

  it('is listed by its name, which is read from its content', async () => {
    const [name, address] = [contactBody(), propertyBody()].map((body) => recordTitle(record('x', body)));
    expect(await titlesFound(store)).toEqual([name, name, name, address]);
  });
});
