import { alternate, quotients } from '../harness/alternate.ts';
import type { Bench } from '../harness/bench.ts';
import { cpuMicros, peaks, type Counted } from '../harness/figures.ts';
import { startPart, type Measured } from '../harness/part.ts';
import type { GrowthOptions } from '../parts/growth.ts';

const WORKS = {
  ingest: 'taking in an event',
  claim: 'claiming and settling a link',
  walk: 'walking a record',
} as const;
type Work = keyof typeof WORKS;
/** A walk takes so little that more of it is needed. */
const TIMES: Readonly<Record<Work, number>> = { ingest: 1, claim: 1, walk: 6 };

const BOUNDS: Readonly<Record<Work, string>> = {
  ingest:
    'changes all over a large store each touch pages that no other change of their batch does: SQLite has to read them and to write them into its log and back, which is what grows, as the shares show',
  claim: 'nothing of it depends on how many links there are',
  walk: 'records are read in the order of their ids and lie in the order in which they came: pages that are not in SQLite’s cache of 32 MiB are read from the file',
};

interface Done extends Counted {
  readonly wrong: readonly string[];
}

/** Whether an item costs the same among few and among many. */
export const growthBench: Bench = {
  name: 'growth',
  title: 'Growth: what an item costs among few and among many, embedded store',
  measures: 'Whether taking in, claiming and walking cost the same among few records and among many.',
  async run({ quick, rounds, progress }) {
    const sizes = quick ? [1_000, 10_000] : [10_000, 100_000, 1_000_000];
    const items = quick ? 1_000 : 4_000;
    progress(`filling stores with ${sizes.join(', ')} records`);
    const parts = await Promise.all(
      sizes.map((records) => startPart('growth', { records } satisfies GrowthOptions)),
    );
    try {
      const figures = new Map<Work, readonly (readonly Measured<Done>[])[]>();
      for (const work of Object.keys(WORKS) as Work[]) {
        const sides = Object.fromEntries(
          parts.map((part, at) => [String(at), () => part.ask<Done>(work, items * TIMES[work])]),
        );
        const measured = await alternate(rounds, sides);
        figures.set(work, Object.values(measured));
        progress(work);
      }
      const all = [...figures];
      return {
        rows: all.flatMap(([work, bySize]) =>
          bySize.flatMap((of, at) => [
            { figure: `${WORKS[work]}, ${sizes[at]} records, CPU`, values: cpuMicros(of), unit: ' µs' },
            ...(work === 'walk'
              ? [{ figure: `${sizes[at]} records: peak memory`, values: peaks(of), unit: ' MiB' }]
              : []),
          ]),
        ),
        goals: all.map(([work, bySize]) => ({
          bound: BOUNDS[work],
          goal: `${WORKS[work]}: CPU among ${sizes.at(-1)} over among ${sizes[0]}`,
          atMost: 1.3,
          values: quotients(cpuMicros(bySize.at(-1) ?? []), cpuMicros(bySize[0] ?? [])),
        })),
        charts: [
          {
            name: 'cpu',
            kind: 'lines',
            title: 'What an item costs as the store grows',
            values: { text: 'CPU, µs an item', log: true },
            across: { text: 'records in the store', log: true },
            series: Object.fromEntries(
              Object.values(WORKS).map((work) => [
                work,
                Object.fromEntries(sizes.map((size) => [size, `${work}, ${size} records, CPU`])),
              ]),
            ),
          },
        ],
        notes: [
          `${items} items a round, of walks ${TIMES.walk} times as many; ingest of a new version of records all over the store, in batches of 500.`,
        ],
        wrong: all.flatMap(([, bySize]) => bySize.flat().flatMap(({ value }) => value.wrong)),
      };
    } finally {
      await Promise.all(parts.map((part) => part.close()));
    }
  },
};
