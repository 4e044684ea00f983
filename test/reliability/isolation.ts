import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { systemClock } from '../../src/runtime/clock.ts';
import { seededRandom } from '../../src/runtime/seeded-random.ts';
import { startIsolationCrms, type CrmKind, type IsolationCrms, type Sample } from './isolation-crms.ts';
import { startMeasuredService, type MeasuredService } from './measured-service.ts';
import type { Report } from './report.ts';
import type { MeasureOptions } from './measure-options.ts';
import { percentile } from './statistics.ts';

const CONTACTS_EACH = 2;
const SICK: readonly CrmKind[] = ['dead', 'slow', 'limiting'];
/** Changes that fell due meanwhile go out together, as a producer's batches do, ms. */
const TICK_MS = 20;
const LONGEST_SETTLING_MS = 180_000;

/** Every tenth connection is at a CRM that can be made sick, a third at each of them. */
function crmOf(index: number): CrmKind {
  return index % 10 === 0 ? (SICK[(index / 10) % SICK.length] ?? 'dead') : 'healthy';
}

interface World {
  readonly service: MeasuredService;
  readonly crms: IsolationCrms;
  readonly connections: number;
  /** Email of each contact, and the stamp of its newest change. */
  readonly newest: Map<string, number>;
  readonly random: { next(): number };
  version: number;
}

interface Round {
  readonly sick: boolean;
  readonly samples: readonly number[];
  readonly loopDelayP99: number;
  /** Of the service's thread; the CRMs have their own. */
  readonly cpuMsAChange: number;
  readonly settledAfterMs: number;
}

/**
 * Many connections, each with a budget of its own; the same load with all CRMs well and with a tenth of them sick, in turns.
 * A change's time runs from when it was due, whatever held its sender up, to when the CRM had the call.
 */
export async function measureIsolation(
  options: MeasureOptions,
  { restMs = 2_000, slowMs = 9_000 }: { readonly restMs?: number; readonly slowMs?: number } = {},
): Promise<Report> {
  const { connections = 1_000, rate = 200, seconds = 25, rounds = 3 } = withoutNulls(options);
  const keys = Array.from({ length: connections }, (_, index) => `key-${index}`);
  const crms = await startIsolationCrms(keys, slowMs);
  const service = await startMeasuredService({
    ALLOWED_INSTANCE_HOSTS: Object.values(crms.addresses)
      .map((address) => new URL(address).host)
      .join(','),
    // Short and many, so that the sick ones try often and are well again soon after their CRM is.
    RETRY_DELAYS: Array<string>(24).fill('5s').join(','),
  });
  const random = seededRandom(options.seed);
  const world: World = { service, crms, connections, newest: new Map(), random, version: 0 };
  try {
    await connectAll(world, keys);
    await publishAll(world);
    const wrong = await settled(world);
    await load(world, rate, 5_000);
    const all: Round[] = [];
    for (let round = 0; round < rounds && wrong.length === 0; round += 1) {
      // In turns also within the pairs, so that a load of the machine that grows or falls favours neither.
      for (const sick of round % 2 === 0 ? [false, true] : [true, false]) {
        await systemClock.sleep(restMs);
        const measured = await measureRound(world, sick, rate, seconds * 1_000, wrong);
        all.push(measured);
        console.error(progress(measured));
      }
    }
    return reportOf(all, wrong, world, { rate, seconds, slowMs });
  } finally {
    await service.stop();
    await crms.close();
  }
}

type Settable = 'connections' | 'rate' | 'seconds' | 'rounds';

function withoutNulls(options: MeasureOptions): Partial<Record<Settable, number>> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== null));
}

async function connectAll({ service, crms }: World, keys: readonly string[]): Promise<void> {
  const left = keys.map((key, index) => [key, index] as const);
  const connectSome = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const [key, index] = next;
      await service.connect(`user-${index}`, key, crms.addresses[crmOf(index)]);
    }
  };
  await Promise.all(Array.from({ length: 16 }, connectSome));
}

function changeOf(world: World, connection: number, contact: number, dueAt: number): unknown {
  const entityId = `contact-${connection}-${contact}`;
  const email = `${entityId}@example.test`;
  const version = (world.version += 1);
  // Two changes of one contact that fall due in the same millisecond are still two.
  const stamp = Math.max(Math.round(dueAt), (world.newest.get(email) ?? 0) + 1);
  world.newest.set(email, stamp);
  return {
    entity: 'contact',
    entityId,
    version,
    eventId: `${entityId}-${version}`,
    operation: 'UPSERT',
    userId: `user-${connection}`,
    occurredAt: stamp,
    contact: {
      name: `Ada ${stamp}`,
      emails: [email],
      phones: [],
      role: 'buyer',
      relationshipNotes: [],
    },
  };
}

async function publishAll(world: World): Promise<void> {
  for (let from = 0; from < world.connections; from += 100) {
    const changes: unknown[] = [];
    for (let connection = from; connection < Math.min(from + 100, world.connections); connection += 1) {
      for (let contact = 0; contact < CONTACTS_EACH; contact += 1)
        changes.push(changeOf(world, connection, contact, Date.now()));
    }
    await world.service.publish(changes);
  }
}

/** Open loop: what is due is sent when it is due, however long earlier sends take. */
async function load(world: World, rate: number, ms: number): Promise<void> {
  const began = Date.now();
  const everyMs = 1_000 / rate;
  const total = Math.floor((rate * ms) / 1_000);
  const sending = new Set<Promise<void>>();
  for (let sent = 0; sent < total;) {
    const changes: unknown[] = [];
    for (; sent < total && began + sent * everyMs <= Date.now(); sent += 1) {
      const connection = Math.floor(world.random.next() * world.connections);
      const contact = Math.floor(world.random.next() * CONTACTS_EACH);
      changes.push(changeOf(world, connection, contact, began + sent * everyMs));
    }
    if (changes.length > 0) {
      const send = world.service.publish(changes).finally(() => sending.delete(send));
      sending.add(send);
    }
    await systemClock.sleep(TICK_MS);
  }
  await Promise.all(sending);
}

/** Waits until the CRMs are equal to what was sent; what is not in the end. */
async function settled({ crms, newest }: World): Promise<string[]> {
  const until = performance.now() + LONGEST_SETTLING_MS;
  for (;;) {
    const held = await crms.contacts();
    const byEmail = new Map(held.map(({ email, stamp }) => [email, stamp]));
    const behind = [...newest].filter(([email, stamp]) => byEmail.get(email) !== stamp);
    const spare = held.length - newest.size;
    if (behind.length === 0 && spare === 0) return [];
    if (performance.now() > until) {
      const first = behind[0]?.[0] ?? 'none';
      return [
        `${behind.length} contacts are not equal (first: ${first}), ${spare} more are held than were sent`,
      ];
    }
    await systemClock.sleep(250);
  }
}

async function measureRound(
  world: World,
  sick: boolean,
  rate: number,
  ms: number,
  wrong: string[],
): Promise<Round> {
  await world.crms.samples();
  if (sick) await world.crms.sicken();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const before = process.threadCpuUsage();
  await load(world, rate, ms);
  const { user, system } = process.threadCpuUsage(before);
  delay.disable();
  await world.crms.heal();
  const began = performance.now();
  wrong.push(...(await settled(world)));
  const samples: Sample[] = await world.crms.samples();
  return {
    sick,
    samples: samples.map(({ ms: took }) => took),
    loopDelayP99: delay.percentile(99) / 1e6,
    cpuMsAChange: (user + system) / 1_000 / ((rate * ms) / 1_000),
    settledAfterMs: performance.now() - began,
  };
}

function progress({ sick, samples, loopDelayP99, cpuMsAChange, settledAfterMs }: Round): string {
  const [p50, p99] = [percentile(samples, 0.5), percentile(samples, 0.99)];
  return `${sick ? 'sick' : 'well'}: n ${samples.length}, p50 ${p50} ms, p99 ${p99} ms, loop p99 ${loopDelayP99.toFixed(1)} ms, ${cpuMsAChange.toFixed(2)} CPU ms a change, settled after ${settledAfterMs.toFixed(0)} ms`;
}

function reportOf(
  all: readonly Round[],
  wrong: readonly string[],
  { connections, newest, service }: World,
  { rate, seconds, slowMs }: { readonly rate: number; readonly seconds: number; readonly slowMs: number },
): Report {
  const well = all.filter(({ sick }) => !sick);
  const sick = all.filter((round) => round.sick);
  const ratios = (part: number) =>
    sick.map(({ samples }, at) => percentile(samples, part) / percentile(well[at]?.samples ?? [], part));
  const pooled = (rounds: readonly Round[], part: number) =>
    percentile(
      rounds.flatMap(({ samples }) => samples),
      part,
    );
  const pooledText = [0.5, 0.99].map((part) => {
    const [calm, hurt] = [pooled(well, part), pooled(sick, part)];
    return `p${part * 100} ${calm} and ${hurt} ms (${(hurt / calm).toFixed(2)})`;
  });
  const rowsOf = (name: string, rounds: readonly Round[]) => [
    ...[0.5, 0.99].map((part) => ({
      figure: `healthy connections, ${name}: change to CRM, p${part * 100}`,
      values: rounds.map(({ samples }) => percentile(samples, part)),
      unit: ' ms',
    })),
    { figure: `${name}: event loop delay, p99`, values: rounds.map((r) => r.loopDelayP99), unit: ' ms' },
    {
      figure: `${name}: CPU of the service a change`,
      values: rounds.map((r) => r.cpuMsAChange),
      unit: ' ms',
    },
  ];
  return {
    title: 'One sick connection does not slow the others',
    rows: [
      ...rowsOf('all well', well),
      ...rowsOf('a tenth sick', sick),
      { figure: 'p50, sick over well, of each pair of rounds', values: ratios(0.5), unit: '' },
      { figure: 'p99, sick over well, of each pair of rounds', values: ratios(0.99), unit: '' },
      {
        figure: 'until all are equal after the sick were well',
        values: sick.map((round) => round.settledAfterMs),
        unit: ' ms',
      },
    ],
    notes: [
      `${connections} connections, ${newest.size} contacts, ${rate} changes/s for ${seconds} s a round, ${all.length} rounds in turns.`,
      `Sick: a third refuses connections, a third answers after ${slowMs / 1_000} s, a third answers 429 with Retry-After 5.`,
      `All rounds together, well and sick: ${pooledText.join(', ')}.`,
      `Changes measured: ${all.map(({ samples }) => samples.length).join(', ')}. Errors logged: ${service.errors.length}.`,
    ],
    wrong,
  };
}
