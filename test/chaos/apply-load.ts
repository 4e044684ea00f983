import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosStage } from './stage/chaos-stage.ts';
import type { EventProducer } from './model/event-producer.ts';
import type { OfficeLoad } from './model/office-load.ts';
import type { RecoveryWatch } from './recovery-watch.ts';

export interface Producing {
  readonly load: OfficeLoad;
  readonly producer: EventProducer;
  readonly rate: number;
  readonly progress: () => number;
  readonly isOpen: () => boolean;
}

const TICK_MS = 100;
/** While the broker is away the office makes no more than this. */
const MOST_WAITING = 2_000;

/** Sends the office's changes at a rate, until `isOpen` says no. */
export async function produce({ load, producer, rate, progress, isOpen }: Producing): Promise<void> {
  let owed = 0;
  while (isOpen()) {
    for (owed += (rate * TICK_MS) / 1_000; owed >= 1; owed -= 1) {
      if (producer.waiting() < MOST_WAITING) producer.send(load.next(progress()));
    }
    await sleep(TICK_MS);
  }
}

/** Sends a change of a probe to each CRM every second, until `isOpen` says no. */
export async function probe(
  stage: ChaosStage,
  load: OfficeLoad,
  producer: EventProducer,
  watch: RecoveryWatch,
  isOpen: () => boolean,
): Promise<void> {
  const probing = probingUsers(stage);
  while (isOpen()) {
    for (const userId of probing) {
      const { message, version } = load.probe(userId);
      watch.sent(userId, version);
      producer.send([message]);
    }
    await sleep(1_000);
  }
}

/** Of each CRM one user, whose probe goes there. */
export function probingUsers({ crms, userIds, crmOf }: ChaosStage): string[] {
  return crms.map((crm) => userIds.find((userId) => crmOf(userId) === crm) ?? '');
}
