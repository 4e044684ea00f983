import { measureIsolation } from '../../test/reliability/isolation.ts';
import type { Bench } from '../harness/bench.ts';

const RATIO = /^p99, sick over well/;

/** The measurement of the reliability document, with a goal: many connections, a tenth of them at sick CRMs. */
export const isolationBench: Bench = {
  name: 'isolation',
  title: 'Isolation: many connections, a tenth of them sick',
  async run({ quick, rounds }) {
    const { rows, notes, wrong } = await measureIsolation({
      ...{ seed: 1, seconds: quick ? 4 : 15, rate: quick ? 50 : 200 },
      ...{ connections: quick ? 100 : 1_000, rounds },
    });
    const ratios = rows.find(({ figure }) => RATIO.test(figure))?.values ?? [];
    return {
      rows,
      goals: [{ goal: 'healthy p99, a tenth sick over all well', atMost: 1.2, values: ratios }],
      ...{ notes, wrong },
    };
  },
};
