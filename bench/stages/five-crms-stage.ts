import { systemClock } from '../../src/runtime/clock.ts';
import { changeJson } from '../../test/support/change-json.ts';
import { FIVE, type FiveProvider, type HeldName, type Sickness } from '../../test/reliability/five-crms.ts';
import { startRunningService } from '../../test/support/running-service.ts';
import { startPart } from '../harness/part.ts';
import { stampedName, type FiveAddresses, type Seen, type SickenInput } from '../parts/five-crms.ts';

/** What a round found at those that are well in it. */
export interface FiveStretch {
  readonly samples: readonly number[];
  /** All calls to them, each change of which wants one of each. */
  readonly callsAChange: number;
}

/** One user, connected to all five; the CRMs in a process of their own. */
export interface FiveStage {
  /** Sends so many changes and tells what came to those that are well; the others are sick meanwhile where `sick` says how. */
  measure(input: StretchInput): Promise<FiveStretch>;
  /** What is not as it has to be. */
  readonly wrong: readonly string[];
  close(): Promise<void>;
}

export interface StretchInput {
  readonly changes: number;
  readonly well: readonly FiveProvider[];
  readonly sick: SickenInput['sick'];
}

const CONTACTS = 8;
/** Slower than the slowest of the five may be called: Top Producer, twice a second. */
export const EVERY_MS = 700;
export const [SLOW_MS, RETRY_AFTER_SECONDS] = [9_000, 5];
const LONGEST_SETTLING_MS = 180_000;
const LOOK_EVERY_MS = 100;

/** The two that are well in a round, and how each of the others is sick: each of the five has its turn in each. */
export function sicknessesOf(round: number): Pick<StretchInput, 'well' | 'sick'> {
  const at = (place: number): FiveProvider => FIVE[(round + place) % FIVE.length] ?? FIVE[0];
  const sick: Partial<Record<FiveProvider, Sickness>> = {
    [at(0)]: 'down',
    [at(1)]: 'slow',
    [at(2)]: 'limiting',
  };
  return { sick, well: [at(3), at(4)] };
}

export async function startFiveStage(): Promise<FiveStage> {
  const crms = await startPart('five-crms', null);
  const { env, credentials } = (await crms.ask<FiveAddresses>('addresses')).value;
  // Short and many, so that the sick ones try often and are well again soon after they are.
  const running = await startRunningService({ ...env, RETRY_DELAYS: Array<string>(24).fill('5s').join(',') });
  const newest = new Map<string, string>();
  const wrong: string[] = [];
  let version = 0;

  async function change(dueAt: number): Promise<void> {
    version += 1;
    const id = `c-${version % CONTACTS}`;
    const email = `${id}@example.com`;
    const lastName = stampedName(dueAt);
    newest.set(email, lastName);
    const fields = {
      name: `Ada ${lastName}`,
      emails: [email],
      phones: [],
      role: 'buyer',
      relationshipNotes: [],
    };
    const sent = [changeJson('contact', id, version, fields)];
    const { status } = await running.call('POST', '/api/changes', sent, { scopes: ['changes:write'] });
    if (status >= 300) wrong.push(`a change was answered ${status}`);
  }

  /** Open loop: each is sent when it is due, however long earlier ones take. */
  async function load(changes: number): Promise<void> {
    const began = Date.now();
    const sending: Promise<void>[] = [];
    for (let sent = 0; sent < changes; sent += 1) {
      const dueAt = began + sent * EVERY_MS;
      await systemClock.sleep(Math.max(0, dueAt - Date.now()));
      sending.push(change(dueAt));
    }
    await Promise.all(sending);
  }

  /** Waits until each of these has the newest of every contact, once; what isn't so in the end is wrong. */
  async function settled(providers: readonly FiveProvider[]): Promise<void> {
    const until = performance.now() + LONGEST_SETTLING_MS;
    for (;;) {
      const { value } = await crms.ask<Record<FiveProvider, readonly HeldName[]>>('contacts');
      const behind = providers.filter((provider) => !holds(value[provider], newest));
      if (behind.length === 0) return;
      if (performance.now() > until) {
        wrong.push(`${behind.join(', ')}: not every contact at its newest, once`);
        return;
      }
      await systemClock.sleep(LOOK_EVERY_MS);
    }
  }

  for (const provider of FIVE) {
    const path = `/api/integrations/crm/${provider}/connect`;
    const { status } = await running.call('POST', path, { credentials: credentials[provider] });
    if (status !== 201) throw new Error(`${provider}: connect was answered ${status}`);
  }
  await load(CONTACTS);
  await settled(FIVE);
  return {
    wrong,
    async measure({ changes, well, sick }) {
      await crms.ask('seen');
      const how = { slowMs: SLOW_MS, retryAfterSeconds: RETRY_AFTER_SECONDS };
      await crms.ask('sicken', { sick, ...how } satisfies SickenInput);
      await load(changes);
      await settled(well);
      const { value: seen } = await crms.ask<Record<FiveProvider, Seen>>('seen');
      await crms.ask('heal');
      await settled(FIVE);
      const samples = well.flatMap((provider) => seen[provider].samples);
      const missed = changes * well.length - samples.length;
      if (missed > 0) wrong.push(`${missed} changes did not come to ${well.join(' and ')} by themselves`);
      const calls = well.reduce((sum, provider) => sum + seen[provider].calls, 0);
      return { samples, callsAChange: calls / (changes * well.length) };
    },
    async close() {
      await running.stop();
      await crms.close();
    },
  };
}

function holds(contacts: readonly HeldName[], newest: ReadonlyMap<string, string>): boolean {
  const isEqual = contacts.every(({ email, lastName }) => newest.get(email) === lastName);
  return isEqual && contacts.length === newest.size;
}
