import { systemClock } from '../../src/runtime/clock.ts';
import type { OpenPart } from '../harness/part.ts';
import { ATTACKS, type Hostile } from '../neighbour/attacks.ts';
import { createHostile } from '../neighbour/create-hostile.ts';
import { startHostileCrm } from '../neighbour/hostile-crm.ts';

export interface HostileOptions {
  readonly jwtSecret: string;
  readonly quick: boolean;
}

export interface BeginInput {
  readonly attack: string;
  readonly url: string;
}

/** How often each status was answered, `error` for calls that got none. */
export type Statuses = Readonly<Record<string, number>>;

/** The hostile tenant and its CRM in a process of their own. */
export const openPart: OpenPart<HostileOptions> = async ({ jwtSecret, quick }) => {
  const crm = await startHostileCrm();
  let statuses = new Map<string, number>();
  let ending = new AbortController();
  let lanes: Promise<unknown>[] = [];
  let attacker: Hostile | null = null;

  async function end(): Promise<Statuses> {
    ending.abort();
    await Promise.allSettled(lanes);
    lanes = [];
    crm.setMood('good');
    const answered = Object.fromEntries(statuses);
    ending = new AbortController();
    await attacker?.disconnect();
    attacker = null;
    return answered;
  }

  return {
    commands: {
      url: () => Promise.resolve(crm.url),
      /** Resolves once the attack is under way. */
      async begin({ attack: name, url }: BeginInput) {
        const attack = ATTACKS.find((one) => one.name === name);
        if (attack === undefined) throw new TypeError(`no attack ${name}`);
        ending = new AbortController();
        statuses = new Map();
        const hostile = await createHostile({
          userId: `hostile-${name.replaceAll(' ', '-')}`,
          url,
          crmUrl: crm.url,
          jwtSecret,
          quick,
          ending: () => ending.signal,
          count: (status) => statuses.set(status, (statuses.get(status) ?? 0) + 1),
        });
        attacker = hostile;
        await hostile.connect();
        await attack.prepare?.(hostile);
        statuses = new Map();
        crm.setMood(attack.mood);
        let index = 0;
        lanes = Array.from({ length: attack.lanes }, async () => {
          while (!ending.signal.aborted) {
            index += 1;
            await attack.strike(hostile, index);
            // Refused calls come back at once.
            await systemClock.sleep(1);
          }
        });
      },
      end: () => end(),
    },
    async close() {
      await end();
      await crm.close();
    },
  };
};
