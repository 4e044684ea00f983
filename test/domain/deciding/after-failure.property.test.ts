import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  afterFailure,
  effectOfFailure,
  type FailureInput,
} from '../../../src/domain/deciding/after-failure.ts';
import { asJudged } from '../../../src/domain/deciding/whose-refusal.ts';
import type { BodyForm, Failure, OutcomeKind } from '../../../src/domain/outcome.ts';

const NOW = 1_000_000;
const DELAYS = [60_000, 600_000, 3_600_000];

const FAILURES: Readonly<Record<Exclude<OutcomeKind, 'applied'>, Failure>> = {
  retry_later: { kind: 'retry_later', code: 'CONNECT_FAILED', detail: 'x', status: null },
  rate_limited: { kind: 'rate_limited', code: 'TOO_MANY_REQUESTS', detail: 'x', retryAfterMs: 5_000 },
  unauthorised: { kind: 'unauthorised', code: 'CREDENTIALS_REFUSED', detail: 'x', status: 401 },
  rejected: { kind: 'rejected', code: 'REFUSED_BY_CRM', detail: 'no', status: 400, fields: [] },
  gone: { kind: 'gone', code: 'NOT_FOUND', detail: 'x' },
  ambiguous: { kind: 'ambiguous', code: 'TIMEOUT', detail: 'x', status: null },
  withheld: { kind: 'withheld', code: 'BREAKER_OPEN', detail: 'x' },
};

const OWN: Failure = { ...FAILURES.retry_later, whose: 'record' };

function judge(failure: Failure, over: Partial<FailureInput> = {}) {
  const policy = { delaysMs: DELAYS };
  return afterFailure({
    failure,
    attempts: 0,
    blockedUntil: null,
    policy,
    now: NOW,
    chance: 0,
    ...over,
  });
}

const limited = (retryAfterMs: number | null): Failure => ({
  kind: 'rate_limited',
  code: 'TOO_MANY_REQUESTS',
  detail: 'x',
  retryAfterMs,
});

const inputs = fc.record({
  failure: fc.constantFrom(...Object.values(FAILURES)),
  attempts: fc.nat({ max: 10 }),
  blockedUntil: fc.option(fc.integer({ min: NOW - 1_000, max: NOW + 1_000_000 })),
  chance: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe('what a failed call means for its record', () => {
  it('waits the delays one after the other and gives up after the last of them', () => {
    const failure = OWN;
    const verdicts = [0, 1, 2, 3].map((attempts) => judge(failure, { attempts }));
    expect(verdicts).toEqual([
      { kind: 'back_off', notBefore: NOW + 60_000, attempts: 1 },
      { kind: 'back_off', notBefore: NOW + 600_000, attempts: 2 },
      { kind: 'back_off', notBefore: NOW + 3_600_000, attempts: 3 },
      { kind: 'give_up', code: 'RETRIES_EXHAUSTED', detail: expect.stringContaining('CONNECT_FAILED') },
    ]);
  });

  it.each([undefined, 'outage'] as const)('never gives up, and counts nothing, where it is %s’s', (whose) => {
    fc.assert(
      fc.property(inputs, fc.constantFrom('retry_later', 'ambiguous', 'gone'), (input, kind) => {
        const failure: Failure = { ...FAILURES[kind], ...(whose && { whose }) };
        const verdict = judge(failure, { ...input, failure });
        expect(verdict).toMatchObject({ kind: 'back_off', attempts: input.attempts });
        const notBefore = verdict.kind === 'back_off' ? verdict.notBefore : 0;
        // Nobody tries before the CRM is asked, and none is put off for longer than that takes.
        expect(notBefore).toBeGreaterThanOrEqual(Math.max(NOW + 1_000, input.blockedUntil ?? 0));
        expect(notBefore).toBeLessThanOrEqual(Math.max(NOW + 1_100, input.blockedUntil ?? 0));
      }),
    );
  });

  it('holds what may have taken effect under credentials that are refused: new ones look for it', () => {
    for (const kind of ['ambiguous', 'unauthorised'] as const)
      expect(judge({ ...FAILURES[kind], whose: 'account' })).toEqual({ kind: 'hold' });
  });

  it('comes back no earlier than the answer asks, an hour at most', () => {
    const asking = (retryAfterMs: number, whose: 'record' | 'outage'): Failure => ({
      ...FAILURES.retry_later,
      whose,
      answer: { status: 503, form: 'json', retryAfterMs, limited: false },
    });
    expect(judge(asking(90_000, 'record'))).toMatchObject({ notBefore: NOW + 90_000, attempts: 1 });
    expect(judge(asking(5_000, 'record'))).toMatchObject({ notBefore: NOW + 60_000 });
    expect(judge(asking(-5_000, 'record'))).toMatchObject({ notBefore: NOW + 60_000 });
    expect(judge(asking(90_000, 'outage'))).toMatchObject({ notBefore: NOW + 90_000, attempts: 0 });
    expect(judge(asking(1e12, 'outage'))).toMatchObject({ notBefore: NOW + 3_600_000 });
  });

  it('gives up at once what the CRM rejected, with its reason', () => {
    expect(judge(FAILURES.rejected)).toEqual({ kind: 'give_up', code: 'REFUSED_BY_CRM', detail: 'no' });
  });

  it('holds what was not sent and what waits for new credentials: neither is the record’s matter', () => {
    fc.assert(
      fc.property(inputs, fc.constantFrom('withheld', 'unauthorised'), (input, kind) => {
        expect(judge(FAILURES[kind], { ...input, failure: FAILURES[kind] })).toEqual({ kind: 'hold' });
      }),
    );
  });

  it.each([
    ['as long as was asked', 5_000, 5_000],
    ['a second where no time was named', null, 1_000],
    ['a second where none, or a time gone by, was asked', -90_000, 1_000],
    ['an hour at most, whatever was asked', 10 * 365 * 86_400_000, 3_600_000],
  ])('waits %s after a 429, which is never an attempt', (_what, asked, waits) => {
    expect(judge(limited(asked), { attempts: 3 })).toEqual({
      kind: 'back_off',
      notBefore: NOW + waits,
      attempts: 3,
    });
  });

  it('spreads what failed together by up to a tenth, later only', () => {
    expect(judge(OWN, { chance: 1 })).toMatchObject({ notBefore: NOW + 66_000 });
    fc.assert(
      fc.property(inputs, (input) => {
        const verdict = judge(input.failure, input);
        if (verdict.kind !== 'back_off') return;
        const plain = judge(input.failure, { ...input, chance: 0 });
        const wait = plain.kind === 'back_off' ? plain.notBefore - NOW : Number.NaN;
        expect(verdict.notBefore - NOW).toBeGreaterThanOrEqual(wait);
        expect(verdict.notBefore - NOW).toBeLessThanOrEqual(Math.ceil(wait * 1.1));
      }),
    );
  });

  it('always comes later than now, and never takes attempts back', () => {
    fc.assert(
      fc.property(inputs, fc.array(fc.nat({ max: 86_400_000 }), { minLength: 1 }), (input, delaysMs) => {
        const verdict = judge(input.failure, { ...input, policy: { delaysMs } });
        if (verdict.kind !== 'back_off') return;
        expect(verdict.notBefore).toBeGreaterThanOrEqual(NOW);
        expect(verdict.attempts).toBeGreaterThanOrEqual(input.attempts);
      }),
    );
  });
});

describe('what a write may have done that failed', () => {
  const sign = (status: number, form: BodyForm = 'json') => ({
    status,
    form,
    retryAfterMs: null,
    limited: false,
  });
  const judged = (failure: Failure): Failure =>
    asJudged(failure, { whose: 'account', follows: 'new_credentials' });
  const unsure = (status: number | null, form?: BodyForm): Failure => ({
    kind: 'retry_later',
    code: 'CRM_FAILED',
    detail: 'x',
    status,
    ...(status !== null && form !== undefined && { answer: sign(status, form) }),
  });

  it.each([
    ['no answer', unsure(null), 'perhaps_later'],
    ['a success that nobody can read', unsure(200), 'perhaps_later'],
    ['the CRM’s own 500', unsure(500, 'json'), 'perhaps'],
    ['the CRM’s own 503', unsure(503, 'json'), 'perhaps_later'],
    ['a page with 500', unsure(500, 'html'), 'perhaps_later'],
    ['a page with 200', unsure(200, 'html'), 'perhaps'],
    ['the CRM’s own 401', { ...FAILURES.unauthorised, answer: sign(401) }, 'none'],
  ] as const)('with %s, whoever’s refusal it is judged to be', (_what, failure, effect) => {
    expect(effectOfFailure(failure)).toBe(effect);
    expect(effectOfFailure(judged(failure))).toBe(effect);
  });

  it.each(['unauthorised', 'rejected', 'gone', 'rate_limited', 'withheld'] as const)(
    'is nothing where a connector says that it was %s',
    (kind) => {
      expect(effectOfFailure(FAILURES[kind])).toBe('none');
    },
  );
});
