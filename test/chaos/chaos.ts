import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { brokenPromises } from './chaos-result.ts';
import { faultSchedule } from './fault-schedule.ts';
import { reportOf } from './report.ts';
import { runChaos } from './run-chaos.ts';
import { LEAST_OF_SHORT_RUN, missingIn, SHORT_RUN, SMOKE_RUN } from './short-run.ts';
import { brokenKillPromises, killReportOf, runWorkerKill } from './worker-kill.ts';

const USAGE = `npm run chaos -- [options]

  --scenario NAME  faults (default), or worker-kill: one worker after another is killed, and the times are told
  --minutes N      how long faults are injected (default 5); short, smoke: fixed steps
  --kills N        of worker-kill (default 5)
  --seed S         of the steps and of the load (default 1)
  --workers N      (default 2)
  --crms N         CRMs, each a process with an account of its own (default 3)
  --users N        connections, spread over the CRMs (default 6)
  --records N      how many there are in the end (default 400)
  --rate N         events a second (default 15)
  --report FILE    also write the table there
  --program DIR    the program under test (default: this one)
  --log-level L    of the workers: info (default) or debug
  --keep-logs      also when all went well

Needs what the tests against real servers need: see CONTRIBUTING.md. Exit code 1: a promise was broken.
`;

const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: 'faults' },
    minutes: { type: 'string', default: '5' },
    kills: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
    crms: { type: 'string', default: '3' },
    users: { type: 'string', default: '6' },
    records: { type: 'string', default: '400' },
    rate: { type: 'string', default: '15' },
    report: { type: 'string' },
    program: { type: 'string', default: resolve(import.meta.dirname, '../..') },
    'log-level': { type: 'string', default: 'info' },
    'keep-logs': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** Longer than a call may take, so that a write of an earlier holder would show. */
const LONG_RUN = { cutOff: true, recoverBetween: true, settleMs: 12_000 } as const;

interface Outcome {
  readonly report: string;
  readonly broken: boolean;
  readonly logFolder: string;
  close(keepLogs: boolean): Promise<void>;
}

type CountName = 'minutes' | 'kills' | 'seed' | 'workers' | 'crms' | 'users' | 'records' | 'rate';

function count(name: CountName): number {
  const value = Number(values[name]);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name}: not a number\n\n${USAGE}`);
  return value;
}

function common() {
  return {
    program: values.program,
    workers: count('workers'),
    crms: count('crms'),
    users: count('users'),
    records: count('records'),
    seed: count('seed'),
    rate: count('rate'),
    logLevel: values['log-level'] === 'debug' ? ('debug' as const) : ('info' as const),
    say: (line: string) => void process.stderr.write(`${line}\n`),
  };
}

async function faults(command: string): Promise<Outcome> {
  const long = () => ({ ...LONG_RUN, steps: faultSchedule(count('seed')), forMs: count('minutes') * 60_000 });
  const how = { short: SHORT_RUN, smoke: SMOKE_RUN }[values.minutes] ?? long();
  const { result, ...run } = await runChaos({ ...common(), ...how });
  const missing = values.minutes === 'short' ? missingIn(result, LEAST_OF_SHORT_RUN) : [];
  for (const each of missing) process.stderr.write(`${each}\n`);
  const broken = brokenPromises(result).length > 0 || missing.length > 0;
  return { ...run, report: reportOf(result, command), broken };
}

async function workerKill(command: string): Promise<Outcome> {
  const { result, stage } = await runWorkerKill({ ...common(), kills: count('kills') });
  const broken = brokenKillPromises(result).length > 0;
  return { report: killReportOf(result, command), broken, logFolder: stage.logFolder, close: stage.close };
}

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const scenario = { faults, 'worker-kill': workerKill }[values.scenario];
  if (scenario === undefined) throw new Error(`--scenario: there is no ${values.scenario}\n\n${USAGE}`);
  const command = ['npm run chaos --', ...process.argv.slice(2)].join(' ');
  const { report, broken, logFolder, close } = await scenario(command);
  process.stdout.write(report);
  if (values.report !== undefined) await writeFile(values.report, report);
  await close(broken || values['keep-logs']);
  if (broken || values['keep-logs']) process.stderr.write(`The logs are in ${logFolder}\n`);
  return broken ? 1 : 0;
}

// What runs in the background ends with this process, in order.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
process.exitCode = await main();
