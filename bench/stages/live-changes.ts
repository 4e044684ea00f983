import { systemClock } from '../../src/runtime/clock.ts';
import type { Part } from '../harness/part.ts';
import type { Arrival, CrmContact } from '../parts/crm.ts';
import { contactFaults, startCrmStage, type CrmStage } from './crm-stage.ts';

/** Contacts that are changed one at a time, linked beforehand: the first ones of the user. */
export const LIVE = 20;
export const EVERY_MS = 45;
/** For the last change to arrive. */
const REST_MS = 1_000;

export interface Changed {
  /** From each publishing call to the arrival at the CRM, ms; endless for one that never came. */
  readonly latencies: readonly number[];
  /** Calls for other records that the CRM had meanwhile. */
  readonly others: number;
}

/** A stage whose user has linked contacts, to be changed one by one whatever else goes on. */
export interface LiveStage extends CrmStage {
  change(count: number): Promise<Changed>;
  /** Which of the contacts are not as they were changed last. */
  liveFaults(): Promise<string[]>;
}

export async function startLiveStage(
  crmOptions: Parameters<typeof startCrmStage>[0],
  limits: Parameters<typeof startCrmStage>[1],
  apiKeys: readonly string[] = [],
): Promise<LiveStage> {
  const stage = await startCrmStage(crmOptions, limits, { apiKeys });
  let version = 1;
  const versions = new Map<number, number>();
  await stage.publish(0, LIVE, [1, 1]);
  await stage.settled();
  return {
    ...stage,
    async change(count) {
      await stage.crm.ask('arrivals');
      const sent = new Map<string, number[]>();
      for (let index = 0; index < count; index += 1) {
        const contact = index % LIVE;
        version += 1;
        versions.set(contact, version);
        const { value } = await stage.publish(contact, contact + 1, [version, version]);
        sent.set(emailOf(contact), [...(sent.get(emailOf(contact)) ?? []), value.at]);
        await systemClock.sleep(EVERY_MS);
      }
      await systemClock.sleep(REST_MS);
      return await latenciesOf(sent, stage.crm);
    },
    async liveFaults() {
      const live = new Set(Array.from({ length: LIVE }, (_, contact) => emailOf(contact)));
      const { value: held } = await stage.crm.ask<CrmContact[]>('contacts');
      const ours = held.filter(({ email }) => live.has(email));
      return contactFaults(ours, LIVE, (contact) => versions.get(contact) ?? 1);
    },
  };
}

const emailOf = (contact: number): string => `ada.lovelace.${contact}@example.test`;

async function latenciesOf(sent: ReadonlyMap<string, readonly number[]>, crm: Part): Promise<Changed> {
  const { value: arrivals } = await crm.ask<Arrival[]>('arrivals');
  const came = Map.groupBy(arrivals, ({ email }) => email);
  const latencies = [...sent].flatMap(([email, times]) =>
    // Two changes of a contact are far enough apart to be two calls.
    times.map(
      (at) => (came.get(email)?.find((arrival) => arrival.at >= at)?.at ?? Number.POSITIVE_INFINITY) - at,
    ),
  );
  return { latencies, others: arrivals.filter(({ email }) => email === null || !sent.has(email)).length };
}
