import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { scopeOf } from '../../../src/domain/connection.ts';
import { recordKey } from '../../../src/domain/entity.ts';
import { linkId } from '../../../src/domain/link.ts';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { eventStream } from '../../../src/http/streams/event-stream.ts';
import { timelineEntry } from '../../support/builders.ts';
import { type ApiHarness, startApi, USER } from '../api-harness.ts';
import { openSse, type SseReader } from '../sse-reader.ts';

const RUNS = '/api/integrations/crm/mri_vault/runs';

let api: ApiHarness;
const open: SseReader[] = [];
beforeEach(async () => {
  api = await startApi();
});
afterEach(async () => {
  for (const reader of open.splice(0)) await reader.close();
  await api.close();
});

async function stream(path: string, headers: Record<string, string> = {}, userId = USER): Promise<SseReader> {
  const reader = await openSse(`${api.url}${path}`, {
    authorization: `Bearer ${await api.token(userId)}`,
    ...headers,
  });
  open.push(reader);
  return reader;
}

const NEVER = { afterMs: 1e9, onSlow: () => undefined };

let sequence = 0;
const LINK = linkId('conn-1.0a1b2c3d4e5f', recordKey('contact', 'c1'));

async function happens(userId = USER, at = Date.now()): Promise<string> {
  const entry = timelineEntry(LINK, (sequence += 1), { userId, at });
  await api.store.timeline.append([entry]);
  api.wake(userId);
  return entry.id;
}

describe('the live stream of changes', () => {
  it('tells what happens to the caller and to nobody else, as it happens', async () => {
    await happens();
    const events = await stream('/api/events');
    expect(events.response.headers.get('content-type')).toContain('text/event-stream');
    expect(events.response.headers.get('cache-control')).toBe('no-store');
    await happens('user-2');
    const id = await happens();
    const frame = await events.next();
    expect(frame).toMatchObject({
      id,
      event: 'change',
      data: { id, entity: 'contact', entityId: 'c1', code: 'updated', latencySeconds: 0.012 },
    });
    expect(frame?.data).not.toHaveProperty('userId');
  });

  it('finds by itself what nobody woke it for', async () => {
    const events = await stream('/api/events');
    const entry = timelineEntry(LINK, (sequence += 1), { userId: USER, at: Date.now() });
    await api.store.timeline.append([entry]);
    expect((await events.next())?.id).toBe(entry.id);
  });

  it('resumes after the last event that was seen, with none lost and none told twice', async () => {
    const ids = [await happens(), await happens(), await happens()];
    const events = await stream('/api/events', { 'last-event-id': ids[0] ?? '' });
    expect((await events.next())?.id).toBe(ids[1]);
    expect((await events.next())?.id).toBe(ids[2]);
    const later = await happens();
    expect((await events.next())?.id).toBe(later);
  });

  it('begins with the newest when asked to', async () => {
    const ids = [await happens(), await happens(), await happens()];
    const events = await stream('/api/events?recent=2');
    expect([(await events.next())?.id, (await events.next())?.id]).toEqual(ids.slice(1));
    expect((await api.call('GET', '/api/events?recent=many')).status).toBe(400);
  });

  it('tells an entry that becomes visible after a later one', async () => {
    const events = await stream('/api/events');
    const now = Date.now();
    const later = await happens(USER, now);
    expect((await events.next())?.id).toBe(later);
    const earlier = await happens(USER, now - 500);
    expect((await events.next())?.id).toBe(earlier);
  });

  it('ends when the session is closed', async () => {
    const code = api.sessions.issueCode({ userId: USER, scopes: new Set(), expiresAt: Date.now() + 60_000 });
    const opened = await api.call('POST', '/api/session', { as: null, body: { code } });
    const cookie = (opened.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const events = await openSse(`${api.url}/api/events`, { cookie });
    open.push(events);
    expect(events.response.status).toBe(200);
    const headers = { cookie, origin: api.url, 'x-zena-crm': '1' };
    expect((await api.call('DELETE', '/api/session', { as: null, headers })).status).toBe(204);
    api.wake(USER);
    expect(await events.next()).toBeNull();
  });

  it('ends when the server closes, which does not wait for it', async () => {
    const events = await stream('/api/events');
    const ended = events.next();
    await api.app.close();
    expect(await ended).toBeNull();
  });

  it('is open at most 20 times for one user, and is free again once closed', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => stream('/api/events')));
    const more = await api.call('GET', '/api/events');
    expect(more.status).toBe(429);
    expect(more.json).toMatchObject({ code: 'RATE_LIMITED', reason: 'too_many_streams' });
    expect((await stream('/api/events', {}, 'user-2')).response.status).toBe(200);
    await all[0]?.close();
    let status = 0;
    while (status !== 200) status = (await stream('/api/events')).response.status;
  });
});

describe('the live stream of a run', () => {
  it('tells each step of its progress and ends with it', async () => {
    const connection = await api.connect();
    const { runId } = await api.runs.start(connection);
    const events = await stream(`${RUNS}/${runId}/events`);
    expect(await events.next()).toMatchObject({
      event: 'progress',
      data: { runId, status: 'running', done: 0 },
    });
    await api.runs.patch(runId, { unchanged: { contact: 2, property: 0, deal: 0 } });
    expect(await events.next()).toMatchObject({ data: { done: 2 } });
    await api.runs.patch(runId, {
      status: 'completed',
      cursor: null,
      unchanged: { contact: 3, property: 0, deal: 0 },
      finishedAt: Date.now(),
    });
    const last = await events.next();
    expect(last).toMatchObject({ data: { status: 'completed', success: true, done: 3 } });
    expect(await events.next()).toBeNull();
    const resumed = await stream(`${RUNS}/${runId}/events`, { 'last-event-id': last?.id ?? '' });
    expect(await resumed.next()).toBeNull();
  });

  it("of somebody else's run is not found", async () => {
    await api.connect();
    const { runId } = await api.runs.start(await api.connect('user-2'));
    const answer = await api.call('GET', `${RUNS}/${runId}/events`);
    expect(answer.status).toBe(404);
    expect(scopeOf(await api.connection())).not.toContain(runId);
  });
});

describe('an event stream', () => {
  const silent = {
    next: () => Promise.resolve({ frames: [], done: false }),
    subscribe: () => () => undefined,
  };

  it('says that it is still there every 15 seconds', async () => {
    const clock = createVirtualClock();
    const abort = new AbortController();
    const text = eventStream(silent, { clock, signal: abort.signal, alive: () => true, slow: NEVER });
    expect((await text.next()).value).toBe('retry: 2000\n\n');
    const comment = text.next();
    let told = false;
    void comment.then(() => {
      told = true;
    });
    await clock.advance(14_900);
    expect(told).toBe(false);
    await clock.advance(1_200);
    expect((await comment).value).toMatch(/^: .*\n\n$/);
    abort.abort();
    expect((await text.next()).done).toBe(true);
  });

  it("ends with the caller's token", async () => {
    const clock = createVirtualClock();
    const until = clock.now() + 60_000;
    const signal = new AbortController().signal;
    const text = eventStream(silent, { clock, signal, alive: () => clock.now() < until, slow: NEVER });
    const pieces: string[] = [];
    const reading = (async () => {
      for await (const piece of text) pieces.push(piece);
    })();
    await clock.advance(62_000);
    await reading;
    expect(pieces.length).toBeGreaterThanOrEqual(3);
    expect(clock.sleepers).toBe(0);
  });

  it('asks for nothing while its reader is slow, and stops listening when it goes', async () => {
    const clock = createVirtualClock();
    let asked = 0;
    let listening = 0;
    const busy = {
      next: () => {
        asked += 1;
        return Promise.resolve({
          frames: [{ id: `${asked}\nevent: x`, event: 'change', data: 'a\nb' }],
          done: false,
        });
      },
      subscribe: () => {
        listening += 1;
        return () => {
          listening -= 1;
        };
      },
    };
    const text = eventStream(busy, {
      clock,
      signal: new AbortController().signal,
      alive: () => true,
      slow: NEVER,
    });
    await text.next();
    expect((await text.next()).value).toBe('id: 1event: x\nevent: change\ndata: "a\\nb"\n\n');
    await clock.advance(10_000);
    expect(asked).toBe(1);
    await text.return(undefined);
    expect(listening).toBe(0);
  });
});
