import { probe, probingUsers, produce } from './apply-load.ts';
import { watchFigures, type ChaosStage } from './stage/chaos-stage.ts';
import { converged, type Convergence } from './converged.ts';
import { foldLog, type LogModel } from './model/crm-model.ts';
import { openEventProducer, type EventProducer } from './model/event-producer.ts';
import { createOfficeLoad, type OfficeLoad } from './model/office-load.ts';
import { readTopics } from './model/read-topic.ts';
import { watchRecovery, type RecoveryWatch } from './recovery-watch.ts';
import type { WriteFindings } from './model/write-review.ts';

export interface LoadOptions {
  readonly seed: number;
  /** How many records there are in the end. */
  readonly records: number;
  /** Events a second, besides the probes. */
  readonly rate: number;
  /** From 0 to 1: how much of the office may have come into being. */
  readonly progress: () => number;
  /** How long equal CRMs are watched for a late write that would make them unequal again. */
  readonly settleMs: number;
  /** What happens, for people. */
  readonly say: (line: string) => void;
}

export interface LoadParts {
  readonly load: OfficeLoad;
  readonly producer: EventProducer;
  readonly watch: RecoveryWatch;
}

/** What stands in the topics and in the CRMs once the load is over and everything has had its time. */
export interface LoadEnd extends Convergence {
  readonly model: LogModel;
  readonly findings: WriteFindings;
  readonly load: OfficeLoad;
  readonly acknowledged: number;
}

/** What to wait for from a broker that is back. */
const TAKEN_WITHIN_MS = 60_000;
export const READ_WITHIN_MS = 60_000;

/** Does something while the office changes, then waits until the CRMs equal the topics. Leaves nothing running, also when it throws. */
export async function underLoad<T>(
  stage: ChaosStage,
  options: LoadOptions,
  act: (parts: LoadParts) => Promise<T>,
): Promise<LoadEnd & { readonly acted: T }> {
  const { topics, schemaIds, crms, userIds, servers } = stage;
  const { seed, records, rate, progress, say } = options;
  const load = createOfficeLoad({ seed, users: userIds.length, records });
  const producer = await openEventProducer({ brokers: servers.brokers, topics, schemaIds });
  const probing = probingUsers(stage);
  const watch = watchRecovery(crms.map((crm, index) => ({ crm, userId: probing[index] ?? '' })));
  let open = true;
  const isOpen = (): boolean => open;
  const working = Promise.all([
    produce({ load, producer, rate, progress, isOpen }),
    probe(stage, load, producer, watch, isOpen),
    watchFigures(stage, isOpen),
  ]);
  try {
    const acted = await Promise.race([
      act({ load, producer, watch }),
      failureOf(working),
      failureOf(watch.looking),
      failureOf(producer.working),
    ]);
    open = false;
    await working;
    producer.send(load.rest());
    if (!(await producer.close(TAKEN_WITHIN_MS))) throw new Error('The broker did not take every message.');
    say(`${producer.acknowledged()} messages acknowledged; reading the topics`);
    const messages = await readTopics(servers.brokers, Object.values(topics), READ_WITHIN_MS);
    const model = foldLog(messages, topics, producer.events);
    const convergence = await converged(stage, model, options);
    await watch.close();
    const acknowledged = producer.acknowledged();
    return { acted, model, load, acknowledged, findings: watch.findings(), ...convergence };
  } finally {
    open = false;
    await Promise.allSettled([working, watch.close(), producer.close(0)]);
  }
}

/** Only ever rejects: what ends well is waited for elsewhere. */
function failureOf(work: Promise<unknown>): Promise<never> {
  return new Promise((_resolve, reject) => {
    work.catch(reject);
  });
}
