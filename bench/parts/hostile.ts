import { systemClock } from '../../src/runtime/clock.ts';
import type { OpenPart } from '../harness/part.ts';
import { ATTACKS, type Hostile } from '../neighbour/attacks.ts';
import { createHostile } from '../neighbour/create-hostile.ts';
import { startHostileCrm } from '../neighbour/hostile-crm.ts';
import type { SeenAttack } from '../neighbour/start-idle-program.ts';
import { createTrafficMeter } from '../neighbour/traffic.ts';

export interface HostileOptions {
  readonly jwtSecret: string;
  readonly quick: boolean;
}

export interface BeginInput {
  readonly attack: string;
  readonly url: string;
  /** At a program that does nothing, it needs no preparation. */
  readonly isControl: boolean;
}

/** How often each status was answered, `error` for calls that got none. */
export type Statuses = Readonly<Record<string, number>>;

/** The hostile tenant and its CRM in a process of their own. */
export const openPart: OpenPart<HostileOptions> = async ({ jwtSecret, quick }) => {
  const [calls, crmCalls] = [createTrafficMeter(), createTrafficMeter()];
  const crm = await startHostileCrm((call) => crmCalls.note(call));
  let ending = new AbortController();
  let lanes: Promise<unknown>[] = [];
  let attacker: Hostile | null = null;

  async function end(): Promise<SeenAttack> {
    ending.abort();
    const seen: SeenAttack = { calls: calls.read(), crm: crmCalls.read() };
    await Promise.allSettled(lanes);
    lanes = [];
    crm.setMood('good');
    ending = new AbortController();
    await attacker?.disconnect();
    attacker = null;
    return seen;
  }

  return {
    commands: {
      url: () => Promise.resolve(crm.url),
      /** Resolves once the attack is under way. */
      async begin({ attack: name, url, isControl }: BeginInput) {
        const attack = ATTACKS.find((one) => one.name === name);
        if (attack === undefined) throw new TypeError(`no attack ${name}`);
        ending = new AbortController();
        const hostile = await createHostile({
          userId: `hostile-${name.replaceAll(' ', '-')}`,
          url,
          crmUrl: crm.url,
          jwtSecret,
          quick,
          ending: () => ending.signal,
          note: (call) => calls.note(call),
        });
        attacker = hostile;
        if (!isControl) {
          await hostile.connect();
          await attack.prepare?.(hostile);
        }
        calls.restart();
        crmCalls.restart();
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
