import { afterEach, describe, expect, it } from '@jest/globals';
import {
  createFubSandbox,
  type FubInProcess,
  type FubSandboxOptions,
} from '../../../src/sandbox/follow-up-boss/fub-sandbox.ts';
import { callFub, listed, told } from '../fub-caller.ts';
import { object, objects } from '../vault-caller.ts';

let sandbox: FubInProcess;

function start(options: FubSandboxOptions = {}): void {
  sandbox = createFubSandbox(options);
}

afterEach(() => sandbox.close());

const ANN = {
  firstName: 'Ann',
  lastName: 'Lee',
  emails: [{ value: 'ann@example.com', type: 'work' }],
  phones: [{ value: '(202) 555-0143' }],
  tags: ['Seller'],
};

const idOf = async (body: object = ANN, key = 'sandbox-key'): Promise<number> =>
  Number((await told(sandbox, 'POST', '/people', { body: body as never, key }))['id']);

describe('making a person', () => {
  it('answers 201 with an integer id, the primary entries and the usual fields', async () => {
    start();
    const answer = await callFub(sandbox, 'POST', '/people', { body: ANN });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      id: 10_001,
      name: 'Ann Lee',
      stage: 'Lead',
      emails: [{ value: 'ann@example.com', type: 'work', status: 'Valid', isPrimary: 1 }],
      phones: [{ value: '(202) 555-0143', isPrimary: 1 }],
      created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      assignedTo: 'Olivia Owens',
    });
  });

  it('makes a second one of the same e-mail unless it is told to look for duplicates', async () => {
    start();
    const first = await idOf();
    expect(await idOf()).not.toBe(first);
    const again = await callFub(sandbox, 'POST', '/people?deduplicate=true', {
      body: { ...ANN, firstName: 'Anne', emails: [{ value: 'ANN@example.com' }] },
    });
    expect([again.status, object(again.body)['firstName']]).toEqual([200, 'Ann']);
    expect(sandbox.records('people')).toHaveLength(2);
  });

  it.each([
    [{ firstName: 7 }, /firstName/],
    [{ emails: ['ann@example.com'] }, /emails/],
    [{ stage: 'Nowhere' }, /stage/],
    [{ personId: 3 }, /Invalid fields in the request body: personId/],
    [{ assignedUserId: 99 }, /assigned user/],
  ])('refuses %j', async (body, message) => {
    start();
    const answer = await callFub(sandbox, 'POST', '/people', { body: body as never });
    expect([answer.status, String(object(answer.body)['errorMessage'])]).toEqual([
      400,
      expect.stringMatching(message),
    ]);
  });
});

describe('changing a person', () => {
  it('changes what is named, and replaces lists whole', async () => {
    start();
    const id = await idOf();
    await told(sandbox, 'PUT', `/people/${id}`, { body: { lastName: 'Low', tags: ['Buyer'] } });
    expect(await told(sandbox, 'GET', `/people/${id}`)).toMatchObject({
      firstName: 'Ann',
      lastName: 'Low',
      tags: ['Buyer'],
      phones: [{ value: '(202) 555-0143' }],
    });
  });

  it('adds tags where it is asked to', async () => {
    start();
    const id = await idOf();
    const path = `/people/${id}?mergeTags=true`;
    expect(await told(sandbox, 'PUT', path, { body: { tags: ['seller', 'Hot'] } })).toMatchObject({
      tags: ['Seller', 'Hot'],
    });
  });

  it('drops the entries of relationships that a list leaves out, and keeps those that it carries', async () => {
    start();
    const id = await idOf();
    sandbox.relate(String(id), { relationshipId: 5, email: 'sam@example.com', phone: '2025550199' });
    const held = await told(sandbox, 'GET', `/people/${id}`);
    expect(held['emails']).toMatchObject([{ isPrimary: 1 }, { relationshipId: 5, isPrimary: 0 }]);
    await told(sandbox, 'PUT', `/people/${id}`, { body: { emails: held['emails'] ?? [] } });
    await told(sandbox, 'PUT', `/people/${id}`, { body: { phones: ANN.phones } });
    expect(await told(sandbox, 'GET', `/people/${id}`)).toMatchObject({
      emails: [{ value: 'ann@example.com' }, { value: 'sam@example.com', relationshipId: 5 }],
      phones: [{ value: '(202) 555-0143' }],
    });
    const moved = { emails: [{ value: 'sam@example.com', relationshipId: 6 }] };
    expect((await callFub(sandbox, 'PUT', `/people/${id}`, { body: moved })).status).toBe(400);
  });

  it('deletes with an empty body, and for good', async () => {
    start();
    const id = await idOf();
    const answer = await callFub(sandbox, 'DELETE', `/people/${id}`);
    expect([answer.status, answer.body]).toEqual([204, null]);
    expect((await callFub(sandbox, 'GET', `/people/${id}`)).status).toBe(404);
  });
});

describe('looking for people', () => {
  it('finds by e-mail, phone, part of a name, ids, stage and tags, all together', async () => {
    start();
    const id = await idOf();
    const other = await idOf({ firstName: 'Bo', lastName: 'Berg', stage: 'Nurture', tags: ['Hot'] });
    const found = async (query: string): Promise<unknown[]> =>
      (await listed(sandbox, 'people', `/people?${query}`)).map((person) => person['id']);
    expect(await found('email=ann@example.com')).toEqual([id]);
    expect(await found('email=ann@example')).toEqual([]);
    expect(await found('phone=2025550143')).toEqual([id]);
    expect(await found('name=ber')).toEqual([other]);
    expect(await found(`id=${id},${other}`)).toEqual([other, id]);
    expect(await found('stage=Nurture')).toEqual([other]);
    expect(await found('tags=hot,Seller')).toEqual([other, id]);
    expect(await found('tags=hot&name=ann')).toEqual([]);
  });

  it('leaves out who is in Trash unless asked', async () => {
    start();
    const id = await idOf();
    sandbox.trash(String(id));
    expect(await listed(sandbox, 'people', '/people')).toEqual([]);
    expect(await listed(sandbox, 'people', '/people?includeTrash=true')).toMatchObject([{ stage: 'Trash' }]);
    expect(await told(sandbox, 'GET', `/people/${id}`)).toMatchObject({ stage: 'Trash' });
  });

  it('walks pages by next and nextLink, and refuses deep offsets', async () => {
    start();
    sandbox.seed(
      'people',
      Array.from({ length: 23 }, (_, place) => ({ firstName: `P${place}` })),
    );
    const first = await told(sandbox, 'GET', '/people');
    expect(first['_metadata']).toMatchObject({ collection: 'people', offset: 0, limit: 10, total: 23 });
    expect(objects(first['people'])).toHaveLength(10);
    const { next, nextLink } = object(first['_metadata']);
    expect(String(nextLink)).toContain('/v1/people?next=');
    const second = await told(sandbox, 'GET', `/people?limit=100&next=${String(next)}`);
    expect(objects(second['people']).map((person) => person['id'])).toEqual(
      Array.from({ length: 13 }, (_, place) => 10_013 - place),
    );
    expect(second['_metadata']).toMatchObject({ next: null, nextLink: null, limit: 100 });
    expect((await callFub(sandbox, 'GET', '/people?offset=2001')).status).toBe(400);
    expect(await told(sandbox, 'GET', '/people?limit=500')).toMatchObject({ _metadata: { limit: 100 } });
  });

  it('answers all fields where they are asked for', async () => {
    start();
    await told(sandbox, 'POST', '/customFields', { body: { label: 'Close price', type: 'number' } });
    const id = await idOf({ ...ANN, background: 'Long ago', customClosePrice: 5 });
    const plain = await told(sandbox, 'GET', `/people/${id}`);
    expect([plain['background'], plain['customClosePrice']]).toEqual([undefined, undefined]);
    expect(await told(sandbox, 'GET', `/people/${id}?fields=allFields`)).toMatchObject({
      background: 'Long ago',
      customClosePrice: 5,
    });
    expect(await told(sandbox, 'GET', `/people/${id}?fields=firstName,background`)).toEqual({
      id,
      firstName: 'Ann',
      background: 'Long ago',
    });
    expect(await listed(sandbox, 'people', '/people?customClosePrice=5')).toHaveLength(1);
  });
});

describe('an agent', () => {
  it('sees only their own people, and is told no more of others than that they are there', async () => {
    start({ apiKeys: ['sandbox-key', 'agent'], agentKeys: ['agent'] });
    const id = await idOf();
    const theirs = await idOf({ firstName: 'Bo' }, 'agent');
    expect(await listed(sandbox, 'people', '/people', { key: 'agent' })).toMatchObject([{ id: theirs }]);
    expect((await callFub(sandbox, 'GET', `/people/${id}`, { key: 'agent' })).status).toBe(403);
    expect(
      await told(sandbox, 'GET', '/people/checkDuplicate?email=ann@example.com', { key: 'agent' }),
    ).toEqual({ found: true, matchedBy: 'email', assignedTo: 'Olivia Owens' });
    const made = await callFub(sandbox, 'POST', '/people?deduplicate=true', { key: 'agent', body: ANN });
    expect(made.status).toBe(403);
  });
});

describe('notes', () => {
  it('are made, listed by person, changed and deleted, and wait for a new person where told', async () => {
    start({ assigningMs: 60_000 });
    const id = await idOf();
    const note = { personId: id, body: 'Called' };
    expect((await callFub(sandbox, 'POST', '/notes', { body: note })).status).toBe(404);
    sandbox.configure({ assigningMs: 0 });
    const made = await told(sandbox, 'POST', '/notes', { body: note });
    await told(sandbox, 'PUT', `/notes/${String(made['id'])}`, { body: { body: 'Called twice' } });
    expect(await listed(sandbox, 'notes', `/notes?personId=${id}`)).toMatchObject([{ body: 'Called twice' }]);
    expect((await callFub(sandbox, 'DELETE', `/notes/${String(made['id'])}`)).status).toBe(204);
    expect(await listed(sandbox, 'notes', `/notes?personId=${id}`)).toEqual([]);
  });
});
