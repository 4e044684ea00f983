import { parseArgs } from 'node:util';
import { measureBulk } from './bulk/bulk.ts';
import { measureIsolation } from './isolation.ts';
import type { MeasureOptions } from './measure-options.ts';
import { measurePoison } from './poison.ts';
import { measureRegistryAway } from './registry-away.ts';
import { reportText, type Report } from './report.ts';

const MEASUREMENTS: Readonly<Record<string, (options: MeasureOptions) => Promise<Report>>> = {
  isolation: measureIsolation,
  bulk: measureBulk,
  poison: measurePoison,
  'registry-away': measureRegistryAway,
};
const NUMBER = { type: 'string' } as const;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seed: NUMBER,
      seconds: NUMBER,
      rate: NUMBER,
      rounds: NUMBER,
      connections: NUMBER,
      records: NUMBER,
    },
  });
  const name = positionals[0] ?? '';
  const measure = MEASUREMENTS[name];
  if (measure === undefined) {
    console.error(`Usage: npm run reliability -- ${Object.keys(MEASUREMENTS).join('|')} [--seconds N] [--rate N]
  [--rounds N] [--connections N] [--records N] [--seed N]`);
    return 2;
  }
  const read = (text: string | undefined) => (text === undefined ? null : Number(text));
  const { seconds, rate, rounds, connections, records } = values;
  const report = await measure({
    seed: read(values.seed) ?? 1,
    seconds: read(seconds),
    rate: read(rate),
    rounds: read(rounds),
    connections: read(connections),
    records: read(records),
  });
  console.log(reportText(report, ['npm run reliability --', ...args].join(' ')));
  return report.wrong.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
