import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChangeFeed, ChangePublisher } from '../../../src/change-feed/change-feed.port.ts';
import { decodeLetterId } from '../../../src/domain/dead-letter.ts';
import type { Change, ChangeEvent } from '../../../src/domain/change-event.ts';
import type { EntityKind } from '../../../src/domain/entity.ts';
import { StoreUnavailable } from '../../../src/state-store/state-store.port.ts';
import { createRecordingHandler, name, type RecordingHandler } from '../../change-feed/recording-handler.ts';
import { event, jsonMessage } from '../../change-feed/sample-changes.ts';

export interface RawMessage {
  readonly kind: EntityKind;
  readonly key: string;
  readonly value: Buffer | null;
}

/** One log of its own, with whatever adapter reads it. */
export interface ChangeFeedHarness {
  readonly topics: Readonly<Record<EntityKind, string>>;
  readonly publisher: ChangePublisher;
  /** Whether `publish` answers what became of the changes. */
  readonly tellsVerdicts: boolean;
  /** Puts messages into the log as another program would, in order. */
  put(messages: readonly RawMessage[]): Promise<void>;
  /** A feed that goes on where the one before it stopped; the harness stops it in the end. */
  open(): ChangeFeed;
  close(): Promise<void>;
}

/** What every change feed owes to its handler. */
export function describeChangeFeed(adapter: string, createHarness: () => Promise<ChangeFeedHarness>): void {
  describe(`${adapter} as a change feed`, () => {
    let harness: ChangeFeedHarness;
    beforeEach(async () => {
      harness = await createHarness();
    });
    afterEach(() => harness.close());

    const read = async (handler: RecordingHandler): Promise<ChangeFeed> => {
      const feed = harness.open();
      await feed.start(handler.handle);
      return feed;
    };

    it('hands over every change, those of one entity in the order of the log', async () => {
      const versions = Array.from({ length: 40 }, (_, at) => at + 1);
      const events = versions.flatMap((version) =>
        ['a', 'b', 'c'].map((id) => event('contact', id, version)),
      );
      await harness.put(events.map(jsonMessage));
      const handler = createRecordingHandler();
      await read(handler);
      await handler.until(({ changes }) => changes.length === events.length);
      for (const id of ['a', 'b', 'c']) {
        const own = handler.changes.map(name).filter((each) => each.startsWith(`contact/${id}@`));
        expect(own).toEqual(versions.map((version) => `contact/${id}@${version}`));
      }
    });

    it('hands over events of all kinds with everything that they say', async () => {
      const events = [event('contact', 'c-1'), event('property', 'p-1'), event('deal', 'd-1')];
      await harness.put(events.map(jsonMessage));
      const handler = createRecordingHandler();
      await read(handler);
      // At least once: a broker that has just begun may make a batch come again.
      const distinct = (changes: readonly Change[]): ChangeEvent[] => [
        ...new Map(
          changes.flatMap((change) =>
            change.type === 'event' ? [[change.event.eventId, change.event]] : [],
          ),
        ).values(),
      ];
      await handler.until(({ changes }) => distinct(changes).length === 3);
      const seen = distinct(handler.changes);
      expect(seen.sort((a, b) => a.entityId.localeCompare(b.entityId))).toEqual(
        events.toSorted((a, b) => a.entityId.localeCompare(b.entityId)),
      );
    });

    it('hands over a null value as a tombstone with its place, after what stands before it', async () => {
      await harness.put([
        jsonMessage(event('property', 'p-1')),
        { kind: 'property', key: 'p-1', value: null },
      ]);
      const handler = createRecordingHandler();
      await read(handler);
      await handler.until(({ changes }) => changes.length === 2);
      expect(handler.changes.map(name)).toEqual(['property/p-1@1', '-property/p-1']);
      const [upsert, tombstone] = handler.changes;
      expect(tombstone?.place).toMatchObject({
        topic: harness.topics.property,
        partition: upsert?.place?.partition,
      });
      expect(BigInt(tombstone?.place?.offset ?? 0)).toBeGreaterThan(BigInt(upsert?.place?.offset ?? 0));
    });

    it('hands over what it can not read as letters with the original bytes, and goes on', async () => {
      const garbage = Buffer.from([0xff, 0x00, 0x12]);
      await harness.put([
        jsonMessage(event('deal', 'd-1', 1)),
        { kind: 'deal', key: 'd-1', value: garbage },
        { kind: 'deal', key: 'd-1', value: Buffer.from('{"operation":"UPSERT"}') },
        jsonMessage(event('deal', 'd-1', 2)),
      ]);
      const handler = createRecordingHandler();
      await read(handler);
      await handler.until(({ changes, letters }) => changes.length === 2 && letters.length === 2);
      expect(handler.letters.map(({ code }) => code)).toEqual(['UNREADABLE_VALUE', 'INVALID_EVENT']);
      const [letter] = handler.letters;
      const source = letter?.source;
      if (source == null) throw new Error('the letter does not say where it came from');
      expect(source.topic).toBe(harness.topics.deal);
      const id = decodeLetterId(source);
      expect(letter).toMatchObject({ id, kind: 'decode', entity: 'deal', entityId: 'd-1' });
      expect(Buffer.from(letter?.value ?? [])).toEqual(garbage);
      expect(Buffer.from(letter?.key ?? []).toString()).toBe('d-1');
    });

    it('gives the same batch again, and nothing after it, until the handler has stored it', async () => {
      await harness.put([jsonMessage(event('contact', 'c-1', 1)), jsonMessage(event('contact', 'c-1', 2))]);
      let failures = 0;
      const handler = createRecordingHandler(() => {
        failures += 1;
        if (failures <= 3) throw new StoreUnavailable('the store is away');
      });
      const feed = await read(handler);
      await handler.until(({ batches }) => batches.length === 2);
      expect(feed.health().stalled).toBe('STORE_UNAVAILABLE');
      await handler.until(({ changes }) => changes.length === 2);
      expect(handler.changes.map(name)).toEqual(['contact/c-1@1', 'contact/c-1@2']);
      const firstOfEach = handler.batches.map(({ changes: [first] }) => first && name(first));
      expect(new Set(firstOfEach)).toEqual(new Set(['contact/c-1@1']));
      await harness.put([jsonMessage(event('contact', 'c-1', 3))]);
      await handler.until(({ changes }) => changes.length === 3);
      expect(feed.health().stalled).toBeNull();
    });

    it('records no progress for a batch that was not handled: the next feed gets it', async () => {
      await harness.put([jsonMessage(event('contact', 'c-1'))]);
      const failing = createRecordingHandler(() => {
        throw new StoreUnavailable('the store is away');
      });
      const first = await read(failing);
      await failing.until(({ batches }) => batches.length > 0);
      await first.stop();
      const handler = createRecordingHandler();
      await read(handler);
      await handler.until(({ changes }) => changes.length === 1);
    });

    it('finishes and records the batch in hand before it stops, and begins no other', async () => {
      await harness.put([jsonMessage(event('contact', 'c-1', 1))]);
      const begun = Promise.withResolvers<void>();
      const allowed = Promise.withResolvers<void>();
      const handler = createRecordingHandler(async () => {
        begun.resolve();
        await allowed.promise;
      });
      const feed = await read(handler);
      await begun.promise;
      await harness.put([jsonMessage(event('contact', 'c-1', 2))]);
      const stopped = feed.stop();
      allowed.resolve();
      await stopped;
      await feed.stop();
      expect(handler.changes.map(name)).toEqual(['contact/c-1@1']);
      const next = createRecordingHandler();
      await read(next);
      await next.until(({ changes }) => changes.length > 0);
      expect(next.changes.map(name)).toEqual(['contact/c-1@2']);
    });

    it('keeps batches of one partition from overlapping', async () => {
      let inHand = 0;
      let most = 0;
      const handler = createRecordingHandler(async (batch) => {
        inHand += 1;
        most = Math.max(most, inHand);
        await batch.heartbeat();
        inHand -= 1;
      });
      await read(handler);
      for (let version = 1; version <= 10; version += 1)
        await harness.put([jsonMessage(event('contact', 'c-1', version))]);
      await handler.until(({ changes }) => changes.length === 10);
      expect(most).toBe(1);
    });

    it('reads back what its publisher wrote, tombstones included', async () => {
      const handler = createRecordingHandler();
      const feed = await read(handler);
      expect(feed.health()).toMatchObject({ ready: true, stalled: null });
      const place = { topic: harness.topics.contact, partition: 0, offset: '0' };
      const written = [
        event('contact', 'c-1', 7),
        event('deal', 'd-1', 3, { operation: 'DELETE', body: null }),
      ];
      const verdicts = await harness.publisher.publish([
        ...written.map((each) => ({ type: 'event' as const, event: each, place: null })),
        { type: 'tombstone', kind: 'contact', entityId: 'c-2', place },
      ]);
      await handler.until(({ changes }) => changes.length === 3);
      expect(verdicts).toEqual(harness.tellsVerdicts ? ['accepted', 'accepted', 'accepted'] : null);
      expect(handler.changes.map(name).sort()).toEqual(['-contact/c-2', 'contact/c-1@7', 'deal/d-1@3']);
      const seen = handler.changes.flatMap((change) => (change.type === 'event' ? [change.event] : []));
      expect(seen.toSorted((a, b) => a.entityId.localeCompare(b.entityId))).toEqual(written);
    });
  });
}
