import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { recordKey } from '../../../src/domain/entity.ts';
import { scopeOf } from '../../../src/domain/connection.ts';
import { lookMark } from '../../support/builders.ts';
import { type ApiHarness, startApi, USER } from '../api-harness.ts';

const PATH = '/api/integrations/crm/mri_vault';

let api: ApiHarness;
beforeEach(async () => {
  api = await startApi();
  await api.connect();
});
afterEach(() => api.close());

const sync = (headers: Record<string, string> = {}, query = '') =>
  api.call('POST', `${PATH}/sync${query}`, { headers });

describe('a full sync', () => {
  it('answers 200 with what became equal when it ends in time', async () => {
    api.runs.whileWaiting = (runId) =>
      api.runs.patch(runId, {
        status: 'completed',
        cursor: null,
        walked: 3,
        finishedAt: Date.now(),
        unchanged: { contact: 2, property: 1, deal: 0 },
      });
    const answer = await sync();
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      success: true,
      status: 'completed',
      contactsSynced: 2,
      propertiesSynced: 1,
      dealsSynced: 0,
      created: 0,
      updated: 0,
      unchanged: 3,
      failed: 0,
      retrying: 0,
      superseded: 0,
      total: 3,
      done: 3,
    });
    expect(typeof answer.json['runId']).toBe('string');
    expect(api.runs.waits).toEqual([25_000]);
  });

  it('is no success when records failed', async () => {
    api.runs.whileWaiting = (runId) =>
      api.runs.patch(runId, { status: 'completed_with_failures', cursor: null });
    const answer = await sync();
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ success: false, status: 'completed_with_failures' });
  });

  it('answers 202 with its place while it goes on, and a second call joins it', async () => {
    const first = await sync();
    expect(first.status).toBe(202);
    expect(first.json).toMatchObject({ success: false, status: 'running' });
    expect(first.headers.get('location')).toBe(`${PATH}/runs/${String(first.json['runId'])}`);
    const second = await sync();
    expect(second.json['runId']).toBe(first.json['runId']);
    const run = await api.call('GET', first.headers.get('location') ?? '');
    expect(run.status).toBe(200);
    expect(run.json).toEqual(first.json);
  });

  it('waits as long as the caller prefers', async () => {
    const cases: [string, number[], string][] = [
      ['wait=3', [3_000], 'wait=3'],
      ['respond-async', [], 'respond-async'],
      ['respond-async, wait=2', [2_000], 'wait=2'],
      ['wait=999999', [60_000], 'wait=60'],
    ];
    for (const [prefer, waits, applied] of cases) {
      api.runs.waits.length = 0;
      const answer = await sync({ prefer });
      expect(answer.status).toBe(202);
      expect(api.runs.waits).toEqual(waits);
      expect(answer.headers.get('preference-applied')).toBe(applied);
    }
  });

  it('is refused with 400 when the CRM has refused the credentials, before or meanwhile', async () => {
    await api.patchConnection({ status: 'needs_reauth' });
    const before = await sync();
    expect(before.status).toBe(400);
    expect(before.json).toMatchObject({ code: 'INTEGRATION_FAILED', reason: 'needs_reauth' });
    await api.patchConnection({ status: 'active' });
    api.runs.whileWaiting = async (runId) => {
      await api.patchConnection({ status: 'needs_reauth' });
      await api.runs.patch(runId, { status: 'waiting', reason: 'NEEDS_REAUTH' });
    };
    const meanwhile = await sync();
    expect(meanwhile.status).toBe(400);
    expect(meanwhile.json).toMatchObject({ code: 'INTEGRATION_FAILED', reason: 'needs_reauth' });
    expect(typeof meanwhile.json['runId']).toBe('string');
  });

  it('answers 502 with the run when the CRM can not be reached; the run waits', async () => {
    api.runs.whileWaiting = async (runId) => {
      const { health } = await api.connection();
      await api.patchConnection({ health: { ...health, state: 'unreachable', reason: 'CONNECT_FAILED' } });
      await api.runs.patch(runId, { status: 'waiting', reason: 'CONNECT_FAILED' });
    };
    const answer = await sync();
    expect(answer.status).toBe(502);
    expect(answer.json).toMatchObject({ code: 'INTEGRATION_FAILED', reason: 'unreachable', retryable: true });
    const run = await api.call('GET', `${PATH}/runs/${String(answer.json['runId'])}`);
    expect(run.json).toMatchObject({ status: 'waiting', reason: 'CONNECT_FAILED' });
  });

  it('answers 502 when every call of the run has failed, and 200 when only some records wait', async () => {
    const connection = await api.connection();
    const scope = scopeOf(connection);
    const { connectionId } = connection;
    const results: [string, 'retrying' | 'created'][] = [['c1', 'retrying']];
    api.runs.whileWaiting = async (runId) => {
      for (const [entityId, result] of results) {
        const key = recordKey('contact', entityId);
        await api.store.links.markLook([lookMark(key, { scope, connectionId, userId: USER, runId })]);
        const claim = { token: 't', epoch: 1, until: Date.now() + 60_000 };
        const [link] = await api.store.links.claim({ scope, lane: 'live', now: Date.now(), limit: 1, claim });
        if (link === undefined) continue;
        await api.store.links.settle({
          id: link.id,
          token: 't',
          seen: link,
          patch: { runResult: { id: runId, result } },
          next: { kind: 'rest' },
        });
      }
      await api.runs.patch(runId, { status: 'waiting', reason: 'RETRYING' });
    };
    expect((await sync()).status).toBe(502);
    results.push(['c2', 'created']);
    const some = await sync();
    expect(some.status).toBe(200);
    expect(some.json).toMatchObject({ status: 'waiting', success: false, created: 1, retrying: 1 });
  });

  it('is a conflict while the connection is paused', async () => {
    await api.call('POST', `${PATH}/pause`);
    const answer = await sync();
    expect(answer.status).toBe(409);
    expect(answer.json).toMatchObject({ code: 'CONFLICT', reason: 'paused' });
  });

  it('as a dry run tells field by field what it would do and joins nothing', async () => {
    api.runs.preview = () =>
      Promise.resolve({
        total: 2,
        wouldCreateOrAdopt: 1,
        wouldUpdate: 1,
        wouldDelete: 0,
        unchanged: 0,
        superseded: 0,
        skipped: 0,
        wouldWait: 0,
        wouldFail: 0,
        truncated: false,
        items: [
          {
            key: 'contact/c1',
            kind: 'contact',
            entityId: 'c1',
            title: 'Ada',
            action: 'update',
            reason: null,
            looks: false,
            changes: [{ field: 'notes', from: null, to: ['a', { b: 1 }] }],
          },
        ],
      });
    const answer = await sync({}, '?dryRun=true');
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      dryRun: true,
      total: 2,
      wouldUpdate: 1,
      items: [
        {
          entity: 'contact',
          entityId: 'c1',
          action: 'update',
          changes: [{ field: 'notes', from: null, to: ['a', { b: 1 }] }],
        },
      ],
    });
    expect(await api.store.runs.findOpen((await api.connection()).connectionId)).toBeNull();
  });
});

describe('runs', () => {
  it('are listed newest first, in pages', async () => {
    const made: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const { json } = await sync({ prefer: 'respond-async' });
      made.unshift(String(json['runId']));
      await api.call('POST', `${PATH}/runs/${String(json['runId'])}/cancel`);
    }
    const first = await api.call('GET', `${PATH}/runs?limit=2`);
    const data = first.json['data'] as { runId: string }[];
    expect(data).toHaveLength(2);
    const rest = await api.call('GET', `${PATH}/runs?limit=2&cursor=${String(first.json['nextCursor'])}`);
    const all = [...data, ...(rest.json['data'] as { runId: string }[])].map(({ runId }) => runId);
    expect(new Set(all)).toEqual(new Set(made));
    expect(all).toHaveLength(3);
    expect(rest.json['nextCursor']).toBeNull();
  });

  it('refuse limits and cursors that they did not give', async () => {
    for (const query of ['limit=0', 'limit=201', 'limit=abc', 'limit=1&limit=2', 'cursor=%20', 'page=2'])
      expect((await api.call('GET', `${PATH}/runs?${query}`)).status).toBe(400);
  });

  it('can be cancelled, once', async () => {
    const { json } = await sync({ prefer: 'respond-async' });
    const path = `${PATH}/runs/${String(json['runId'])}`;
    const cancelled = await api.call('POST', `${path}/cancel`);
    expect(cancelled.status).toBe(200);
    expect(cancelled.json).toMatchObject({ status: 'cancelled', success: false });
    expect((await api.call('POST', `${path}/cancel`)).json).toEqual(cancelled.json);
    expect((await api.call('GET', path)).json).toEqual(cancelled.json);
  });

  it('of others and unknown ones are not found', async () => {
    const { connectionId } = await api.connect('user-2');
    const run = await api.runs.start(
      (await api.store.connections.read(connectionId)) ?? (await api.connection()),
    );
    for (const runId of [run.runId, 'nope', '..%2f..%2fversion']) {
      const answer = await api.call('GET', `${PATH}/runs/${runId}`);
      expect(answer.status).toBe(404);
      expect(answer.json['code']).toBe('NOT_FOUND');
    }
    expect((await api.call('POST', `${PATH}/runs/${run.runId}/cancel`)).status).toBe(404);
    expect(await api.store.runs.read(run.runId)).toMatchObject({ status: 'running' });
  });
});
