import { describe, expect, it } from '@jest/globals';
import {
  deadLetterMessage,
  withoutKey,
  withoutValue,
} from '../../../../src/change-feed/kafka/producing/dead-letter-message.ts';
import { createValueDecoder } from '../../../../src/change-feed/codec/value-decoder.ts';
import { applyChange } from '../../../../src/domain/record.ts';
import { contact, contactBody, tombstone, USER } from '../../../support/builders.ts';
import { event } from '../../sample-changes.ts';
import { decodeLetter, deliverLetter } from '../../sample-letters.ts';
import { DECODER_LIMITS } from '../../../support/decoder-limits.ts';

const place = { topic: 'contacts', partition: 0, offset: '7' };
const readBack = async (value: Uint8Array | null, key: string | Uint8Array | null) =>
  createValueDecoder({ ...DECODER_LIMITS, schemas: null })('contact', {
    place,
    key: Buffer.from(key ?? ''),
    value: value === null ? null : Buffer.from(value),
  });

describe('The message of an event that can’t be read', () => {
  it('has the original bytes and says why, where it came from and when', () => {
    const [key, value] = [Buffer.from([0xff, 0x00]), Buffer.from([0x00, 0xfe, 0x0a])];
    const letter = decodeLetter('9007199254740993', { key, value, entityId: null, code: 'KEY_INVALID' });
    expect(deadLetterMessage({ letter, record: null }, 'letters')).toEqual({
      topic: 'letters',
      key,
      value,
      headers: {
        'dlq.id': letter.id,
        'dlq.kind': 'decode',
        'dlq.error.code': 'KEY_INVALID',
        'dlq.error.message': '/version: missing',
        'dlq.source.topic': 'zena.contact.changes',
        'dlq.source.partition': '3',
        'dlq.source.offset': '9007199254740993',
        'dlq.entity': 'contact',
        'dlq.attempts': '1',
        'dlq.replays': '0',
        'dlq.failed-at': '2026-09-21T14:13:20.000Z',
      },
    });
  });

  it('keeps a key and a value that are null', () => {
    const letter = decodeLetter(1, { key: null, value: null });
    expect(deadLetterMessage({ letter, record: null }, 'letters')).toMatchObject({ key: null, value: null });
  });

  it('bounds the message and never breaks a character in two', () => {
    const letter = decodeLetter(1, { detail: `${'x'.repeat(999)}😀${'y'.repeat(100)}` });
    const message = deadLetterMessage({ letter, record: null }, 'letters').headers?.['dlq.error.message'];
    expect(message).toBe(`${'x'.repeat(999)}\uFFFD`);
  });
});

describe('The message of a record that can’t be delivered', () => {
  it('says whose it was, and nothing of what the CRM said of single fields', () => {
    const { key, headers } = deadLetterMessage(
      { letter: deliverLetter(), record: contact('c-1') },
      'letters',
    );
    expect(key).toBe('c-1');
    expect(headers).toEqual({
      'dlq.id': 'letter-1',
      'dlq.kind': 'deliver',
      'dlq.error.code': 'REJECTED',
      'dlq.error.message': 'The CRM refused the record.',
      'dlq.connection-id': 'conn-1',
      'dlq.user-id': USER,
      'dlq.provider': 'mri_vault',
      'dlq.entity': 'contact',
      'dlq.entity-id': 'c-1',
      'dlq.attempts': '4',
      'dlq.replays': '2',
      'dlq.failed-at': '2026-09-21T14:13:20.000Z',
    });
  });

  it('is a change event that, put back, repeats what is stored', async () => {
    const body = contactBody({ attributes: { 'a.b': '$1' }, doNotContact: ['sms'] });
    const stored = [
      event('contact', 'c-1', 4, { accountId: 'office-1', body }),
      event('contact', 'c-1', 5, { operation: 'DELETE', body: null }),
    ].map((each) => applyChange(null, { type: 'event', event: each, place: null }, 5_000).record);
    for (const record of stored) {
      const { key, value } = deadLetterMessage({ letter: deliverLetter(), record }, 'letters');
      const read = await readBack(value, key);
      if (read.type === 'letter') throw new Error(read.detail);
      expect(read.change).toMatchObject({ event: { eventId: 'letter-1', origin: 'zena' } });
      expect(applyChange(record, read.change, 6_000).verdict).toBe('repeated');
    }
  });

  it('is a DELETE for a tombstone, and empty where there is no record', () => {
    const value = (record: ReturnType<typeof contact> | null) =>
      deadLetterMessage({ letter: deliverLetter(), record }, 'letters').value;
    expect(JSON.parse(Buffer.from(value(tombstone(contact('c-1'))) ?? []).toString())).toMatchObject({
      operation: 'DELETE',
      contact: null,
      version: 2,
      entityId: 'c-1',
    });
    expect(value(null)).toHaveLength(0);
  });
});

describe('A message that is too large', () => {
  const whole = deadLetterMessage({ letter: decodeLetter(1), record: null }, 'letters');

  it('goes without its value and tells its size', () => {
    expect(withoutValue(whole)).toEqual({
      ...whole,
      value: new Uint8Array(0),
      headers: { ...whole.headers, 'dlq.value-omitted': '12' },
    });
  });

  it('deletes nothing if some tool puts it back', async () => {
    const { key, value } = withoutValue(whole);
    expect(await readBack(value, key)).toMatchObject({ type: 'letter', code: 'UNREADABLE_VALUE' });
  });

  it('goes without its key as a last resort', () => {
    expect(withoutKey(whole)).toMatchObject({ key: null, headers: { 'dlq.key-omitted': '3' } });
  });

  it('says of nothing that it was left out where nothing was', () => {
    const empty = { ...whole, key: null, value: null };
    expect(withoutKey(withoutValue(empty))).toEqual(empty);
  });
});
