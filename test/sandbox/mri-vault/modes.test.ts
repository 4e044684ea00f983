import { afterEach, describe, expect, it } from '@jest/globals';
import { createVaultSandbox, type VaultInProcess } from '../../../src/sandbox/mri-vault/vault-sandbox.ts';
import type { VaultSettings } from '../../../src/sandbox/mri-vault/vault-settings.ts';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { call, create, object, objects } from '../vault-caller.ts';

let sandbox: VaultInProcess;
afterEach(() => sandbox.close());

function open(settings: Partial<VaultSettings> = {}): VaultInProcess {
  sandbox = createVaultSandbox(settings);
  return sandbox;
}

async function found(path: string): Promise<unknown[]> {
  return objects((await call(sandbox, 'GET', path)).body);
}

async function finds(held: string, asked: string): Promise<boolean> {
  sandbox.reset();
  sandbox.seed('properties', [{ address: held }]);
  return (await found(`/properties/search?address=${encodeURIComponent(asked)}`)).length > 0;
}

describe('search takes for equal', () => {
  const pairs: readonly (readonly [held: string, asked: string])[] = [
    ['12 Māngere Road', '12 Māngere Road'],
    ['12 Māngere Road', '12 māngere road'],
    ['12 Mangere Road', '12 Māngere Road'],
    ['12½ High Street', '121/2 High Street'],
    ['12 High Street', '14 High Street'],
  ];
  it.each([
    ['exact', [true, false, false, false, false]],
    ['insensitive', [true, true, false, false, false]],
    ['folding', [true, true, true, false, false]],
    ['loose', [true, true, true, true, false]],
  ] as const)('%s: %j', async (searchCase, equal) => {
    open({ searchCase });
    const answers = [];
    for (const [held, asked] of pairs) answers.push(await finds(held, asked));
    expect(answers).toEqual(equal);
  });

  it('and answers with ids and keys alone where it keeps the rest back', async () => {
    const id = await create(open({ searchAnswer: 'keys' }), '/contacts', { email: 'a@x.nz', notes: 'n' });
    expect(await found('/contacts/search?email=a@x.nz')).toEqual([{ id, email: 'a@x.nz' }]);
    expect(object((await call(sandbox, 'GET', `/contacts/${id}`)).body)).toMatchObject({ notes: 'n' });
  });
});

describe('a CRM that keeps keys apart', () => {
  it('knows at a create what its search is late by', async () => {
    const clock = createVirtualClock();
    sandbox = createVaultSandbox({
      clock,
      uniqueKeys: 'contacts',
      searchLagMs: 3_000,
      searchCase: 'insensitive',
    });
    await create(sandbox, '/contacts', { email: 'a@x.nz' });
    expect(await found('/contacts/search?email=a@x.nz')).toEqual([]);
    const again = await call(sandbox, 'POST', '/contacts', { body: { email: 'A@x.nz' } });
    expect([again.status, object(again.body)['message']]).toEqual([
      409,
      'A record with this key already exists.',
    ]);
    await clock.advance(3_000);
    expect(await found('/contacts/search?email=a@x.nz')).toHaveLength(1);
  });

  it('takes any number without a key, and deals of one property by their stages', async () => {
    open({ uniqueKeys: 'all' });
    await create(sandbox, '/contacts', { email: '' });
    await create(sandbox, '/contacts', { email: '' });
    const propertyId = await create(sandbox, '/properties', { address: '1 High St' });
    await create(sandbox, '/deals', { propertyId, stage: 'offer' });
    await create(sandbox, '/deals', { propertyId, stage: 'settled' });
    const again = await call(sandbox, 'POST', '/deals', { body: { propertyId, stage: 'offer' } });
    expect(again.status).toBe(409);
  });
});

describe('texts on their way in', () => {
  const notes = '  Met at the open home on Sunday.  \nCalls back\n';
  it.each<[Partial<VaultSettings>, string]>([
    [{}, notes],
    [{ trimText: true }, 'Met at the open home on Sunday.\nCalls back'],
    [{ trimText: true, noteWidth: 12 }, 'Met at the\nopen home on\nSunday.\nCalls back'],
    [{ noteLength: 12 }, '  Met at the'],
    [{ noteLines: 'crlf' }, '  Met at the open home on Sunday.  \r\nCalls back\r\n'],
  ])('%j', async (settings, kept) => {
    open(settings);
    const id = await create(sandbox, '/contacts', { firstName: ' Anna ', notes });
    await call(sandbox, 'PUT', `/contacts/${id}`, { body: { notes } });
    expect(sandbox.records('contacts')[0]).toMatchObject({
      firstName: settings.trimText ? 'Anna' : ' Anna ',
      notes: kept,
    });
  });

  it('leave a short text as long as it is, and what people enter as they enter it', async () => {
    open({ noteLength: 3, noteWidth: 3, trimText: true });
    const id = await create(sandbox, '/contacts', { lastName: 'Featherstone' });
    sandbox.editRecord('contacts', id, { notes: ' as it is ' });
    expect(sandbox.records('contacts')[0]).toMatchObject({ lastName: 'Featherstone', notes: ' as it is ' });
  });
});

describe('what a CRM may or may not have', () => {
  it.each([
    ['object', 200, 'application/json; charset=utf-8', expect.stringContaining('"valid":true')],
    ['text', 200, 'text/plain; charset=utf-8', 'OK'],
    ['empty', 204, null, ''],
    ['refused', 401, 'application/json; charset=utf-8', expect.stringContaining('not valid')],
  ] as const)('verify: %s', async (verifyAnswer, status, type, text) => {
    open({ verifyAnswer });
    const answer = await sandbox.fetch(`${sandbox.url}/api/v1/auth/verify`, {
      headers: { authorization: 'Bearer sandbox-key' },
    });
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      status,
      type,
      text,
    ]);
  });

  it.each([401, 403, 404, 429, 500, 501] as const)('%d for a listing alone', async (listingRefusal) => {
    const id = await create(open({ listing: false, listingRefusal }), '/contacts', {});
    expect((await call(sandbox, 'GET', '/contacts')).status).toBe(listingRefusal);
    expect((await call(sandbox, 'GET', `/contacts/${id}`)).status).toBe(200);
  });

  it('a listing of ids and times, by a clock that is behind', async () => {
    const clockBehindMs = 300_000;
    const id = await create(open({ listingAnswer: 'summaries', clockBehindMs }), '/contacts', {
      email: 'ada@example.test',
    });
    const { updatedAt } = object((await call(sandbox, 'GET', `/contacts/${id}`)).body);
    const since = async (ms: number) => {
      const time = new Date(Date.parse(String(updatedAt)) + ms).toISOString();
      return object((await call(sandbox, 'GET', `/contacts?modifiedSince=${time}`)).body)['items'];
    };
    expect(await since(0)).toEqual([{ id, createdAt: updatedAt, updatedAt }]);
    expect(await since(1)).toEqual([]);
  });

  it('no listing of changes', async () => {
    const id = await create(open({ listing: false }), '/contacts', {});
    const since = '?modifiedSince=2020-01-01T00:00:00Z';
    expect((await call(sandbox, 'GET', `/contacts${since}`)).status).toBe(404);
    expect((await call(sandbox, 'GET', `/contacts/${id}`)).status).toBe(200);
  });

  it.each([404, 410] as const)(
    '%d for what is not there, and no line of it in the listing',
    async (status) => {
      const id = await create(open({ missingStatus: status }), '/deals', { stage: 'offer' });
      sandbox.deleteRecord('deals', id);
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const answer = await call(sandbox, method, `/deals/${id}`, method === 'PUT' ? { body: {} } : {});
        expect([method, answer.status]).toEqual([method, status]);
      }
      expect(object((await call(sandbox, 'GET', '/deals')).body)['items']).toEqual([]);
    },
  );
});
