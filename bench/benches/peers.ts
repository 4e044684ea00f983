import type { Chart } from '../charts/chart.ts';
import { alternate, quotients } from '../harness/alternate.ts';
import type { Bench, Goal } from '../harness/bench.ts';
import { startPart } from '../harness/part.ts';
import type { Load } from '../parts/naive.ts';
import type { QueueServerAddress } from '../parts/queue-server.ts';
import type { JobQueueKind } from '../support/job-queues.ts';
import type { QueueServerKind } from '../support/queue-servers.ts';
import { CRM_MS, runJobQueue, runNaive, runOurs, type JobServer, type PeerRun } from '../stages/peer-runs.ts';

/** One pipeline: what it is called in the document, what it is given, and one run of it. */
interface Pipeline {
  readonly name: string;
  readonly load: Load;
  run(load: Load): Promise<PeerRun>;
}

/** How much each is given: those of the same name the same. */
interface Loads {
  /** To all that have 32 calls in flight. */
  readonly full: Load;
  /** To the slower ones, to whom each event costs the same however many there are. */
  readonly serial: Load;
  readonly partitions: Load;
  /** Nothing to fold. */
  readonly once: Load;
}

interface Servers {
  readonly redis: (JobServer & QueueServerAddress) | null;
  readonly postgres: (JobServer & QueueServerAddress) | null;
}

const OURS = 'ours';
const LOADS: Loads = {
  full: { records: 50, versions: 20 },
  serial: { records: 40, versions: 1 },
  partitions: { records: 60, versions: 4 },
  once: { records: 500, versions: 1 },
};
const QUICK_LOADS: Loads = {
  full: { records: 100, versions: 3 },
  serial: { records: 20, versions: 1 },
  partitions: { records: 60, versions: 1 },
  once: { records: 50, versions: 1 },
};

/** Beside the pipelines that one writes first, and those that people build on a job queue, at a CRM without a limit. */
export const peersBench: Bench = {
  name: 'peers',
  title: 'Peers: beside pipelines that forward each event',
  measures:
    'How many events a second are brought to a CRM, and by how many calls, beside pipelines that look up and write for each event: written by hand, and built on a job queue.',
  async run({ quick, rounds, progress }) {
    const servers = { redis: await startServer('redis'), postgres: await startServer('postgres') };
    try {
      const loads = quick ? QUICK_LOADS : LOADS;
      const ours = [
        { name: OURS, load: loads.full, run: runOurs },
        { name: `${OURS}, each contact changed once`, load: loads.once, run: runOurs },
      ];
      const peers = peersOf(servers, loads);
      const pipelines = [...ours, ...peers];
      const runs = await alternate<string, PeerRun>(
        rounds,
        Object.fromEntries(pipelines.map(({ name, load, run }) => [name, () => run(load)])),
        { warmUp: false, onRound: (round) => progress(`round ${round + 1} of ${rounds}`) },
      );
      const of = (name: string): readonly PeerRun[] => runs[name] ?? [];
      return {
        rows: pipelines.flatMap(({ name, load }) => rowsOf(name, of(name), load === loads.full)),
        goals: peers.flatMap(({ name }) => goalsOf(name, of(OURS), of(name))),
        charts: chartsOf(pipelines, loads.full),
        notes: notesOf(servers, pipelines),
        wrong: [...new Set(Object.values(runs).flatMap((all) => all.flatMap(({ wrong }) => wrong)))],
      };
    } finally {
      for (const server of Object.values(servers)) await server?.part.close();
    }
  },
};

async function startServer(kind: QueueServerKind): Promise<Servers[QueueServerKind]> {
  const part = await startPart('queue-server', kind);
  const { value: address } = await part.ask<QueueServerAddress | null>('address');
  if (address !== null) return { part, ...address };
  await part.close();
  return null;
}

function peersOf({ redis, postgres }: Servers, { full, serial, partitions }: Loads): Pipeline[] {
  const queue = (name: string, kind: JobQueueKind, server: JobServer | null): Pipeline[] =>
    server === null ? [] : [{ name, load: full, run: (load) => runJobQueue(kind, server, load) }];
  return [
    {
      name: 'search and write for each event, in order',
      load: serial,
      run: (load) => runNaive('serial', load),
    },
    {
      name: 'the same on each of six partitions',
      load: partitions,
      run: (load) => runNaive('partitions', load),
    },
    { name: 'the same, 32 in flight across keys', load: full, run: (load) => runNaive('keys', load) },
    ...queue('BullMQ, a job for each event', 'bullmq', redis),
    ...queue('graphile-worker, a job for each event', 'graphile-worker', postgres),
  ];
}

/** Processor time only of enough events: of few it is the process's start. */
function rowsOf(name: string, runs: readonly PeerRun[], withCpu: boolean) {
  return [
    { figure: `${name}: events`, values: runs.map(({ perSecond }) => perSecond), unit: '/s' },
    { figure: `${name}: CRM calls an event`, values: runs.map(({ callsAnEvent }) => callsAnEvent), unit: '' },
    ...(withCpu
      ? [{ figure: `${name}: CPU an event`, values: runs.map(({ cpuAnEvent }) => cpuAnEvent), unit: ' µs' }]
      : []),
  ];
}

function chartsOf(pipelines: readonly Pipeline[], full: Load): Chart[] {
  const of = (what: string, some = pipelines) =>
    Object.fromEntries(some.map(({ name }) => [name, `${name}: ${what}`]));
  return [
    {
      name: 'rate',
      kind: 'bars',
      title: 'Until the CRM is equal',
      values: { text: 'events a second' },
      series: { events: of('events') },
    },
    {
      name: 'calls',
      kind: 'bars',
      title: 'What the CRM is asked',
      values: { text: 'calls an event' },
      series: { calls: of('CRM calls an event') },
    },
    {
      name: 'cpu',
      kind: 'bars',
      title: 'Processor time',
      values: { text: 'µs an event' },
      series: {
        cpu: of(
          'CPU an event',
          pipelines.filter(({ load }) => load === full),
        ),
      },
    },
  ];
}

function goalsOf(name: string, ours: readonly PeerRun[], peer: readonly PeerRun[]): Goal[] {
  const ratio = (pick: (run: PeerRun) => number) => quotients(ours.map(pick), peer.map(pick));
  return [
    { goal: `events a second over: ${name}`, atLeast: 1, values: ratio(({ perSecond }) => perSecond) },
    {
      goal: `CRM calls an event over: ${name}`,
      atMost: 1,
      values: ratio(({ callsAnEvent }) => callsAnEvent),
    },
  ];
}

function notesOf(servers: Servers, pipelines: readonly Pipeline[]): string[] {
  const loads = pipelines.map(({ name, load }) => `${name}, ${load.records} × ${load.versions}`);
  return [
    `A CRM of ${CRM_MS} ms without a limit, 32 calls at once for ours and the job queues; until the CRM is equal. Contacts × changes of each: ${loads.join('; ')}.`,
    'The naive ones keep nothing, take no event twice, and retry nothing.',
    'Where each contact changes once there is nothing to fold: ours makes the same two calls as the others, and fewer a second than those with 32 in flight. It keeps what it is told and what it did on the disk, where the others keep nothing or a job: its processor time is spread over store, limiter and axios, as the table of shares says.',
    ...queueNotes(servers),
  ];
}

function queueNotes({ redis, postgres }: Servers): string[] {
  const absent = (queue: string, server: string) => `${queue} is not measured: there is no ${server} here.`;
  const how =
    'added in bulk and in order, one worker; attempts, and what is kept on disk when, are the defaults';
  return [
    redis === null ? absent('BullMQ', 'redis-server') : `BullMQ on ${redis.name}: ${how}.`,
    postgres === null
      ? absent('graphile-worker', 'PostgreSQL')
      : `graphile-worker on ${postgres.name}: ${how}; jobs are fetched 33 at a time, as its documentation advises for speed.`,
    ...(redis === null && postgres === null
      ? []
      : [
          'With 32 jobs at once neither keeps the changes of a contact in order: one that is retried or slow is overtaken, and then the older change stays in the CRM. In this load two changes of a contact are too far apart for that. BullMQ has groups in its paid edition only; graphile-worker does the jobs of a named queue one after another, which is meant for few queues and not for one of each contact. Their processor time is that of the pipeline and of the server.',
        ]),
  ];
}
