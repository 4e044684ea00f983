import { Agent } from 'undici';
import type { Meter, OpenPart } from '../harness/part.ts';
import { createForward, eventsToForward, type CrmAccess } from '../support/forward.ts';
import { openJobQueue, type JobQueue, type JobQueueKind } from '../support/job-queues.ts';
import type { Load } from './naive.ts';

/** Not among the part's options, which every user of the machine can read: the server's URL holds its password. */
export interface OpenQueueInput extends CrmAccess {
  readonly kind: JobQueueKind;
  readonly server: string;
}

const CONCURRENCY = 32;
const A_BATCH = 500;

/** The pipeline as people build it today: each event a job, and a worker that forwards it; both in this process. */
export const openPart: OpenPart<null> = async () => {
  const agent = new Agent({ connections: 64 });
  const done = Promise.withResolvers<void>();
  let queue: JobQueue | null = null;
  let [left, failed] = [0, 0];
  const ended = (): void => {
    left -= 1;
    if (left === 0) done.resolve();
  };
  return {
    profiled: { run: 'a job for each event' },
    commands: {
      async 'open-queue'({ kind, server, ...access }: OpenQueueInput) {
        queue = await openJobQueue(kind, {
          url: server,
          concurrency: CONCURRENCY,
          work: createForward(agent, access),
          onDone: ended,
          onFailed() {
            failed += 1;
            ended();
          },
        });
      },
      async run({ records, versions }: Load, meter: Meter) {
        const events = eventsToForward(records, versions);
        left = events.length;
        meter.restart();
        for (let from = 0; from < events.length; from += A_BATCH)
          await queue?.add(events.slice(from, from + A_BATCH));
        await done.promise;
        meter.stop();
        return { events: events.length, failed };
      },
    },
    async close() {
      await queue?.close();
      await agent.close();
    },
  };
};
