import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mriVault } from '../../src/connectors/mri-vault/mri-vault.ts';
import type { ChangeEvent } from '../../src/domain/change-event.ts';
import { scopeOf } from '../../src/domain/connection.ts';
import { recordKey } from '../../src/domain/entity.ts';
import type { Lane } from '../../src/domain/link.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { ShardLease, WorkerRow } from '../../src/state-store/ownership-store.port.ts';
import type { LookMark } from '../../src/state-store/link-store.port.ts';
import { connection } from '../../test/support/builders.ts';
import type { Meter, OpenPart } from '../harness/part.ts';
import { benchEvent } from '../support/bench-events.ts';
import { epochNow } from '../support/epoch-now.ts';
import { linkAll } from '../support/link-all.ts';
import {
  PROVIDER,
  startMeasuredCore,
  type CoreOptions,
  type MeasuredCore,
} from '../support/measured-core.ts';
import { tenantChanges, type TenantLoad } from '../support/tenant-load.ts';

export interface CorePartOptions extends Omit<CoreOptions, 'env'> {
  /** Absent: a folder of its own, which goes when it ends. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ConnectInput {
  readonly userId: string;
  readonly apiKey: string;
  readonly instanceUrl: string;
  /** MRI Vault with the bench's limit where absent. */
  readonly provider?: string;
}

/** Who is alive and who owns what. */
export interface OwnershipView {
  readonly leases: readonly ShardLease[];
  readonly workers: readonly WorkerRow[];
}

/** Contacts `from` to before `to`, each at every version of `versions` (first, last), version after version. */
export interface PublishInput {
  readonly userId: string;
  readonly from: number;
  readonly to: number;
  readonly versions: readonly [number, number];
}

/** Contacts `from` to before `to`, made due on a lane. */
export interface PutBackInput extends Omit<PublishInput, 'versions'> {
  readonly lane: Lane;
}

/** Each contact of each tenant at this version. */
export interface WriteInput {
  readonly load: TenantLoad;
  readonly version: number;
}

export interface Settled {
  readonly linked: number;
  readonly failed: number;
  /** Epoch ms with fractions. */
  readonly at: number;
}

/** A process that has nothing to do. */
export interface Rest {
  readonly heapKiB: number;
  readonly residentKiB: number;
  readonly timers: number;
}

const PROFILED = {
  write: 'ours, changes and their calls',
  settled: 'ours, deliveries',
  sync: 'ours, a full sync',
  work: 'a worker on servers',
};
const START_MS = 1_500;
const A_BATCH = 500;
const POLL_MS = 5;
/** Where the processor's time counts, looking must cost none that shows. */
const SELDOM_MS = 50;
const CONNECTS_AT_ONCE = 16;
const LONGEST_SYNC_MS = 900_000;

/** The program's core on the embedded store, in a process of its own. */
export const openPart: OpenPart<CorePartOptions> = async ({ env, ...options }) => {
  const folder = await mkdtemp(join(tmpdir(), 'zena-crm-bench-'));
  const core = await startMeasuredCore({ ...options, env: env ?? { DATA_DIR: folder } });
  const { integrations } = core;
  const work = createWork();
  return {
    profiled: PROFILED,
    commands: {
      connect: (input: ConnectInput) => connect(core, input),
      async 'connect-all'(inputs: readonly ConnectInput[]) {
        const left = inputs.values();
        const some = async (): Promise<void> => {
          for (const input of left) await connect(core, input);
        };
        await Promise.all(Array.from({ length: CONNECTS_AT_ONCE }, some));
      },
      ownership: async (): Promise<OwnershipView> => ({
        // In the order in which a worker reads them: an owner has joined by then.
        leases: await core.store.ownership.shards(),
        workers: await core.store.ownership.workers(),
      }),
      publish: (input: PublishInput, meter: Meter) => publish(core, input, meter),
      settled: (userId: string) => settled(core, userId),
      async write({ load, version }: WriteInput, meter: Meter) {
        const changes = tenantChanges(load, version);
        meter.restart();
        await publishAll(core, changes);
        await allSettled(core);
        meter.stop();
      },
      work: () => work.begin(),
      'end-work': async () => work.end(),
      async pause(userId: string) {
        accept(await integrations.pause(userId, PROVIDER));
      },
      async resume(userId: string) {
        accept(await integrations.resume(userId, PROVIDER));
      },
      /** Drops what is due, as a disconnect does: only a full sync finds it again. */
      async defer(userId: string) {
        await core.store.links.dropWork((await connectionOf(core, userId)).scope);
      },
      'put-back': (input: PutBackInput) => putBack(core, input),
      async 'link-all'(userId: string) {
        return await linkAll(core.store, (await connectionOf(core, userId)).scope, mriVault);
      },
      async counts(userId: string) {
        return await core.store.links.counts((await connectionOf(core, userId)).scope, Date.now());
      },
      async 'begin-sync'(userId: string) {
        const { signal } = new AbortController();
        accept(await integrations.sync(userId, PROVIDER, { waitMs: 0, signal }));
      },
      async sync(userId: string) {
        const { signal } = new AbortController();
        const began = epochNow();
        const answer = await integrations.sync(userId, PROVIDER, { waitMs: LONGEST_SYNC_MS, signal });
        const ended = epochNow();
        if (!answer.ok) throw new Error(JSON.stringify(answer));
        const { run, totals } = answer.value.progress;
        return { status: run.status, ...totals, began, ended };
      },
      'add-idle-connections': (count: number) => addIdleConnections(core, count),
      rest,
      errors: () => Promise.resolve(core.errors),
    },
    async close() {
      await core.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** Of others, who tell when it begins and ends. */
function createWork() {
  let ended = Promise.withResolvers<void>();
  return {
    async begin() {
      ended = Promise.withResolvers();
      await ended.promise;
    },
    end: () => ended.resolve(),
  };
}

async function addIdleConnections({ store }: MeasuredCore, count: number): Promise<number> {
  for (let at = 0; at < count; at += 1) {
    const owner = { type: 'user', id: `idle-${at}` } as const;
    const own = { connectionId: `idle-${at}`, budgetKey: `idle-${at}`, owner };
    await store.connections.insert(connection(own));
  }
  return (await store.connections.listForUsers(usersOf(count))).length;
}

const usersOf = (count: number): string[] => Array.from({ length: count }, (_, at) => `idle-${at}`);

async function connect({ integrations }: MeasuredCore, input: ConnectInput): Promise<void> {
  const { userId, provider = PROVIDER, ...credentials } = input;
  accept(
    await integrations.connect({ userId, provider, credentials, syncConfig: {}, replaceAccount: false }),
  );
}

function accept(outcome: { readonly ok: boolean }): void {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome));
}

async function connectionOf({ store }: MeasuredCore, userId: string) {
  const [connection] = await store.connections.listByOwner(userId);
  if (connection === undefined) throw new Error(`${userId} has no connection`);
  return { ...connection, scope: scopeOf(connection) };
}

/** When each was sent, epoch ms with fractions, is when its batch was. */
async function publish(
  core: MeasuredCore,
  { userId, from, to, versions }: PublishInput,
  meter: Meter,
): Promise<{ readonly at: number; readonly events: number }> {
  const [first, last] = versions;
  const events = Array.from({ length: last - first + 1 }, (_, step) =>
    Array.from({ length: to - from }, (__, at) => benchEvent('contact', from + at, first + step, userId)),
  ).flat();
  meter.restart();
  const at = epochNow();
  await publishAll(core, events);
  return { at, events: events.length };
}

async function publishAll({ publisher }: MeasuredCore, events: readonly ChangeEvent[]): Promise<void> {
  for (let start = 0; start < events.length; start += A_BATCH) {
    const batch = events.slice(start, start + A_BATCH);
    await publisher.publish(batch.map((event) => ({ type: 'event', event, place: null })));
  }
}

/** Makes them due on another lane than that of changes. */
async function putBack(core: MeasuredCore, { userId, from, to, lane }: PutBackInput): Promise<void> {
  const { connectionId, scope } = await connectionOf(core, userId);
  const marks = Array.from({ length: to - from }, (_, at): LookMark => ({
    scope,
    connectionId,
    userId,
    lane,
    now: Date.now(),
    key: recordKey('contact', `contact-${from + at}`),
  }));
  for (let start = 0; start < marks.length; start += A_BATCH)
    await core.store.links.markLook(marks.slice(start, start + A_BATCH));
}

/** Resolves when nothing of anybody's is left to deliver. */
async function allSettled({ store }: MeasuredCore): Promise<void> {
  for (;;) {
    const { due, dirtySince } = await store.links.backlog(Date.now());
    if (due === 0 && dirtySince === null) return;
    await systemClock.sleep(SELDOM_MS);
  }
}

/** Resolves when nothing of the user's is left to deliver. */
async function settled(core: MeasuredCore, userId: string): Promise<Settled> {
  const { scope } = await connectionOf(core, userId);
  for (;;) {
    const { due, waiting, linked, failed } = await core.store.links.counts(scope, Date.now());
    if (due + waiting === 0) return { linked, failed, at: epochNow() };
    await systemClock.sleep(POLL_MS);
  }
}

async function rest(ms: number, meter: Meter): Promise<Rest> {
  // What the start leaves behind is not what resting costs.
  await systemClock.sleep(START_MS);
  meter.restart();
  await systemClock.sleep(ms);
  meter.stop();
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  return { heapKiB: heapUsed / 1_024, residentKiB: rss / 1_024, timers };
}
