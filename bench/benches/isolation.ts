import type { Chart } from '../charts/chart.ts';
import { measureIsolation } from '../../test/reliability/isolation.ts';
import type { Bench } from '../harness/bench.ts';

const RATIO = /^p99, sick over well/;
/** Shorter than in that document: what follows a round takes longer than the round. */
const SHORT = { restMs: 1_000, slowMs: 5_000 };
const SPREAD =
  'a p99 is that of a round’s few slowest changes: the rows show how much it differs between rounds where all are well';
const CHART: Chart = {
  name: 'time',
  kind: 'bars',
  title: 'From a change to the CRM, healthy connections',
  values: { text: 'ms' },
  series: Object.fromEntries(
    ['p50', 'p99'].map((part) => [
      part,
      Object.fromEntries(
        ['all well', 'a tenth sick'].map((state) => [
          state,
          `healthy connections, ${state}: change to CRM, ${part}`,
        ]),
      ),
    ]),
  ),
};

/** The measurement of the reliability document, with a goal: many connections, a tenth of them at sick CRMs. */
export const isolationBench: Bench = {
  name: 'isolation',
  title: 'Isolation: many connections, a tenth of them sick',
  measures: 'Whether healthy connections notice that others’ CRMs fail, hang or are slow.',
  async run({ quick, rounds }) {
    const { rows, notes, wrong } = await measureIsolation(
      {
        seed: 1,
        seconds: 3,
        rate: quick ? 50 : 200,
        connections: quick ? 100 : 1_000,
        rounds,
        records: null,
      },
      SHORT,
    );
    const ratios = rows.find(({ figure }) => RATIO.test(figure))?.values ?? [];
    return {
      rows,
      goals: [
        { goal: 'healthy p99, a tenth sick over all well', atMost: 1.2, values: ratios, bound: SPREAD },
      ],
      notes,
      wrong,
      charts: [CHART],
    };
  },
};
