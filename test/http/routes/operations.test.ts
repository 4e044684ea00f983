import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { scopeOf } from '../../../src/domain/connection.ts';
import { deliveryLetterId, type DeadLetter } from '../../../src/domain/dead-letter.ts';
import { linkId } from '../../../src/domain/link.ts';
import { VAULT_MAPPING_VERSION } from '../../../src/connectors/mri-vault/mapping.ts';
import { contactBody, deadDelivery, deadLetter, deadMark, record } from '../../support/builders.ts';
import { API_KEY, type ApiHarness, type CallOptions, startApi } from '../api-harness.ts';

let api: ApiHarness;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const OPERATOR: CallOptions = { as: 'operator-1', scopes: ['ops'] };
const get = (path: string) => api.call('GET', `/api/ops/${path}`, OPERATOR);
const post = (path: string, body?: unknown) =>
  api.call('POST', `/api/ops/${path}`, { ...OPERATOR, ...(body !== undefined && { body }) });
const dataOf = (answer: { json: Record<string, unknown> }) =>
  answer.json['data'] as Record<string, unknown>[];
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A contact of a user's that its CRM refused: record, link and letter, as a delivery leaves them. */
async function refuse(userId: string, entityId: string, over: Partial<DeadLetter> = {}): Promise<DeadLetter> {
  const connection = await api.connect(userId);
  const scope = scopeOf(connection);
  const mine = record(entityId, contactBody({ name: 'Ada Secret' }), { userId });
  await api.store.records.write([{ record: mine, expectedRevision: 0 }]);
  const { connectionId, epoch } = connection;
  await api.store.links.markLook([{ scope, connectionId, userId, key: mine.key, lane: 'live', now: 1 }]);
  const claim = { token: 't', epoch: 1, until: Date.now() + 60_000 };
  const [link] = await api.store.links.claim({ scope, lane: 'live', now: Date.now(), limit: 1, claim });
  if (link === undefined) throw new Error('nothing to claim');
  const mapping = VAULT_MAPPING_VERSION;
  const id = deliveryLetterId(linkId(scope, mine.key), 1, mapping);
  const fields = [{ field: 'email', message: 'ada@secret.test is taken' }];
  await api.store.links.settle({
    id: link.id,
    token: 't',
    seen: { wanted: link.wanted, marks: link.marks },
    next: { kind: 'rest' },
    patch: { dead: deadMark({ id, mapping, connectionEpoch: epoch, code: 'REFUSED_BY_CRM', fields }) },
  });
  const delivery = {
    linkId: link.id,
    scope,
    connectionId,
    userId,
    provider: 'mri_vault',
    revision: 1,
    mapping,
  };
  const letter = deadDelivery(mine.key, { code: 'REFUSED_BY_CRM', fields, ...over, delivery });
  await api.store.deadLetters.put([letter]);
  return letter;
}

describe('GET /api/ops/dead-letters', () => {
  it('lists what waits for a person, of all users, latest failure first, with what helps', async () => {
    const refused = await refuse('user-a', 'c1', { failedAt: 2_000, firstFailedAt: 1_000 });
    const unreadable = deadLetter({ code: 'NO_REGISTRY', failedAt: 3_000 });
    await api.store.deadLetters.put([unreadable]);
    const answer = await get('dead-letters');
    expect(answer.status).toBe(200);
    expect(answer.json['nextCursor']).toBeNull();
    expect(dataOf(answer)).toEqual([
      expect.objectContaining({
        id: unreadable.id,
        kind: 'decode',
        code: 'NO_REGISTRY',
        userId: null,
        replayWould: 'decode',
        source: { topic: 'zena.contact.changes', partition: 0, offset: '7' },
        remedy: expect.objectContaining({ whoCanFix: 'operator', whatToDo: expect.stringMatching(/replay/) }),
      }),
      expect.objectContaining({
        id: refused.id,
        kind: 'deliver',
        status: 'open',
        userId: 'user-a',
        provider: 'mri_vault',
        entity: 'contact',
        entityId: 'c1',
        linkState: 'dead',
        replayWould: 'deliver',
        willFailAgain: true,
        failedAt: '1970-01-01T00:00:02.000Z',
      }),
    ]);
    // Of people, ids only: neither the record's content nor the CRM's words.
    expect(answer.text).not.toMatch(/Ada|secret\.test/);
  });

  it('filters by cause, user, entity, time and status, and pages', async () => {
    await api.store.deadLetters.put(
      [1, 2, 3].map((n) =>
        deadLetter({
          source: { topic: 't', partition: 0, offset: String(n) },
          failedAt: n * 1_000,
          entityId: `c${n}`,
        }),
      ),
    );
    const refused = await refuse('user-a', 'c9', { failedAt: 9_000 });
    const ids = async (query: string) =>
      dataOf(await get(`dead-letters?${query}`)).map((one) => one['entityId']);
    expect(await ids('kind=decode')).toEqual(['c3', 'c2', 'c1']);
    expect(await ids('code=REFUSED_BY_CRM')).toEqual(['c9']);
    expect(await ids('userId=user-a&provider=mri_vault')).toEqual(['c9']);
    expect(await ids('entity=contact&entityId=c2')).toEqual(['c2']);
    expect(await ids('from=1970-01-01T00:00:02Z&to=1970-01-01T00:00:03Z')).toEqual(['c2']);
    expect(await ids('status=parked')).toEqual([]);
    await api.store.deadLetters.setStatus([refused.id], ['open'], 'discarded');
    expect(await ids('')).toEqual(['c3', 'c2', 'c1']);
    expect(await ids('status=discarded')).toEqual(['c9']);
    const first = await get('dead-letters?limit=2');
    const second = await get(`dead-letters?limit=2&cursor=${String(first.json['nextCursor'])}`);
    expect([...dataOf(first), ...dataOf(second)].map((one) => one['entityId'])).toEqual(['c3', 'c2', 'c1']);
  });

  it.each([
    'from=yesterday',
    'status=lost',
    'code=no-code',
    'nope=1',
    'limit=0',
    'from=2026-02-31T00:00:00Z',
  ])('refuses %s', async (query) => {
    const answer = await get(`dead-letters?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.json['code']).toBe('VALIDATION_FAILED');
  });

  it('shows as superseded what its link has left behind', async () => {
    const { id, delivery } = await refuse('user-a', 'c1');
    await api.call('DELETE', '/api/integrations/crm/mri_vault?forget=true', { as: 'user-a' });
    expect((await api.store.deadLetters.read(id))?.status).toBe('open');
    expect(delivery).not.toBeNull();
    expect(dataOf(await get('dead-letters'))).toEqual([
      expect.objectContaining({ id, status: 'superseded', replayWould: 'superseded', linkState: null }),
    ]);
  });

  it('groups by cause, with how many and since when', async () => {
    const at = (offset: string, failedAt: number) =>
      deadLetter({ source: { topic: 't', partition: 0, offset }, failedAt });
    await api.store.deadLetters.put([at('1', 1_000), at('2', 5_000)]);
    await refuse('user-a', 'c1', { failedAt: 3_000 });
    const answer = await get('dead-letters/groups');
    expect(answer.json).toEqual({
      data: [
        expect.objectContaining({
          kind: 'decode',
          code: 'INVALID_EVENT',
          provider: null,
          count: 2,
          oldestFailedAt: '1970-01-01T00:00:01.000Z',
          newestFailedAt: '1970-01-01T00:00:05.000Z',
          remedy: expect.objectContaining({ whoCanFix: 'producer' }),
        }),
        expect.objectContaining({ code: 'REFUSED_BY_CRM', provider: 'mri_vault', count: 1 }),
      ],
      nextCursor: null,
    });
    expect(dataOf(await get('dead-letters/groups?kind=deliver'))).toHaveLength(1);
  });
});

describe('GET /api/ops/dead-letters/:id', () => {
  it('shows an unreadable event with its bytes, as text where it is one', async () => {
    const text = deadLetter({ key: bytes('c1'), value: bytes('{"name":"Zoë"}') });
    const source = { topic: 't', partition: 1, offset: '9' };
    const binary = deadLetter({ source, key: null, value: new Uint8Array([0, 0, 0, 0, 9, 27, 255]) });
    await api.store.deadLetters.put([text, binary]);
    expect((await get(`dead-letters/${text.id}`)).json['event']).toEqual({
      keyBase64: 'YzE=',
      keyText: 'c1',
      valueText: '{"name":"Zoë"}',
      valueBytes: 15,
      valueBase64: Buffer.from('{"name":"Zoë"}').toString('base64'),
    });
    expect((await get(`dead-letters/${binary.id}`)).json['event']).toEqual({
      keyBase64: null,
      keyText: null,
      valueText: null,
      valueBytes: 7,
      valueBase64: 'AAAAAAkb/w==',
    });
  });

  it("shows a refused record's state without its content, and the CRM's words", async () => {
    const { id } = await refuse('user-a', 'c1');
    const answer = await get(`dead-letters/${id}`);
    expect(answer.json).toMatchObject({
      id,
      revision: 1,
      event: null,
      fields: [{ field: 'email', message: 'ada@secret.test is taken' }],
      record: { revision: 1, version: 1, deleted: false, userId: 'user-a' },
      link: { remoteId: null, nextAt: null },
      connection: { status: 'active', health: 'healthy', reason: null },
    });
    expect(answer.text).not.toMatch(/Ada Secret/);
  });

  it('is not found where there is none', async () => {
    expect((await get('dead-letters/none')).status).toBe(404);
  });
});

describe('a replay over the API', () => {
  it('is planned, begun once, followed and cancelled', async () => {
    await refuse('user-a', 'c1');
    await api.store.deadLetters.put([deadLetter()]);
    const planned = await post('dead-letters/plan', { kind: 'deliver' });
    expect(planned.status).toBe(200);
    expect(planned.json).toMatchObject({
      total: 1,
      toDeliver: 1,
      toDecode: 0,
      willFailAgain: 1,
      crmCalls: 2,
      superseded: 0,
      parked: 0,
      filter: { kind: 'deliver', statuses: ['open'], to: expect.any(String) },
    });
    const { planId } = planned.json;
    expect((await get('replays')).json).toEqual({ data: [], nextCursor: null });
    const begun = await post('dead-letters/replay', { planId });
    expect(begun.status).toBe(202);
    expect(begun.headers.get('location')).toBe(`/api/ops/replays/${String(planId)}`);
    expect(begun.json).toMatchObject({ replayId: planId, status: 'running', requestedBy: 'operator-1' });
    const again = await post('dead-letters/replay', { planId });
    expect(again.status).toBe(409);
    expect(again.json).toMatchObject({ code: 'CONFLICT', reason: 'plan_used', retryable: false });
    expect(dataOf(await get('replays')).map((one) => one['replayId'])).toEqual([planId]);
    expect((await get(`replays/${String(planId)}`)).json).toMatchObject({ status: 'running' });
    expect((await post(`replays/${String(planId)}/cancel`)).json).toMatchObject({ status: 'cancelled' });
    expect((await post(`replays/${String(planId)}/cancel`)).status).toBe(200);
  });

  it('is refused where there is no plan, or it is too old', async () => {
    expect((await post('dead-letters/replay', { planId: 'none' })).status).toBe(404);
    expect((await post('replays/none/cancel')).status).toBe(404);
    const { json } = await post('dead-letters/plan', {});
    const stored = await api.store.replays.read(String(json['planId']));
    if (stored === null) throw new Error('no plan');
    await api.store.replays.replace({ ...stored, expiresAt: 1, revision: 2 }, 1);
    const answer = await post('dead-letters/replay', { planId: stored.replayId });
    expect(answer.status).toBe(409);
    expect(answer.json['reason']).toBe('plan_expired');
  });

  it.each([
    ['plan', { status: 'open' }],
    ['plan', { statuses: ['resolved'] }],
    ['plan', { ids: [] }],
    ['replay', {}],
    ['replay', { planId: 'p', force: true }],
    ['discard', {}],
  ])('refuses a body of %s that is not as described: %j', async (route, body) => {
    expect((await post(`dead-letters/${route}`, body)).status).toBe(400);
  });
});

describe('POST /api/ops/dead-letters/discard', () => {
  it('takes letters off the list by id or by filter, and leaves what has ended', async () => {
    const made = ['1', '2', '3'].map((offset) =>
      deadLetter({ source: { topic: 't', partition: 0, offset } }),
    );
    const [first, second] = made;
    await api.store.deadLetters.put(made);
    await api.store.deadLetters.setStatus([second?.id ?? ''], ['open'], 'resolved');
    expect((await post('dead-letters/discard', { ids: [first?.id] })).json).toEqual({ discarded: 1 });
    expect((await post('dead-letters/discard', { kind: 'deliver' })).json).toEqual({ discarded: 0 });
    expect((await post('dead-letters/discard', { code: 'INVALID_EVENT' })).json).toEqual({ discarded: 1 });
    expect((await api.store.deadLetters.read(second?.id ?? ''))?.status).toBe('resolved');
    expect(dataOf(await get('dead-letters'))).toEqual([]);
  });
});

describe('GET /api/ops/connections and workers', () => {
  it("lists every user's connections with counts, page by page, and no credential", async () => {
    await refuse('user-a', 'c1');
    const { connectionId } = await api.connect('user-b');
    const all = await get('connections');
    expect(
      dataOf(all)
        .map((one) => one['userId'])
        .sort(),
    ).toEqual(['user-a', 'user-b']);
    expect(dataOf(all).find((one) => one['userId'] === 'user-a')).toMatchObject({
      provider: 'mri_vault',
      status: 'active',
      lagSeconds: 0,
      counts: { linked: 0, due: 0, waiting: 0, failed: 1 },
      health: { state: 'healthy', whoCanFix: 'nobody_needed' },
    });
    expect(all.text).not.toContain(API_KEY);
    const first = await get('connections?limit=1');
    const second = await get(`connections?limit=1&cursor=${String(first.json['nextCursor'])}`);
    const ids = [...dataOf(first), ...dataOf(second)].map((one) => one['connectionId']);
    expect(new Set(ids).size).toBe(2);
    expect(ids).toContain(connectionId);
  });

  it('lists the workers with what they hold', async () => {
    const now = Date.now();
    const worker = { workerId: 'w-1', beat: 3, draining: false, startedAt: now - 60_000, beatAt: now };
    await api.store.ownership.join({ ...worker, label: 'host-1 17', shardRule: 2 });
    await api.store.ownership.take(null, { shard: 4, owner: 'w-1', epoch: 1 });
    expect((await get('workers')).json).toEqual({
      data: [
        {
          workerId: 'w-1',
          label: 'host-1 17',
          shards: 1,
          draining: false,
          startedAt: new Date(now - 60_000).toISOString(),
          beatAt: new Date(now).toISOString(),
          beatAgeSeconds: expect.any(Number),
        },
      ],
      nextCursor: null,
    });
  });
});
