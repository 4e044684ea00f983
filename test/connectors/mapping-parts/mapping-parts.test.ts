import { describe, expect, it } from '@jest/globals';
import {
  dealRiskLines,
  milestoneLines,
  nextActionLines,
  propertyRiskLines,
  realNotes,
} from '../../../src/connectors/mapping-parts/note-lines.ts';
import { optOutsOf } from '../../../src/connectors/mapping-parts/opt-outs.ts';
import {
  firstEmail,
  firstPhone,
  realEmails,
  realPhones,
} from '../../../src/connectors/mapping-parts/real-entries.ts';
import {
  isSameName,
  splitName,
  splitWithLastName,
} from '../../../src/connectors/mapping-parts/split-name.ts';

describe('a name', () => {
  it.each([
    ['Ada Byron King', 'Ada', 'Byron King'],
    ['  Ada\u200b   Byron ', 'Ada', 'Byron'],
    ['Ada', 'Ada', ''],
    ['', '', ''],
  ])('%j is split behind its first word', (name, firstName, lastName) => {
    expect(splitName(name)).toEqual({ firstName, lastName });
  });

  it('of one word is a last name, where a CRM wants one', () => {
    expect(splitWithLastName('Ada')).toEqual({ firstName: '', lastName: 'Ada' });
    expect(splitWithLastName('Ada Byron')).toEqual({ firstName: 'Ada', lastName: 'Byron' });
    expect(splitWithLastName(' ')).toEqual({ firstName: '', lastName: '' });
  });

  it('is the same wherever it was split', () => {
    const one = { firstName: 'José María', lastName: "O'Neill" };
    expect(isSameName(one, { firstName: 'jose', lastName: 'maria ONEILL' })).toBe(true);
    expect(isSameName(one, { firstName: 'jose', lastName: '' })).toBe(false);
    expect(isSameName(splitName(''), splitName(' '))).toBe(false);
  });
});

describe('entries that are real', () => {
  const EMAILS = ['', 'n/a', 'Ada <ada@example.com>', 'ADA@example.com', 'none', 'bea@example.com'];

  it('are sent each once, and the rest is told', () => {
    const { values, remarks } = realEmails(EMAILS, 'emails');
    expect(values).toEqual(['ada@example.com', 'bea@example.com']);
    expect(remarks).toEqual([
      { field: 'emails', code: 'no_email', detail: 'Left out: "n/a" is no e-mail.' },
      { field: 'emails', code: 'no_email', detail: 'Left out: "none" is no e-mail.' },
    ]);
    const phones = realPhones(['tel:0412 345 678', '+61 412 345 678', 'unlisted', '09 1'], 'phones');
    expect(phones.values).toEqual(['0412 345 678', '09 1']);
    expect(phones.remarks).toMatchObject([
      { code: 'no_phone', detail: 'Left out: "unlisted" is no phone number.' },
    ]);
  });

  it('or the first alone, with what stood before it', () => {
    expect(firstEmail(EMAILS, 'email')).toMatchObject({
      value: 'ada@example.com',
      remarks: [{ field: 'email' }],
    });
    expect(firstEmail(['none'], 'email')).toMatchObject({ value: '', remarks: [{}] });
    expect(firstPhone(['', '021 1', 'x'], 'phone')).toEqual({ value: '021 1', remarks: [] });
  });

  it('say of what is left out as much as people read', () => {
    const { remarks } = realEmails(
      Array.from({ length: 9 }, (_, index) => `${'x'.repeat(100)}${index}`),
      'email',
    );
    expect(remarks).toHaveLength(5);
    expect(remarks[0]?.detail).toBe(`Left out: "${'x'.repeat(60)}…" is no e-mail.`);
  });
});

describe('lines of a note', () => {
  it('say a milestone by its day', () => {
    const date = Date.UTC(2026, 4, 1, 13);
    const milestones = [
      { type: 'auction', date, notes: ' on\nsite ' },
      { type: 'auction', date, notes: 'on site' },
      { type: 'settlement', date, day: '2026-06-30', notes: null },
    ];
    expect(milestoneLines({ milestones }, 'Australia/Sydney')).toEqual([
      '2026-05-01 auction: on site',
      '2026-06-30 settlement',
    ]);
    expect(milestoneLines({ milestones }, 'Pacific/Auckland')[0]).toBe('2026-05-02 auction: on site');
  });

  it('say what there is to say, each in one line', () => {
    expect(propertyRiskLines({ riskOverview: 'damp\nwalls' })).toEqual(['Risk: damp walls']);
    expect(propertyRiskLines({ riskOverview: null })).toEqual([]);
    expect(dealRiskLines({ riskLevel: 'high', riskFlags: ['finance', ' ', 'pest'] })).toEqual([
      'Risk: high',
      'Risk flags: finance, pest',
    ]);
    expect(nextActionLines({ nextAction: 'call', nextActionOwner: '' })).toEqual(['Next action: call']);
    expect(realNotes(['a\nb', ' ', '\u200b', 'c'])).toEqual(['a\nb', 'c']);
  });
});

describe('opt-outs', () => {
  it('are on or off by each way', () => {
    expect(optOutsOf({ doNotContact: ['sms', 'post'] })).toEqual({
      email: false,
      phone: false,
      sms: true,
      post: true,
    });
    expect(optOutsOf({ doNotContact: null })).toEqual({
      email: false,
      phone: false,
      sms: false,
      post: false,
    });
  });
});
