import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { scopeOf, type Connection } from '../../src/domain/connection.ts';
import { linkId } from '../../src/domain/link.ts';
import type { ZenaRecord } from '../../src/domain/record.ts';
import { contactBody, dealBody, deadDelivery, record, timelineEntry } from '../support/builders.ts';
import { type ApiHarness, startApi } from '../http/api-harness.ts';
import { openSse } from '../http/sse-reader.ts';

const A = 'tenant-a';
const B = 'tenant-b';
const PROVIDER = '/api/integrations/crm/mri_vault';
const CANARY = { [A]: 'canary-of-a', [B]: 'canary-of-b' } as const;
const OPS = { scopes: ['ops'] } as const;

let api: ApiHarness;
let connections: Readonly<Record<string, Connection>>;

beforeEach(async () => {
  api = await startApi();
  connections = { [A]: await api.connect(A), [B]: await api.connect(B) };
});
afterEach(() => api.close());

/** Versions of a contact and a deal, each with the canary of whoever has it then. */
function version(id: string, of: typeof A | typeof B, revision: number): ZenaRecord {
  const former = revision === 1 ? [] : [of === A ? B : A];
  const over = { userId: of, version: revision, revision, formerUserIds: former };
  const word = CANARY[of];
  return id.startsWith('c')
    ? record(id, contactBody({ name: word, emails: [`${word}@example.test`] }), over)
    : record(id, dealBody({ summary: word, nextAction: word, contacts: ['c1'] }), over);
}

async function write(...records: readonly ZenaRecord[]): Promise<void> {
  const writes = records.map((one) => ({ record: one, expectedRevision: one.revision - 1 }));
  expect(await api.store.records.write(writes)).toEqual([]);
}

/** Links of both users for the record, a letter of the first, and what timelines say of it: as now, and as programs of before said it. */
async function furnish({ key, kind, entityId }: ZenaRecord, titleBefore: string): Promise<void> {
  const { links, timeline, deadLetters } = api.store;
  for (const [userId, connection] of Object.entries(connections)) {
    const scope = scopeOf(connection);
    const { connectionId } = connection;
    await links.markWanted([{ scope, connectionId, userId, key, wanted: 1, now: 1_000 }]);
    const of = { userId, connectionId };
    await timeline.append([
      timelineEntry(linkId(scope, key), 0, {
        ...of,
        title: userId === A ? CANARY[A] : CANARY[B],
        checked: true,
      }),
      ...(userId === A
        ? [timelineEntry(linkId(scope, key), 1, { ...of, title: titleBefore, code: 'not_owner' as const })]
        : []),
    ]);
    if (userId === A)
      await deadLetters.put([
        deadDelivery(key, {
          id: `letter-${entityId}`,
          entity: kind,
          delivery: {
            linkId: linkId(scope, key),
            scope,
            ...of,
            provider: 'mri_vault',
            revision: 1,
            mapping: 'm',
          },
        }),
      ]);
  }
}

async function stream(
  as: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const reader = await openSse(`${api.url}${path}`, {
    authorization: `Bearer ${await api.token(as)}`,
    ...headers,
  });
  const frames: unknown[] = [];
  const { userId, connectionId } = { userId: as, connectionId: connections[as]?.connectionId ?? '' };
  // What ends the reading: nothing that stood before can come after it.
  const last = timelineEntry(linkId(scopeOf(connections[as] as Connection), 'contact/last'), 0, {
    userId,
    connectionId,
    at: 9_999,
    title: 'the last',
    checked: true,
  });
  await api.store.timeline.append([last]);
  api.wake(as);
  for (;;) {
    const frame = await reader.next();
    if (frame === null) break;
    frames.push(frame);
    if (frame.data?.['title'] === 'the last') break;
  }
  await reader.close();
  return JSON.stringify(frames);
}

/** Everything that a user can be shown of these records, over every route that shows any. */
async function shownTo(as: string): Promise<string> {
  const texts: string[] = [];
  const ask = async (method: string, path: string): Promise<void> => {
    const answer = await api.call(method, path, { as });
    texts.push(answer.text);
  };
  const routes = api.app.declaredRoutes.filter(
    ({ method, access, url }) => method === 'GET' && access === 'user' && !url.endsWith('/events'),
  );
  for (const { url } of routes) {
    for (const [kind, id] of [
      ['contact', 'c1'],
      ['contact', 'c2'],
      ['deal', 'd1'],
    ])
      await ask(
        'GET',
        url
          .replace(':provider', 'mri_vault')
          .replace(':entity/', `${String(kind)}/`)
          .replace(':entityId', String(id)),
      );
  }
  for (const word of Object.values(CANARY)) await ask('GET', `${PROVIDER}/records?q=${word}`);
  await ask('POST', `${PROVIDER}/sync?dryRun=true`);
  await ask('POST', `${PROVIDER}/records/contact/c1/sync`);
  texts.push(
    await stream(as, '/api/events?recent=200'),
    await stream(as, '/api/events', { 'last-event-id': '0' }),
  );
  return texts.join('\n');
}

/** What operators are shown under a user: letters and their details, plans, the audit of what the user did. */
async function shownUnder(userId: string): Promise<string> {
  const texts: string[] = [];
  for (const id of ['c1', 'd1'])
    texts.push((await api.call('GET', `/api/ops/dead-letters/letter-${id}`, OPS)).text);
  for (const path of [`dead-letters?userId=${userId}`, `audit?userId=${userId}`])
    texts.push((await api.call('GET', `/api/ops/${path}`, OPS)).text);
  texts.push((await api.call('POST', '/api/ops/dead-letters/plan', { ...OPS, body: { userId } })).text);
  return texts.join('\n');
}

const moved = async (): Promise<void> => {
  await write(version('c1', A, 1), version('c2', A, 1), version('d1', A, 1));
  await write(version('c1', B, 2), version('d1', B, 2));
  await furnish(version('c1', B, 2), 'canary-of-b');
  await furnish(version('d1', B, 2), 'canary-of-b');
};

describe('records that moved from one user to another', () => {
  beforeEach(moved);

  it('are shown to their former owner as they were when they were theirs, and nowhere as they are', async () => {
    const toA = await shownTo(A);
    expect(toA).not.toContain('canary-of-b');
    // Its own history stays, and so does what it still has.
    expect(toA).toContain('canary-of-a');
    expect(await shownUnder(A)).not.toContain('canary-of-b');
  });

  it('are shown to their owner, without what they were', async () => {
    const toB = await shownTo(B);
    expect(toB).toContain('canary-of-b');
    expect(toB).not.toContain('canary-of-a');
  });

  it('are found in no search of who had them', async () => {
    const found = async (as: string, word: string) =>
      (await api.call('GET', `${PROVIDER}/records?q=${word}`, { as })).json['data'];
    expect(await found(A, 'canary-of-b')).toEqual([]);
    expect(await found(B, 'canary-of-b')).toHaveLength(2);
    expect(await found(B, 'canary-of-a')).toEqual([]);
  });
});

describe('records that moved, whose owner is erased', () => {
  it('are gone from everything that is kept, before the erasure says that it is complete', async () => {
    await moved();
    const erasing = async () =>
      (await api.call('POST', '/api/ops/erase', { ...OPS, body: { userId: B } })).json['complete'];
    expect(await erasing()).toBe(true);
    const { database } = api.store;
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    const rows = tables.map(({ name }) => database.prepare(`SELECT * FROM "${String(name)}"`).all());
    expect(JSON.stringify(rows)).not.toContain('canary-of-b');
    expect(JSON.stringify(rows)).toContain('canary-of-a');
    expect(await shownTo(A)).not.toContain('canary-of-b');
  }, 60_000);
});

describe('records that come back', () => {
  it('are shown as they are again, and not as they were meanwhile', async () => {
    await moved();
    await write(version('c1', A, 3), version('d1', A, 3));
    const toA = await shownTo(A);
    expect(toA).toContain('canary-of-a');
    expect(toA).not.toContain('canary-of-b');
    expect(await shownTo(B)).not.toContain('canary-of-a');
  });
});
