import { describe, expect, it } from '@jest/globals';
import type { ChangeCode, Integration, Run } from '../../dashboard/src/api/types.ts';
import {
  changeDetail,
  changeWords,
  fieldListWords,
  fieldWords,
} from '../../dashboard/src/words/change-words.ts';
import { connectionState, lagInWords } from '../../dashboard/src/words/connection-state.ts';
import { count, durationInWords } from '../../dashboard/src/words/duration.ts';
import { RECORD_STATES } from '../../dashboard/src/words/record-state.ts';
import { runProgressWords, runSummaryWords } from '../../dashboard/src/words/run-words.ts';
import { agoInWords } from '../../dashboard/src/words/time.ts';
import { browserTimeZone, timeZoneChoices } from '../../dashboard/src/words/time-zones.ts';
import { valueWords } from '../../dashboard/src/words/value-words.ts';
import { isTimeZone } from '../../src/domain/events/day-of.ts';
import { LINK_STATES } from '../../src/domain/link.ts';
import { TIMELINE_CODES } from '../../src/domain/timeline.ts';

describe('the words of the dashboard', () => {
  it('know everything that can happen to a record, and every state it can be in', () => {
    for (const code of TIMELINE_CODES) {
      const { text } = changeWords({ code, detail: 'the service’s own words' }, 'MRI Vault');
      expect([code, text]).not.toEqual([code, 'the service’s own words']);
    }
    expect(Object.keys(RECORD_STATES).sort()).toEqual([...LINK_STATES, 'superseded'].sort());
  });

  it('fall back to the service’s sentence for what they do not know', () => {
    const code = 'constructor' as ChangeCode;
    expect(changeWords({ code, detail: 'Merged in the CRM.' }, 'MRI Vault').text).toBe('Merged in the CRM.');
  });

  it('do not say the same thing twice', () => {
    const refused = { code: 'rejected', detail: 'The CRM refused the record.' } as const;
    expect(changeDetail({ ...refused, errors: [] })).toBe('The CRM refused the record.');
    expect(changeDetail({ ...refused, errors: [{ field: 'address', message: 'Needed.' }] })).toBeNull();
    expect(changeDetail({ code: 'updated', detail: 'Updated in the CRM.', errors: [] })).toBeNull();
  });

  it.each([
    [0.0004, '0 ms'],
    [0.32, '320 ms'],
    [0.9994, '999 ms'],
    [1, '1 s'],
    [1.42, '1.4 s'],
    [12, '12 s'],
    [59.6, '1 min'],
    [150, '3 min'],
    [7_300, '2 h'],
    [86_400, '1 day'],
    [250_000, '3 days'],
  ])('tell %s seconds as %s', (seconds, words) => {
    expect(durationInWords(seconds)).toBe(words);
  });

  it('count in the singular and the plural', () => {
    expect([count(1, 'record'), count(0, 'record'), count(1_204, 'property', 'properties')]).toEqual([
      '1 record',
      '0 records',
      '1,204 properties',
    ]);
  });

  it('tell fields and values without their technical names', () => {
    expect(fieldWords('nextActionOwner')).toBe('next action owner');
    expect(fieldListWords(['a', 'b', 'c', 'd', 'e', 'f'])).toBe('a, b, c, d and 2 more');
    expect(valueWords([])).toBe('—');
    expect(valueWords(['3', '4'])).toBe('3; 4');
    expect(valueWords([{ type: 'auction', date: '2026-03-04T00:00:00.000Z', notes: null }])).toBe(
      'auction, 2026-03-04',
    );
  });

  it('tell recent times by how long ago they were', () => {
    const at = '2026-03-04T10:00:00.000Z';
    const later = (seconds: number) => Date.parse(at) + seconds * 1_000;
    expect([agoInWords(at, later(-3)), agoInWords(at, later(4)), agoInWords(at, later(180))]).toEqual([
      'just now',
      'just now',
      '3 min ago',
    ]);
  });
});

describe('a connection in a word', () => {
  const seen = (over: Partial<Integration> = {}) => ({
    status: 'active' as const,
    health: { state: 'healthy' as const, since: '', reason: null, whoCanFix: 'nobody_needed' as const },
    counts: { linked: 1, due: 0, waiting: 0, failed: 0 },
    ...over,
  });
  const label = (over: Partial<Integration>, isSyncing = false) =>
    connectionState(seen(over), 'MRI Vault', isSyncing).label;

  it('names what a person would do something about first', () => {
    const failed = { linked: 1, due: 2, waiting: 3, failed: 1 };
    expect(label({})).toBe('Up to date');
    expect(label({}, true)).toBe('Syncing');
    expect(label({ counts: { ...failed, failed: 0 } })).toBe('Syncing');
    expect(label({ counts: failed })).toBe('Problems');
    expect(label({ counts: failed, status: 'needs_reauth' })).toBe('Needs new credentials');
    expect(label({ counts: failed, status: 'paused' })).toBe('Paused');
  });

  it('is behind by what waits longest, or not at all', () => {
    const idle = { linked: 1, due: 0, waiting: 0, failed: 0 };
    expect(lagInWords({ lagSeconds: 180, counts: { ...idle, due: 1 } })).toBe('Behind by 3 min');
    expect(lagInWords({ lagSeconds: 0, counts: idle })).toBe('No delay');
    expect(lagInWords({ lagSeconds: 0, counts: { ...idle, waiting: 1 } })).toBeNull();
  });
});

describe('a full sync in a sentence', () => {
  const run: Run = {
    success: false,
    status: 'running',
    runId: 'r',
    provider: 'mri_vault',
    contactsSynced: 45,
    propertiesSynced: 1,
    dealsSynced: 0,
    created: 0,
    updated: 0,
    unchanged: 0,
    repaired: 0,
    drifted: 0,
    deleted: 0,
    failed: 0,
    retrying: 0,
    superseded: 0,
    skipped: 0,
    total: 50,
    done: 20,
    ratePerSecond: null,
    etaSeconds: null,
    reason: null,
    createdAt: '2026-03-04T10:00:00.000Z',
    finishedAt: null,
  };

  it('tells how far it is, and how fast once that is known', () => {
    expect(runProgressWords(run)).toBe('20 of 50 records');
    expect(runProgressWords({ ...run, ratePerSecond: 2.5, etaSeconds: 11.2 })).toBe(
      '20 of 50 records · 2.5 a second · about 12 s left',
    );
  });

  it('sums up what was done and what was not', () => {
    const ended = {
      ...run,
      status: 'completed_with_failures',
      finishedAt: '2026-03-04T10:00:12.000Z',
    } as const;
    expect(
      runSummaryWords({ ...ended, created: 10, updated: 5, unchanged: 31, failed: 2 }, 'MRI Vault'),
    ).toBe(
      '45 contacts, 1 property and 0 deals are up to date in MRI Vault after 12 s: 10 added, 5 updated and 31 already equal. MRI Vault refused 2 records.',
    );
    expect(runSummaryWords({ ...ended, unchanged: 45, skipped: 3, retrying: 2 }, 'MRI Vault')).toBe(
      '45 contacts, 1 property and 0 deals are up to date in MRI Vault after 12 s: 45 already equal and 3 with nothing to send. 2 records didn’t get through; trying again soon.',
    );
    expect(runSummaryWords({ ...run, status: 'completed' }, 'MRI Vault')).toContain(
      'there was nothing to send',
    );
    expect(runSummaryWords({ ...run, status: 'cancelled' }, 'MRI Vault')).toBe(
      'Stopped after 20 records. What was sent stays in MRI Vault.',
    );
  });

  it('offer zones that the service takes, the chosen one among them', () => {
    expect(isTimeZone(browserTimeZone())).toBe(true);
    const zones = timeZoneChoices('Pacific/Auckland');
    expect(zones.filter((zone) => !isTimeZone(zone))).toEqual([]);
    expect(zones.filter((zone) => zone === 'Pacific/Auckland')).toHaveLength(1);
    expect(timeZoneChoices('Etc/GMT+9')).toContain('Etc/GMT+9');
    expect(zones).toContain('UTC');
    expect(zones).toEqual([...zones].sort());
  });
});
