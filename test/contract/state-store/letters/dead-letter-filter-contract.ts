import { expect, it } from '@jest/globals';
import type { Scope } from '../../../../src/domain/connection.ts';
import type { DeadLetter } from '../../../../src/domain/dead-letter.ts';
import type { DeadLetterFilter } from '../../../../src/domain/replay.ts';
import type { DeadLetterStore } from '../../../../src/state-store/dead-letter-store.port.ts';
import { CONNECTION_ID, USER, deadDelivery, deadLetter } from '../../../support/builders.ts';
import { idOf } from '../links/link-steps.ts';
import { walkPages } from '../walk-pages.ts';

const elsewhere = {
  linkId: idOf('deal/d-1', 'conn-2.0'),
  scope: 'conn-2.0' as Scope,
  connectionId: 'conn-2',
  userId: 'user-2',
  provider: 'salesforce',
  revision: 4,
  mapping: 'm2',
};

const LETTERS: readonly DeadLetter[] = [
  deadLetter({ id: 'event-1', failedAt: 1_000, code: 'UNREADABLE_VALUE', entityId: null }),
  deadLetter({ id: 'event-2', failedAt: 2_000, entity: 'property', entityId: '$p.1', status: 'discarded' }),
  deadDelivery('contact/c1', { id: 'sent-1', failedAt: 3_000 }),
  deadDelivery('deal/d-1', { id: 'sent-2', failedAt: 4_000, delivery: elsewhere, status: 'parked' }),
  deadDelivery('deal/c1', { id: 'sent-3', failedAt: 5_000, code: 'GONE_AGAIN', firstFailedAt: 1 }),
];

/** What a filter lets through, and what the letters amount to by cause. */
export function deadLetterFilterContract(letters: () => DeadLetterStore): void {
  it.each<[string, DeadLetterFilter, readonly string[]]>([
    ['no filter', {}, ['sent-3', 'sent-2', 'sent-1', 'event-2', 'event-1']],
    ['kind', { kind: 'decode' }, ['event-2', 'event-1']],
    ['code', { code: 'REJECTED' }, ['sent-2', 'sent-1']],
    ['provider', { provider: 'salesforce' }, ['sent-2']],
    ['user', { userId: USER }, ['sent-3', 'sent-1']],
    ['connection', { connectionId: CONNECTION_ID }, ['sent-3', 'sent-1']],
    ['entity', { entity: 'deal' }, ['sent-3', 'sent-2']],
    ['entity id', { entityId: 'c1' }, ['sent-3', 'sent-1']],
    ['entity id with a dollar sign', { entityId: '$p.1' }, ['event-2']],
    ['entity and its id', { entity: 'contact', entityId: 'c1' }, ['sent-1']],
    ['the earliest latest failure', { from: 3_000 }, ['sent-3', 'sent-2', 'sent-1']],
    ['the end of the latest failures', { to: 3_000 }, ['event-2', 'event-1']],
    ['a time', { from: 2_000, to: 4_000 }, ['sent-1', 'event-2']],
    ['one status', { statuses: ['open'] }, ['sent-3', 'sent-1', 'event-1']],
    ['several statuses', { statuses: ['discarded', 'parked'] }, ['sent-2', 'event-2']],
    ['no status', { statuses: [] }, []],
    ['ids', { ids: ['event-1', 'sent-3', 'absent'] }, ['sent-3', 'event-1']],
    ['no ids', { ids: [] }, []],
    [
      'all at once',
      { kind: 'deliver', code: 'REJECTED', userId: USER, statuses: ['open'], from: 1 },
      ['sent-1'],
    ],
    ['what none is', { code: 'REJECTED', kind: 'decode' }, []],
    ['what looks like a query', { code: '%', userId: "' OR 1=1 --" }, []],
  ])('finds by %s, and counts and groups the same', async (_, filter, ids) => {
    await letters().put(LETTERS);
    const found = await walkPages((cursor, limit) => letters().list(filter, cursor, limit), 2);
    expect(found.map((each) => each.id)).toEqual(ids);
    expect(await letters().count(filter)).toBe(ids.length);
    const groups = await letters().groups(filter);
    expect(groups.reduce((sum, group) => sum + group.count, 0)).toBe(ids.length);
  });

  it('groups by cause, most letters first', async () => {
    await letters().put(LETTERS);
    const more = [6_000, 7_000, 500].map((failedAt, index) =>
      deadDelivery('contact/c2', { id: `more-${String(index)}`, failedAt }),
    );
    await letters().put(more);
    const groups = await letters().groups({ kind: 'deliver' });
    expect(groups[0]).toEqual({
      kind: 'deliver',
      code: 'REJECTED',
      provider: 'mri_vault',
      count: 4,
      oldest: 500,
      newest: 7_000,
    });
    expect(groups).toHaveLength(3);
    expect(groups.slice(1)).toEqual(
      expect.arrayContaining([
        { ...groups[0], provider: 'salesforce', count: 1, oldest: 4_000, newest: 4_000 },
        { ...groups[0], code: 'GONE_AGAIN', count: 1, oldest: 5_000, newest: 5_000 },
      ]),
    );
  });

  it('groups events that can’t be read under no provider', async () => {
    await letters().put(LETTERS);
    const of = { kind: 'decode', provider: null, count: 1 };
    const groups = await letters().groups({ kind: 'decode' });
    expect(groups).toHaveLength(2);
    expect(groups).toEqual(
      expect.arrayContaining([
        { ...of, code: 'UNREADABLE_VALUE', oldest: 1_000, newest: 1_000 },
        { ...of, code: 'INVALID_EVENT', oldest: 2_000, newest: 2_000 },
      ]),
    );
  });
}
