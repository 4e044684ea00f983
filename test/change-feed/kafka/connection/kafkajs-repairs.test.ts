import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { repairKafkajs } from '../../../../src/change-feed/kafka/connection/kafkajs-repairs.ts';

interface Queue {
  checkPendingRequests(): void;
  push(request: object): void;
  maybeThrottle(ms: number): void;
  destroy(): void;
}

const load = createRequire(import.meta.url);

describe('The repairs of kafkajs', () => {
  beforeEach(() => {
    jest.useFakeTimers();
    repairKafkajs();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const createQueue = (): Queue => {
    const RequestQueue = load('kafkajs/src/network/requestQueue') as new (options: object) => Queue;
    const logger = { debug: () => undefined };
    return new RequestQueue({
      maxInFlightRequests: null,
      requestTimeout: 1_000,
      clientId: 'c',
      broker: 'b',
      logger,
    });
  };
  const request = (correlationId: number, sendRequest: () => void) => ({
    entry: { correlationId, resolve: () => undefined, reject: () => undefined },
    expectResponse: true,
    sendRequest,
  });

  it('are made for the version that is installed', () => {
    expect((load('kafkajs/package.json') as { version: string }).version).toBe('2.2.4');
  });

  it('leave an idle connection without timers', () => {
    const queue = createQueue();
    queue.checkPendingRequests();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('still send what a throttled connection had to queue', () => {
    const queue = createQueue();
    const sent: number[] = [];
    queue.maybeThrottle(200);
    queue.push(request(1, () => sent.push(1)));
    queue.push(request(2, () => sent.push(2)));
    jest.advanceTimersByTime(199);
    expect(sent).toEqual([]);
    jest.advanceTimersByTime(2);
    expect(sent).toEqual([1, 2]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('make a lost position an error instead of a jump', async () => {
    const ConsumerGroup = load('kafkajs/src/consumer/consumerGroup') as {
      prototype: { recoverFromOffsetOutOfRange(this: object, error: Error): Promise<void> };
    };
    const lost = Object.assign(new Error('lost'), { topic: 't', partition: 0 });
    const group = { preferredReadReplicasPerTopicPartition: {} };
    await expect(ConsumerGroup.prototype.recoverFromOffsetOutOfRange.call(group, lost)).rejects.toBe(lost);
  });
});
