import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { PLAN_OPTIONS } from './plan/make-plan.ts';
import { runSeeds, type SeedsResult } from './run-seeds.ts';
import type { SeedReport } from './seed-worker.ts';

/** `npm run simulate -- --seeds N --from S [--jobs J] [--no-shrink] [--people] [--proxies] [--parts]`: exit code 1 where a seed fails. */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    'no-shrink': { type: 'boolean', default: false },
    people: { type: 'boolean', default: PLAN_OPTIONS.people },
    proxies: { type: 'boolean', default: PLAN_OPTIONS.proxies },
    parts: { type: 'boolean', default: false },
  },
});

const line = (text: string): void => void process.stdout.write(`${text}\n`);

function tell(report: SeedReport): void {
  line(`\nseed ${report.seed} FAILED`);
  for (const failure of report.failures) line(`  ${failure}`);
  if (report.shrunk === null) return;
  const { actions, ...setting } = report.shrunk.plan;
  line(`  shrunk to ${actions.length} actions; ${JSON.stringify(setting)}`);
  for (const action of actions) line(`    ${JSON.stringify(action)}`);
  line('  what happened then:');
  for (const text of report.shrunk.lines) line(`    ${text}`);
}

function summarise({ failed, counts, seconds, recoveredMs }: SeedsResult, seeds: number): void {
  line(`\n${seeds} seeds in ${seconds.toFixed(1)} s, ${(seeds / seconds).toFixed(1)} seeds/s`);
  for (const [kind, count] of [...counts].sort(([a], [b]) => a.localeCompare(b))) line(`  ${kind}: ${count}`);
  const at = (part: number): string =>
    ((recoveredMs[Math.floor((recoveredMs.length - 1) * part)] ?? 0) / 1_000).toFixed(1);
  line(
    `  virtual seconds from the end of the faults to the end of all work: p50 ${at(0.5)}, p95 ${at(0.95)}, max ${at(1)}`,
  );
  line(failed.length === 0 ? 'no seed failed' : `failed: ${failed.map(({ seed }) => seed).join(', ')}`);
}

const seeds = Number(values.seeds);
let done = 0;
const result = await runSeeds({
  from: Number(values.from),
  seeds,
  jobs: Number(values.jobs),
  shrink: !values['no-shrink'],
  world: { people: values.people, proxies: values.proxies, parts: values.parts },
  onReport(report) {
    done += 1;
    if (report.failures.length > 0) tell(report);
    if (done % 1_000 === 0) line(`${done} of ${seeds}`);
  },
});
summarise(result, seeds);
process.exitCode = result.failed.length > 0 ? 1 : 0;
