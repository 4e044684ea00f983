import { afterEach, describe, expect, it } from '@jest/globals';
import { createFollowUpBoss, followUpBoss } from '../../../src/connectors/follow-up-boss/follow-up-boss.ts';
import type { CrmAnswer, CrmRequest } from '../../../src/connectors/connector.port.ts';
import { isUsualPlaceholder } from '../../../src/domain/canonical/placeholder-emails.ts';
import type { Json } from '../../../src/domain/json.ts';
import { applied, openFubAccount, type FubAccount } from './fub-account.ts';

let account: FubAccount | null = null;
afterEach(async () => {
  await account?.close();
  account = null;
});

const made = (operator: Record<string, string>, baseUrl: string | null = null) =>
  createFollowUpBoss({ operator, baseUrl, isPlaceholder: isUsualPlaceholder });

describe('an account', () => {
  it('is reached at the vendor’s alone, unless the operator names a stand-in', () => {
    expect(followUpBoss.account.baseUrl({})).toBe('https://api.followupboss.com/v1');
    expect(followUpBoss.hosts).toEqual(['api.followupboss.com']);
    const there = made({}, 'http://127.0.0.1:9/v1');
    expect([there.account.baseUrl({}), there.hosts]).toEqual(['http://127.0.0.1:9/v1', undefined]);
  });

  it('is opened by the key as user without a password, and the operator’s system', () => {
    const key = { apiKey: 'fka_1' };
    const authorization = `Basic ${Buffer.from('fka_1:').toString('base64')}`;
    expect(followUpBoss.account.headers(key)).toEqual({ authorization });
    expect(made({ FUB_SYSTEM: 'Zena' }).account.headers(key)).toEqual({ authorization });
    expect(made({ FUB_SYSTEM: 'Zena', FUB_SYSTEM_KEY: 'k' }).account.headers(key)).toEqual({
      authorization,
      'x-system': 'Zena',
      'x-system-key': 'k',
    });
  });

  it.each([[{}], [{ apiKey: '' }], [{ apiKey: 'a b' }], [{ apiKey: 'a:b' }], [{ apiKey: 7 }]])(
    'is not opened by %j',
    (input) => {
      expect(followUpBoss.account.parse(input)).toMatchObject({ ok: false, errors: [{ field: 'apiKey' }] });
    },
  );

  it('takes nothing beside the key', () => {
    expect(followUpBoss.account.parse({ apiKey: 'a', instanceUrl: 'x' })).toMatchObject({
      ok: false,
      errors: [{ field: 'instanceUrl', code: 'UNKNOWN_FIELD' }],
    });
  });

  it('is named by its id, with the names that it tells', async () => {
    account = openFubAccount();
    const { connector, http } = account;
    expect(applied(await connector.account.identify(http, { apiKey: 'sandbox-key' }))).toEqual({
      accountKey: 'follow_up_boss 1400217',
      label: 'Sandbox Realty',
      actsAs: 'Olivia Owens',
    });
    expect(await connector.authenticate(http)).toEqual({ kind: 'applied', value: true });
    expect(await connector.authenticate(account.as('wrong'))).toMatchObject({ kind: 'unauthorised' });
    expect(account.calls().every((call) => call === 'GET /identity')).toBe(true);
  });
});

describe('an answer', () => {
  const request = (over: Partial<CrmRequest> = {}): CrmRequest => ({
    verb: 'update',
    method: 'PUT',
    path: ['people', '1'],
    ...over,
  });
  const said = (status: number, body: Json, headers: Record<string, string> = {}): CrmAnswer => ({
    status,
    body,
    headers,
  });
  const classify = (answer: CrmAnswer, of = request()) => followUpBoss.classify?.(answer, of) ?? null;

  it('403 is about one record, unless it says that the account has expired or a system isn’t registered', () => {
    expect(classify(said(403, { errorMessage: 'No permission for this person.' }))).toMatchObject({
      kind: 'rejected',
      whose: 'record',
    });
    expect(classify(said(403, { errorMessage: 'This account has expired.' }))).toMatchObject({
      kind: 'unauthorised',
      code: 'ACCOUNT_EXPIRED',
      whose: 'account',
    });
    expect(classify(said(403, { error: 'Only registered systems can use this endpoint.' }))).toMatchObject({
      kind: 'rejected',
      whose: 'application',
    });
  });

  it('403 to a listing, with a time to wait, or as a page, is the host’s to judge', () => {
    const body = { errorMessage: 'No.' };
    expect(classify(said(403, body), request({ verb: 'list', method: 'GET', path: ['people'] }))).toBeNull();
    expect(classify(said(403, body, { 'retry-after': '3' }))).toBeNull();
    expect(classify(said(403, null))).toBeNull();
    expect(classify(said(403, body), request({ verb: 'verify', path: ['identity'] }))).toBeNull();
  });

  it.each([200, 400, 401, 404, 429, 500])('%i is as the host has it', (status) => {
    expect(classify(said(status, { errorMessage: 'x' }))).toBeNull();
  });

  it('429 in the middle of a record is a pause, in the vendor’s own form', async () => {
    account = openFubAccount({ rateLimit: { requests: { notes: 0 } } });
    const { http, people } = account;
    const created = applied(await people.parts.core.create(http, { fields: { firstName: 'Ada' } }));
    const [notes] = people.parts.others ?? [];
    if (notes?.does !== 'appends') throw new Error('no notes');
    expect(await notes.append(http, created.id, 'x')).toMatchObject({
      kind: 'rate_limited',
      retryAfterMs: 10_000,
    });
  });
});
