import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Scope } from '../../../src/domain/connection.ts';
import type { AuditFilter } from '../../../src/state-store/audit-log.port.ts';
import type { DeadLetterFilter } from '../../../src/domain/replay.ts';
import { auditPage, PRUNE_AUDIT } from '../../../src/state-store/sqlite/journal/audit-log.ts';
import {
  CONNECTED,
  COUNT_SEALED,
  OF_ACCOUNT,
  RESTED_BUDGETS,
  SEALED_UNLIKE,
  USES_BUDGET,
} from '../../../src/state-store/sqlite/connections/connection-store.ts';
import {
  COUNT_LINKS,
  LOG_STRETCH,
  UNKNOWN_LETTERS,
} from '../../../src/state-store/sqlite/erasure/erasure-queries.ts';
import {
  letterCount,
  letterGroups,
  letterPage,
  letterStretch,
} from '../../../src/state-store/sqlite/letters/dead-letter-queries.ts';
import { PRUNE_LETTERS } from '../../../src/state-store/sqlite/letters/dead-letter-store.ts';
import { FORGET_KEYS, PRUNE_KEYS } from '../../../src/state-store/sqlite/journal/idempotency-store.ts';
import { ANY_CLAIMABLE, CLAIMABLE, DUE_SCOPES } from '../../../src/state-store/sqlite/links/link-claiming.ts';
import { listingSql } from '../../../src/state-store/sqlite/links/link-listing.ts';
import {
  BY_INTENT,
  BY_LEFT,
  SEEN_LAST,
  BY_KEY_HASH,
  BY_REMOTE,
  COUNT_RUN,
  KIN_BY_KEY_HASH,
  KIN_BY_REMOTE,
  PENDING_WAKES,
  RUN_STIRRED,
  RUN_UNTRIED,
  RUN_WAKES,
  UNTOLD_DEAD,
} from '../../../src/state-store/sqlite/links/link-queries.ts';
import {
  COUNTS,
  DUE_END,
  DUE_STRETCH,
  FAILED_STRETCH,
  IS_LARGE,
  LINKED_END,
  LINKED_STRETCH,
} from '../../../src/state-store/sqlite/links/link-counts.ts';
import { KIN_WROTE } from '../../../src/state-store/sqlite/links/link-settling.ts';
import { openSqliteStore, type SqliteStateStore } from '../../../src/state-store/sqlite/open-sqlite-store.ts';
import {
  RECORD_COUNT,
  RECORD_PAGE,
  REFERRERS,
} from '../../../src/state-store/sqlite/records/record-store.ts';
import { REPLAY_PAGE, RUNNING_REPLAYS } from '../../../src/state-store/sqlite/letters/replay-store.ts';
import {
  OF_LINK,
  OF_USER_AFTER,
  OF_USER_NEWEST,
  UNCHECKED,
} from '../../../src/state-store/sqlite/journal/timeline-store.ts';
import { SCOPE, lookMark, wantedMark } from '../../support/builders.ts';

let store: SqliteStateStore;
beforeAll(async () => {
  store = await openSqliteStore({ path: ':memory:' });
});
afterAll(() => store.close());

function planOf(sql: string): string[] {
  const named = [...new Set(sql.match(/:[a-zA-Z]+/g) ?? [])];
  const numbered = new Set(sql.match(/\?\d+/g));
  const places = numbered.size > 0 ? [...numbered] : (sql.match(/\?/g) ?? []);
  const statement = store.database.prepare(`EXPLAIN QUERY PLAN ${sql}`);
  const rows =
    named.length > 0
      ? statement.all(Object.fromEntries(named.map((name) => [name, 1])))
      : statement.all(...places.map(() => 1));
  return rows.map((row) => String(row['detail']));
}

/** The statement for a page of the dead letters that pass a filter. */
const listed = (filter: DeadLetterFilter): string => letterPage(filter, { at: 1, id: '' }, 10).sql;
const audited = (filter: AuditFilter): string => auditPage(filter, { at: 1, id: '' }, 10).sql;

const FOLDERS = ['state-store/sqlite', 'change-feed/embedded'].map((path) =>
  fileURLToPath(new URL(`../../../src/${path}/`, import.meta.url)),
);

it('compiles no statement anew for its limit', () => {
  const sources = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { encoding: 'utf8', recursive: true })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}${file}`),
  );
  const limits = sources.flatMap((file) => readFileSync(file, 'utf8').match(/LIMIT \+?[?:]/g) ?? []);
  expect(new Set(limits)).toEqual(new Set(['LIMIT +?', 'LIMIT +:']));
});

it('reads nothing of what is large to say whether it is there', () => {
  const folder = fileURLToPath(new URL('../../../src/state-store/sqlite', import.meta.url));
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  // As a value, `IS NULL` reads the whole column; `typeof` and a condition read the row's head.
  const asValue = /(?:shadow|copy|document|search|intent)\s+IS\s+(?:NOT\s+)?NULL\s+AS\s/gi;
  const found = sources.filter((file) => asValue.test(readFileSync(`${folder}/${file}`, 'utf8')));
  expect(found).toEqual([]);
});

describe('each query goes by an index', () => {
  it.each([
    ['claiming', CLAIMABLE, 'links_due (scope=? AND lane=? AND next_at<?)'],
    ['whether there is anything to claim', ANY_CLAIMABLE, 'links_due (scope=? AND lane=? AND next_at<?)'],
    ['scopes with due links', DUE_SCOPES, 'links_due_scope (scope=? AND due_at>? AND due_at<?)'],
    [
      'an account’s connections',
      `SELECT * FROM connections WHERE ${OF_ACCOUNT}`,
      'connections_by_account (provider=? AND <expr>=?)',
    ],
    ['whether a budget is used', USES_BUDGET, 'connections_by_budget (budget_mark=?)'],
    ['budgets of who disconnected', RESTED_BUDGETS, 'connections_rested_budgets'],
    [
      'connected ones',
      `SELECT * FROM connections WHERE ${CONNECTED}`,
      'connections_connected (connection_id>?)',
    ],
    [
      'sealings to renew',
      `SELECT * FROM connections WHERE ${SEALED_UNLIKE}`,
      'connections_sealed (connection_id>?)',
    ],
    ['sealings by form', COUNT_SEALED, 'COVERING INDEX connections_sealed'],
    ['a stretch of the log', LOG_STRETCH, 'change_log USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)'],
    ['a stretch of links', COUNT_LINKS, '(id>? AND id<?)'],
    ['what of a stretch was seen last', SEEN_LAST, '(id>? AND id<?)'],
    ['a stretch of letters', letterStretch({}, 1).sql, 'dead_letters_by_time (failed_at<?)'],
    [
      'the groups of a stretch',
      letterGroups({}, 2, 1).sql,
      'dead_letters_by_time (failed_at>? AND failed_at<?)',
    ],
    [
      'the groups of a stretch of a user',
      letterGroups({ userId: 'user-1' }, 2, 1).sql,
      'dead_letters_by_user (user_id=? AND failed_at>? AND failed_at<?)',
    ],
    ['letters of nobody', UNKNOWN_LETTERS, 'letter USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)'],
    ['referrers', REFERRERS, 'PRIMARY KEY (user_id=? AND target=? AND key>?)'],
    ['links by the CRM’s id', BY_REMOTE, 'links_remote (scope=? AND kind=? AND remote_id=?)'],
    ['links that left a CRM record', BY_LEFT, 'links_left (scope=? AND kind=?)'],
    ['what kin wrote', KIN_WROTE, 'links_remote (scope=? AND kind=? AND remote_id=?)'],
    ['kin by the CRM’s id', KIN_BY_REMOTE, 'links_remote (scope=? AND kind=? AND remote_id=?)'],
    ['kin by key', KIN_BY_KEY_HASH, 'links_key_hash (scope=? AND kind=? AND key_hash=?)'],
    ['links by key', BY_KEY_HASH, 'links_key_hash (scope=? AND kind=? AND key_hash=?)'],
    ['links by key as sent', BY_INTENT, 'links_intent_key_hash (scope=? AND kind=? AND intent_key_hash=?)'],
    ['a run’s counts', COUNT_RUN, 'links_run (run_id=?)'],
    ['what a run has not tried', RUN_UNTRIED, 'links_run (run_id=? AND kind=? AND run_result=?)'],
    ['what of a run is stirred', RUN_STIRRED, 'links_run (run_id=? AND kind=? AND run_result=?)'],
    ['what of a run wakes others', RUN_WAKES, 'links_wake (scope=?)'],
    ['pending wakes', PENDING_WAKES, 'links_wake (scope=?)'],
    ['untold dead links', UNTOLD_DEAD, 'links_untold (scope=?)'],
    ['all dead letters', listed({}), 'dead_letters_by_time (failed_at<?)'],
    ['dead letters of a time', listed({ from: 1 }), 'dead_letters_by_time (failed_at>? AND failed_at<?)'],
    ['by id', listed({ ids: ['l-1'], userId: 'user-1' }), 'sqlite_autoindex_dead_letters_1 (id=?)'],
    ['by code', listed({ code: 'X', kind: 'decode' }), 'dead_letters_by_code (code=? AND failed_at<?)'],
    [
      'by user',
      listed({ userId: 'user-1', code: 'X', statuses: ['open'] }),
      'dead_letters_by_user (user_id=? AND failed_at<?)',
    ],
    [
      'by entity',
      listed({ entity: 'deal', entityId: 'd-1', statuses: ['open', 'parked'] }),
      'dead_letters_by_entity (entity_id=? AND entity=? AND failed_at<?)',
    ],
    ['by status', listed({ statuses: ['open'] }), 'dead_letters_by_status (status=? AND failed_at<?)'],
    [
      'by connection',
      listed({ connectionId: 'conn-1', statuses: ['open', 'parked'] }),
      'dead_letters_by_connection (connection_id=? AND failed_at<?)',
    ],
    ['the count of a status', letterCount({ statuses: ['open'] }).sql, 'dead_letters_by_status (status=?)'],
    ['pruning dead letters', PRUNE_LETTERS, 'dead_letters_by_time (failed_at<?)'],
    ['running replays', RUNNING_REPLAYS, 'replays_running'],
    ['replays', REPLAY_PAGE, 'replays_begun'],
    ['the audit', audited({ from: 1, act: 'sync' }), 'audit_by_time (at>? AND at<?)'],
    ['the audit of a user', audited({ userId: 'user-1' }), 'audit_by_user (user_id=? AND at<?)'],
    ['the audit of a thing', audited({ resourceId: 'c' }), 'audit_by_resource (resource_id=? AND at<?)'],
    ['pruning the audit', PRUNE_AUDIT, 'audit_by_time (at<?)'],
    ['pruning keys', PRUNE_KEYS, 'idempotency_keys_by_end (free_at<?)'],
    ['forgetting keys', FORGET_KEYS, 'idempotency_keys_by_user (user_id=?)'],
    ['a scope’s counts: linked', COUNTS, 'COVERING INDEX links_remote (scope=?)'],
    ['a scope’s counts: failed', COUNTS, 'links_dead (scope=?)'],
    ['a scope’s counts: due', COUNTS, 'links_due_scope (scope=? AND due_at>?)'],
    ['whether a scope is large: linked', IS_LARGE, 'COVERING INDEX links_remote (scope=?)'],
    ['whether a scope is large: failed', IS_LARGE, 'links_dead (scope=?)'],
    ['whether a scope is large: due', IS_LARGE, 'links_due_scope (scope=? AND due_at>?)'],
    ['a stretch of what is linked: its end', LINKED_END, 'links_remote (scope=? AND kind=? AND remote_id>?)'],
    [
      'a stretch of what is linked',
      LINKED_STRETCH,
      'COVERING INDEX links_remote (scope=? AND kind=? AND remote_id>? AND remote_id<?)',
    ],
    ['a stretch of what failed', FAILED_STRETCH, 'links_dead (scope=? AND rowid>?)'],
    ['a stretch of what is due: its end', DUE_END, 'links_due_scope ((scope,due_at)>(?,?))'],
    [
      'a stretch of what is due',
      DUE_STRETCH,
      'links_due_scope ((scope,due_at)>(?,?) AND (scope,due_at)<(?,?))',
    ],
    ['a list of links', listingSql({ scope: SCOPE, state: 'due', text: 'a' }), '(id>? AND id<?)'],
    ['a user’s records', RECORD_PAGE, 'records_by_user (user_id=? AND kind=? AND entity_id>?)'],
    ['a user’s record count', RECORD_COUNT, 'records_by_user (user_id=?)'],
    ['a link’s timeline', OF_LINK, '(link_id=?)'],
    ['a user’s timeline', OF_USER_AFTER, 'timeline_by_user (user_id=? AND id>?)'],
    ['a user’s newest entries', OF_USER_NEWEST, 'timeline_by_user (user_id=?)'],
    ['entries of before', UNCHECKED, 'timeline_unchecked'],
  ])('%s', (_, sql, index) => {
    const plan = planOf(sql);
    expect(plan.join('\n')).toContain(index);
    expect(
      plan.filter((step) =>
        /^SCAN (links|records|record_refs|timeline|dead_letters|audit|idempotency_keys)/.test(step),
      ),
    ).toEqual([]);
  });

  it.each([
    ['claiming', CLAIMABLE],
    ['all dead letters', listed({})],
    ['dead letters by code', listed({ code: 'X' })],
    ['dead letters by user and code', listed({ code: 'X', userId: 'user-1' })],
    ['dead letters of several statuses', listed({ statuses: ['open', 'parked'] })],
    ['dead letters by connection and entity', listed({ connectionId: 'conn-1', entity: 'deal' })],
    ['dead letters of what is open', listed({ statuses: ['open'], kind: 'deliver', from: 1 })],
    ['running replays', RUNNING_REPLAYS],
    ['replays', REPLAY_PAGE],
    ['the audit', audited({ act: 'sync' })],
    ['the audit of a user', audited({ userId: 'user-1', from: 1 })],
    ['the audit of a thing', audited({ resourceId: 'c', userId: 'user-1' })],
    ['referrers', REFERRERS],
    ['a user’s records', RECORD_PAGE],
    ['a list of links', listingSql({ scope: SCOPE })],
    ['a user’s timeline', OF_USER_AFTER],
    ['a user’s newest entries', OF_USER_NEWEST],
  ])('%s, in its order without sorting', (_, sql) => {
    expect(planOf(sql).filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
  });
});

describe('finding scopes with due links', () => {
  /** How many of SQLite's own steps a call takes is not to be had; that it doesn't grow with the backlog is. */
  const timeOf = async (work: () => Promise<unknown>): Promise<number> => {
    const times: number[] = [];
    for (let round = 0; round < 30; round += 1) {
      const begin = process.hrtime.bigint();
      await work();
      times.push(Number(process.hrtime.bigint() - begin));
    }
    return Math.min(...times);
  };

  it('costs the same whatever a scope’s backlog, due or waiting', async () => {
    const scopes: Scope[] = ['a.0', 'b.0'];
    const dueScopes = (): Promise<unknown> => store.links.dueScopes(1_000, 10);
    for (const scope of scopes) await store.links.markWanted([wantedMark('contact/first', { scope })]);
    const small = await timeOf(dueScopes);
    for (const scope of scopes) {
      await store.links.markWanted(
        Array.from({ length: 20_000 }, (_, index) =>
          // Waiting ones stand before the due one in every other order than that of the time when they may go on.
          wantedMark(`contact/c-${String(index)}`, { scope, now: scope === 'a.0' ? 900 : 5_000 }),
        ),
      );
    }
    store.database.exec(
      "UPDATE links SET not_before = 9000 WHERE scope = 'a.0' AND id <> 'a.0/contact/first'",
    );
    expect(await store.links.dueScopes(1_000, 10)).toEqual(scopes);
    expect(await timeOf(dueScopes)).toBeLessThan(20 * small);
  });

  it('gives every scope its turn where more are due than are asked for', async () => {
    const scopes = Array.from({ length: 7 }, (_, index): Scope => `turn-${String(index)}.0`);
    await store.links.markLook(scopes.map((scope) => lookMark('contact/c-1', { scope, now: 100 })));
    const seen = new Set<Scope>();
    for (let call = 0; call < 4; call += 1) {
      const due = await store.links.dueScopes(100, 2);
      expect(due.length).toBeLessThanOrEqual(2);
      for (const scope of due) seen.add(scope);
    }
    expect([...seen].sort()).toEqual(scopes);
  });

  it('names a scope once in a call that goes round', async () => {
    for (let call = 0; call < 5; call += 1) {
      const due = await store.links.dueScopes(100, 5);
      expect(new Set(due).size).toBe(due.length);
    }
  });
});
