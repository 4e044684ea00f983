import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '../..');

interface Source {
  readonly path: string;
  readonly text: string;
}

function sourcesIn(...folders: readonly string[]): Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => ({
        path: relative(ROOT, file).replaceAll('\\', '/'),
        text: readFileSync(file, 'utf8'),
      })),
  );
}

/** Where a list may be read without a limit, and what bounds it. Keyed by file and by what is read there. */
const BOUNDED: Readonly<Record<string, string>> = {
  'sqlite/connections/account-store.ts KIN_SCOPES': 'scopes that were proven to be of one account',
  'sqlite/connections/connection-store.ts COUNT_SEALED': 'one row for each key',
  'sqlite/connections/connection-store.ts where': 'each place where it is called: see below',
  'sqlite/erasure/erasure-store.ts CONNECTIONS_OF_USER': 'one connection for each provider',
  'sqlite/journal/audit-log.ts sql': 'auditPage',
  'sqlite/letters/dead-letter-store.ts sql': 'letterPage; groups are one row for each code and provider',
  'sqlite/letters/replay-store.ts sql': 'RUNNING_REPLAYS, REPLAY_PAGE, or one id',
  'sqlite/links/link-queries.ts COUNT_RUN': 'one row for each kind and result',
  'sqlite/links/link-queries.ts sql': 'links that share a mark: see SECURITY.md, Budgets',
  'sqlite/links/link-queries.ts BY_REMOTE': 'links of a page of CRM records',
  'sqlite/links/link-listing.ts listingSql(filter)': 'listingSql',
  'sqlite/ownership/ownership-store.ts SELECT * FROM workers ORDER BY worker_id': 'one row for each process',
  'sqlite/ownership/ownership-store.ts SELECT shard, owner, epoch FROM shards ORDER BY shard': '256 shards',
  'sqlite/records/feed-position-store.ts READ': 'one row for each partition',
  'sqlite/records/record-store.ts SELECT user_id, target FROM record_refs WHERE key = ?':
    'what one record refers to, at most as many as an event may',
  'sqlite/runs/run-store.ts SELECT document FROM runs WHERE ${where}':
    'one id, or one connection’s open one, or their own limit',
  'sqlite/session/schema.ts MADE': 'tables and indexes',
  'mongo/connections/account-store.ts accounts': 'scopes that were proven to be of one account',
  'mongo/connections/connection-store.ts connections': 'one connection for each provider of these users',
  'mongo/erasure/erasure-queries.ts replays': 'replays, which operators begin one by one',
  'mongo/erasure/erasure-queries.ts connectionsIn(session)': 'one connection for each provider',
  'mongo/links/link-queries.ts links':
    'links of a run without a result, at most a walk’s outstanding ones; or that share a mark',
  'mongo/links/link-listing.ts links': 'ids that were asked for',
  'mongo/records/feed-position-store.ts positions': 'one for each partition',
  'mongo/ownership/ownership-store.ts workers': 'one for each process',
  'mongo/ownership/ownership-store.ts shards': '256 shards',
  'mongo/session/indexes.ts session.database.collection(name)': 'the indexes of a collection',
};

/** What reads all rows of a statement, by the statement's text or the name that it goes by. */
function sqliteReads(sources: readonly Source[]): { readonly place: string; readonly sql: string }[] {
  const texts = new Map(
    sources.flatMap(({ text }) =>
      Array.from(
        text.matchAll(/const (\w+) =\s*(`[^`]*`|'[^']*'|"[^"]*")/g),
        ([, name = '', sql = '']) => [name, sql] as const,
      ),
    ),
  );
  return sources.flatMap(({ path, text }) =>
    Array.from(text.matchAll(/\.(?:all|iterate)\(/g)).flatMap(({ index }) => {
      const before = text.slice(0, index + 1);
      if (/Promise\.$/.test(before)) return [];
      const [, asked = ''] = /[\s\S]*prepare\(([\s\S]*)\)\s*\.$/.exec(before.slice(-400)) ?? [];
      const [, reader = ''] = /(\w+)\.$/.exec(before) ?? [];
      const name = asked.trim() === '' ? reader : asked.trim();
      const bare = name.replaceAll(/^[`'"]|[`'"]$/g, '');
      const sql = (texts.get(name) ?? (/^[`'"]/.test(name) ? name : '')).replaceAll(
        /\$\{(\w+)\}/g,
        (_, inner: string) => texts.get(inner) ?? '',
      );
      const short = bare.replaceAll(/\s+/g, ' ').replace(/\$\{SELECT\} WHERE \$\{where\}/, 'where');
      return [{ place: `${path.replace('src/state-store/', '')} ${short}`, sql }];
    }),
  );
}

/** What reads whole cursors: the collection, and how it is asked. */
function mongoReads(sources: readonly Source[]): { readonly place: string; readonly asked: string }[] {
  return sources.flatMap(({ path, text }) =>
    Array.from(text.matchAll(/\.toArray\(\)/g)).map(({ index }) => {
      const before = text.slice(0, index);
      const asks = Array.from(before.matchAll(/([\w.()]+)\s*\.(?:find|aggregate|listIndexes)\b/g));
      const last = asks.at(-1);
      const place = `${path.replace('src/state-store/', '')} ${last?.[1] ?? ''}`;
      return { place, asked: before.slice(last?.index) };
    }),
  );
}

describe('no adapter of the store reads a list without a limit', () => {
  const sqlite = sqliteReads(sourcesIn('src/state-store/sqlite', 'src/change-feed/embedded'));
  const mongo = mongoReads(sourcesIn('src/state-store/mongo'));

  it('finds where lists are read', () => {
    expect(sqlite.length).toBeGreaterThan(20);
    expect(mongo.length).toBeGreaterThan(30);
  });

  it('in SQLite, but for those of which it is said what bounds them', () => {
    const unbounded = sqlite.filter(({ place, sql }) => !/LIMIT/.test(sql) && !/LIMIT/.test(place));
    expect(unbounded.map(({ place }) => place).filter((place) => !(place in BOUNDED))).toEqual([]);
  });

  it('in MongoDB, but for those of which it is said what bounds them', () => {
    const bounded = /\.limit\(|\$limit|\$group|_id: \{ \$in:/;
    const unbounded = mongo.filter(({ asked }) => !bounded.test(asked));
    expect(unbounded.map(({ place }) => place).filter((place) => !(place in BOUNDED))).toEqual([]);
  });

  it('and none is excused that is not there any more', () => {
    const found = new Set([...sqlite, ...mongo].map(({ place }) => place));
    expect(Object.keys(BOUNDED).filter((place) => !found.has(place))).toEqual([]);
  });
});
