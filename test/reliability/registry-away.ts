import { systemClock } from '../../src/runtime/clock.ts';
import { seededRandom } from '../../src/runtime/seeded-random.ts';
import { loadChangeSchemas } from '../../src/change-feed/schemas/change-schemas.ts';
import { startFakeRegistry, type FakeRegistry } from '../change-feed/codec/fake-registry.ts';
import { openLoop, openMeasuredFeed, PARTITIONS, type MeasuredFeed } from './measured-feed.ts';
import type { Report } from './report.ts';
import type { MeasureOptions } from './measure-options.ts';
import { percentile } from './statistics.ts';

const KEYS = 600;
const KNOWN = 1;
const NEW = 2;
/** Partitions whose messages need the schema that nobody has asked for yet. */
const NEEDS_NEW = (partition: number): boolean => partition >= PARTITIONS / 2;
const BEFORE_MS = 3_000;
const LONGEST_DRAIN_MS = 60_000;

/**
 * A registry that can't be asked for a while, the first half of it by cut connections, the second by 503. Half of the partitions
 * get messages with a schema that is not remembered yet: these wait, the others go on.
 */
export async function measureRegistryAway(options: MeasureOptions): Promise<Report> {
  const [perSecond, ms] = [options.rate ?? 100, (options.seconds ?? 60) * 1_000];
  const registry = await startFakeRegistry();
  const { text } = loadChangeSchemas().contact;
  registry.schemas.set(KNOWN, { schema: text });
  registry.schemas.set(NEW, { schema: text });
  const feed = await openMeasuredFeed(registry.url);
  const random = seededRandom(options.seed);
  const send = (newSchema: boolean) => (_: number, dueAt: number) => {
    const key = Math.floor(random.next() * KEYS);
    feed.good(key, dueAt, newSchema && NEEDS_NEW(key % PARTITIONS) ? NEW : KNOWN);
  };
  try {
    await openLoop(perSecond, BEFORE_MS, send(false));
    await feed.drained(LONGEST_DRAIN_MS);
    const before = feed.samples.map(({ length }) => length);
    const away = await beAway(registry, feed, () => openLoop(perSecond, ms, send(true)), ms);
    const returned = performance.now();
    const drained = await feed.drained(LONGEST_DRAIN_MS);
    const recoveredMs = performance.now() - returned;
    const letters = await feed.store.deadLetters.count({});
    const wrong = [
      ...(drained ? await feed.missing() : [`${feed.partitions.behind} messages are still behind`]),
      ...(letters === 0 ? [] : [`${letters} dead letters`]),
      ...(away.stalled.includes('REGISTRY_UNAVAILABLE') ? [] : ['no partition waited: nothing was measured']),
    ];
    const unhurt = feed.samples.flatMap((of, partition) =>
      NEEDS_NEW(partition) ? [] : of.slice(before[partition]),
    );
    return reportOf({ ...away, wrong, unhurt, recoveredMs, letters, perSecond, ms });
  } finally {
    await feed.close();
    await registry.close();
  }
}

interface Away {
  readonly waiting: number;
  readonly asked: number;
  readonly stalled: readonly string[];
}

async function beAway(
  registry: FakeRegistry,
  feed: MeasuredFeed,
  load: () => Promise<void>,
  ms: number,
): Promise<Away> {
  const asked = registry.asked.length;
  registry.trouble = (request) => request.socket.destroy();
  const loading = load();
  await systemClock.sleep(ms / 2);
  registry.trouble = (_, response) => response.writeHead(503).end();
  await loading;
  const stalled = feed.partitions.stalled();
  const waiting = feed.partitions.behind;
  registry.trouble = null;
  return { waiting, stalled, asked: registry.asked.length - asked };
}

function reportOf(
  measured: Away & {
    readonly wrong: readonly string[];
    readonly unhurt: readonly number[];
    readonly recoveredMs: number;
    readonly letters: number;
    readonly perSecond: number;
    readonly ms: number;
  },
): Report {
  const { waiting, asked, wrong, unhurt, recoveredMs, letters, perSecond, ms } = measured;
  return {
    title: 'A registry that is away makes no dead letters',
    rows: [
      { figure: 'dead letters', values: [letters], unit: '' },
      { figure: 'messages that waited for the registry', values: [waiting], unit: '' },
      { figure: 'from its return until all were stored', values: [recoveredMs], unit: ' ms' },
      { figure: 'asks of it while it was away', values: [asked], unit: '' },
      {
        figure: 'known schemas meanwhile: due to committed, p50',
        values: [percentile(unhurt, 0.5)],
        unit: ' ms',
      },
      {
        figure: 'known schemas meanwhile: due to committed, p99',
        values: [percentile(unhurt, 0.99)],
        unit: ' ms',
      },
    ],
    notes: [
      `Away for ${ms / 1_000} s under ${perSecond} messages/s over ${PARTITIONS} partitions, of which half need a schema that was never asked for.`,
      'One outage a run, so the three columns are the same.',
    ],
    wrong,
  };
}
