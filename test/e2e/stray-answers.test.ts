import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { changeJson } from '../support/change-json.ts';
import { eventually, startRunningService, type RunningService } from '../support/running-service.ts';
import type { SandboxFault } from '../../src/sandbox/kit/faults/fault.ts';

/** Answers that are about something else than they seem to be; each was reported of a real CRM, or of what stood before one. */

let running: RunningService;
beforeEach(async () => {
  running = await startRunningService({ RETRY_DELAYS: '500ms,1s,2s' });
});
afterEach(async () => {
  await running.stop();
});

const PAGE = '<!doctype html><html><body>We are back soon.</body></html>';
const page = (status: number): SandboxFault => ({
  kind: 'status',
  status,
  body: PAGE,
  headers: { 'content-type': 'text/html' },
});

const contact = (entityId: string, version: number, name: string, emails = [`${entityId}@a.test`]) =>
  changeJson('contact', entityId, version, {
    name,
    emails,
    phones: [],
    role: 'buyer',
    relationshipNotes: [],
  });
const send = (...changes: readonly unknown[]) =>
  running.call('POST', '/api/changes', changes, { scopes: ['changes:write'] });
const names = () =>
  running.sandbox
    .records('contacts')
    .map(({ firstName }) => String(firstName))
    .sort();
const integration = async () => {
  const { body } = await running.call('GET', '/api/integrations/crm/user');
  return (body as { integrations: { status: string; health: { state: string; whoCanFix: string } }[] })
    .integrations[0];
};
const letters = async () => {
  const { body } = await running.call('GET', '/api/ops/dead-letters', undefined, { scopes: ['ops:read'] });
  return (body as { data: unknown[] }).data;
};
const arrive = (wanted: readonly string[]) => eventually(() => expect(names()).toEqual(wanted));
const ids = (count: number) => Array.from({ length: count }, (_none, at) => `c-${at + 1}`);
const begin = async (count: number) => {
  await running.connect();
  await send(...ids(count).map((id) => contact(id, 1, 'Old')));
  await arrive(ids(count).map(() => 'Old'));
};
const change = (count: number) => send(...ids(count).map((id) => contact(id, 2, 'New')));
const recordLines = () =>
  running.logs
    .map((line) => JSON.parse(line) as { event: string })
    .filter(({ event }) => event.startsWith('record.'));
const allWell = async (count: number) => {
  await arrive(ids(count).map(() => 'New'));
  await eventually(async () =>
    expect(await integration()).toMatchObject({ status: 'active', health: { state: 'healthy' } }),
  );
  expect(await letters()).toEqual([]);
};

describe('a refusal that is no more than one answer’s', () => {
  it.each([401, 403])(
    'a1: a stray %i does not stop the connection where the credentials are good',
    async (status) => {
      await begin(1);
      running.sandbox.misbehave({
        match: { method: 'PUT' },
        times: 1,
        fault: { kind: 'status', status, body: { error: 'no' } },
      });
      await change(1);
      if (status === 403) {
        await eventually(async () =>
          expect(await letters()).toEqual([expect.objectContaining({ code: 'ACCESS_FORBIDDEN' })]),
        );
        expect(await integration()).toMatchObject({ status: 'active', health: { state: 'healthy' } });
        const refused = { event: 'record.refused', code: 'ACCESS_FORBIDDEN', entityId: 'c-1' };
        expect(recordLines()).toEqual([expect.objectContaining(refused)]);
      } else {
        await allWell(1);
        const failed = { event: 'record.failed', code: 'CREDENTIALS_REFUSED', entityId: 'c-1' };
        expect(recordLines()).toEqual([expect.objectContaining(failed)]);
      }
      expect(
        recordLines()
          .map((line) => JSON.stringify(line))
          .join(),
      ).not.toMatch(/a\.test|New|Old/);
    },
  );

  it('credentials that authenticate refuses, too, stop it', async () => {
    await begin(1);
    running.sandbox.misbehave({ fault: { kind: 'status', status: 401, body: { error: 'no' } } });
    await change(1);
    await eventually(async () =>
      expect(await integration()).toMatchObject({
        status: 'needs_reauth',
        health: { state: 'needs_reauth' },
      }),
    );
  });

  it.each([
    ['its code', { body: { code: 'REQUEST_LIMIT_EXCEEDED' } }],
    ['a list with its code', { body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'x' }] }],
    ['a time', { body: { error: 'slow down' }, headers: { 'retry-after': '1' } }],
  ])('a3: a 403 for a limit, told by %s, is a pause', async (_what, answer) => {
    await running.connect();
    running.sandbox.misbehave({
      match: { method: 'POST' },
      times: 1,
      fault: { kind: 'status', status: 403, ...answer },
    });
    await send(contact('c-1', 1, 'New'));
    await eventually(async () =>
      expect(await integration()).toMatchObject({ health: { state: 'rate_limited' } }),
    );
    await allWell(1);
  });
});

describe('an outage', () => {
  it.each<[string, SandboxFault]>([
    ['redirects to a status page', { kind: 'redirect', location: 'https://status.example/' }],
    ['404 with a page, as in a deployment', page(404)],
    ['404 in JSON', { kind: 'status', status: 404, body: { message: 'no route' } }],
    ['403 with a page, as of a firewall', page(403)],
  ])('b2, c1: of every route, %s, is nobody’s fault: all arrives afterwards, once', async (_what, fault) => {
    await begin(5);
    const trouble = running.sandbox.misbehave({ fault });
    await change(5);
    await eventually(async () =>
      expect(await integration()).toMatchObject({
        status: 'active',
        health: { state: 'unreachable', whoCanFix: 'crm' },
      }),
    );
    trouble.remove();
    await allWell(5);
  });

  it.each<[string, SandboxFault]>([
    ['a page', page(404)],
    ['JSON', { kind: 'status', status: 404, body: { message: 'no route' } }],
  ])(
    'of every route, 404 with %s, makes no second record of what can’t be searched for',
    async (_what, fault) => {
      await running.connect();
      await send(contact('c-1', 1, 'Old', []));
      await arrive(['Old']);
      const trouble = running.sandbox.misbehave({ fault });
      await send(contact('c-1', 2, 'New', []));
      await eventually(async () =>
        expect(await integration()).toMatchObject({ health: { state: 'unreachable' } }),
      );
      trouble.remove();
      await allWell(1);
    },
  );

  it('of one route shows by two records, and ends by one that gets through', async () => {
    await begin(3);
    const trouble = running.sandbox.misbehave({ match: { method: 'PUT' }, fault: page(404) });
    await change(3);
    await eventually(async () =>
      expect(await integration()).toMatchObject({ health: { state: 'unreachable' } }),
    );
    await eventually(() => expect(trouble.hits()).toBeGreaterThan(3));
    trouble.remove();
    await allWell(3);
  });
});

describe('a page that one record gets while others get through', () => {
  it('is that record’s: a dead letter after its delays, and nobody else waits', async () => {
    await begin(2);
    const [first] = running.sandbox.records('contacts');
    running.sandbox.misbehave({ match: { method: 'PUT', path: `/contacts/${first?.id}` }, fault: page(403) });
    const refused = String(first?.['email']).startsWith('c-1') ? 'c-1' : 'c-2';
    await send(contact(refused, 2, 'New'));
    await eventually(async () =>
      expect(await letters()).toEqual([
        expect.objectContaining({ code: 'RETRIES_EXHAUSTED', entityId: refused }),
      ]),
    );
    expect(await integration()).toMatchObject({ status: 'active', health: { state: 'healthy' } });
  });
});

describe('an answer that is well, though it looks odd', () => {
  it.each<[string, SandboxFault]>([
    ['text to verify', { kind: 'status', status: 200, body: 'OK' }],
    ['nothing to verify', { kind: 'status', status: 204 }],
    ['no type to verify', { kind: 'status', status: 200, body: 'OK', headers: { 'content-type': '' } }],
  ])('g2: connects: %s', async (_what, fault) => {
    running.sandbox.misbehave({ match: { path: '/auth/verify' }, fault });
    expect((await running.connect()).status).toBe(201);
  });

  it.each(['UTF-8', 'none', 'Identity'])(
    'g1: is read under the encoding %s, which is none',
    async (encoding) => {
      await running.connect();
      running.sandbox.misbehave({
        match: { method: 'GET', path: '/contacts/search' },
        fault: { kind: 'status', status: 200, body: [], headers: { 'content-encoding': encoding } },
      });
      await send(contact('c-1', 1, 'New'));
      await allWell(1);
    },
  );
});
