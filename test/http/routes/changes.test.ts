import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StoreUnavailable } from '../../../src/state-store/state-store.port.ts';
import { type ApiHarness, startApi } from '../api-harness.ts';

const NDJSON = { 'content-type': 'application/x-ndjson' };

let api: ApiHarness;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const change = (entityId: string, over: object = {}) => ({
  entity: 'contact',
  eventId: `e-${entityId}`,
  occurredAt: '2026-01-01T00:00:00Z',
  userId: 'somebody-else',
  entityId,
  version: 1,
  operation: 'UPSERT',
  contact: { name: 'Ada', emails: [], phones: [], role: 'buyer', relationshipNotes: [] },
  ...over,
});
const post = (body: unknown, headers: Record<string, string> = {}) =>
  api.call('POST', '/api/changes', { scopes: ['changes:write'], body, headers });

describe('taking changes in', () => {
  it('answers 202 with how many were accepted and how many were stale, for any user', async () => {
    const first = await post([change('c1'), change('c2', { unheardOf: true })]);
    expect(first.status).toBe(202);
    expect(first.json).toEqual({ accepted: 2, stale: 0, rejected: [] });
    const second = await post([change('c1', { version: 0 }), change('c2'), change('c3')]);
    expect(second.json).toEqual({ accepted: 1, stale: 2, rejected: [] });
    expect(api.feed.published).toHaveLength(5);
  });

  it('takes NDJSON, too, and tells which lines it could not read', async () => {
    const body = `${JSON.stringify(change('c1'))}\r\n\nnot json\n${JSON.stringify(change('c2'))}\n`;
    const answer = await post(body, NDJSON);
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({ accepted: 2, rejected: [{ index: 1, code: 'INVALID_JSON' }] });
  });

  it('leaves out what it can not read and says where, never what', async () => {
    const answer = await post([
      change('c1'),
      change('c 2'),
      change('c3', { entity: 'person' }),
      change('c4', { version: '1' }),
      'secret text',
      change('c5', { operation: 'DELETE', contact: null }),
    ]);
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({
      accepted: 2,
      rejected: [
        { index: 1, code: 'INVALID_EVENT' },
        { index: 2, code: 'INVALID_EVENT' },
        { index: 3, code: 'INVALID_EVENT' },
        { index: 4, code: 'INVALID_EVENT' },
      ],
    });
    expect(answer.text).not.toContain('secret text');
    expect(answer.text).not.toContain('c 2');
  });

  it('answers 422 when all were rejected, with a pointer to each', async () => {
    const answer = await post([change('c1', { version: -1 }), 5]);
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({
      code: 'VALIDATION_FAILED',
      reason: 'all_rejected',
      errors: [
        { pointer: '/0/version', code: 'INVALID_EVENT' },
        { pointer: '/1', code: 'INVALID_EVENT' },
      ],
    });
    expect(api.feed.published).toEqual([]);
  });

  it('says nothing of staleness when the feed does not tell', async () => {
    api.feed.publish = () => Promise.resolve(null);
    expect((await post([change('c1')])).json).toEqual({ accepted: 1, rejected: [] });
  });

  it('takes at most 1,000 changes and 5 MiB', async () => {
    expect((await post(Array.from({ length: 1_000 }, (_, n) => change(`c${n}`)))).status).toBe(202);
    for (const body of [
      Array.from({ length: 1_001 }, (_, n) => change(`c${n}`)),
      [change('c1', { x: 'x'.repeat(5 * 2 ** 20) })],
    ]) {
      const answer = await post(body);
      expect(answer.status).toBe(413);
      expect(answer.json).toMatchObject({ code: 'TOO_LARGE', retryable: false });
    }
  });

  it('takes nothing but an array', async () => {
    for (const body of [{ changes: [change('c1')] }, change('c1'), '', 'null', '"x"']) {
      expect((await post(body)).status).toBe(400);
    }
    const form = await post('a=b', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(form.status).toBe(415);
    expect(form.json).toMatchObject({ code: 'VALIDATION_FAILED' });
    expect(api.feed.published).toEqual([]);
  });

  it('needs the scope changes:write', async () => {
    for (const scopes of [[], ['ops'], ['metrics']]) {
      const answer = await api.call('POST', '/api/changes', { scopes, body: [change('c1')] });
      expect(answer.status).toBe(403);
      expect(answer.json).toMatchObject({ code: 'FORBIDDEN', reason: 'scope_missing' });
    }
  });

  it('answers 503 when the changes could not be made durable', async () => {
    for (const error of [new Error('no broker at 10.0.0.1'), new StoreUnavailable('busy')]) {
      api.feed.publish = () => Promise.reject(error);
      const answer = await post([change('c1')]);
      expect(answer.status).toBe(503);
      expect(answer.json).toMatchObject({ code: 'NOT_READY', retryable: true });
      expect(answer.headers.get('retry-after')).toBe('5');
      expect(answer.text).not.toContain('10.0.0.1');
    }
  });
});
