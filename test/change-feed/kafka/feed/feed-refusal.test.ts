import { describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { FeedRefusal, refusalOf } from '../../../../src/change-feed/kafka/feed/feed-refusal.ts';
import { StoreUnavailable } from '../../../../src/state-store/state-store.port.ts';

describe('An error that ended a consumer', () => {
  const { KafkaJSNumberOfRetriesExceeded, KafkaJSConnectionError } = kafkajs;
  const nonRetriable = (cause: Error) =>
    Object.assign(new kafkajs.KafkaJSNonRetriableError(cause), { cause });
  const named = (name: string, more: object = {}) => Object.assign(new Error('it broke'), { name }, more);

  it('is tried again when the connection was lost, however often', () => {
    const lost = new KafkaJSConnectionError('connection lost', { broker: 'b', code: 'ECONNRESET' });
    expect(refusalOf(lost)).toBeNull();
    expect(refusalOf(new KafkaJSNumberOfRetriesExceeded(lost, { retryCount: 5, retryTime: 100 }))).toBeNull();
  });

  it('is tried again when the state store was away', () => {
    expect(refusalOf(new StoreUnavailable('away'))).toBeNull();
  });

  it('is refused with a remedy when the position is lost', () => {
    const cause = named('KafkaJSOffsetOutOfRange', { topic: 'contacts', partition: 3, retriable: false });
    const refusal = refusalOf(nonRetriable(cause));
    expect(refusal).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
    expect(refusal?.message).toContain('contacts/3');
    expect(refusal?.remedy).toContain('--reset-offsets');
  });

  it.each([
    ['KafkaJSSASLAuthenticationError', {}],
    ['KafkaJSProtocolError', { type: 'GROUP_AUTHORIZATION_FAILED' }],
  ])('is refused as a rejected login for %s', (name, more) => {
    const cause = named(name, { retriable: false, ...more });
    expect(refusalOf(nonRetriable(cause))).toMatchObject({ code: 'KAFKA_REFUSED' });
  });

  it('is refused when it is a fault of a program', () => {
    expect(refusalOf(new TypeError('x is undefined'))).toMatchObject({ code: 'KAFKA_CONSUMER_FAILED' });
    expect(refusalOf('odd')).toMatchObject({ code: 'KAFKA_CONSUMER_FAILED' });
  });

  it('stays what it is when it is a refusal', () => {
    const refusal = new FeedRefusal('KAFKA_REFUSED', 'no', { remedy: 'none' });
    expect(refusalOf(refusal)).toBe(refusal);
  });
});
