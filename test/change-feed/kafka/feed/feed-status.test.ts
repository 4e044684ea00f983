import { describe, expect, it } from '@jest/globals';
import { createFeedStatus } from '../../../../src/change-feed/kafka/feed/feed-status.ts';

describe("The Kafka feed's health", () => {
  const at = { now: 0 };
  const fresh = () => {
    at.now = 1_000;
    return createFeedStatus(() => at.now);
  };

  it('is ready once it joined and was answered, and not before', () => {
    const status = fresh();
    expect(status.health()).toEqual({ ready: false, lastPollAt: null, stalled: null });
    status.polled();
    status.joined();
    expect(status.health()).toEqual({ ready: true, lastPollAt: 1_000, stalled: null });
    status.left();
    expect(status.health().ready).toBe(false);
  });

  it('names brokers that fall silent, but a handler that hangs is not their fault', () => {
    const status = fresh();
    status.polled();
    status.joined();
    at.now += 16_000;
    expect(status.health()).toMatchObject({ ready: false, stalled: 'BROKER_UNAVAILABLE' });
    status.inHand(1);
    expect(status.health()).toMatchObject({ ready: false, stalled: null });
  });

  it('tells what keeps a partition from going on, until it does', () => {
    const status = fresh();
    status.polled();
    status.joined();
    status.partitionStall('contacts/1', 'STORE_UNAVAILABLE');
    expect(status.health()).toMatchObject({ ready: true, stalled: 'STORE_UNAVAILABLE' });
    status.partitionStall('contacts/1', null);
    expect(status.health().stalled).toBeNull();
  });
});
