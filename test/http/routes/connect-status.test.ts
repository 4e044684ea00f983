import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Failure } from '../../../src/domain/outcome.ts';
import { type ApiHarness, CREDENTIALS, startApi } from '../api-harness.ts';

let api: ApiHarness;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const refusedWith = async (outcome: Failure) => {
  api.crm.outcome = outcome;
  return await api.call('POST', '/api/integrations/crm/mri_vault/connect', {
    body: { credentials: CREDENTIALS },
  });
};

describe('a connect that fails', () => {
  it('tells no status where none was answered: by a limit of ours, or where this service has no app', async () => {
    const ours: readonly Failure[] = [
      { kind: 'rate_limited', code: 'BUDGET_PAUSED', detail: '', retryAfterMs: 1_500 },
      { kind: 'unauthorised', code: 'APP_NOT_SET_UP', detail: '', status: 0, whose: 'application' },
    ];
    for (const outcome of ours) {
      const answer = await refusedWith(outcome);
      expect(answer.status).toBe(502);
      expect(answer.json).not.toHaveProperty('providerStatus');
    }
  });

  it('tells the status by which our app was refused', async () => {
    const app = {
      kind: 'unauthorised',
      code: 'APP_REFUSED',
      detail: '',
      status: 400,
      whose: 'application',
    } as const;
    expect((await refusedWith(app)).json).toMatchObject({ reason: 'service_refused', providerStatus: 400 });
  });

  it('tells the status that was answered, where a CRM names a limit by another than 429', async () => {
    const answer = { status: 403, form: 'json', retryAfterMs: null, limited: true } as const;
    const limit = {
      kind: 'rate_limited',
      code: 'DAILY_QUOTA_USED',
      detail: '',
      retryAfterMs: 1_500,
      answer,
    } as const;
    expect((await refusedWith(limit)).json).toMatchObject({ reason: 'rate_limited', providerStatus: 403 });
  });
});
