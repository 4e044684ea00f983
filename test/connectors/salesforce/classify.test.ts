import { describe, expect, it } from '@jest/globals';
import { classifySalesforce } from '../../../src/connectors/salesforce/classify.ts';
import type { CrmRequest } from '../../../src/connectors/connector.port.ts';
import type { Json } from '../../../src/domain/json.ts';

const PATCH: CrmRequest = {
  verb: 'update',
  method: 'PATCH',
  path: ['services', 'data', 'v68.0', 'sobjects', 'Contact', '003000000000001'],
};
const POST: CrmRequest = { verb: 'create', method: 'POST', path: PATCH.path.slice(0, 5) };

const means = (status: number, body: Json, request = PATCH) =>
  classifySalesforce({ status, headers: {}, body }, request);
const error = (errorCode: string, message = 'No.', fields: readonly string[] = []): Json => [
  { errorCode, message, fields: [...fields] },
];

describe('what Salesforce’s answers mean', () => {
  it('a locked row is tried again, also where a trigger ran into it', () => {
    for (const body of [
      error('UNABLE_TO_LOCK_ROW'),
      error(
        'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
        'Trigger: UNABLE_TO_LOCK_ROW, unable to obtain exclusive access',
      ),
    ])
      expect(means(400, body)).toMatchObject({ kind: 'retry_later', code: 'ROW_LOCKED', whose: 'record' });
  });

  it('403 for the day’s calls is a pause and no refusal; for too many at once a short one', () => {
    expect(means(403, error('REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'))).toMatchObject({
      kind: 'rate_limited',
      code: 'DAILY_QUOTA_USED',
      retryAfterMs: 300_000,
    });
    expect(
      means(403, error('REQUEST_LIMIT_EXCEEDED', 'ConcurrentPerOrgLongTxn Limit exceeded.')),
    ).toMatchObject({
      kind: 'rate_limited',
      code: 'LIMIT_REACHED',
      retryAfterMs: 5_000,
    });
  });

  it('a record that isn’t there is gone; one that it names is another matter', () => {
    expect(means(404, error('INVALID_CROSS_REFERENCE_KEY'))?.kind).toBe('gone');
    expect(means(404, error('ENTITY_IS_DELETED'))?.kind).toBe('gone');
    expect(means(400, error('INVALID_CROSS_REFERENCE_KEY', 'No.', ['Vendor__c']))).toMatchObject({
      kind: 'retry_later',
      code: 'REFERENCE_GONE',
    });
    expect(means(400, error('ENTITY_IS_DELETED'), POST)).toMatchObject({ kind: 'retry_later' });
  });

  it('a session that is over is the session’s, and a refused sign-in the account’s', () => {
    expect(means(401, error('INVALID_SESSION_ID'))).toMatchObject({ kind: 'unauthorised', status: 401 });
    const signIn: CrmRequest = { verb: 'read', method: 'POST', path: ['services', 'oauth2', 'token'] };
    expect(means(400, { error: 'invalid_grant', error_description: 'expired' }, signIn)).toMatchObject({
      kind: 'unauthorised',
      code: 'SIGN_IN_REFUSED',
      whose: 'account',
    });
    expect(means(400, { error: 'unknown_error' }, signIn)?.kind).toBe('retry_later');
  });

  it('an app that is refused is the operator’s matter, where it isn’t the user’s own', () => {
    const signIn = (grant: string): CrmRequest => ({
      verb: 'read',
      method: 'POST',
      path: ['services', 'oauth2', 'token'],
      text: `grant_type=${grant}&client_id=x`,
    });
    for (const error of ['invalid_client', 'invalid_client_id', 'unsupported_grant_type']) {
      const body = { error, error_description: 'invalid client credentials' };
      for (const grant of [
        'refresh_token',
        'authorization_code',
        'urn:ietf:params:oauth:grant-type:jwt-bearer',
      ])
        expect(means(400, body, signIn(grant))).toMatchObject({
          kind: 'unauthorised',
          code: 'APP_REFUSED',
          whose: 'application',
        });
      expect(means(400, body, signIn('client_credentials'))).toMatchObject({
        code: 'SIGN_IN_REFUSED',
        whose: 'account',
      });
    }
    expect(means(400, { error: 'invalid_grant' }, signIn('refresh_token'))?.whose).toBe('account');
  });

  it('a rule of the org is told in its own words, with the field', () => {
    const refused = means(
      400,
      error('FIELD_CUSTOM_VALIDATION_EXCEPTION', 'A buyer needs a budget.', ['Budget__c']),
    );
    expect(refused).toMatchObject({
      kind: 'rejected',
      whose: 'record',
      fields: [{ field: 'Budget__c', message: 'A buyer needs a budget.' }],
    });
    expect(refused?.detail).toBe('A validation rule of the org refuses it: A buyer needs a budget.');
  });

  it('a value that somebody took is looked for; another’s page says nothing', () => {
    expect(means(400, error('DUPLICATE_VALUE'), POST)).toMatchObject({ kind: 'rejected', code: 'CONFLICT' });
    expect(means(503, null)).toBeNull();
    expect(means(500, error('UNKNOWN_EXCEPTION'))).toBeNull();
  });
});
