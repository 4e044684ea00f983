import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { envOf } from '../../src/demo/demo-crm.ts';
import type { StartedSandbox } from '../../src/sandbox/kit/sandbox.ts';
import { sandboxes } from '../../src/sandbox/sandboxes.ts';
import { changeJson } from '../support/change-json.ts';
import { eventually, startRunningService, type RunningService } from '../support/running-service.ts';

/** Where people are kept. */
const PEOPLE: Readonly<Record<string, string>> = {
  mri_vault: 'contacts',
  vaultre: 'contacts',
  follow_up_boss: 'people',
  kvcore: 'contacts',
  salesforce: 'Contact',
  top_producer: 'contacts',
};
interface Provider {
  readonly id: string;
  readonly capabilities: { readonly entities: readonly string[] };
}

/** The longest that a deal may wait for whom it names. */
const DEAL_WAITS_MS = 60_000;

const started = new Map<string, StartedSandbox>();
let running: RunningService;

beforeAll(async () => {
  for (const { id, start } of sandboxes) {
    started.set(id, await start({ port: 0, host: '127.0.0.1', apiKey: `key-of-${id}` }));
  }
  running = await startRunningService(envOf([...started.values()]));
});
afterAll(async () => {
  await running.stop();
  for (const { close } of started.values()) await close();
});

it('every sandbox is tried', () => {
  expect(Object.keys(PEOPLE).sort()).toEqual(sandboxes.map(({ id }) => id).sort());
});

describe.each(sandboxes)('a contact with nothing in it, at $id', ({ id, provider }) => {
  const userId = `user-of-${id}`;
  const crm = `/api/integrations/crm/${provider}`;
  const say = async (...changes: readonly object[]): Promise<void> => {
    const sent = changes.map((change) => ({ ...change, userId }));
    const answer = await running.call('POST', '/api/changes', sent, { scopes: ['changes:write'] });
    expect(answer.body).toMatchObject({ accepted: sent.length });
  };
  const recordOf = async (kind: string, entityId: string): Promise<unknown> =>
    (await running.call('GET', `${crm}/records/${kind}/${entityId}`, undefined, { userId })).body;
  const people = async (): Promise<number> => {
    const at = new URL(`/_sandbox/records/${PEOPLE[id] ?? ''}`, started.get(id)?.url);
    return ((await (await fetch(at)).json()) as readonly unknown[]).length;
  };
  const contact = (version: number, fields: object) =>
    changeJson('contact', `c-${id}`, version, {
      name: ' ',
      emails: [''],
      phones: [],
      role: 'buyer',
      relationshipNotes: [],
      ...fields,
    });
  let before = 0;
  let kinds: readonly string[] = [];

  beforeAll(async () => {
    const { credentials } = started.get(id) ?? {};
    const connected = await running.call('POST', `${crm}/connect`, { credentials }, { userId });
    expect(connected).toMatchObject({ status: 201 });
    const listed = await running.call('GET', '/api/integrations/crm', undefined, { userId });
    const { providers } = listed.body as { readonly providers: readonly Provider[] };
    kinds = providers.find((one) => one.id === provider)?.capabilities.entities ?? [];
    expect(kinds).toContain('contact');
    // Deals are switched off at first where the requests for them are assumed.
    const all = { syncProperties: kinds.includes('property'), syncDeals: kinds.includes('deal') };
    if (all.syncDeals)
      expect(await running.call('PATCH', crm, all, { userId })).toMatchObject({ status: 200 });
    before = await people();
  });

  it('is not made, and says why', async () => {
    await say(contact(1, {}));
    await eventually(async () =>
      expect(await recordOf('contact', `c-${id}`)).toMatchObject({
        state: 'unlinked',
        data: [{ code: 'nothing_to_deliver' }],
      }),
    );
    expect(await people()).toBe(before);
  });

  it(
    'holds up no deal that names it',
    async () => {
      if (!kinds.includes('deal')) return;
      const house = { address: '12 Risk Rd, Sandgate QLD 4017', vendors: [], buyers: [], milestones: [] };
      const next = { nextAction: 'Call the vendor', nextActionOwner: null, summary: 'Going well' };
      const risk = { riskLevel: 'low', riskFlags: [] };
      await say(
        changeJson('property', `p-${id}`, 1, { ...house, riskOverview: null }),
        changeJson('deal', `d-${id}`, 1, {
          propertyId: `p-${id}`,
          stage: 'offer',
          contacts: [`c-${id}`],
          ...risk,
          ...next,
        }),
      );
      await eventually(
        async () => expect(await recordOf('deal', `d-${id}`)).toMatchObject({ state: 'linked' }),
        DEAL_WAITS_MS,
      );
      expect(await people()).toBe(before);
    },
    DEAL_WAITS_MS + 10_000,
  );

  it('is made once there is something in it', async () => {
    await say(contact(2, { name: 'Ada Lane', emails: [`ada@${id.replaceAll('_', '-')}.example`] }));
    await eventually(async () =>
      expect(await recordOf('contact', `c-${id}`)).toMatchObject({ state: 'linked', version: 2 }),
    );
    expect(await people()).toBe(before + 1);
  });
});
