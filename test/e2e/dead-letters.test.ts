import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { changeJson } from '../support/change-json.ts';
import { eventually, startRunningService, type RunningService } from '../support/running-service.ts';

const OPERATOR = { userId: 'operator-1', scopes: ['ops:read', 'ops:write'] } as const;

let running: RunningService;
beforeAll(async () => {
  running = await startRunningService();
});
afterAll(async () => {
  await running.stop();
});

const contact = (entityId: string) =>
  changeJson('contact', entityId, 1, {
    name: 'Ada',
    emails: [`${entityId}@a.test`],
    phones: [],
    role: 'buyer',
    relationshipNotes: [],
  });
interface OpsBody {
  readonly data: readonly { readonly id: string }[];
  readonly planId: string;
  readonly finishedAt: string | null;
}

const ops = async (method: string, path: string, sent?: unknown) => {
  const { status, body } = await running.call(method, `/api/ops/${path}`, sent, OPERATOR);
  return { status, body: body as OpsBody };
};

it('an operator finds why records were given up, and replays them once the CRM takes them', async () => {
  await running.connect();
  const body = { errors: [{ field: 'email', message: 'is taken' }] };
  const refusal = running.sandbox.misbehave({
    match: { method: 'POST', path: '/contacts' },
    fault: { kind: 'status', status: 422, body },
  });
  await running.call('POST', '/api/changes', ['c-1', 'c-2'].map(contact), { scopes: ['changes:write'] });
  await eventually(async () => {
    expect((await ops('GET', 'dead-letters/groups')).body.data).toEqual([
      expect.objectContaining({ code: 'REFUSED_BY_CRM', provider: 'mri_vault', count: 2 }),
    ]);
  });

  const inVain = await follow(
    (await ops('POST', 'dead-letters/plan', { ids: [await letterOf('c-1')] })).body,
  );
  expect(inVain).toMatchObject({
    status: 'completed_with_failures',
    counts: { failedAgain: 1, delivered: 0 },
  });
  expect((await ops('GET', `dead-letters/${await letterOf('c-1')}`)).body).toMatchObject({
    replays: 1,
    status: 'open',
    fields: [{ field: 'email', message: 'is taken' }],
  });

  refusal.remove();
  const done = await follow((await ops('POST', 'dead-letters/plan', {})).body);
  expect(done).toMatchObject({ status: 'completed', counts: { walked: 2, delivered: 2, failedAgain: 0 } });
  expect(running.sandbox.records('contacts')).toHaveLength(2);
  expect((await ops('GET', 'dead-letters')).body.data).toEqual([]);
  expect((await ops('GET', 'dead-letters?status=resolved')).body.data).toHaveLength(2);
  expect((await ops('GET', 'connections')).body.data).toEqual([
    expect.objectContaining({ userId: 'user-1', counts: { linked: 2, due: 0, waiting: 0, failed: 0 } }),
  ]);
});

async function letterOf(entityId: string): Promise<string> {
  const { body } = await ops('GET', `dead-letters?entityId=${entityId}`);
  return body.data[0]?.id ?? 'none';
}

async function follow({ planId }: Pick<OpsBody, 'planId'>): Promise<OpsBody> {
  const begun = await ops('POST', 'dead-letters/replay', { planId });
  expect(begun.status).toBe(202);
  return eventually(async () => {
    const { body } = await ops('GET', `replays/${planId}`);
    expect(body.finishedAt).not.toBeNull();
    return body;
  });
}
