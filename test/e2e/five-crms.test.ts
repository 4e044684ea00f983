import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { changeJson } from '../support/change-json.ts';
import {
  FIVE,
  type FiveCrms,
  type FiveProvider,
  type Sickness,
  startFiveCrms,
} from '../reliability/five-crms.ts';
import { eventually, startRunningService, type RunningService } from '../support/running-service.ts';

const EMAIL = 'ada@example.com';
const HEALS_MS = 30_000;

let crms: FiveCrms;
let running: RunningService;
let version = 0;

beforeAll(async () => {
  crms = await startFiveCrms();
  running = await startRunningService({
    ...crms.env,
    RETRY_DELAYS: Array<string>(60).fill('500ms').join(','),
  });
});
afterAll(async () => {
  await running.stop();
  await crms.close();
});

/** One more change of the one contact. */
async function change(lastName: string): Promise<void> {
  const fields = {
    name: `Ada ${lastName}`,
    emails: [EMAIL],
    phones: [],
    role: 'buyer',
    relationshipNotes: [],
  };
  version += 1;
  const sent = [changeJson('contact', 'c-1', version, fields)];
  const answer = await running.call('POST', '/api/changes', sent, { scopes: ['changes:write'] });
  expect(answer.body).toMatchObject({ accepted: 1 });
}

/** Whoever has that e-mail there: one, whatever befell the CRM. */
const namesIn = (provider: FiveProvider): readonly string[] =>
  crms.of[provider].contacts().flatMap(({ email, lastName }) => (email === EMAIL ? [lastName] : []));

const arrives = (lastName: string, providers: readonly FiveProvider[]): Promise<void> =>
  eventually(() => {
    expect(providers.map((provider) => [provider, namesIn(provider)])).toEqual(
      providers.map((provider) => [provider, [lastName]]),
    );
  }, HEALS_MS);

/** What one change costs each of these, once it is there. */
async function callsOf(lastName: string, providers: readonly FiveProvider[]): Promise<readonly number[]> {
  const before = providers.map((provider) => crms.of[provider].calls());
  await change(lastName);
  await arrives(lastName, providers);
  return providers.map((provider, at) => crms.of[provider].calls() - (before[at] ?? 0));
}

it('a change arrives in all five that a user is connected to', async () => {
  for (const provider of FIVE) {
    const path = `/api/integrations/crm/${provider}/connect`;
    const { credentials } = crms.of[provider];
    const connected = await running.call('POST', path, { credentials });
    expect([provider, connected.status]).toEqual([provider, 201]);
  }
  await change('First');
  await arrives('First', FIVE);
}, 30_000);

const SICK: readonly Readonly<Partial<Record<FiveProvider, Sickness>>>[] = [
  { mri_vault: 'down', kvcore: 'slow', follow_up_boss: 'limiting' },
  { salesforce: 'down', top_producer: 'slow', mri_vault: 'limiting' },
  { follow_up_boss: 'down', salesforce: 'slow', top_producer: 'limiting' },
];

it.each(SICK)(
  '%j: the others get each change for as many calls, and all have the newest once',
  async (sick) => {
    const isSick = (provider: FiveProvider): boolean => sick[provider] !== undefined;
    const [ill, well] = [FIVE.filter(isSick), FIVE.filter((provider) => !isSick(provider))];
    const round = `R${version}`;
    await change(`${round}Well`);
    await arrives(`${round}Well`, FIVE);
    const alone = await callsOf(`${round}Alone`, well);
    await arrives(`${round}Alone`, FIVE);
    for (const provider of ill) await crms.of[provider].sicken(sick[provider] ?? 'down', { slowMs: 3_000 });
    try {
      const beside = [
        await callsOf(`${round}Beside`, well),
        await callsOf(`${round}Again`, well),
        await callsOf(`${round}Newest`, well),
      ];
      expect(beside).toEqual([alone, alone, alone]);
      expect(ill.flatMap(namesIn)).not.toContain(`${round}Newest`);
    } finally {
      for (const provider of ill) await crms.of[provider].heal();
    }
    await arrives(`${round}Newest`, FIVE);
  },
  60_000,
);
