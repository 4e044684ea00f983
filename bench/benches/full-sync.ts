import { alternate, quotients } from '../harness/alternate.ts';
import type { Bench, BenchStage, Findings } from '../harness/bench.ts';
import {
  BUDGET,
  CRM_MS,
  fill,
  fillDelivered,
  openSyncWorld,
  type Expected,
  type Sync,
  type SyncWorld,
} from '../stages/full-syncs.ts';

/** Among many records a sync takes its time: two rounds are enough for its memory. */
const MOST_MEMORY_ROUNDS = 2;
const SPACING = 'calls are spaced for 97% of the limit, which alone is 1.03';
const CACHES =
  'no record is held for longer than its page: what grows is SQLite’s page cache, up to its 32 MiB, and the heap that V8 leaves alone while there is room. So among ten times as many records it is far from ten times as much, as the rows show';

interface Syncs {
  readonly first: Sync;
  readonly second: readonly Sync[];
  readonly remapped: Sync;
}

/** Syncs with nothing to do, among few and among many records. */
interface Walks {
  readonly few: readonly Sync[];
  readonly many: readonly Sync[];
}

/** A full sync: the first, again with nothing changed, after the mapping changed, and what memory it needs among many records. */
export const fullSyncBench: Bench = {
  name: 'full-sync',
  title: 'Full sync: first, second, after a change of the mapping, and among many records',
  measures:
    'How long a full sync takes and what it sends: at first, again with nothing changed, and after the mapping changed; and whether it needs more memory among more records.',
  async run(stage) {
    const { quick } = stage;
    const [records, few, many] = quick ? [400, 500, 5_000] : [10_000, 1_000, 100_000];
    const wrong: string[] = [];
    const syncs = await syncAll(records, wrong, stage);
    const walks = await walkAll([few, many], wrong, stage);
    return {
      ...figuresOf(syncs, records, walks, [few, many]),
      charts: [
        {
          name: 'time',
          kind: 'bars',
          title: 'Full sync',
          values: { text: 'seconds' },
          series: {
            time: {
              first: firstOf(records),
              'second, nothing changed': secondOf(records),
              'after a change of the mapping': AFTER_MAPPING,
            },
          },
        },
      ],
      notes: [
        `${records} contacts, a CRM of ${CRM_MS} ms and ${BUDGET} requests a second. The first and the one after a change of the mapping are done once, since they last as long as the budget says; the second in ${stage.rounds} rounds, in a process that began with it.`,
        `Memory: second syncs among ${few} and among ${many} records, in turns, each in a process that began with it. These records are linked in the store as if the CRM had taken them, since the calls alone would take minutes; so it must not be called at all.`,
      ],
      wrong: [...new Set(wrong)],
    };
  },
};

async function syncAll(records: number, wrong: string[], { rounds, progress }: BenchStage): Promise<Syncs> {
  const world = await openSyncWorld();
  const expected: Expected = { records, held: records, wrong };
  try {
    await fill(world.filling, records);
    await world.filling.connect();
    const first = await world.syncFirst(expected);
    progress(`first of ${records}: ${first.seconds.toFixed(1)} s`);
    const second: Sync[] = [];
    for (let round = 0; round < rounds; round += 1) second.push(await world.sync(expected));
    return { first, second, remapped: await world.sync(expected, 'bench-2') };
  } finally {
    await world.close();
  }
}

async function walkAll(
  sizes: readonly [number, number],
  wrong: string[],
  { rounds, progress }: BenchStage,
): Promise<Walks> {
  const worlds: SyncWorld[] = [];
  const open = async (records: number): Promise<() => Promise<Sync>> => {
    const world = await openSyncWorld();
    worlds.push(world);
    await fillDelivered(world.filling, records, wrong);
    await world.endFilling();
    progress(`${records} records are linked`);
    return async () => {
      const sync = await world.sync({ records, held: 0, wrong });
      if (sync.calls > 0) wrong.push(`${sync.calls} calls where nothing had changed`);
      return sync;
    };
  };
  try {
    const sides = { few: await open(sizes[0]), many: await open(sizes[1]) };
    // Each is the first thing that its process does.
    return await alternate(Math.min(rounds, MOST_MEMORY_ROUNDS), sides, { warmUp: false });
  } finally {
    for (const world of worlds) await world.close();
  }
}

const AFTER_MAPPING = 'after a change of the mapping';
const firstOf = (records: number): string => `first, ${records} records`;
const secondOf = (records: number): string => `second, ${records} records: time`;

function figuresOf(
  { first, second, remapped }: Syncs,
  records: number,
  { few, many }: Walks,
  [fewRecords, manyRecords]: readonly [number, number],
): Pick<Findings, 'rows' | 'goals'> {
  const seconds = (syncs: readonly Sync[]) => syncs.map((sync) => sync.seconds);
  const peaks = (syncs: readonly Sync[]) => syncs.map(({ peakMiB }) => peakMiB);
  const over = ({ seconds: took, calls }: Sync) => took / (calls / BUDGET);
  return {
    rows: [
      { figure: firstOf(records), values: seconds([first]), unit: ' s' },
      { figure: 'first: CRM calls a record', values: [first.calls / records], unit: '' },
      { figure: 'first: peak memory', values: peaks([first]), unit: ' MiB' },
      { figure: AFTER_MAPPING, values: seconds([remapped]), unit: ' s' },
      { figure: `${AFTER_MAPPING}: CRM writes a record`, values: [remapped.writes / records], unit: '' },
      {
        figure: `${AFTER_MAPPING}: until the first call`,
        values: [remapped.times.untilFirstMs],
        unit: ' ms',
      },
      {
        figure: `${AFTER_MAPPING}: calls of the first second over the budget`,
        values: [remapped.times.firstSecond / BUDGET],
        unit: '',
      },
      {
        figure: `${AFTER_MAPPING}: from the last call to the end`,
        values: [remapped.times.afterLastMs],
        unit: ' ms',
      },
      { figure: `second, ${fewRecords} records: peak memory`, values: peaks(few), unit: ' MiB' },
      { figure: `second, ${records} records: peak memory`, values: peaks(second), unit: ' MiB' },
      { figure: `second, ${manyRecords} records: peak memory`, values: peaks(many), unit: ' MiB' },
      { figure: `second, ${manyRecords} records: seconds`, values: seconds(many), unit: ' s' },
    ],
    goals: [
      { goal: 'first: time over calls / budget', atMost: 1.05, values: [over(first)], bound: SPACING },
      { goal: 'second: CRM writes', atMost: 0, values: second.map(({ writes }) => writes) },
      { goal: secondOf(records), atMost: 5, values: seconds(second), unit: ' s' },
      {
        goal: `second: peak memory, ${manyRecords} over ${fewRecords} records`,
        atMost: 1.2,
        values: quotients(peaks(many), peaks(few)),
        bound: CACHES,
      },
      {
        goal: `${AFTER_MAPPING}: time over calls / budget`,
        atMost: 1.05,
        values: [over(remapped)],
        bound: `${SPACING}; the process has just begun, so it takes a while until the first call and does not keep to the budget in its first second, as the rows show`,
      },
    ],
  };
}
