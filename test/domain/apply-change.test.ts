import { describe, expect, it } from '@jest/globals';
import type { Change } from '../../src/domain/change-event.ts';
import { applyChange, recordTitle, type ZenaRecord } from '../../src/domain/record.ts';
import { searchQuery, searchText } from '../../src/domain/canonical/search-text.ts';
import { contactBody, dealBody, propertyBody, record, tombstone } from '../support/builders.ts';
import { deleteEvent, event, logPlace, nullValue } from './change-arbitraries.ts';

const NOW = 5_000;

function accept(change: Change, current: ZenaRecord | null = null, now = NOW): ZenaRecord {
  const { record: after } = applyChange(current, change, now);
  if (after === null) throw new Error('no record came of it');
  return after;
}

describe('an event', () => {
  it('makes the record with its place in the log, the time of acceptance and its references', () => {
    const body = propertyBody({ vendors: ['c1', 'c2'], buyers: ['c2'] });
    const change = event(
      { kind: 'property', entityId: 'p1', version: 7, accountId: 'o1', body },
      logPlace(12),
    );
    expect(accept(change)).toMatchObject({
      key: 'property/p1',
      version: 7,
      revision: 1,
      accountId: 'o1',
      deleted: false,
      occurredAt: 1_000,
      acceptedAt: NOW,
      place: logPlace(12),
      references: ['contact/c1', 'contact/c2'],
    });
  });

  it('of a newer version moves the record to another user', () => {
    const mine = accept(event({ version: 1, userId: 'user-1' }));
    const moved = applyChange(mine, event({ version: 2, userId: 'user-2' }), NOW);
    expect(moved).toMatchObject({ verdict: 'accepted', record: { userId: 'user-2', revision: 2 } });
    expect(applyChange(moved.record, event({ version: 1, userId: 'user-1' }), NOW).verdict).toBe('stale');
  });

  it('for a deleted record is stale where its version is not newer, and brings it back where it is', () => {
    const gone = accept(deleteEvent({ version: 3 }), accept(event({ version: 1 })));
    expect(gone).toMatchObject({ deleted: true, body: null, references: [], version: 3 });
    expect(applyChange(gone, event({ version: 2 }), NOW).verdict).toBe('stale');
    expect(applyChange(gone, event({ version: 3 }), NOW).verdict).toBe('tie_lost');
    expect(applyChange(gone, event({ version: 4 }), NOW)).toMatchObject({
      verdict: 'accepted',
      record: { deleted: false, version: 4, revision: 3 },
    });
  });

  it('that deletes what was never seen leaves a tombstone that keeps its version', () => {
    const gone = accept(deleteEvent({ version: 9 }));
    expect(gone).toMatchObject({ deleted: true, version: 9, revision: 1 });
    expect(applyChange(gone, event({ version: 8 }), NOW).verdict).toBe('stale');
  });

  it('tells a won tie from a lost one', () => {
    const one = event({ version: 1, body: contactBody({ name: 'One' }) });
    const two = event({ version: 1, body: contactBody({ name: 'Two' }) });
    const verdicts = [applyChange(accept(one), two, NOW).verdict, applyChange(accept(two), one, NOW).verdict];
    expect(verdicts.sort()).toEqual(['tie_lost', 'tie_won']);
    expect(applyChange(accept(one), deleteEvent({ version: 1 }), NOW).verdict).toBe('tie_won');
  });
});

describe('a null value', () => {
  const stored = accept(event({ version: 4 }, logPlace(10)));

  it('deletes at a greater offset of the same partition and keeps the stored version', () => {
    expect(applyChange(stored, nullValue(logPlace(11)), NOW)).toMatchObject({
      verdict: 'accepted',
      record: { deleted: true, body: null, version: 4, revision: 2, place: logPlace(11), references: [] },
    });
  });

  it('compares offsets as whole numbers of any length', () => {
    const far = accept(event({ version: 4 }, logPlace('9007199254740993')));
    expect(applyChange(far, nullValue(logPlace('9007199254740992')), NOW).verdict).toBe('tombstone_behind');
    expect(applyChange(far, nullValue(logPlace('9007199254740994')), NOW).verdict).toBe('accepted');
    expect(applyChange(stored, nullValue(logPlace(9)), NOW).verdict).toBe('tombstone_behind');
  });

  it.each([
    ['at the same offset', logPlace(10)],
    ['in another partition', logPlace(11, { partition: 1 })],
    ['in another topic', logPlace(11, { topic: 'another' })],
  ])('%s changes nothing', (_where, place) => {
    expect(applyChange(stored, nullValue(place), NOW)).toEqual({
      verdict: 'tombstone_behind',
      record: stored,
    });
  });

  it('changes nothing of a record that came without a log', () => {
    expect(applyChange(accept(event({ version: 4 })), nullValue(logPlace(11)), NOW).verdict).toBe(
      'tombstone_behind',
    );
  });

  it('for an entity that was never seen is ignored', () => {
    expect(applyChange(null, nullValue(logPlace(1)), NOW)).toEqual({
      verdict: 'tombstone_unknown',
      record: null,
    });
  });

  it('changes nothing when the log is read again from its beginning', () => {
    const log = [
      event({ version: 1 }, logPlace(1)),
      nullValue(logPlace(2)),
      event({ version: 2, body: contactBody({ name: 'Back' }) }, logPlace(3)),
      event({ version: 3 }, logPlace(4)),
      nullValue(logPlace(5)),
    ];
    let current: ZenaRecord | null = null;
    for (const change of log) current = accept(change, current);
    const end: ZenaRecord | null = current;
    expect(end).toMatchObject({ deleted: true, version: 3, revision: 5 });
    for (const change of log) expect(applyChange(end, change, NOW + 1).record).toBe(end);
  });

  it('leaves what a DELETE of the same version leaves: told by one, the record says nothing new', () => {
    const gone = accept(nullValue(logPlace(11)), stored);
    expect(applyChange(gone, deleteEvent({ version: 4 }, logPlace(12)), NOW)).toEqual({
      verdict: 'repeated',
      record: gone,
    });
  });

  it('does not bring the clock of the record back', () => {
    const late = accept(event({ version: 1, occurredAt: 90_000 }, logPlace(1)));
    expect(accept(nullValue(logPlace(2)), late, 6_000)).toMatchObject({
      occurredAt: 90_000,
      acceptedAt: 6_000,
    });
  });
});

describe('what people find a record by', () => {
  it('holds names, e-mails and phones as written and as digits, in lower case', () => {
    const body = contactBody({ name: 'Ada LOVELACE', emails: ['Ada@X.test'], phones: ['(02) 7946-0000'] });
    const text = searchText(record('C-1', body));
    for (const word of ['c-1', 'ada lovelace', 'ada@x.test', '(02) 7946-0000', '0279460000'])
      expect(text).toContain(word);
    const written = record('C-2', contactBody({ name: 'Sinéad\u200b O’Connor', phones: ['０２１ 555'] }));
    for (const word of ["sinead o'connor", '021555']) expect(searchText(written)).toContain(word);
    expect(searchQuery('SINÉAD O’C')).toBe("sinead o'c");
    expect(searchText(record('p1', propertyBody({ address: '1 High St' })))).toContain('1 high st');
    expect(searchText(record('d1', dealBody({ summary: 'Big', nextAction: 'Call' })))).toContain('big\ncall');
    expect(searchText(tombstone(record('C-1', body))).trim()).toBe('c-1');
  });

  it('has a title for people, and the id where there is none', () => {
    expect(recordTitle(record('c1', contactBody({ name: '' })))).toBe('c1');
    expect(recordTitle(record('p1', propertyBody({ address: '1 High St' })))).toBe('1 High St');
    expect(recordTitle(record('d1', dealBody({ stage: 'offer' })))).toBe('offer');
    expect(recordTitle(tombstone(record('c1', contactBody())))).toBe('c1');
  });
});
