import { Queue, Worker } from 'bullmq';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { Redis } from 'ioredis';
import type { ChangeEvent } from '../../src/domain/change-event.ts';

export type JobQueueKind = 'bullmq' | 'graphile-worker';

/** A queue with one running worker in this process; attempts, and what is kept of a job, are the library's defaults. */
export interface JobQueue {
  /** In this order, one job each. */
  add(events: readonly ChangeEvent[]): Promise<void>;
  close(): Promise<void>;
}

export interface JobQueueSettings {
  readonly url: string;
  /** How many jobs the worker does at once. */
  readonly concurrency: number;
  work(event: ChangeEvent): Promise<void>;
  onDone(): void;
  /** Called for each attempt that failed. */
  onFailed(message: string): void;
}

export function openJobQueue(kind: JobQueueKind, settings: JobQueueSettings): Promise<JobQueue> {
  return kind === 'bullmq' ? openBullmq(settings) : openGraphileWorker(settings);
}

async function openBullmq(settings: JobQueueSettings): Promise<JobQueue> {
  const { url, concurrency, work, onDone, onFailed } = settings;
  const name = 'changes';
  // What BullMQ asks of a connection that waits for jobs.
  const [adding, waiting] = [new Redis(url), new Redis(url, { maxRetriesPerRequest: null })];
  const queue = new Queue<ChangeEvent>(name, { connection: adding });
  const worker = new Worker<ChangeEvent>(name, ({ data }) => work(data), {
    connection: waiting,
    concurrency,
  });
  worker.on('completed', onDone);
  worker.on('failed', (_, { message }) => onFailed(message));
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  return {
    async add(events) {
      await queue.addBulk(events.map((data) => ({ name: 'change', data })));
    },
    async close() {
      await worker.close();
      await queue.obliterate({ force: true });
      await queue.close();
      for (const connection of [adding, waiting]) connection.disconnect();
    },
  };
}

const TASK = 'forward';

async function openGraphileWorker(settings: JobQueueSettings): Promise<JobQueue> {
  const { url, concurrency, work, onDone, onFailed } = settings;
  const shared = { connectionString: url, logger: new Logger(() => () => undefined) };
  const producer = await makeWorkerUtils(shared);
  const runner = await run({
    ...shared,
    concurrency,
    noHandleSignals: true,
    parsedCronItems: [],
    // Both as its documentation advises for speed.
    maxPoolSize: concurrency + 2,
    preset: { worker: { localQueue: { size: concurrency + 1 } } },
    taskList: { [TASK]: (payload) => work(payload as ChangeEvent) },
  });
  runner.events.on('job:success', onDone);
  runner.events.on('job:error', ({ error }) => onFailed(String(error)));
  return {
    async add(events) {
      await producer.addJobs(events.map((payload) => ({ identifier: TASK, payload })));
    },
    async close() {
      await runner.stop();
      await producer.release();
    },
  };
}
