import { describe, expect, it } from '@jest/globals';
import { CRM_VERBS, type CrmVerb } from '../../src/connectors/connector.port.ts';
import { availabilityOf } from '../../src/budget/circuit-breaker.ts';
import { classifyAnswer } from '../../src/wire/classify-answer.ts';
import type { NoAnswerCode, NotSentCode, OutboundResult } from '../../src/wire/transport.port.ts';

const NOW = Date.UTC(2026, 8, 1, 12);
const answer = (
  status: number,
  body = '',
  headers: Record<string, string> = { 'content-type': 'application/json' },
): OutboundResult => ({ kind: 'response', status, headers, body: new TextEncoder().encode(body) });
const classify = (result: OutboundResult, verb: CrmVerb = 'create') => classifyAnswer(result, verb, NOW);
const summary = (result: OutboundResult, verb?: CrmVerb) => {
  const outcome = classify(result, verb);
  return outcome.kind === 'applied' ? 'applied' : `${outcome.kind} ${outcome.code}`;
};
const OTHERS = CRM_VERBS.filter((verb) => verb !== 'create');
const ON_RECORDS = OTHERS.filter((verb) => verb !== 'verify');
const HTML = { 'content-type': 'text/html' };
const TEXT = { 'content-type': 'text/plain' };

describe('an answer of the CRM', () => {
  it.each([
    [answer(200, '{"id":"7"}'), { id: '7' }],
    [answer(201, '[]'), []],
    [answer(204), null],
    [answer(200), null],
    [answer(200, '', {}), null],
    [answer(200, '{"id":9007199254740993}'), { id: '9007199254740993' }],
    [answer(200, '{}', { 'content-type': 'application/problem+json; charset=utf-8' }), {}],
    [answer(200, '{}', { 'content-type': 'Text/JSON' }), {}],
  ])('with a 2xx and JSON or nothing is applied', (result, body) => {
    expect(classify(result)).toMatchObject({ kind: 'applied', value: { body } });
  });

  it.each([
    [400, 'rejected REFUSED_BY_CRM'],
    [401, 'unauthorised CREDENTIALS_REFUSED'],
    [403, 'unauthorised ACCESS_FORBIDDEN'],
    [408, 'retry_later ASKED_TO_RETRY'],
    [409, 'rejected CONFLICT'],
    [422, 'rejected REFUSED_BY_CRM'],
    [423, 'retry_later ASKED_TO_RETRY'],
    [425, 'retry_later ASKED_TO_RETRY'],
    [429, 'rate_limited TOO_MANY_REQUESTS'],
    [499, 'rejected REFUSED_BY_CRM'],
  ])('with %i is %s for every verb', (status, expected) => {
    for (const verb of CRM_VERBS) expect(summary(answer(status, '{}'), verb)).toBe(expected);
  });

  it.each([
    [404, 'NOT_FOUND'],
    [410, 'GONE'],
  ])(
    'with %i in the CRM’s own form tells of something that is gone, but of nothing that has no id',
    (status, code) => {
      for (const body of ['{}', '{"error":"no such record"}', '']) {
        for (const verb of OTHERS) expect(summary(answer(status, body), verb)).toBe(`gone ${code}`);
        expect(summary(answer(status, body))).toBe(`retry_later ${code}`);
      }
    },
  );

  it.each([
    ['a redirect', answer(302), 'REDIRECT_REFUSED'],
    ['a redirect without a place', answer(304), 'REDIRECT_REFUSED'],
    ['a redirect in JSON', answer(307, '{}'), 'REDIRECT_REFUSED'],
    ['a page that says 404', answer(404, '<html>', HTML), 'FOREIGN_ANSWER'],
    ['text that says 410', answer(410, 'gone', TEXT), 'FOREIGN_ANSWER'],
    ['a page that says 403', answer(403, '<html>', HTML), 'FOREIGN_ANSWER'],
    ['a page that says 401', answer(401, '<html>', HTML), 'FOREIGN_ANSWER'],
    ['half an object that says 409', answer(409, '{"error":'), 'FOREIGN_ANSWER'],
    ['a word of JSON that says 404', answer(404, '"not found"'), 'FOREIGN_ANSWER'],
    ['an empty list that says 404', answer(404, '[]'), 'FOREIGN_ANSWER'],
    ['a page called JSON that says 404', answer(404, '<!DOCTYPE html><html>'), 'FOREIGN_ANSWER'],
    ['a page that says 503', answer(503, '<html>', HTML), 'CRM_FAILED'],
  ])('that is %s is not the CRM’s own: no refusal, no absence, and perhaps done', (_what, result, code) => {
    expect(summary(result)).toBe(`ambiguous ${code}`);
    for (const verb of ON_RECORDS) expect(summary(result, verb)).toBe(`retry_later ${code}`);
  });

  it.each([
    ['text', answer(200, 'OK', TEXT)],
    ['nothing', answer(204)],
    ['JSON called text', answer(200, '{}', TEXT)],
    ['JSON called nothing', answer(200, '{}', {})],
    ['half an object', answer(200, '{"valid":')],
    ['an error in a success’s clothes', answer(200, '{"error":"no"}')],
    ['XML', answer(200, '<ok/>', { 'content-type': 'application/xml' })],
  ])('to verify with a 2xx and %s is well', (_what, result) => {
    expect(summary(result, 'verify')).toBe('applied');
  });

  it.each([
    ['a page', answer(200, '<html>', HTML)],
    ['a page called text', answer(200, '\uFEFF <!-- x --><!doctype HTML><p>', TEXT)],
    ['XHTML', answer(200, '<?xml version="1.0"?>\n<html xmlns="x">', { 'content-type': 'text/xml' })],
  ])('to verify with a 2xx and %s is none of the CRM’s', (_what, result) => {
    expect(summary(result, 'verify')).toBe('retry_later ANSWER_NOT_JSON');
  });

  it.each([401, 403])('to verify with %i refuses the credentials, but for a page', (status) => {
    for (const result of [answer(status, '{}'), answer(status), answer(status, 'no', TEXT)])
      expect(classify(result, 'verify').kind).toBe('unauthorised');
    expect(summary(answer(status, '<html>', HTML), 'verify')).toBe('retry_later FOREIGN_ANSWER');
  });

  it.each([
    ['a time', answer(403, '{}', { 'content-type': 'application/json', 'retry-after': '2' })],
    ['a code', answer(403, '{"code":"REQUEST_LIMIT_EXCEEDED"}')],
    ['a code in a list', answer(403, '[{"message":"x","errorCode":"REQUEST_LIMIT_EXCEEDED"}]')],
    ['a code in errors', answer(403, '{"errors":[{"code":"rateLimitExceeded"}]}')],
    ['a code in an error', answer(403, '{"error":{"status":"TOO_MANY_REQUESTS"}}')],
    ['a word', answer(403, '{"error":"Rate limit exceeded"}')],
    ['a number', answer(403, '{"code":429}')],
  ])('with 403 and %s asks for a pause', (_what, result) => {
    for (const verb of CRM_VERBS) expect(summary(result, verb)).toBe('rate_limited LIMIT_REACHED');
  });

  it.each([
    ['another code', answer(403, '{"code":"INSUFFICIENT_ACCESS"}')],
    ['a limit of what is kept', answer(403, '{"code":"STORAGE_LIMIT_EXCEEDED"}')],
    ['a limit in a sentence', answer(403, '{"message":"ask for a higher rate limit"}')],
  ])('with 403 and %s does not', (_what, result) => {
    expect(summary(result, 'update')).toBe('unauthorised ACCESS_FORBIDDEN');
  });

  it('tells what it is by itself, without its content', () => {
    const result = answer(503, '{"error":"x"}', { 'content-type': 'application/json', 'retry-after': '7' });
    expect(classify(result)).toMatchObject({
      answer: { status: 503, form: 'json', retryAfterMs: 7_000, limited: false },
    });
    const forms = ['{}', '', '<html>', 'sorry', '{'].map((body) => {
      const outcome = classify(answer(500, body, body === 'sorry' ? TEXT : undefined));
      return outcome.kind === 'applied' ? null : outcome.answer?.form;
    });
    expect(forms).toEqual(['json', 'empty', 'html', 'text', 'broken']);
  });

  it.each([500, 502, 503, 504, 599])('with %i may have created, but harms nobody when repeated', (status) => {
    expect(summary(answer(status))).toBe('ambiguous CRM_FAILED');
    for (const verb of OTHERS) expect(summary(answer(status), verb)).toBe('retry_later CRM_FAILED');
  });

  it.each([
    ['a login page', answer(200, '<html>', { 'content-type': 'text/html' })],
    ['JSON called text', answer(200, '{}', { 'content-type': 'text/plain' })],
    ['JSON called nothing', answer(200, '{}', {})],
    ['what only begins like JSON', answer(200, '{}', { 'content-type': 'application/jsonp' })],
    ['half of it', answer(201, '{"id":')],
    ['NaN', answer(200, '{"id":NaN}')],
  ])('with 2xx and %s is no success', (_name, result) => {
    expect(summary(result)).toBe('ambiguous ANSWER_NOT_JSON');
    for (const verb of ON_RECORDS) expect(summary(result, verb)).toBe('retry_later ANSWER_NOT_JSON');
  });

  it('with a status that HTTP does not know is unreadable', () => {
    expect(summary(answer(999))).toBe('ambiguous ANSWER_UNREADABLE');
    expect(summary(answer(999), 'find')).toBe('retry_later ANSWER_UNREADABLE');
  });

  it('that refuses a record says which fields, and never in the detail', () => {
    const outcome = classify(answer(422, '{"errors":[{"field":"email","message":"ann@x.y is taken"}]}'));
    expect(outcome).toMatchObject({ fields: [{ field: 'email', message: 'ann@x.y is taken' }] });
    expect('detail' in outcome && outcome.detail).not.toContain('ann');
  });

  it('that asks to wait says how long, or that it named no time', () => {
    const wait = (value: string) => classify(answer(429, '', { 'retry-after': value }));
    expect(wait('7')).toMatchObject({ retryAfterMs: 7_000 });
    expect(wait('Tue, 01 Sep 2026 12:00:09 GMT')).toMatchObject({ retryAfterMs: 9_000 });
    expect(classify(answer(429))).toMatchObject({ retryAfterMs: null });
  });
});

describe('a call without an answer', () => {
  it.each<NoAnswerCode>([
    'TIMEOUT',
    'CONNECTION_LOST',
    'ANSWER_TOO_LARGE',
    'ANSWER_ENCODED',
    'ANSWER_UNREADABLE',
  ])('is ambiguous for a create, else to be repeated: %s', (code) => {
    const result: OutboundResult = { kind: 'no_answer', code, detail: '' };
    expect(summary(result)).toBe(`ambiguous ${code}`);
    for (const verb of OTHERS) expect(summary(result, verb)).toBe(`retry_later ${code}`);
  });

  it('does not tell a name that leads to a private address from one that leads nowhere', () => {
    const [refused, unknown] = (['HOST_REFUSED', 'HOST_NOT_FOUND'] as const).map((code) =>
      classifyAnswer({ kind: 'not_sent', code, detail: code }, 'verify', 0),
    );
    expect(refused).toMatchObject({ kind: 'retry_later', code: 'HOST_NOT_REACHABLE' });
    expect(unknown).toEqual(refused);
  });

  it.each<[NotSentCode, string]>([
    ['CONNECT_FAILED', 'retry_later'],
    ['TLS_FAILED', 'retry_later'],
    ['DEADLINE_BEFORE_SEND', 'retry_later'],
    ['CONNECTION_CHANGED', 'withheld'],
    ['CLAIM_EXPIRED', 'withheld'],
    ['LEASE_LOST', 'withheld'],
    ['STOPPING', 'withheld'],
    ['LEASE_LOST', 'withheld'],
  ])('that was not sent for %s is %s for every verb', (code, kind) => {
    for (const verb of CRM_VERBS) {
      expect(summary({ kind: 'not_sent', code, detail: '' }, verb)).toBe(`${kind} ${code}`);
    }
  });
});

describe('what an end says about the CRM’s being there', () => {
  it.each([
    [answer(200, '{}'), true],
    [answer(503), false],
    [answer(200, '<html>', {}), false],
    [{ kind: 'no_answer', code: 'TIMEOUT', detail: '' } as const, false],
    [{ kind: 'not_sent', code: 'CONNECT_FAILED', detail: '' } as const, false],
    [{ kind: 'not_sent', code: 'STOPPING', detail: '' } as const, null],
    [answer(429), null],
    [answer(401), null],
    [answer(404), null],
    [answer(422), null],
    [answer(423), null],
    [answer(302), null],
  ])('%j: %s', (result, expected) => {
    expect(availabilityOf(classify(result, 'create'))).toBe(expected);
    expect(availabilityOf(classify(result, 'update'))).toBe(expected);
  });
});
