import { describe, expect, it } from '@jest/globals';
import { eventContentHash } from '../../../src/domain/change-event.ts';
import { canonicalJson, type Json } from '../../../src/domain/json.ts';
import { dayOf, isTimeZone } from '../../../src/domain/events/day-of.ts';
import { propertyBody } from '../../support/builders.ts';

const at = (text: string) => ({ date: Date.parse(text) });

describe('The day of a milestone', () => {
  it.each([
    ['2026-02-28T11:00:00Z', 'Pacific/Auckland', '2026-03-01'],
    ['2026-02-28T10:59:59Z', 'Pacific/Auckland', '2026-02-28'],
    // Summer time there ends on 2026-04-05 at 14:00 UTC of the day before.
    ['2026-04-04T11:00:00Z', 'Pacific/Auckland', '2026-04-05'],
    ['2026-04-05T11:59:59Z', 'Pacific/Auckland', '2026-04-05'],
    ['2026-04-05T12:00:00Z', 'Pacific/Auckland', '2026-04-06'],
    ['2026-09-26T12:00:00Z', 'Pacific/Auckland', '2026-09-27'],
    ['2026-09-27T11:00:00Z', 'Pacific/Auckland', '2026-09-28'],
    ['2026-03-01T09:59:59Z', 'Pacific/Honolulu', '2026-02-28'],
    ['2026-03-01T10:00:00Z', 'Pacific/Honolulu', '2026-03-01'],
    ['2026-03-08T04:59:59Z', 'America/New_York', '2026-03-07'],
    ['2026-03-09T03:59:59Z', 'America/New_York', '2026-03-08'],
    ['2026-03-09T04:00:00Z', 'America/New_York', '2026-03-09'],
    ['2026-03-01T00:00:00Z', 'UTC', '2026-03-01'],
    ['1900-01-01T00:00:00Z', 'UTC', '1900-01-01'],
    ['2026-03-01T00:00:00Z', 'Pacific/Kiritimati', '2026-03-01'],
    ['2026-03-01T10:00:00Z', 'Pacific/Kiritimati', '2026-03-02'],
  ])('%s in %s is %s', (time, zone, day) => {
    expect(dayOf(at(time), zone)).toBe(day);
  });

  it('is the one that was told, wherever the connection is', () => {
    for (const zone of ['Pacific/Auckland', 'Pacific/Honolulu', 'UTC'])
      expect(dayOf({ ...at('2026-02-28T11:30:00Z'), day: '2026-03-01' }, zone)).toBe('2026-03-01');
  });
});

describe('A zone', () => {
  it('is one of the IANA database', () => {
    expect(
      ['UTC', 'Pacific/Auckland', 'America/Argentina/Buenos_Aires', 'Etc/GMT+12', 'NZ'].every(isTimeZone),
    ).toBe(true);
    expect(
      ['', '+13:00', 'UTC+13', 'Mars/Olympus', 'Pacific/Auckland ', '12', 'x'.repeat(70)].some(isTimeZone),
    ).toBe(false);
  });
});

describe('What says nothing of a day', () => {
  it('is the same content as before days were kept', () => {
    const milestones = [{ type: 'listed', date: 1_700_000_000_000, notes: null }];
    const event = {
      userId: 'u',
      accountId: null,
      operation: 'UPSERT',
      body: propertyBody({ milestones }),
    } as const;
    expect(canonicalJson(event as unknown as Json)).not.toContain('day');
    expect(eventContentHash(event)).toBe('c3cd73eeac4ae749871b7957adb0767f');
    const told = propertyBody({
      milestones: [{ type: 'listed', date: 1_700_000_000_000, day: '2023-11-15', notes: null }],
    });
    expect(eventContentHash({ ...event, body: told })).not.toBe(eventContentHash(event));
  });
});
