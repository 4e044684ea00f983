import { createSign, generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { clientIdOf } from '../../../src/sandbox/salesforce/oauth/client-id.ts';
import {
  createSfSandbox,
  type SfInProcess,
  type SfSandboxOptions,
} from '../../../src/sandbox/salesforce/sf-sandbox.ts';
import { callSf, errorOf, postForm, sessionOf } from '../sf-caller.ts';
import { object } from '../vault-caller.ts';

let sandbox: SfInProcess;

function start(options: SfSandboxOptions = {}): void {
  sandbox = createSfSandbox(options);
}

afterEach(() => sandbox.close());

const TOKEN = '/services/oauth2/token';
const CLIENT = { client_id: clientIdOf('sandbox-key'), client_secret: 'sandbox-key' };

describe('client credentials', () => {
  it('come in the form or as Basic, and are told apart from wrong ones', async () => {
    start();
    const grant = { grant_type: 'client_credentials' };
    const told = await postForm(sandbox, TOKEN, { ...grant, ...CLIENT });
    expect(told.body).toMatchObject({ token_type: 'Bearer', instance_url: sandbox.url });
    expect(object(told.body)).not.toHaveProperty('refresh_token');
    const basic = Buffer.from(`${CLIENT.client_id}:${CLIENT.client_secret}`).toString('base64');
    expect((await postForm(sandbox, TOKEN, grant, { authorization: `Basic ${basic}` })).status).toBe(200);
    const wrong = await postForm(sandbox, TOKEN, { ...grant, ...CLIENT, client_secret: 'no' });
    expect([wrong.status, object(wrong.body)['error']]).toEqual([400, 'invalid_client']);
    const none = await postForm(sandbox, TOKEN, grant);
    expect([none.status, object(none.body)['error']]).toEqual([400, 'invalid_client']);
    const password = await postForm(sandbox, TOKEN, {
      ...CLIENT,
      grant_type: 'password',
      username: 'a',
      password: 'b',
    });
    expect(password.status).toBe(400);
  });
});

describe('a JWT', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const assertion = (claims: object, key = privateKey): string => {
    const signed = `${part({ alg: 'RS256' })}.${part(claims)}`;
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`;
  };
  const claims = (change: object = {}): object => ({
    iss: CLIENT.client_id,
    sub: 'integration@sandbox-realty.example',
    aud: sandbox.url,
    exp: Math.floor(Date.now() / 1_000) + 120,
    ...change,
  });
  const sent = (text: string) =>
    postForm(sandbox, TOKEN, { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: text });

  it('that the key’s owner signed opens a session', async () => {
    start({ publicKey: String(pem) });
    const { status, body } = await sent(assertion(claims()));
    expect(status).toBe(200);
    expect(object(body)).not.toHaveProperty('refresh_token');
    expect(object(body)).not.toHaveProperty('issued_at');
  });

  it('is taken as published clients make it: for the generic hosts, its end as text or in milliseconds', async () => {
    start({ publicKey: String(pem) });
    const taken = [
      { aud: 'https://login.salesforce.com', exp: String(Math.floor(Date.now() / 1_000) + 120) },
      { aud: 'https://test.salesforce.com', exp: Date.now() + 300 },
    ];
    for (const change of taken) expect((await sent(assertion(claims(change)))).status).toBe(200);
  });

  it('is refused where anything of it is wrong', async () => {
    start({ publicKey: String(pem) });
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const refused = [
      assertion(claims(), other),
      assertion(claims({ aud: 'https://other.example' })),
      assertion(claims({ exp: Math.floor(Date.now() / 1_000) - 1 })),
      assertion(claims({ sub: 'nobody@example.com' })),
      'no.jwt.here',
    ];
    for (const text of refused) {
      const { status, body } = await sent(text);
      expect([status, object(body)['error']]).toEqual([400, 'invalid_grant']);
    }
  });
});

describe('a session', () => {
  it('ends by time, by its app’s revocation and by people', async () => {
    const clock = createVirtualClock();
    start({ clock, sessionMs: 1_000, apiKeys: ['one', 'two'] });
    const expired = [401, 'INVALID_SESSION_ID', undefined];
    const token = await sessionOf(sandbox, 'one');
    expect((await callSf(sandbox, 'GET', '/limits', { token })).status).toBe(200);
    await clock.advance(1_000);
    expect(errorOf(await callSf(sandbox, 'GET', '/limits', { token }))).toEqual(expired);
    const [second, third] = [await sessionOf(sandbox, 'one'), await sessionOf(sandbox, 'two')];
    sandbox.revokeKey('one');
    expect(errorOf(await callSf(sandbox, 'GET', '/limits', { token: second }))).toEqual(expired);
    expect((await callSf(sandbox, 'GET', '/limits', { token: third })).status).toBe(200);
    sandbox.endSessions();
    expect(errorOf(await callSf(sandbox, 'GET', '/limits', { token: third }))).toEqual(expired);
    const identity = await callSf(sandbox, 'GET', '/services/oauth2/userinfo', { token: third });
    expect([identity.status, identity.body]).toEqual([403, 'Bad_OAuth_Token']);
  });

  it('is revoked by whoever has it', async () => {
    start();
    const token = await sessionOf(sandbox);
    expect((await postForm(sandbox, '/services/oauth2/revoke', { token })).status).toBe(200);
    expect((await callSf(sandbox, 'GET', '/limits', { token })).status).toBe(401);
    expect((await postForm(sandbox, '/services/oauth2/revoke', { token })).status).toBe(400);
  });
});

describe('the versions', () => {
  it('are told to anybody, and unknown ones aren’t there', async () => {
    start();
    const { body } = await callSf(sandbox, 'GET', '/services/data/', { token: null });
    expect(body).toContainEqual({ label: "Winter '27", url: '/services/data/v68.0', version: '68.0' });
    expect(body).toContainEqual({ label: "Spring '24", url: '/services/data/v60.0', version: '60.0' });
    expect(errorOf(await callSf(sandbox, 'GET', '/services/data/v99.0/limits'))).toEqual([
      404,
      'NOT_FOUND',
      undefined,
    ]);
    expect((await callSf(sandbox, 'PUT', '/limits')).status).toBe(405);
    expect((await callSf(sandbox, 'GET', '/nothing')).status).toBe(404);
  });
});

describe('the limit of the day', () => {
  it('is told on every answer, and refuses without a time where it is enforced', async () => {
    start({ rateLimit: { requestsPerDay: 2 } });
    const token = await sessionOf(sandbox);
    const first = await callSf(sandbox, 'GET', '/nothing', { token });
    expect(first.headers.get('sforce-limit-info')).toBe('api-usage=1/2');
    await callSf(sandbox, 'GET', '/limits', { token });
    const refused = await callSf(sandbox, 'GET', '/limits', { token });
    expect(errorOf(refused)).toEqual([403, 'REQUEST_LIMIT_EXCEEDED', undefined]);
    expect(refused.headers.get('retry-after')).toBeNull();
    expect(refused.headers.get('sforce-limit-info')).toBe('api-usage=2/2');
    expect((await callSf(sandbox, 'GET', '/limits', { token: 'no' })).headers.get('sforce-limit-info')).toBe(
      'api-usage=2/2',
    );
  });
});
