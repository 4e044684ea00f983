import { describe, expect, it } from '@jest/globals';
import type { AnswerSign, CallOutcome, Failure } from '../../../src/domain/outcome.ts';
import type { JudgedOutage } from '../../../src/domain/outcome.ts';
import type { DispatchChecks } from '../../../src/delivering/crm-sessions.port.ts';
import { createJudge } from '../../../src/delivering/judge-refusal.ts';

const sign = (status: number, form: AnswerSign['form'] = 'json'): AnswerSign => ({
  status,
  form,
  retryAfterMs: null,
  limited: false,
});
const failure = (status: number, form: AnswerSign['form'] = 'json'): Failure => ({
  kind: 'retry_later',
  code: 'X',
  detail: '',
  status,
  answer: sign(status, form),
});
const refused = (status: number, form: AnswerSign['form'] = 'json'): Failure => ({
  kind: 'unauthorised',
  code: 'CREDENTIALS_REFUSED',
  detail: '',
  status,
  answer: sign(status, form),
});
const GONE: Failure = { kind: 'gone', code: 'NOT_FOUND', detail: '', answer: sign(404) };
const LIMITED: Failure = {
  kind: 'rate_limited',
  code: 'TOO_MANY_REQUESTS',
  detail: '',
  retryAfterMs: 1,
  answer: sign(429),
};
const WELL: CallOutcome<true> = { kind: 'applied', value: true };
const CHECKS: DispatchChecks = { mayDispatch: () => Promise.resolve(null), mayStillDispatch: () => null };

/** One judge over a CRM whose `authenticate` ends in what is told. */
function judging(verify: CallOutcome<true>, over: { lastSuccessAt?: number; blockedUntil?: number } = {}) {
  let probes = 0;
  const outages: JudgedOutage[] = [];
  const told: string[] = [];
  const health = {
    lastSuccessAt: over.lastSuccessAt ?? null,
    success: () => void told.push('healthy'),
    verified: () => void told.push('verified'),
    failure: ({ kind, whose }: Failure) => void told.push(whose ?? kind),
    unreachable: () => void told.push('unreachable'),
  };
  const foreign = new Set<string>();
  const { judge, endDoubt } = createJudge(
    {
      probe: async () => {
        probes += 1;
        await Promise.resolve();
        return verify;
      },
      blockedUntil: () => over.blockedUntil ?? null,
      tellOutage: (outage) => void outages.push(outage),
      tellForeign: (record) => foreign.add(record).size > 1,
      isOnTrial: () => false,
    },
    health,
    CHECKS,
  );
  return {
    outages,
    told,
    probes: () => probes,
    endDoubt,
    judge: (of: Failure, record = 'a', verb: 'update' | 'create' | 'find' = 'update') =>
      judge(of, { verb, since: 100, record }),
  };
}

describe('a failed call', () => {
  it('is judged by one probe for all who wait for it', async () => {
    const { judge, probes } = judging(WELL);
    const judged = await Promise.all(['a', 'b', 'c'].map((record) => judge(refused(401), record)));
    expect(judged.map(({ kind, whose }) => `${kind} ${whose}`)).toEqual(Array(3).fill('retry_later request'));
    expect(probes()).toBe(1);
  });

  it('is judged without one where another call got through since it began, or where it speaks for itself', async () => {
    const since = judging(refused(401), { lastSuccessAt: 101 });
    expect(await since.judge(refused(401))).toMatchObject({ kind: 'retry_later' });
    expect(await since.judge(GONE)).toMatchObject({ kind: 'gone' });
    expect(await since.judge(LIMITED)).toMatchObject({ kind: 'rate_limited', whose: 'account' });
    expect(since.probes()).toBe(0);
    const before = judging(refused(401), { lastSuccessAt: 100 });
    expect(await before.judge(refused(401))).toMatchObject({ kind: 'unauthorised', whose: 'account' });
  });

  it('is not judged twice', async () => {
    const { judge, probes } = judging(refused(401));
    const judged: Failure = { ...GONE, whose: 'record' };
    expect(await judge(judged)).toBe(judged);
    expect(probes()).toBe(0);
  });

  it('stops everything where authenticate gets the same, or none of the CRM’s, and health says so', async () => {
    for (const verify of [
      failure(404),
      failure(302, 'empty'),
      failure(503),
      refused(403, 'html'),
      refused(401, 'text'),
    ]) {
      const { judge, outages, told } = judging(verify);
      expect(await judge(GONE)).toMatchObject({ kind: 'retry_later', whose: 'outage' });
      expect(outages).toEqual([{ atLeastMs: null, isHidden: false }]);
      expect(told.at(-1)).toBe('unreachable');
      expect(told).not.toContain('unauthorised');
    }
  });

  it('waits for the operator where authenticate says that this service itself is refused, and nobody’s credentials are', async () => {
    const ours: Failure = {
      kind: 'unauthorised',
      code: 'INTEGRATOR_KEY_REFUSED',
      detail: '',
      status: 403,
      answer: sign(403),
      whose: 'application',
    };
    for (const first of [ours, refused(401), refused(403), failure(500)]) {
      const { judge, outages, told } = judging(ours);
      const judged = await judge(first);
      expect(judged).toMatchObject({ kind: 'retry_later', code: ours.code, whose: 'application' });
      expect(outages).toEqual([{ atLeastMs: null, isHidden: false }]);
      expect(told).toEqual(['application']);
      expect(await judge(judged)).toBe(judged);
    }
    const stray = judging(WELL);
    expect(await stray.judge(ours)).toMatchObject({ kind: 'retry_later', whose: 'request' });
    expect(stray.outages).toEqual([]);
  });

  it('is an outage though authenticate is well where another record gets a page, too', async () => {
    const { judge, outages } = judging(WELL);
    const page = failure(404, 'html');
    expect((await judge(page, 'a')).whose).toBe('record');
    expect((await judge(page, 'a')).whose).toBe('record');
    expect((await judge(failure(500), 'b')).whose).toBe('record');
    expect((await judge(page, 'b')).whose).toBe('outage');
    expect(outages).toEqual([{ atLeastMs: null, isHidden: true }]);
  });

  it('counts for nobody where authenticate is held back, or limited itself', async () => {
    const withheld: Failure = { kind: 'withheld', code: 'STOPPING', detail: '' };
    for (const verify of [withheld, LIMITED]) {
      const { judge, outages, told } = judging(verify);
      expect(await judge(failure(500))).toMatchObject({ kind: 'retry_later', whose: 'outage' });
      expect([outages, told.includes('unreachable')]).toEqual([[], false]);
    }
  });

  it('that may have made something stays uncertain, whoever’s it is', async () => {
    const uncertain: Failure = {
      kind: 'ambiguous',
      code: 'CRM_FAILED',
      detail: '',
      status: 500,
      answer: sign(500),
    };
    for (const verify of [WELL, refused(401), failure(503), failure(500)])
      expect((await judging(verify).judge(uncertain, 'a', 'create')).kind).toBe('ambiguous');
  });

  it('of a 403 that asks for a pause leaves the credentials in doubt, which ends with the pause', async () => {
    const paused: Failure = { ...LIMITED, answer: { ...sign(403), retryAfterMs: 2_000 } };
    const good = judging(WELL);
    expect(await good.judge(paused)).toMatchObject({ kind: 'rate_limited', whose: 'account' });
    expect([good.probes(), await good.endDoubt(), await good.endDoubt(), good.probes()]).toEqual([
      0,
      null,
      null,
      1,
    ]);
    const bad = judging(refused(403));
    await bad.judge(paused);
    expect(await bad.endDoubt()).toMatchObject({ kind: 'unauthorised' });
    expect(bad.told).toEqual(['unauthorised']);
    const limited = judging(WELL);
    await limited.judge(LIMITED);
    await limited.endDoubt();
    expect(limited.probes()).toBe(0);
  });

  it('asks nothing while the CRM is left alone', async () => {
    const { judge, probes } = judging(WELL, { blockedUntil: 5_000 });
    expect(await judge(GONE)).toMatchObject({ whose: 'outage' });
    expect(probes()).toBe(0);
  });
});
