import { readdir, readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeToken } from '../../src/auth/token-maker.ts';
import { SCOPES } from '../../src/auth/principal.ts';
import { deadLetterMessage } from '../../src/change-feed/kafka/producing/dead-letter-message.ts';
import { secret } from '../../src/config/secret.ts';
import type { SandboxFault } from '../../src/sandbox/kit/faults/fault.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { openSqliteStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import {
  eventually,
  JWT_SECRET,
  type RunningService,
  startRunningService,
} from '../support/running-service.ts';
import { type Canary, encodingsOf, findCanaries, type Output } from './canaries.ts';

const API_KEY = 'Cn4ry/api+key"7f3a91\\e2';
const WRONG_KEY = 'Cn4ry/wrong+key"55d0\\b8';
const URL_PASSWORD = 'Cn4ry-url-password-31';
const ENCRYPTION_KEY = '5eC7e7'.toLowerCase().padEnd(64, '9ab3');
const PROVIDER = '/api/integrations/crm/mri_vault';
const USER = 'user-1';

const PERSON: readonly Canary[] = [
  { name: 'name', text: 'Wilhelmina Canarybird' },
  { name: 'email', text: 'wilhelmina@canarybird.example' },
  { name: 'phone', text: '+64 21 0987 6543' },
  { name: 'notes', text: 'Canary note: sells in spring' },
];
const [NAME = '', EMAIL = '', PHONE = '', NOTES = ''] = PERSON.map(({ text }) => text);

let token: string;
let folder: string;
let running: RunningService;
let secrets: readonly Canary[];
const answers: Output[] = [];
/** Answers that show a person's own records to their owner, or an unreadable event to an operator. */
const SHOWS_CONTENT = /\/records|\/dead-letters|\/api\/events|\/runs\/[^/]+\/events|dryRun/;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zena-leaks-'));
  running = await startRunningService(
    { DATA_DIR: folder, ENCRYPTION_KEY, RETRY_DELAYS: '1ms,1ms' },
    { apiKeys: [API_KEY] },
  );
  token = await makeToken(
    {
      secret: secret(JWT_SECRET),
      userId: USER,
      scopes: SCOPES,
      ttlMs: 600_000,
      issuer: null,
      audience: null,
    },
    systemClock,
  );
  secrets = [
    { name: 'API key', text: API_KEY },
    { name: 'refused API key', text: WRONG_KEY },
    { name: 'password in a URL', text: URL_PASSWORD },
    { name: 'JWT', text: token },
    { name: "JWT's signature", text: token.slice(token.lastIndexOf('.') + 1) },
    { name: 'JWT secret', text: JWT_SECRET },
    { name: 'encryption key in hex', text: ENCRYPTION_KEY },
    { name: 'encryption key in base64', text: Buffer.from(ENCRYPTION_KEY, 'hex').toString('base64') },
  ];
  await misuse();
  await syncThroughFaults();
  await askEveryRoute();
}, 60_000);
afterAll(async () => {
  await running.stop();
  await rm(folder, { recursive: true, force: true });
});

async function call(method: string, path: string, body?: unknown, raw?: string) {
  const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(`${running.service.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(sent !== undefined && { 'content-type': 'application/json' }),
    },
    ...(sent !== undefined && { body: sent }),
  });
  const text = await response.text();
  const name = `answer of ${method} ${path} (${response.status})`;
  answers.push({ name, bytes: Buffer.from(text + JSON.stringify([...response.headers])) });
  return { status: response.status, text };
}

const connect = (apiKey: unknown, instanceUrl: string = running.sandbox.url) =>
  call('POST', `${PROVIDER}/connect`, { credentials: { apiKey, instanceUrl } });

/** Requests that are wrong in ways that tempt a service to repeat them. */
async function misuse(): Promise<void> {
  const { url } = running.sandbox;
  expect((await connect(WRONG_KEY)).status).toBe(400);
  await connect(`${WRONG_KEY}\r\nx-evil: 1`);
  await connect([API_KEY]);
  await connect(API_KEY, `https://user:${URL_PASSWORD}@crm.attack.test/?key=${URL_PASSWORD}`);
  await connect(API_KEY, `ftp://${URL_PASSWORD}`);
  await call('POST', `${PROVIDER}/connect`, {
    credentials: { apiKey: API_KEY, instanceUrl: url },
    surname: EMAIL,
  });
  await call('POST', `${PROVIDER}/connect`, undefined, `{"credentials":{"apiKey":"${WRONG_KEY}`);
  await call('POST', `${PROVIDER}/connect`, { apiKey: API_KEY, instanceUrl: url });
  await call('POST', '/api/session', { token: `${token}x` });
  await call('GET', `/api/nowhere/${encodeURIComponent(EMAIL)}`);
  await call('GET', `${PROVIDER}/records/contact/${encodeURIComponent(EMAIL.replaceAll(' ', ''))}`);
  expect((await connect(API_KEY)).status).toBe(201);
}

/** A body that repeats the credentials in every form, and the record. */
function echo(): Record<string, unknown> {
  const forms = [API_KEY, `Bearer ${API_KEY}`].flatMap((text) => encodingsOf(text).map(([, form]) => form));
  return {
    message: `Not accepted: ${NAME} ${EMAIL} with Bearer ${API_KEY}`,
    errors: [
      { field: 'email', code: EMAIL, message: `${EMAIL} and ${PHONE} of ${NAME} are taken: ${NOTES}` },
      ...forms.map((form, at) => ({ field: `${at}${form}`, message: `authorization: ${form}` })),
      ...[270, 280, 290].map((before) => ({
        field: 'cut',
        message: `${'x'.repeat(before)}${API_KEY} and more`,
      })),
    ].slice(0, 60),
  };
}
const echoHeaders = () => ({
  'x-authorization': `Bearer ${API_KEY}`,
  'www-authenticate': `Bearer realm="${encodeURIComponent(API_KEY)}"`,
  location: `https://crm.attack.test/?key=${encodeURIComponent(API_KEY)}`,
});

const person = (at: number) => ({
  entity: 'contact',
  entityId: `c-${at}`,
  version: 1,
  userId: USER,
  eventId: `e-${at}`,
  operation: 'UPSERT',
  occurredAt: new Date().toISOString(),
  contact: {
    name: NAME,
    emails: [`${at}${EMAIL}`],
    phones: [PHONE],
    role: 'buyer',
    relationshipNotes: [NOTES],
  },
});

async function syncThroughFaults(): Promise<void> {
  const chunked = Array.from({ length: 9 }, (_, part) => part);
  const faults: readonly SandboxFault[] = [
    ...chunked.map((part): SandboxFault => {
      const { errors, ...body } = echo();
      const some = (errors as unknown[]).slice(part * 6, part * 6 + 6);
      return {
        kind: 'status',
        status: 400,
        body: { ...body, errors: some } as never,
        headers: echoHeaders(),
      };
    }),
    { kind: 'status', status: 500, body: echo() as never, headers: echoHeaders() },
    { kind: 'status', status: 503, body: `<html>${API_KEY} ${NAME}</html>`, headers: echoHeaders() },
    { kind: 'status', status: 409, body: echo() as never },
    { kind: 'status', status: 429, body: echo() as never, headers: { ...echoHeaders(), 'retry-after': '0' } },
    { kind: 'status', status: 418, body: `Bearer ${API_KEY} ${EMAIL}` },
    { kind: 'htmlWith200' },
    { kind: 'errorIn200', body: echo() as never },
    { kind: 'redirect', location: `/?key=${encodeURIComponent(API_KEY)}` },
    { kind: 'resetBeforeCommit' },
    { kind: 'gzipBody' },
  ];
  for (const [at, fault] of faults.entries()) {
    const rule = running.sandbox.misbehave({ match: { method: 'POST', path: '/contacts' }, times: 1, fault });
    expect((await call('POST', '/api/changes', [person(at)])).status).toBe(202);
    await eventually(() => expect(rule.hits()).toBe(1));
  }
  const poison = [
    { ...person(90), contact: { name: NAME, emails: EMAIL } },
    { ...person(91), [EMAIL]: NAME },
    { ...person(92), entity: NAME },
    { ...person(93), entityId: NAME },
    NAME,
  ];
  expect((await call('POST', '/api/changes', [person(80), ...poison])).status).toBe(202);
  await call('POST', '/api/changes', undefined, `{"entity":"contact","entityId":"${EMAIL}","note":"${NAME}`);
  await eventually(async () => expect((await letterIds()).length).toBeGreaterThanOrEqual(9));
  await call('POST', `${PROVIDER}/sync?dryRun=true`);
  await call('POST', `${PROVIDER}/sync`);
  const plan = await call('POST', '/api/ops/dead-letters/plan', {});
  const { planId } = JSON.parse(plan.text) as { planId: string };
  await call('POST', '/api/ops/dead-letters/replay', { planId });
  running.sandbox.misbehave({
    match: { path: '/auth/verify' },
    times: 1,
    fault: { kind: 'status', status: 403, body: echo() as never, headers: echoHeaders() },
  });
  await call('POST', `${PROVIDER}/test`);
}

async function letterIds(): Promise<readonly string[]> {
  const { text } = await call('GET', '/api/ops/dead-letters?limit=200');
  const { data } = JSON.parse(text) as { data: { id: string }[] };
  return data.map(({ id }) => id);
}

async function askEveryRoute(): Promise<void> {
  const { text } = await call('GET', '/openapi.json');
  const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, unknown>> };
  const letters = await letterIds();
  const runs = JSON.parse((await call('GET', `${PROVIDER}/runs`)).text) as { data: { runId: string }[] };
  const values: Record<string, string> = {
    provider: 'mri_vault',
    entity: 'contact',
    entityId: 'c-0',
    runId: runs.data[0]?.runId ?? '',
    id: letters[0] ?? '',
  };
  const asked = Object.keys(paths).filter(
    (path) => 'get' in (paths[path] ?? {}) && !path.endsWith('/events'),
  );
  expect(asked.length).toBeGreaterThanOrEqual(15);
  for (const path of asked) {
    await call(
      'GET',
      path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? values['id'] ?? '')),
    );
  }
  for (const id of letters) await call('GET', `/api/ops/dead-letters/${id}`);
  await call('GET', `${PROVIDER}/records?q=canary`);
  await call('GET', '/metrics');
}

const logs = (): Output => ({ name: 'the log', bytes: Buffer.from(running.logs.join('\n')) });

/** The headers that Kafka would have got for each letter of the index. */
async function letterHeaders(): Promise<readonly Output[]> {
  const copy = join(folder, 'zena-crm.sqlite');
  const store = await openSqliteStore({ path: copy });
  const { items } = await store.deadLetters.list({}, null, 200);
  await store.close();
  expect(items.length).toBeGreaterThanOrEqual(9);
  return items.map((letter) => {
    const { headers } = deadLetterMessage({ letter, record: null }, 'letters');
    const parts = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${String(value)}`);
    return { name: `headers of the letter ${letter.code}`, bytes: Buffer.from(parts.join('\n')) };
  });
}

async function storeFiles(): Promise<readonly Output[]> {
  const names = await readdir(folder);
  return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })));
}

describe('after a run full of faults', () => {
  it('no secret stands in any answer, in the log, or in the metrics', () => {
    expect(answers.length).toBeGreaterThanOrEqual(50);
    expect(findCanaries(secrets, [...answers, logs()])).toEqual([]);
  });

  it('nobody’s data stands in the log, in the metrics, or in an answer that is not about their record', () => {
    const others = answers.filter(({ name }) => !SHOWS_CONTENT.test(name));
    expect(others.length).toBeGreaterThanOrEqual(30);
    expect(findCanaries(PERSON, [...others, logs()])).toEqual([]);
  });

  it('a refusal repeats nobody’s data, wherever it comes from', () => {
    const refusals = answers.filter(({ bytes }) => bytes.includes('"type":"/problems/'));
    expect(refusals.length).toBeGreaterThanOrEqual(10);
    expect(findCanaries(PERSON, refusals)).toEqual([]);
  });

  it('the search would have found them: the owner’s own records hold their data', () => {
    const found = findCanaries(
      PERSON,
      answers.filter(({ name }) => SHOWS_CONTENT.test(name)),
    );
    expect(found.length).toBeGreaterThan(0);
  });

  it('the store’s files hold no secret, and the headers of a dead letter nobody’s data either', async () => {
    await running.service.stop();
    const files = await storeFiles();
    expect(findCanaries(secrets, files)).toEqual([]);
    expect(findCanaries(PERSON, files).length).toBeGreaterThan(0);
    const headers = await letterHeaders();
    expect(findCanaries([...secrets, ...PERSON], headers)).toEqual([]);
  });
});
