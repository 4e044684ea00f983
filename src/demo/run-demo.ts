import { providerPath } from '../client/api-client.ts';
import { createLifecycle, type Lifecycle } from '../runtime/lifecycle.ts';
import { seededRandom } from '../runtime/seeded-random.ts';
import type { Cli } from '../terminal/cli.ts';
import { EXIT, type ExitCode } from '../terminal/exit-code.ts';
import { createChangeList } from './change-list.ts';
import { createDemoStatistics, type DemoStatistics, followChanges } from './delivered-changes.ts';
import { chooseSandboxes } from './demo-crm.ts';
import { createDemoView, type DemoView } from './demo-view.ts';
import { areEqual, createDemoWork, type CrmComparison, type DemoWork } from './demo-work.ts';
import { createLiveChanges } from './live-changes.ts';
import type { DemoChange } from './office-book.ts';
import { createOffice, type Office } from './office.ts';
import { showOutage } from './show-outage.ts';
import { DEMO_USER, type DemoStage, startDemo } from './start-demo.ts';

export interface DemoOptions {
  /** One sandbox, by its name; null: the first. */
  readonly crm: string | null;
  /** A sandbox of every provider that has one, side by side. */
  readonly all: boolean;
  /** Stop by itself once the CRM equals Zena. */
  readonly exit: boolean;
  /** Null: the usual one, or a free one. */
  readonly port: number | null;
}

const SEED = 20_260_301;
/** CRMs that take ten calls a second, or ten notes in ten seconds, take their time. */
const CONVERGE_MS = 240_000;
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

async function play(
  cli: Cli,
  { crm, all, exit, port }: DemoOptions,
  lifecycle: Lifecycle,
): Promise<ExitCode> {
  const stage = await startDemo(cli, lifecycle, { kinds: chooseSandboxes({ crm, all }), port });
  const view = createDemoView(
    cli,
    new Map(stage.crms.map(({ crm: { provider, name } }) => [provider, name])),
  );
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
  if (!areEqual(loaded)) return summarise(act, loaded);
  const compared = await firstLiveChanges(act);
  if (exit) return summarise(act, compared, await fullSyncs(act));
  await summarise(act, compared);
  return serve(act);
}

function introduce({ stage, view }: Play): void {
  const { home, crms, service } = stage;
  view.starting([
    ['mode', `${service.mode}: no Kafka, MongoDB or registry needed`],
    ['store, feed', `one SQLite file in ${home.folder}`],
    ...crms.map(
      ({ crm, before }) =>
        ['CRM', `${crm.name}: a local sandbox, ${before.size} records of its own`] as const,
    ),
    ['log', home.logFile],
  ]);
  view.open(
    stage.newLink(),
    crms.map(({ crm }) => crm),
  );
}

async function firstLoad({ cli, stage, office, work, view }: Play): Promise<readonly CrmComparison[]> {
  const where = stage.crms.length > 1 ? 'every CRM' : 'the CRM';
  view.heading(`The office connects: contacts, properties and deals go to ${where}`);
  for (const changes of office.history) {
    await work.send(changes);
    cli.stop.throwIfAborted();
  }
  return until(cli, work.converged(CONVERGE_MS));
}

async function firstLiveChanges(act: Play): Promise<readonly CrmComparison[]> {
  const { cli, stage, office, work, view, statistics, nextChange } = act;
  view.heading('Work goes on: each change follows at once');
  statistics.measureFromHere();
  await work.send(office.afterwards());
  for (let sent = 0; sent < FIRST_LIVE_CHANGES; sent++) {
    await cli.clock.sleep(FIRST_LIVE_EVERY_MS, cli.stop);
    await work.send([nextChange()]);
  }
  const compared = await until(cli, work.converged(CONVERGE_MS));
  if (stage.crms.length < 2 || !areEqual(compared)) return compared;
  const others = await until(cli, showOutage(act));
  if (!areEqual(others)) return others;
  return until(cli, work.converged(CONVERGE_MS));
}

/** Everything once more: a CRM that is equal already is not changed. Answers whether that is so. */
async function fullSyncs(act: Play): Promise<boolean> {
  const { stage, view } = act;
  view.heading('A full sync looks at every record once more');
  let idle = true;
  for (const { crm } of stage.crms) idle = (await fullSync(act, crm)) && idle;
  return idle;
}

async function fullSync(
  { cli, stage, work, view }: Play,
  { provider, name }: Pick<DemoStage['crms'][number]['crm'], 'provider' | 'name'>,
): Promise<boolean> {
  const before = await work.crmCalls(provider);
  const body = await stage.client.call({
    method: 'POST',
    path: providerPath(provider, 'sync'),
    headers: { prefer: 'wait=25' },
  });
  const { runId } = body as { readonly runId: string };
  const run = await untilEnded(cli, stage, provider, runId);
  const { total = 0, created = 0, updated = 0, deleted = 0, skipped = 0, failed = 0 } = run;
  const writes = (await work.crmCalls(provider)).writes - before.writes;
  const of = stage.crms.length > 1 ? `${name}: ` : '';
  view.line(`${of}${total} records: ${created} created, ${updated} updated, ${deleted} deleted`);
  if (skipped > 0) view.line(`Nothing to send there: ${skipped} (deleted since, or no such kind).`);
  view.line(
    writes === 0
      ? 'Nothing was written to the CRM.'
      : `Written to the CRM: ${writes}; it refuses ${failed}, which was tried once more.`,
  );
  return created === 0 && updated === 0 && deleted === 0 && writes <= failed;
}

async function untilEnded(
  { clock, stop }: Cli,
  { client }: DemoStage,
  provider: string,
  runId: string,
): Promise<Readonly<Record<string, number>>> {
  const deadline = clock.monotonic() + CONVERGE_MS;
  for (;;) {
    const body = await client.call({
      method: 'GET',
      path: providerPath(provider, `runs/${encodeURIComponent(runId)}`),
    });
    const run = body as Readonly<Record<string, number>> & { readonly status: unknown };
    const isOpen = run.status === 'running' || run.status === 'waiting';
    if (!isOpen || clock.monotonic() >= deadline) return run;
    await clock.sleep(FIRST_LIVE_EVERY_MS, stop);
  }
}

async function summarise(
  { stage, work, view, statistics }: Play,
  compared: readonly CrmComparison[],
  idle = true,
): Promise<ExitCode> {
  const crms = await Promise.all(
    compared.map(async (one) => ({
      ...one,
      calls: await work.crmCalls(one.provider),
      adopted: statistics.adopted(one.provider),
      latency: statistics.latency(one.provider),
    })),
  );
  view.summary({ crms, changesSent: work.sent(), logFile: stage.home.logFile });
  return areEqual(compared) && idle ? EXIT.done : EXIT.problems;
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
