import { Readable, Writable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { eventStream, type EventSource } from '../../../src/http/streams/event-stream.ts';
import { type ApiHarness, startApi, USER } from '../api-harness.ts';
import { openSse, type SseReader } from '../sse-reader.ts';

const SLOW_MS = 30_000;
const FRAME = { id: '1', event: 'change', data: 'x'.repeat(10_000) };

/** A source that always has two hundred more, and how often it was asked. */
function endless(): EventSource & { asked: number } {
  const source = {
    asked: 0,
    subscribe: () => () => undefined,
    next: async () => {
      source.asked += 1;
      return { frames: Array.from({ length: 200 }, () => FRAME), done: false };
    },
  };
  return source;
}

function open(source: EventSource) {
  const clock = createVirtualClock(0);
  const told: boolean[] = [];
  const slow = { afterMs: SLOW_MS, onSlow: (hopeless: boolean) => void told.push(hopeless) };
  const signal = new AbortController().signal;
  return { clock, told, text: eventStream(source, { clock, signal, alive: () => true, slow }) };
}

describe('a reader that takes nothing', () => {
  it('is not read for: what is kept for it has a bound', async () => {
    const source = endless();
    const { clock, text } = open(source);
    let taken = 0;
    const stuck = new Writable({
      highWaterMark: 16_384,
      write: (chunk: Buffer) => void (taken += chunk.length),
    });
    const readable = Readable.from(text, { objectMode: false });
    readable.pipe(stuck);
    await clock.advance(SLOW_MS - 1_000);
    expect(source.asked).toBe(1);
    expect(taken + readable.readableLength + stuck.writableLength).toBeLessThan(300_000);
    readable.destroy();
  });

  it('is told so when it takes the next piece too late, and the stream ends', async () => {
    const { clock, told, text } = open(endless());
    await text.next();
    await text.next();
    await clock.advance(SLOW_MS);
    expect(told).toEqual([false]);
    expect((await text.next()).value).toMatch(/^: cut off: .*Last-Event-ID\n\n$/);
    expect((await text.next()).done).toBe(true);
    await clock.advance(10 * SLOW_MS);
    expect(told).toEqual([false]);
  });

  it('is given up when it takes nothing for as long again', async () => {
    const { clock, told, text } = open(endless());
    await text.next();
    await text.next();
    await clock.advance(2 * SLOW_MS);
    expect(told).toEqual([false, true]);
    await text.return(undefined);
  });

  it('is not one that reads piece by piece', async () => {
    const { clock, told, text } = open(endless());
    for (let n = 0; n < 20; n += 1) {
      const { value } = await text.next();
      expect(String(value).length).toBeLessThan(80_000);
      await clock.advance(SLOW_MS - 1_000);
    }
    expect(told).toEqual([]);
    await text.return(undefined);
  });
});

describe('the streams of all users together', () => {
  let api: ApiHarness;
  const readers: SseReader[] = [];
  afterEach(async () => {
    for (const reader of readers.splice(0)) await reader.close();
    await api.close();
  });

  it('are so many at most, and the next is told so', async () => {
    api = await startApi({ streams: { mostStreams: 3 } });
    const stream = async (userId: string) => {
      const authorization = `Bearer ${await api.token(userId)}`;
      const reader = await openSse(`${api.url}/api/events`, { authorization });
      readers.push(reader);
      return reader.response;
    };
    for (const userId of [USER, USER, 'user-2']) expect((await stream(userId)).status).toBe(200);
    const refused = await api.call('GET', '/api/events', { as: 'user-3' });
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('10');
    expect(refused.json).toMatchObject({ code: 'NOT_READY', reason: 'too_many_streams', retryable: true });
    await readers.shift()?.close();
    const statuses = [];
    do statuses.push((await stream('user-3')).status);
    while (statuses.at(-1) === 503 && statuses.length < 500);
    expect(statuses.at(-1)).toBe(200);
  });
});
