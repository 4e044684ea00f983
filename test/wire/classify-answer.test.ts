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
    [301, 'rejected REDIRECT_REFUSED'],
    [304, 'rejected REDIRECT_REFUSED'],
    [300, 'rejected REDIRECT_REFUSED'],
    [400, 'rejected REFUSED_BY_CRM'],
    [401, 'unauthorised CREDENTIALS_REFUSED'],
    [403, 'unauthorised ACCESS_FORBIDDEN'],
    [404, 'gone NOT_FOUND'],
    [408, 'retry_later ASKED_TO_RETRY'],
    [409, 'rejected CONFLICT'],
    [410, 'gone GONE'],
    [422, 'rejected REFUSED_BY_CRM'],
    [423, 'retry_later ASKED_TO_RETRY'],
    [425, 'retry_later ASKED_TO_RETRY'],
    [429, 'rate_limited TOO_MANY_REQUESTS'],
    [499, 'rejected REFUSED_BY_CRM'],
  ])('with %i is %s for every verb', (status, expected) => {
    for (const verb of CRM_VERBS) expect(summary(answer(status, '{}'), verb)).toBe(expected);
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
    for (const verb of OTHERS) expect(summary(result, verb)).toBe('retry_later ANSWER_NOT_JSON');
  });

  it('with a status that HTTP does not know is unreadable', () => {
    expect(summary(answer(999))).toBe('ambiguous ANSWER_UNREADABLE');
    expect(summary(answer(999), 'find')).toBe('retry_later ANSWER_UNREADABLE');
  });

  it('that refuses a record says which fields, and never in the detail', () => {
    const outcome = classify(answer(422, '{"errors":[{"field":"email","message":"ann@x.y is taken"}]}'));
    expect(outcome).toMatchObject({ fields: [{ field: 'email', message: 'ann@x.y is taken' }] });
    expect('detail' in outcome && outcome.detail).not.toContain('ann');
    expect(classify(answer(422, '<b>no</b>', { 'content-type': 'text/html' }))).toMatchObject({ fields: [] });
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
