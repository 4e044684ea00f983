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

const SYSTEM = { 'x-system': 'Zena', 'x-system-key': 'known' };

describe('a key', () => {
  it.each([null, 'wrong'])('that is %p is refused in the vendor’s words', async (key) => {
    start();
    const answer = await callFub(sandbox, 'GET', '/identity', { key });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Basic realm="Follow Up Boss API"');
    expect(answer.headers.get('x-ratelimit-limit')).toBeNull();
    expect(answer.body).toEqual({
      errorMessage:
        'Authentication is required. Use Basic HTTP Authentication with API Key as username and blank password, or use Bearer token authentication.',
    });
  });

  it('comes as Basic or Bearer, and tells the account', async () => {
    start();
    const headers = { authorization: 'Bearer sandbox-key' };
    const answer = await callFub(sandbox, 'GET', '/identity', { key: null, headers });
    expect(answer.body).toMatchObject({
      account: { id: 1_400_217, name: 'Sandbox Realty' },
      user: { name: 'Olivia Owens' },
    });
    expect(answer.headers.get('fub-account-id')).toBe('1400217');
    expect(answer.headers.get('fub-user-id')).toBe('1');
    expect(await told(sandbox, 'GET', '/me')).toMatchObject({ apiKey: 'sandbox-key' });
  });

  it('of an expired account still takes leads in', async () => {
    start({ account: 'expired' });
    expect((await callFub(sandbox, 'GET', '/people')).status).toBe(403);
    const body = { source: 'Site', person: { firstName: 'Ann' } };
    expect((await callFub(sandbox, 'POST', '/events', { body })).status).toBe(201);
  });
});

describe('limits', () => {
  it('are told on every answer by their context, and enforced where asked', async () => {
    start({ rateLimit: { requests: { notes: 1 } } });
    const people = await callFub(sandbox, 'GET', '/people', { headers: SYSTEM });
    expect(people.headers.get('x-ratelimit-limit')).toBe('250');
    expect(people.headers.get('x-ratelimit-remaining')).toBe('249');
    expect(people.headers.get('x-ratelimit-window')).toBe('10');
    expect(people.headers.get('x-ratelimit-context')).toBe('global');
    await callFub(sandbox, 'GET', '/notes');
    const refused = await callFub(sandbox, 'GET', '/notes');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10']);
    expect(refused.body).toEqual({ errorMessage: expect.any(String) });
  });

  it('are half for who is not registered, and never enforced otherwise', async () => {
    start();
    for (let calls = 0; calls < 130; calls += 1) await callFub(sandbox, 'GET', '/stages');
    const answer = await callFub(sandbox, 'GET', '/stages');
    expect([answer.status, answer.headers.get('x-ratelimit-limit')]).toEqual([200, '125']);
    expect(answer.headers.get('x-ratelimit-remaining')).toBe('0');
  });

  it('are listed for registered systems alone', async () => {
    start({ systemKeys: ['known'] });
    expect((await callFub(sandbox, 'GET', '/rateLimit/limits')).body).toEqual({
      error: 'Only registered systems can use this endpoint.',
    });
    expect((await callFub(sandbox, 'GET', '/rateLimit/limits', { headers: SYSTEM })).status).toBe(200);
  });
});

describe('deals', () => {
  const stageId = 2;

  it('need a name and a stage of a pipeline', async () => {
    start();
    const post = (body: object) => callFub(sandbox, 'POST', '/deals', { body: body as never });
    expect((await post({ stageId })).status).toBe(400);
    expect((await post({ name: 'x' })).status).toBe(400);
    expect((await post({ name: 'x', stageId: 99 })).status).toBe(400);
    expect((await post({ name: 'x', stageId, contactId: 3 })).status).toBe(400);
    expect((await post({ name: 'x', stageId, peopleIds: [5] })).status).toBe(400);
  });

  it('carry their people, users and stage, and are found by them', async () => {
    start();
    const person = Number((await told(sandbox, 'POST', '/people', { body: { firstName: 'Ann' } }))['id']);
    const body = { name: '1 High St', stageId, peopleIds: [person], userIds: [1], agentCommision: '5' };
    const made = await told(sandbox, 'POST', '/deals', { body });
    expect(made).toMatchObject({
      status: 'Active',
      pipelineId: 1,
      stageId,
      stageName: 'Offer',
      people: [{ id: person, name: 'Ann' }],
      users: [{ id: 1, name: 'Olivia Owens' }],
      peopleIds: [person],
      agentCommission: 5,
    });
    const found = async (query: string) => (await listed(sandbox, 'deals', `/deals?${query}`)).length;
    expect(await found(`personId=${person}`)).toBe(1);
    expect(await found('pipelineId=2')).toBe(0);
    expect(await found('userId=1')).toBe(1);
    await told(sandbox, 'PUT', `/deals/${String(made['id'])}`, { body: { peopleIds: [] } });
    expect(await found(`personId=${person}`)).toBe(0);
  });

  it('are deleted softly: still read, as deleted', async () => {
    start();
    const { id } = await told(sandbox, 'POST', '/deals', { body: { name: 'x', stageId } });
    expect((await callFub(sandbox, 'DELETE', `/deals/${String(id)}`)).status).toBe(204);
    expect(await told(sandbox, 'GET', `/deals/${String(id)}`)).toMatchObject({ status: 'Deleted' });
    expect(await listed(sandbox, 'deals', '/deals')).toEqual([]);
    expect(await listed(sandbox, 'deals', '/deals?includeDeleted=1')).toHaveLength(1);
  });

  it('have custom fields, which an owner makes by their label', async () => {
    start({ apiKeys: ['sandbox-key', 'agent'], agentKeys: ['agent'] });
    const blank = await callFub(sandbox, 'POST', '/dealCustomFields', { body: { name: 'x' } });
    expect(object(blank.body)['errorMessage']).toBe('Field label cannot be blank.');
    const body = { label: 'Risk level', type: 'dropdown', choices: ['high', 'low'] };
    expect((await callFub(sandbox, 'POST', '/dealCustomFields', { body, key: 'agent' })).status).toBe(403);
    expect(await told(sandbox, 'POST', '/dealCustomFields', { body })).toMatchObject({
      name: 'customRiskLevel',
    });
    const deal = (level: string) =>
      callFub(sandbox, 'POST', '/deals', { body: { name: 'x', stageId, customRiskLevel: level } });
    expect((await deal('high')).body).toMatchObject({ customRiskLevel: 'high' });
    expect((await deal('middling')).status).toBe(400);
  });
});

describe('what an account is set up with', () => {
  it('is pipelines with stages, stages of people and one user', async () => {
    start();
    const pipelines = await listed(sandbox, 'pipelines', '/pipelines');
    expect(pipelines.map(({ name, stages }) => [name, objects(stages).length])).toEqual([
      ['Buyers', 4],
      ['Sellers', 4],
    ]);
    expect((await listed(sandbox, 'stages', '/stages')).map(({ name }) => name)).toContain('Trash');
    expect(await listed(sandbox, 'users', '/users')).toMatchObject([{ isOwner: true, role: 'Broker' }]);
    expect(await told(sandbox, 'GET', '/customFields')).toMatchObject({ customfields: [] });
    sandbox.reset();
    expect(await listed(sandbox, 'pipelines', '/pipelines')).toHaveLength(2);
  });

  it('takes webhooks of events that there are', async () => {
    start();
    const subscribe = async (event: string) =>
      (
        await callFub(sandbox, 'POST', '/webhooks', {
          body: { event, url: 'https://zena.example/hook' },
          headers: SYSTEM,
        })
      ).status;
    expect(await subscribe('somethingHappened')).toBe(400);
    expect(await subscribe('peopleTagsCreated')).toBe(201);
    expect(await subscribe('eventsCreated')).toBe(201);
  });

  it('makes people of leads, whose source is theirs', async () => {
    start();
    const lead = (source: string) =>
      callFub(sandbox, 'POST', '/events', {
        body: { source, person: { emails: [{ value: 'ann@x.example' }] } },
      });
    expect((await lead('Portal')).body).toMatchObject({ source: 'Portal' });
    expect((await lead('Another')).body).toMatchObject({ source: 'Portal' });
  });

  it('takes webhooks of registered systems’ owners, two of an event', async () => {
    start({ apiKeys: ['sandbox-key', 'agent'], agentKeys: ['agent'] });
    const body = { event: 'peopleUpdated', url: 'https://zena.example/hooks' };
    const post = (key = 'sandbox-key', headers: Record<string, string> = SYSTEM) =>
      callFub(sandbox, 'POST', '/webhooks', { body, key, headers });
    expect((await post('sandbox-key', {})).status).toBe(403);
    expect((await post('agent')).body).toEqual({
      errorMessage: 'Only the account owner may access webhooks.',
    });
    expect([(await post()).status, (await post()).status, (await post()).status]).toEqual([201, 201, 400]);
  });
});

describe('events', () => {
  it('make a person, know one again, and can be left unread', async () => {
    start();
    const body = {
      source: 'Site',
      type: 'Inquiry',
      person: { firstName: 'Ann', emails: [{ value: 'ann@example.com' }], tags: ['Web'] },
      property: { street: '1 High St' },
    };
    const post = () => callFub(sandbox, 'POST', '/events', { body });
    const [made, known] = [await post(), await post()];
    expect([made.status, known.status]).toEqual([201, 200]);
    expect(object(known.body)['id']).toBe(object(made.body)['id']);
    expect(await listed(sandbox, 'events', '/events?propertyAddress=high')).toHaveLength(2);
    sandbox.configure({ leadFlow: 'archived' });
    expect([(await post()).status, (await post()).body]).toEqual([204, null]);
  });
});
