import type { Cli } from '../cli/cli.ts';
import { EXIT, type ExitCode } from '../cli/exit-code.ts';
import { providerPath } from '../cli/api-client.ts';
import { createLifecycle, type Lifecycle } from '../runtime/lifecycle.ts';
import { seededRandom } from '../runtime/seeded-random.ts';
import type { Comparison } from './compare-with-crm.ts';
import { createChangeList, createDemoView, type DemoView } from './demo-view.ts';
import { createDemoWork, type DemoWork } from './demo-work.ts';
import { followChanges, type TimelineAnswer } from './delivered-changes.ts';
import { createLiveChanges } from './live-changes.ts';
import { createOffice, type Office } from './office.ts';
import type { DemoChange } from './office-book.ts';
import { DEMO_PROVIDER, DEMO_USER, type DemoStage, startDemo } from './start-demo.ts';

export interface DemoOptions {
  /** Stop by itself once the CRM equals Zena. */
  readonly exit: boolean;
  /** Null: the usual one, or a free one. */
  readonly port: number | null;
}

const SEED = 20_260_301;
const CONVERGE_MS = 60_000;
const FIRST_LIVE_CHANGES = 12;
const FIRST_LIVE_EVERY_MS = 250;
const LAST_WAIT_MS = 5_000;

interface Play {
  readonly cli: Cli;
  readonly stage: DemoStage;
  readonly office: Office;
  readonly work: DemoWork;
  readonly view: DemoView;
  readonly statistics: DemoStatistics;
  readonly nextChange: () => DemoChange;
}

/** Runs the demo; resolves with the exit code once everything is stopped again. */
export async function runDemo(cli: Cli, options: DemoOptions): Promise<ExitCode> {
  const lifecycle = createLifecycle((part, error) => {
    cli.stderr.write(`warning: ${part} did not stop cleanly: ${String(error)}\n`);
  });
  try {
    return await play(cli, options, lifecycle);
  } finally {
    await lifecycle.stop();
  }
}

async function play(cli: Cli, { exit, port }: DemoOptions, lifecycle: Lifecycle): Promise<ExitCode> {
  const view = createDemoView(cli);
  const stage = await startDemo(cli, lifecycle, port);
  const now = () => cli.clock.now();
  const office = createOffice({ userId: DEMO_USER, seed: SEED, now });
  const work = createDemoWork(stage, office, cli.clock);
  const nextChange = createLiveChanges(office.book, seededRandom(SEED + 1), now);
  const statistics = createDemoStatistics();
  const act: Play = { cli, stage, office, work, view, statistics, nextChange };
  introduce(act);
  const list = createChangeList(view);
  await followChanges(stage.client, { clock: cli.clock, signal: lifecycle.signal }, (entry) => {
    statistics.note(entry);
    list.show(entry);
  });
  const loaded = await firstLoad(act);
  list.endFlood();
  if (loaded.differences.length > 0) return summarise(act, loaded);
  const comparison = await firstLiveChanges(act);
  if (exit) return summarise(act, comparison, await fullSync(act));
  summarise(act, comparison);
  return serve(act);
}

function introduce({ stage, view }: Play): void {
  const { home, sandbox, service } = stage;
  view.starting([
    ['mode', `${service.mode}: no Kafka, MongoDB or registry needed`],
    ['store, feed', `one SQLite file in ${home.folder}`],
    ['CRM', 'a local sandbox of MRI Vault, with 6 records of its own'],
    ['log', home.logFile],
  ]);
  view.open(stage.newLink(), `${sandbox.url}/_sandbox/`);
}

async function firstLoad({ cli, office, work, view }: Play): Promise<Comparison> {
  view.heading('The office connects: contacts, properties and deals go to the CRM');
  for (const changes of office.history) {
    await work.send(changes);
    cli.stop.throwIfAborted();
  }
  return until(cli, work.converged(CONVERGE_MS));
}

async function firstLiveChanges({
  cli,
  office,
  work,
  view,
  statistics,
  nextChange,
}: Play): Promise<Comparison> {
  view.heading('Work goes on: each change follows at once');
  statistics.measureFromHere();
  await work.send(office.afterwards());
  for (let sent = 0; sent < FIRST_LIVE_CHANGES; sent++) {
    await cli.clock.sleep(FIRST_LIVE_EVERY_MS, cli.stop);
    await work.send([nextChange()]);
  }
  return until(cli, work.converged(CONVERGE_MS));
}

/** Everything once more: a CRM that is equal already is not changed. Answers whether that is so. */
async function fullSync({ stage, work, view }: Play): Promise<boolean> {
  view.heading('A full sync looks at every record once more');
  const before = work.crmCalls();
  const body = await stage.client.call({
    method: 'POST',
    path: providerPath(DEMO_PROVIDER, 'sync'),
    headers: { prefer: 'wait=30' },
  });
  const { total, created, updated, deleted, failed } = body as Readonly<Record<string, number>>;
  const writes = work.crmCalls().writes - before.writes;
  view.line(`${total} records: ${created} created, ${updated} updated, ${deleted} deleted`);
  view.line(
    writes === 0
      ? 'Nothing was written to the CRM.'
      : `Written to the CRM: ${writes}; it refuses ${failed}, which was tried once more.`,
  );
  return created === 0 && updated === 0 && deleted === 0 && writes === failed;
}

function summarise({ stage, work, view, statistics }: Play, comparison: Comparison, idle = true): ExitCode {
  view.summary({
    comparison,
    changesSent: work.sent(),
    crmCalls: work.crmCalls(),
    adopted: statistics.adopted(),
    latency: statistics.latency(),
    logFile: stage.home.logFile,
  });
  return comparison.differences.length === 0 && idle ? EXIT.done : EXIT.problems;
}

async function serve(act: Play): Promise<ExitCode> {
  const { cli, stage, view, work, nextChange } = act;
  view.heading('Serving until Ctrl-C; a change or two a second follow');
  view.line('Press Enter for a new link to the dashboard.');
  view.link(stage.newLink());
  const showLink = () => {
    view.link(stage.newLink());
  };
  if (cli.stdin.isTTY === true) cli.stdin.on('data', showLink);
  const random = seededRandom(SEED + 2);
  while (!cli.stop.aborted) {
    await work.send([nextChange()]);
    const pause = 500 + 500 * random.next();
    await cli.clock.sleep(pause, cli.stop).catch(() => undefined);
  }
  cli.stdin.off('data', showLink);
  return summarise(act, await work.converged(LAST_WAIT_MS));
}

/** The result, unless the demo is asked to stop before. */
function until<T>({ stop }: Cli, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const interrupt = () => {
      reject(stop.reason instanceof Error ? stop.reason : new Error('The demo was interrupted'));
    };
    if (stop.aborted) interrupt();
    stop.addEventListener('abort', interrupt, { once: true });
    work.then(resolve, reject);
  });
}

/** What the stream of changes told. */
interface DemoStatistics {
  note(entry: TimelineAnswer): void;
  /** Forgets the latencies so far: a first load waits for the CRM's rate limit, which is no latency of a change. */
  measureFromHere(): void;
  /** Records that were found in the CRM. */
  adopted(): number;
  /** Since `measureFromHere`, seconds, or null without a measurement. */
  latency(): { readonly count: number; readonly median: number; readonly p95: number } | null;
}

function createDemoStatistics(): DemoStatistics {
  const adopted = new Set<string>();
  let latencies: number[] = [];
  return {
    note({ code, entity, entityId, latencySeconds }) {
      if (code === 'adopted') adopted.add(`${entity}/${entityId}`);
      if (latencySeconds !== null) latencies.push(latencySeconds);
    },
    measureFromHere() {
      latencies = [];
    },
    adopted: () => adopted.size,
    latency() {
      const sorted = [...latencies].sort((a, b) => a - b);
      const median = percentile(sorted, 0.5);
      const p95 = percentile(sorted, 0.95);
      return median === null || p95 === null ? null : { count: sorted.length, median, p95 };
    },
  };
}

/** The nearest-rank percentile of ascending numbers; null of none. */
function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}
