import { afterEach, describe, expect, it } from '@jest/globals';
import {
  createVaultSandbox,
  type VaultInProcess,
  type VaultSandboxOptions,
} from '../../../src/sandbox/mri-vault/vault-sandbox.ts';
import { call, create, object } from '../vault-caller.ts';

let sandbox: VaultInProcess;

function start(options: VaultSandboxOptions = {}): void {
  sandbox = createVaultSandbox(options);
}

afterEach(() => sandbox.close());

const ANNA = {
  firstName: 'Anna',
  lastName: 'Lee',
  email: 'anna@example.com',
  phone: '',
  type: 'buyer',
  notes: '',
};

describe('the API key', () => {
  it('is verified', async () => {
    start();
    expect((await call(sandbox, 'GET', '/auth/verify')).status).toBe(200);
  });

  it.each([null, 'wrong'])('%p is refused with 401 on every route', async (key) => {
    start();
    for (const [method, path] of [
      ['GET', '/auth/verify'],
      ['POST', '/contacts'],
      ['GET', '/contacts/search?email=a@b.c'],
      ['GET', '/nowhere'],
    ] as const) {
      const answer = await call(sandbox, method, path, { key });
      expect([path, answer.status, answer.headers.get('www-authenticate')]).toEqual([path, 401, 'Bearer']);
    }
    expect(sandbox.records('contacts')).toEqual([]);
  });

  it('may be one of several, and be revoked and added while the sandbox runs', async () => {
    start({ apiKeys: ['one', 'two'] });
    sandbox.revokeKey('one');
    sandbox.addKey('three');
    const statuses = await Promise.all(
      ['one', 'two', 'three'].map(
        async (key) => (await call(sandbox, 'GET', '/auth/verify', { key })).status,
      ),
    );
    expect(statuses).toEqual([401, 200, 200]);
  });
});

describe('creating', () => {
  it('answers 201 with the object, a text id and times', async () => {
    start();
    const answer = await call(sandbox, 'POST', '/contacts', { body: ANNA });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      id: 'vlt_c_000001',
      ...ANNA,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      updatedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(sandbox.records('contacts')).toEqual([answer.body]);
  });

  it('makes another record of the same content, since the CRM has no external ids', async () => {
    start();
    await create(sandbox, '/contacts', ANNA);
    await create(sandbox, '/contacts', ANNA);
    expect(sandbox.records('contacts').map(({ id }) => id)).toEqual(['vlt_c_000001', 'vlt_c_000002']);
  });

  it('gives numeric ids on the wire when asked to, and takes them back as text or number', async () => {
    start({ ids: 'number' });
    const contact = await call(sandbox, 'POST', '/contacts', { body: ANNA });
    const id = object(contact.body)['id'];
    expect(id).toBe(1_000_001);
    const property = { address: '1 High St', vendors: ['1000001'], buyers: [1_000_001], milestones: [] };
    await create(sandbox, '/properties', property);
    expect((await call(sandbox, 'GET', '/contacts/1000001')).body).toMatchObject({ id: 1_000_001 });
    expect(sandbox.records('contacts')[0]?.id).toBe('1000001');
  });

  it('lets a CRM that tidies up change fields on their way in', async () => {
    start({
      normaliseFields: (_collection, fields) => ({ ...fields, email: String(fields['email']).toLowerCase() }),
    });
    await create(sandbox, '/contacts', { ...ANNA, email: 'ANNA@Example.com' });
    expect(sandbox.records('contacts')[0]).toMatchObject({ email: 'anna@example.com' });
  });
});

describe('an invalid body', () => {
  async function errorsOf(path: string, body: unknown): Promise<unknown> {
    const answer = await call(sandbox, 'POST', path, { body: body as never });
    expect(answer.status).toBe(400);
    const { message, errors } = object(answer.body);
    expect(typeof message).toBe('string');
    return (errors as { field: string; code: string }[]).map(({ field, code }) => [field, code]);
  }

  it.each([
    ['/contacts', { email: 'anna.example.com' }, [['email', 'invalid_email']]],
    [
      '/contacts',
      { firstName: 7, notes: [] },
      [
        ['firstName', 'invalid_type'],
        ['notes', 'invalid_type'],
      ],
    ],
    ['/contacts', [], [['', 'invalid_type']]],
    ['/properties', { vendors: [] }, [['address', 'required']]],
    [
      '/properties',
      { address: '', buyers: null },
      [
        ['address', 'required'],
        ['buyers', 'invalid_type'],
      ],
    ],
    ['/properties', { address: 'x', vendors: ['zena-1'] }, [['vendors[0]', 'unknown_reference']]],
    [
      '/properties',
      { address: 'x', milestones: [{ type: 'listed', date: 'soon' }, 'x'] },
      [
        ['milestones[0].date', 'invalid_value'],
        ['milestones[1]', 'invalid_type'],
      ],
    ],
    [
      '/deals',
      { propertyId: 'zena-p', contacts: ['zena-c'], riskFlags: 'none' },
      [
        ['propertyId', 'unknown_reference'],
        ['riskFlags', 'invalid_type'],
        ['contacts[0]', 'unknown_reference'],
      ],
    ],
  ])('to %s, %j, is refused with each field', async (path, body, errors) => {
    start();
    expect(await errorsOf(path, body)).toEqual(errors);
    expect(sandbox.records('contacts')).toEqual([]);
  });

  it('of unknown fields is kept, and refused when strict', async () => {
    start();
    await create(sandbox, '/contacts', { ...ANNA, birthday: '1 May' });
    expect(sandbox.records('contacts')[0]).toMatchObject({ birthday: '1 May' });
    sandbox.configure({ strict: true });
    expect(await errorsOf('/contacts', { ...ANNA, birthday: '1 May' })).toEqual([
      ['birthday', 'unknown_field'],
    ]);
  });

  it('that is not JSON is refused with 400, and one over 1 MiB with 413', async () => {
    start();
    const post = (body: string) =>
      sandbox.fetch(`${sandbox.url}/api/v1/contacts`, {
        method: 'POST',
        headers: { authorization: 'Bearer sandbox-key' },
        body,
      });
    expect((await post('{"email":')).status).toBe(400);
    expect((await post(JSON.stringify({ notes: 'n'.repeat(1024 * 1024) }))).status).toBe(413);
    expect((await post(JSON.stringify({ notes: 'n'.repeat(1024 * 1024 - 100) }))).status).toBe(201);
    expect(sandbox.requests().map(({ status, body }) => [status, typeof body])).toEqual([
      [400, 'string'],
      [413, 'object'],
      [201, 'object'],
    ]);
  });

  it('may name ids that the CRM does not hold when references are not checked', async () => {
    start({ checkReferences: false });
    await create(sandbox, '/deals', { propertyId: 'zena-p', stage: 'offer', contacts: ['zena-c'] });
  });
});

describe('updating', () => {
  it('keeps fields that the body leaves out, and answers 200 with the object', async () => {
    start();
    const id = await create(sandbox, '/contacts', ANNA);
    const answer = await call(sandbox, 'PUT', `/contacts/${id}`, { body: { phone: '0400' } });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ ...ANNA, id, phone: '0400' });
  });

  it('drops fields that the body leaves out when PUT replaces', async () => {
    start({ putMode: 'replace' });
    const id = await create(sandbox, '/contacts', ANNA);
    await call(sandbox, 'PUT', `/contacts/${id}`, { body: { phone: '0400' } });
    const { createdAt, updatedAt, ...kept } = object(sandbox.records('contacts')[0]);
    expect(kept).toEqual({ id, phone: '0400' });
    expect([typeof createdAt, typeof updatedAt]).toEqual(['string', 'string']);
  });

  it('needs the required fields only when PUT replaces', async () => {
    start();
    const id = await create(sandbox, '/properties', { address: '1 High St' });
    const body = { riskOverview: 'low' };
    expect((await call(sandbox, 'PUT', `/properties/${id}`, { body })).status).toBe(200);
    sandbox.configure({ putMode: 'replace' });
    expect((await call(sandbox, 'PUT', `/properties/${id}`, { body })).status).toBe(400);
  });

  it('answers 204 without a body when asked to', async () => {
    start({ putAnswer: 'empty' });
    const id = await create(sandbox, '/contacts', ANNA);
    const answer = await call(sandbox, 'PUT', `/contacts/${id}`, { body: { phone: '1' } });
    expect([answer.status, answer.body]).toEqual([204, null]);
    expect(sandbox.records('contacts')[0]).toMatchObject({ phone: '1' });
  });

  it('answers 404 for a record that is gone, and makes none', async () => {
    start();
    const answer = await call(sandbox, 'PUT', '/contacts/vlt_c_000009', { body: ANNA });
    expect(answer.status).toBe(404);
    expect(sandbox.records('contacts')).toEqual([]);
  });

  it('never takes id and times from the body', async () => {
    start();
    const id = await create(sandbox, '/contacts', { ...ANNA, id: 'mine', createdAt: 'long ago' });
    await call(sandbox, 'PUT', `/contacts/${id}`, { body: { ...ANNA, id: 'mine' } });
    expect(sandbox.records('contacts')[0]).toMatchObject({
      id: 'vlt_c_000001',
      createdAt: expect.stringMatching(/Z$/),
    });
  });
});

describe('reading, deleting and unknown routes', () => {
  it('reads by id, 404 for none', async () => {
    start();
    const id = await create(sandbox, '/contacts', ANNA);
    expect((await call(sandbox, 'GET', `/contacts/${id}`)).body).toMatchObject(ANNA);
    expect((await call(sandbox, 'GET', '/contacts/other')).status).toBe(404);
    expect((await call(sandbox, 'GET', `/deals/${id}`)).status).toBe(404);
  });

  it('deletes with 204, then 404, and the record is no longer found', async () => {
    start();
    const id = await create(sandbox, '/contacts', ANNA);
    expect((await call(sandbox, 'DELETE', `/contacts/${id}`)).status).toBe(204);
    expect((await call(sandbox, 'DELETE', `/contacts/${id}`)).status).toBe(404);
    expect((await call(sandbox, 'GET', '/contacts/search?email=anna@example.com')).body).toEqual([]);
  });

  it.each([
    ['GET', '/'],
    ['GET', '/people'],
    ['PATCH', '/contacts/vlt_c_000001'],
    ['PUT', '/contacts'],
    ['POST', '/contacts/search'],
    ['GET', '/contacts/a/b'],
    ['GET', '/contacts/%zz'],
    ['GET', '/contacts/'],
  ])('%s %s is no route: 404', async (method, path) => {
    start();
    expect((await call(sandbox, method, path)).status).toBe(404);
    expect(sandbox.counts()).toEqual({ [`${method} unknown`]: 1 });
  });
});
