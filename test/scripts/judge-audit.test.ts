import { describe, expect, it } from '@jest/globals';
import { judgeAudit } from '../../scripts/judge-audit.ts';

const TODAY = '2026-11-26';
const advisory = (id: string, severity: string) => ({
  url: `https://example.test/advisories/${id}`,
  title: 'Bad',
  severity,
});
const report = (...via: unknown[]) =>
  JSON.stringify({ auditReportVersion: 2, vulnerabilities: { one: { via }, two: { via: ['one'] } } });

describe('what the registry says of packages', () => {
  it.each([
    ['nothing', report(), 'pass'],
    ['a moderate advisory', report(advisory('GHSA-a', 'moderate')), 'pass'],
    ['a high one', report(advisory('GHSA-a', 'high')), 'fail'],
    [
      'a critical one beside an accepted one',
      report(advisory('GHSA-ok', 'high'), advisory('GHSA-b', 'critical')),
      'fail',
    ],
    ['an accepted one', report(advisory('GHSA-ok', 'critical')), 'pass'],
    ['one that was accepted until yesterday', report(advisory('GHSA-old', 'high')), 'fail'],
  ])('%s', (_, text, outcome) => {
    const accepted = [
      { id: 'GHSA-ok', reason: 'not reached', until: TODAY },
      { id: 'GHSA-old', reason: 'was waited for', until: '2026-11-25' },
    ];
    expect(judgeAudit(text, accepted, TODAY).outcome).toBe(outcome);
  });

  it.each([
    '',
    'not found',
    '{"message":"405 Method Not Allowed","statusCode":405}',
    'null',
    '{"auditReportVersion":1}',
  ])('is not known where it answers %j, which fails nobody', (text) => {
    expect(judgeAudit(text, [], TODAY).outcome).toBe('skip');
  });
});
