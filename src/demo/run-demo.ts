import { providerPath } from '../client/api-client.ts';
import { createLifecycle, type Lifecycle } from '../runtime/lifecycle.ts';
import { seededRandom } from '../runtime/seeded-random.ts';
import type { Cli } from '../terminal/cli.ts';
import { EXIT, type ExitCode } from '../terminal/exit-code.ts';
import {
  createDemoStatistics,
  type DemoStatistics,
  followChanges,
  type TimelineAnswer,
} from './delivered-changes.ts';
import { chooseSandboxes } from './demo-crm.ts';
import { createDemoView, type DemoView } from './demo-view.ts';
import { areEqual, createDemoWork, type CrmComparison, type DemoWork } from './demo-work.ts';
import { createLiveChanges } from './live-changes.ts';
import type { DemoChange } from './office-book.ts';
import { createOffice, type Office } from './office.ts';
import { DEMO_USER, type DemoStage, startDemo } from './start-demo.ts';

interface OutageParts {
  readonly cli: Pick<Cli, 'clock' | 'stop'>;
  readonly stage: Pick<DemoStage, 'crms'>;
  readonly work: DemoWork;
  readonly view: Pick<DemoView, 'heading' | 'line'>;
  readonly nextChange: () => DemoChange;
}

const CHANGES = 8;
const NOTICED_MS = 30_000;
const OTHERS_MS = 60_000;

/** One of several CRMs fails for a while: the others go on, nothing is lost, and it heals by itself. Answers how the others compare. */
async function showOutage({
  cli,
  stage,
  work,
  view,
  nextChange,
}: OutageParts): Promise<readonly CrmComparison[]> {
  const sick = stage.crms.at(-1);
  const others = stage.crms.slice(0, -1);
  if (sick === undefined || others.length === 0) return [];
  const { name, provider } = sick.crm;
  view.heading(`${name} fails: it answers everything with 503 now`);
  await sick.crm.fail(true);
  try {
    for (let sent = 0; sent < CHANGES; sent += 1) {
      await work.send([nextChange()]);
      cli.stop.throwIfAborted();
    }
    const noticed = await work.becomes(provider, ({ health }) => health.state === 'unreachable', NOTICED_MS);
    const compared = await work.converged(OTHERS_MS, others);
    cli.stop.throwIfAborted();
    view.line(noticed ? `${name} is not reachable: what is for it waits.` : `${name} had nothing to do.`);
    const names = others.map(({ crm }) => crm.name).join(', ');
    view.line(areEqual(compared) ? `Meanwhile equal: ${names}.` : `Not equal meanwhile: ${names}.`);
    return compared;
  } finally {
    await sick.crm.fail(false);
    view.line(`${name} answers again; the next probe finds out.`);
  }
}

/** Shows changes as they come; of a flood only the first ordinary ones, and everything that is out of the ordinary. */
interface ChangeList {
  show(entry: TimelineAnswer): void;
  /** Says how many were left out, and shows each from now on. */
  endFlood(): void;
}

/** Of each. */
const MOST_ORDINARY = 5;
const ORDINARY = new Set(['created', 'updated', 'left_out', 'unsupported']);
/** What a CRM hasn't is told once: the summary has it field by field. */
const SAID_BEFORE = new Set(['left_out', 'unsupported']);
/** Steps on the way, which say nothing about the CRM. */
const SILENT = new Set([
  'unchanged',
  'waiting_for_reference',
  'waiting_for_twin',
  'rate_limited',
  'retrying',
]);

function createChangeList(view: Pick<DemoView, 'change' | 'line'>): ChangeList {
  let flooded = true;
  const ordinary = new Map<string, number>();
  const hidden = new Map<string, number>();
  return {
    show(entry) {
      const { code } = entry;
      if (SILENT.has(code) || (!flooded && SAID_BEFORE.has(code))) return;
      const shown = ordinary.get(code) ?? 0;
      ordinary.set(code, shown + 1);
      if (flooded && ORDINARY.has(code) && shown >= MOST_ORDINARY) {
        hidden.set(code, (hidden.get(code) ?? 0) + 1);
      } else view.change(entry);
    },
    endFlood() {
      flooded = false;
      const counts = [...hidden].map(([code, count]) => `${count} ${code.replaceAll('_', ' ')}`);
      if (counts.length > 0) view.line(`          … and more: ${counts.join(', ')}`);
    },
  };
}

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
      ({ crm, before }) => ['CRM', `${crm.name}: sandbox, ${before.size} records of its own`] as const,
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
