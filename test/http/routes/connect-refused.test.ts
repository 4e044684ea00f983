import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mriVault } from '../../../src/connectors/mri-vault/mri-vault.ts';
import type { AnswerSign, CallOutcome, Failure } from '../../../src/domain/outcome.ts';
import { fingerprintsOf } from '../../support/sealers.ts';
import { API_KEY, type ApiHarness, CREDENTIALS, startApi, USER } from '../api-harness.ts';

const CONNECT = '/api/integrations/crm/mri_vault/connect';

let api: ApiHarness;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const connect = (credentials: unknown = CREDENTIALS, query = '', more: object = {}) =>
  api.call('POST', `${CONNECT}${query}`, { body: { credentials, ...more } });

const toldBy = (status: number): AnswerSign => ({ status, form: 'json', retryAfterMs: null, limited: false });

const WRONG_ADDRESS = {
  code: 'VALIDATION_FAILED',
  retryable: false,
  errors: [
    {
      pointer: '/credentials/instanceUrl',
      code: 'NO_CRM_AT_ADDRESS',
      detail: expect.stringContaining('not MRI Vault'),
    },
  ],
};

describe('connecting is refused and stores nothing', () => {
  const failures: readonly [string, CallOutcome<true>, number, object][] = [
    [
      'the CRM refuses the credentials',
      { kind: 'unauthorised', code: 'UNAUTHORISED', detail: '', status: 401 },
      400,
      { code: 'INTEGRATION_FAILED', reason: 'credentials_refused', providerStatus: 401, retryable: false },
    ],
    [
      'nothing answers',
      { kind: 'retry_later', code: 'CONNECT_FAILED', detail: 'secret words', status: null },
      502,
      { code: 'INTEGRATION_FAILED', reason: 'unreachable', retryable: true },
    ],
    [
      'the CRM fails',
      { kind: 'ambiguous', code: 'SERVER_ERROR', detail: 'secret words', status: 503 },
      502,
      { code: 'INTEGRATION_FAILED', reason: 'crm_failed', providerStatus: 503 },
    ],
    [
      'the CRM asks to wait',
      { kind: 'rate_limited', code: 'RATE_LIMITED', detail: '', retryAfterMs: 1_500, answer: toldBy(429) },
      502,
      { code: 'INTEGRATION_FAILED', reason: 'rate_limited', providerStatus: 429 },
    ],
    [
      'the CRM has another status for that',
      {
        kind: 'rate_limited',
        code: 'DAILY_QUOTA_USED',
        detail: '',
        retryAfterMs: 1_500,
        answer: toldBy(403),
      },
      502,
      { code: 'INTEGRATION_FAILED', reason: 'rate_limited', providerStatus: 403 },
    ],
    [
      'the path is gone for good',
      { kind: 'gone', code: 'GONE', detail: '', answer: toldBy(410) },
      400,
      WRONG_ADDRESS,
    ],
    [
      'our app is refused there',
      {
        kind: 'unauthorised',
        code: 'APP_REFUSED',
        detail: '',
        status: 400,
        whose: 'application',
        answer: toldBy(400),
      },
      502,
      { code: 'INTEGRATION_FAILED', reason: 'service_refused', providerStatus: 400 },
    ],
    [
      'the CRM answers by a redirect',
      { kind: 'rejected', code: 'REDIRECT_REFUSED', detail: 'secret words', status: 302, fields: [] },
      502,
      { code: 'INTEGRATION_FAILED', reason: 'unexpected_answer', providerStatus: 302, retryable: true },
    ],
    ['the path is not there', { kind: 'gone', code: 'NOT_FOUND', detail: '' }, 400, WRONG_ADDRESS],
    [
      'a look-up finds no path',
      { kind: 'retry_later', code: 'LOOK_UP_FAILED', detail: 'secret words', status: 404 },
      400,
      WRONG_ADDRESS,
    ],
    [
      'a page answers',
      { kind: 'retry_later', code: 'ANSWER_NOT_JSON', detail: 'secret words', status: 200 },
      400,
      WRONG_ADDRESS,
    ],
    [
      'the host has no public address',
      { kind: 'retry_later', code: 'HOST_NOT_REACHABLE', detail: '', status: null },
      422,
      { code: 'VALIDATION_FAILED', errors: [{ pointer: '/credentials/instanceUrl' }] },
    ],
  ];

  it.each(failures)('when %s', async (_when, outcome, status, problem) => {
    api.crm.outcome = outcome;
    const answer = await connect();
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject(problem);
    expect(answer.text).not.toContain('secret words');
    expect(answer.text).not.toContain(API_KEY);
    expect(await api.store.connections.findByOwner(USER, 'mri_vault')).toBeNull();
  });

  it('when the instance address may not be called, without asking anybody', async () => {
    for (const instanceUrl of [
      'http://169.254.169.254',
      'https://user:pw@crm.example.com',
      'https://localhost',
    ]) {
      const answer = await connect({ apiKey: API_KEY, instanceUrl });
      expect(answer.status).toBe(422);
      expect(answer.json).toMatchObject({
        code: 'VALIDATION_FAILED',
        errors: [{ pointer: '/credentials/instanceUrl' }],
      });
      expect(answer.text).not.toContain('pw');
    }
    expect(api.crm.asked).toEqual([]);
  });

  it.each([
    ['office.example.com', 400],
    ['', 400],
    ['https://a b.example.com', 422],
    ['https://x.example.com/?a=1', 422],
    ['https://x.example.com/#a', 422],
  ])('when the instance address is none: %j', async (instanceUrl, status) => {
    const answer = await connect({ apiKey: API_KEY, instanceUrl });
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [{ pointer: '/credentials/instanceUrl', detail: expect.stringMatching(/\S/) }],
    });
    expect(api.crm.asked).toEqual([]);
  });

  it('without a status where none was answered: by a limit of ours, or where this service has no app', async () => {
    const ours: readonly Failure[] = [
      { kind: 'rate_limited', code: 'BUDGET_PAUSED', detail: '', retryAfterMs: 1_500 },
      { kind: 'unauthorised', code: 'APP_NOT_SET_UP', detail: '', status: 0, whose: 'application' },
    ];
    for (const outcome of ours) {
      api.crm.outcome = outcome;
      const answer = await connect();
      expect(answer.status).toBe(502);
      expect(answer.json).not.toHaveProperty('providerStatus');
    }
  });

  it('when nothing is at an address that was right before: that is an outage', async () => {
    await api.connect();
    api.crm.outcome = { kind: 'retry_later', code: 'LOOK_UP_FAILED', detail: '', status: 404 };
    const outage = { code: 'INTEGRATION_FAILED', reason: 'unexpected_answer', providerStatus: 404 };
    const again = await connect({ ...CREDENTIALS, apiKey: 'another-key' });
    expect(again.status).toBe(502);
    expect(again.json).toMatchObject(outage);
    const tested = await api.call('POST', '/api/integrations/crm/mri_vault/test');
    expect(tested.status).toBe(502);
    expect(tested.json).toMatchObject(outage);
  });

  it('when a new key has fewer than 8 characters, before the CRM is asked', async () => {
    for (const apiKey of ['k', '1234567', 'wrong']) {
      const answer = await connect({ ...CREDENTIALS, apiKey });
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({
        code: 'VALIDATION_FAILED',
        errors: [{ pointer: '/credentials/apiKey', code: 'TOO_SHORT' }],
      });
      expect(answer.text).not.toContain(`"${apiKey}"`);
    }
    expect(api.crm.asked).toEqual([]);
    expect((await connect({ ...CREDENTIALS, apiKey: '12345678' })).status).toBe(201);
  });

  it('but not when it is the one that is in use', async () => {
    await api.connect();
    const short = { ...CREDENTIALS, apiKey: 'k-1' };
    const budgetKey = mriVault.account.budgetKey(short, fingerprintsOf('store').of);
    await api.patchConnection({ budgetKey });
    expect((await connect(short)).status).toBe(200);
    const path = '/api/integrations/crm/mri_vault';
    expect((await api.call('PATCH', path, { body: { syncDeals: false } })).status).toBe(200);
    expect((await api.call('POST', `${path}/test`)).status).toBe(200);
    expect((await connect({ ...short, apiKey: 'k-2' })).status).toBe(400);
    await api.call('DELETE', path);
    expect((await connect(short)).status).toBe(400);
  });

  it('when the former credentials were valid: those stay', async () => {
    const before = await api.connect();
    api.crm.outcome = { kind: 'unauthorised', code: 'UNAUTHORISED', detail: '', status: 403 };
    expect((await connect({ ...CREDENTIALS, apiKey: 'wrong-key' })).status).toBe(400);
    expect(await api.connection()).toEqual(before);
  });

  it('when the direction is one that the CRM does not offer', async () => {
    for (const syncDirection of ['pull', 'bidirectional']) {
      const answer = await connect(CREDENTIALS, '', { syncConfig: { syncDirection } });
      expect(answer.status).toBe(422);
      expect(answer.json).toMatchObject({
        errors: [{ pointer: '/syncConfig/syncDirection', code: 'NOT_SUPPORTED' }],
      });
    }
    expect(api.crm.asked).toEqual([]);
  });

  it('when the provider is unknown or only planned', async () => {
    for (const provider of ['salesforce', 'nobody', '__proto__']) {
      const answer = await api.call('POST', `/api/integrations/crm/${provider}/connect`, {
        body: { credentials: CREDENTIALS },
      });
      expect(answer.status).toBe(404);
      expect(answer.json['code']).toBe('NOT_FOUND');
    }
  });
});
