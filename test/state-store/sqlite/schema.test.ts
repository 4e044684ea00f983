import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Connection } from '../../../src/domain/connection.ts';
import { openSqliteStore, type SqliteStateStore } from '../../../src/state-store/sqlite/open-sqlite-store.ts';
import { MIGRATIONS, migrate } from '../../../src/state-store/sqlite/session/schema.ts';
import { connection, CONNECTION_ID, SCOPE, timelineEntry, USER } from '../../support/builders.ts';
import { idOf, readLink } from '../../contract/state-store/links/link-steps.ts';

let folder = '';
let path = '';
let store: SqliteStateStore | null = null;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'));
  path = join(folder, 'zena.db');
});
afterEach(async () => {
  await store?.close();
  store = null;
  await rm(folder, { recursive: true });
});

/** A store as an older version left it, the first one unless told, opened by this one. */
async function opened(fill: (database: DatabaseSync) => void, version = 1): Promise<SqliteStateStore> {
  const database = new DatabaseSync(path);
  migrate(database, MIGRATIONS.slice(0, version));
  fill(database);
  database.close();
  store = await openSqliteStore({ path });
  return store;
}

describe('a store of the first version', () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

  it.each([
    ['zena.contact.changes', bytes('c-1'), 'contact', 'c-1'],
    ['zena.property.changes', bytes('$p/1'), 'property', '$p/1'],
    ['office.Deals', bytes('~'.repeat(256)), 'deal', '~'.repeat(256)],
    ['something.else', bytes(''), 'contact', null],
    ['zena.deal.changes', null, 'deal', null],
    ['zena.deal.changes', bytes('~'.repeat(257)), 'deal', null],
    ['zena.deal.changes', bytes('with space'), 'deal', null],
    ['zena.deal.changes', bytes('Søren'), 'deal', null],
    ['zena.deal.changes', new Uint8Array([99, 0, 49]), 'deal', null],
    ['zena.deal.changes', new Uint8Array([255, 254]), 'deal', null],
  ] as const)('keeps its letter from %s with the key %p', async (topic, key, entity, entityId) => {
    const value = new Uint8Array([0, 255, 1]);
    const { deadLetters } = await opened((database) => {
      database
        .prepare('INSERT INTO dead_letters VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
        .run('l-1', topic, 4, '9223372036854775807', key, value, 'UNREADABLE_VALUE', 'not "JSON"', 1_000);
    });
    expect(await deadLetters.read('l-1')).toEqual({
      id: 'l-1',
      kind: 'decode',
      status: 'open',
      code: 'UNREADABLE_VALUE',
      detail: 'not "JSON"',
      fields: [],
      firstFailedAt: 1_000,
      failedAt: 1_000,
      attempts: 1,
      replays: 0,
      source: { topic, partition: 4, offset: '9223372036854775807' },
      key: key === null ? null : new Uint8Array(key),
      value,
      entity,
      entityId,
      delivery: null,
    });
    expect(await deadLetters.count({ statuses: ['open'], entity })).toBe(1);
  });

  it('keeps a dead link, which may be tried again', async () => {
    const mark = { code: 'X', detail: 'no', fields: [], at: 700, revision: 3, attempts: 2 };
    const id = idOf('contact/c-1');
    const { links } = await opened((database) => {
      database
        .prepare(
          `INSERT INTO links (id, scope, connection_id, user_id, key, kind, entity_id, wanted, dead)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(id, SCOPE, CONNECTION_ID, USER, 'contact/c-1', 'contact', 'c-1', 3, JSON.stringify(mark));
    });
    const link = await readLink(links, id);
    expect(link.dead).toEqual({ ...mark, id, mapping: '', connectionEpoch: 0, firstAt: 700, replays: 0 });
    expect(link.untold).toBe(false);
    expect(await links.wakeDead([id], 900, 1)).toBe(1);
  });
});

describe('a store of the fifth version', () => {
  it('keeps its links, of whose CRM records nothing is known', async () => {
    const id = idOf('contact/c-1');
    const { links, looks } = await opened((database) => {
      database
        .prepare(
          `INSERT INTO links (id, scope, connection_id, user_id, key, kind, entity_id, remote_id, remote_origin)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(id, SCOPE, CONNECTION_ID, USER, 'contact/c-1', 'contact', 'c-1', 'r-1', 'created');
    }, 5);
    const link = (await links.readPart([id])).links.get(id);
    expect(link).toMatchObject({ id, copy: null, touchedAt: null, kinWroteAt: null, sought: null });
    expect(await looks.read(SCOPE, 'contact')).toBeNull();
    await links.noteTouched([id], 9);
    expect((await readLink(links, id)).touchedAt).toBe(9);
    await links.noteKinWrote([SCOPE], { kind: 'contact', remoteId: 'r-1' }, 10);
    expect((await readLink(links, id)).kinWroteAt).toBe(10);
  });
});

describe('a store of the eighth version', () => {
  it('keeps its timelines, of which nobody knows whose words they hold', async () => {
    const id = idOf('contact/c-1');
    const entry = timelineEntry(id, 0);
    const { timeline } = await opened((database) => {
      database
        .prepare(
          'INSERT INTO timeline (link_id, slot, sequence, id, user_id, at, document) VALUES (?, ?, ?, ?, ?, ?, ?)',
        )
        .run(id, 0, 0, entry.id, USER, entry.at, JSON.stringify(entry));
    }, 8);
    expect(await timeline.unchecked(10)).toEqual([entry]);
  });
});

describe('a store of the fourth version', () => {
  it('keeps its workers, who know the first rule of sharing the shards', async () => {
    const { ownership } = await opened((database) => {
      database
        .prepare('INSERT INTO workers VALUES (?, ?, ?, ?, ?, ?)')
        .run('w-1', 3, 0, 1_000, 2_000, 'host 1');
    }, 4);
    const row = { workerId: 'w-1', beat: 3, draining: false, startedAt: 1_000, beatAt: 2_000 };
    expect(await ownership.workers()).toEqual([{ ...row, label: 'host 1', shardRule: 1 }]);
  });
});

const SEALED = { v: 1, keyId: 'k1', nonce: 'n', tag: 't', data: '' };

describe('a store of the eighth version', () => {
  it('keeps its connections, and leaves no copy of credentials where rows are moved about', async () => {
    const owner = { type: 'user' as const, id: USER };
    const all = Array.from({ length: 300 }, (_, index) => {
      const connectionId = `conn-${String(index)}`;
      const sealed = { ...SEALED, data: `secret-${String(index)}-${'x'.repeat(index)}` };
      const budgetKey = `https://crm.example.test/#fp:${String(index)}`;
      return connection({ connectionId, owner: { ...owner, id: `u-${String(index)}` }, sealed, budgetKey });
    });
    const rested = {
      ...(all[0] as Connection),
      connectionId: 'rested',
      owner,
      status: 'disconnected' as const,
    };
    const { connections } = await opened((old) => {
      const insert = old.prepare('INSERT INTO connections VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
      for (const one of [...all, { ...rested, sealed: null }]) {
        const { sealed, lastSyncAt, ...document } = one;
        const { connectionId, provider, status, revision } = one;
        const text = sealed === null ? null : JSON.stringify(sealed);
        insert.run(
          connectionId,
          one.owner.id,
          provider,
          status,
          text,
          lastSyncAt,
          revision,
          JSON.stringify(document),
        );
      }
    }, 8);
    for (const one of all) expect(await connections.read(one.connectionId)).toEqual(one);
    expect(await connections.countSealed()).toEqual([{ v: SEALED.v, keyId: SEALED.keyId, count: 300 }]);
    expect(await connections.usesBudget(rested.budgetKey)).toBe(true);
    expect(await connections.dropRestedBudgets()).toEqual([rested.budgetKey]);
    expect(await connections.dropRestedBudgets()).toEqual([]);
    // They lie in no page that rows share: such a page begins with its kind.
    const bytes = await readFile(path, 'latin1');
    for (let page = 0; page < bytes.length; page += 4_096) {
      const content = bytes.slice(page, page + 4_096);
      const isOfTree = [2, 5, 10, 13].includes(content.charCodeAt(page === 0 ? 100 : 0));
      if (isOfTree) expect(content).not.toMatch(/secret-|#fp:/);
    }
  });
});
