import { describe, expect, it } from '@jest/globals';
import type { KafkaMessage } from 'kafkajs';
import { messageChunks } from '../../../../src/change-feed/kafka/feed/message-chunks.ts';

const message = (offset: number, bytes = 10): KafkaMessage => ({
  offset: String(offset),
  key: null,
  value: Buffer.alloc(bytes),
  timestamp: '0',
  attributes: 0,
  headers: {},
});
const offsets = (chunks: KafkaMessage[][]) =>
  chunks.map((chunk) => chunk.map(({ offset }) => Number(offset)));

describe('Chunks of a batch', () => {
  it('hold at most so many messages, in order, with none left out', () => {
    const messages = [0, 1, 2, 3, 4].map((offset) => message(offset));
    expect(offsets(messageChunks(messages, { messages: 2, bytes: 1_000 }))).toEqual([[0, 1], [2, 3], [4]]);
  });

  it('hold at most so many bytes, but always one message', () => {
    const messages = [message(0, 40), message(1, 40), message(2, 40), message(3, 500), message(4, 1)];
    expect(offsets(messageChunks(messages, { messages: 500, bytes: 100 }))).toEqual([[0, 1], [2], [3], [4]]);
  });

  it('count a tombstone without a value', () => {
    expect(offsets(messageChunks([{ ...message(0), value: null }], { messages: 1, bytes: 1 }))).toEqual([
      [0],
    ]);
  });
});
