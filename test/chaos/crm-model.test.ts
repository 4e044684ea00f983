import { describe, expect, it } from '@jest/globals';
import type { ChangeEvent } from '../../src/domain/change-event.ts';
import { recordKey } from '../../src/domain/entity.ts';
import { differencesOf, foldLog, type CrmRecords } from './model/crm-model.ts';
import { EVENT_HEADER, POISON_HEADER } from './model/event-producer.ts';
import { judgeLetters } from './judge-letters.ts';
import type { TopicMessage } from './model/read-topic.ts';
import type { IndexedLetter } from './stage/service-client.ts';

const TOPICS = { contact: 'contacts', property: 'properties', deal: 'deals' };
const ANNA = recordKey('contact', 'anna');

function contact(version: number, operation: 'UPSERT' | 'DELETE' = 'UPSERT'): ChangeEvent {
  const body = {
    kind: 'contact' as const,
    contact: {
      name: 'Anna',
      emails: ['anna@example.test'],
      phones: [],
      role: 'buyer',
      relationshipNotes: [`version ${version}`],
      doNotContact: null,
      attributes: {},
    },
  };
  return {
    kind: 'contact',
    entityId: 'anna',
    eventId: `anna-${version}`,
    userId: 'u',
    version,
    operation,
    occurredAt: version,
    accountId: null,
    causationId: null,
    origin: 'zena',
    body: operation === 'DELETE' ? null : body,
  };
}

/** A log of one partition: events as they are, a null for a tombstone. */
function logOf(entries: readonly (ChangeEvent | null)[]) {
  const messages = entries.map((event, index): TopicMessage => ({
    topic: 'contacts',
    partition: 0,
    offset: String(index),
    key: 'anna',
    value: event === null ? null : Buffer.from('x'),
    headers: event === null ? {} : { [EVENT_HEADER]: event.eventId },
  }));
  const events = new Map(entries.flatMap((event) => (event === null ? [] : [[event.eventId, event]])));
  return foldLog(messages, TOPICS, events);
}

const lastOf = (entries: readonly (ChangeEvent | null)[]) => logOf(entries).last.get(ANNA)?.version ?? null;

describe('the model of the log', () => {
  it.each([
    ['the greatest version, whatever the order', [contact(2), contact(3), contact(1)], 3],
    [
      'nothing after a delete, whatever older comes after it',
      [contact(1), contact(3, 'DELETE'), contact(2)],
      null,
    ],
    ['nothing after a null', [contact(1), null], null],
    ['nothing after a null and a repeated event', [contact(1), null, contact(1)], null],
    ['what is newer than a null', [contact(1), null, contact(2)], 2],
  ])('holds %s', (_name, entries, version) => {
    expect(lastOf(entries)).toBe(version);
  });

  it('knows no record that only a null names', () => {
    expect(logOf([null]).last.size).toBe(0);
  });
});

const IN_CRM = {
  id: '1',
  firstName: 'Anna',
  lastName: '',
  email: 'anna@example.test',
  phone: '',
  type: 'buyer',
  notes: 'version 2',
};

function differencesWith(
  contacts: CrmRecords['contact'],
  entries: readonly (ChangeEvent | null)[],
): string[] {
  return differencesOf(logOf(entries), () => true, { contact: contacts, property: [], deal: [] });
}

describe('the comparison of a CRM with the model', () => {
  it('finds nothing when each record is as its last event says', () => {
    expect(differencesWith([IN_CRM], [contact(1), contact(2)])).toEqual([]);
  });

  it.each([
    ['a missing record', [], [contact(2)], /missing/],
    ['older content', [{ ...IN_CRM, notes: 'version 1' }], [contact(2)], /notes is "version 1"/],
    ['a deleted record that is still there', [IN_CRM], [contact(2), null], /should not be/],
    [
      'a record of nobody',
      [IN_CRM, { id: '2', email: 'ben@example.test' }],
      [contact(2)],
      /ben@example.test/,
    ],
  ])('finds %s', (_name, contacts, entries, difference) => {
    expect(differencesWith(contacts, entries)).toEqual([expect.stringMatching(difference)]);
  });
});

describe('the judgement of dead letters', () => {
  const value = Buffer.from([0, 0, 0]);
  const place = { topic: 'contacts', partition: 0, offset: '4', key: 'a' };
  const model = foldLog([{ ...place, value, headers: { [POISON_HEADER]: 'short' } }], TOPICS, new Map());
  const letter = (changed: Readonly<Record<string, string>> = {}, bytes = value): TopicMessage => ({
    topic: 'dead',
    partition: 0,
    offset: '0',
    key: 'a',
    value: bytes,
    headers: {
      'dlq.kind': 'decode',
      'dlq.error.code': 'UNREADABLE_VALUE',
      'dlq.source.topic': 'contacts',
      'dlq.source.partition': '0',
      'dlq.source.offset': '4',
      ...changed,
    },
  });

  const indexed = (offset = '4'): IndexedLetter => ({
    kind: 'decode',
    status: 'open',
    code: 'UNREADABLE_VALUE',
    entityId: 'a',
    source: { topic: 'contacts', partition: 0, offset },
  });

  it('takes one letter for each poison, and counts further copies', () => {
    expect(judgeLetters([letter(), letter()], [indexed()], model)).toEqual({
      decode: 1,
      copies: 1,
      deliver: {},
      wrong: [],
    });
  });

  it.each([
    ['none', [], /has no dead letter/],
    ['another cause', [letter({ 'dlq.error.code': 'INVALID_JSON' })], /is INVALID_JSON/],
    ['other bytes', [letter({}, Buffer.from([1]))], /other bytes/],
    ['one of a sound event', [letter(), letter({ 'dlq.source.offset': '5' })], /no poison/],
  ])('finds fault with %s', (_name, letters, fault) => {
    expect(judgeLetters(letters, [indexed()], model).wrong).toEqual([expect.stringMatching(fault)]);
  });

  it.each([
    ['lacks one', [], /is not in the index/],
    ['has one twice', [indexed(), indexed()], /in the index twice/],
    ['has one of a sound event', [indexed(), indexed('5')], /no poison/],
  ])('finds fault with an index that %s', (_name, index, fault) => {
    expect(judgeLetters([letter()], index, model).wrong).toEqual([expect.stringMatching(fault)]);
  });

  it('counts letters about deliveries by their code', () => {
    const refused = letter({ 'dlq.kind': 'deliver', 'dlq.error.code': 'REFUSED_BY_CRM' });
    expect(judgeLetters([letter(), refused], [indexed()], model).deliver).toEqual({ REFUSED_BY_CRM: 1 });
  });
});
