import type { FigureRow } from '../../test/reliability/report.ts';
import type { Chart } from '../charts/chart.ts';
import { alternate, quotients } from '../harness/alternate.ts';
import type { Bench, BenchStage, Findings } from '../harness/bench.ts';
import { cpuMicros, peaks, perSecond } from '../harness/figures.ts';
import { startPart, type Measured, type Part } from '../harness/part.ts';
import type { ConsumeOptions, Consumed } from '../parts/consume.ts';
import type { MongoIngestOptions, MongoRun } from '../parts/mongo-ingest.ts';
import { fillTopics, PARTITIONS_A_TOPIC } from '../support/bench-topics.ts';
import { serverPids } from '../support/processor-use.ts';

/** From the broker to durable records and due links, beside a consumer that only decodes; and the MongoDB adapter beside bare bulk writes. */
export const ingestBench: Bench = {
  name: 'ingest',
  title: 'Ingest: from the broker to durable records and due links',
  measures:
    'How fast Avro events on a broker become durable records and due links with their offsets committed, beside a consumer that only decodes; and the MongoDB adapter beside bare bulk writes of the same documents.',
  async run(stage) {
    const broker = await measureBroker(stage);
    const mongo = await measureMongo(stage);
    return {
      rows: [...broker.rows, ...mongo.rows],
      goals: [...broker.goals, ...mongo.goals],
      charts: CHARTS,
      notes: [...broker.notes, ...mongo.notes],
      wrong: [...new Set([...broker.wrong, ...mongo.wrong])],
    };
  },
};

const BROKER_SIDES = ['kafkajs and registry decode', 'ours, a store of nothing', 'ours, embedded store'];
const MONGO_SIDES = ['MongoDB, bare bulkWrite', 'MongoDB, ours'];
const CHARTS: readonly Chart[] = [
  {
    name: 'rate',
    kind: 'bars',
    title: 'Ingest from a broker',
    values: { text: 'events a second' },
    series: { events: BROKER_SIDES },
  },
  {
    name: 'mongo',
    kind: 'bars',
    title: 'Ingest into MongoDB',
    values: { text: 'events a second' },
    series: { events: MONGO_SIDES },
  },
  {
    name: 'cpu',
    kind: 'bars',
    title: 'Processor time of ingest',
    values: { text: 'µs an event' },
    series: {
      'an event': Object.fromEntries(
        [...BROKER_SIDES, ...MONGO_SIDES].map((side) => [side, `${side}, CPU an event`]),
      ),
    },
  },
];

const BEYOND_DECODING =
  'beyond decoding, ours checks every field of the shape, folds the events of a batch into records, and makes the marks of their links';

async function measureBroker({ quick, rounds, servers, progress }: BenchStage): Promise<Findings> {
  const events = quick ? 12_000 : 48_000;
  const keys = events / 4;
  const tier = await servers.addresses();
  progress(`producing ${events} events`);
  const topics = await fillTopics(tier, events, keys);
  const open = (side: ConsumeOptions['side']) => {
    const { kafkaBrokers: brokers, schemaRegistryUrl: registryUrl } = tier;
    return startPart('consume', {
      side,
      brokers,
      registryUrl,
      topics,
      events,
      keys,
    } satisfies ConsumeOptions);
  };
  const parts = {
    bare: await open('bare'),
    rows: await open('bare-rows'),
    nothing: await open('nothing'),
    embedded: await open('embedded'),
  };
  try {
    const round = (part: Part) => () => part.ask<Consumed>('round');
    const { bare, rows, nothing, embedded } = parts;
    const measured = await alternate(
      rounds,
      { bare: round(bare), rows: round(rows), nothing: round(nothing), embedded: round(embedded) },
      { onRound: (at) => progress(`round ${at + 1} of ${rounds}`) },
    );
    return {
      ...brokerFigures(measured),
      notes: [
        `${events} Avro events of three topics with ${PARTITIONS_A_TOPIC} partitions each, over ${keys} entities, read anew by a group of its own each round; measured from the first batch.`,
        'Checked: offsets committed to the end, each record at its newest version, a due link for each.',
      ],
      wrong: Object.values(measured)
        .flat()
        .flatMap(({ value }) => value.wrong),
    };
  } finally {
    await Promise.all(Object.values(parts).map((part) => part.close()));
  }
}

/** What the four sides took, and how ours compare. */
function brokerFigures(
  measured: Readonly<Record<'bare' | 'rows' | 'nothing' | 'embedded', readonly Measured<Consumed>[]>>,
): Pick<Findings, 'rows' | 'goals'> {
  const all = Object.entries({
    'kafkajs and registry decode': measured.bare,
    'the same, and two bare rows an event into SQLite': measured.rows,
    'ours, a store of nothing': measured.nothing,
    'ours, embedded store': measured.embedded,
  });
  const [wall, cpu] = [perSecond, cpuMicros];
  return {
    rows: [
      ...all.flatMap(([name, of]) => [
        { figure: name, values: wall(of), unit: '/s' },
        { figure: `${name}, CPU an event`, values: cpu(of), unit: ' µs' },
        { figure: `${name}, peak memory`, values: peaks(of), unit: ' MiB' },
      ]),
      {
        figure: 'two bare rows an event into SQLite: events a second over decoding alone',
        values: quotients(wall(measured.rows), wall(measured.bare)),
        unit: '',
      },
      {
        figure: 'embedded store: CPU an event over two bare rows',
        values: quotients(cpu(measured.embedded), cpu(measured.rows)),
        unit: '',
      },
    ],
    goals: [
      {
        goal: 'store of nothing: CPU an event over kafkajs and registry decode',
        atMost: 1.25,
        values: quotients(cpu(measured.nothing), cpu(measured.bare)),
        bound: BEYOND_DECODING,
      },
      {
        goal: 'store of nothing: events a second over the same',
        atLeast: 0.8,
        values: quotients(wall(measured.nothing), wall(measured.bare)),
        bound: `the same, since all of it is processor time of one thread: ${BEYOND_DECODING}`,
      },
      {
        goal: 'embedded store: events a second over the same',
        atLeast: 0.5,
        values: quotients(wall(measured.embedded), wall(measured.bare)),
        bound:
          'two bare rows an event show what a store of this kind takes at least; beyond these ours reads the record that stands, compares and sets, keeps it searchable, and marks its link: the largest part of the time is SQLite’s own, the next the JSON of the records',
      },
    ],
  };
}

async function measureMongo({ quick, rounds, servers, progress }: BenchStage): Promise<Findings> {
  const events = quick ? 3_000 : 20_000;
  const keys = events / 2;
  const { mongodbUrl } = await servers.addresses();
  const options: MongoIngestOptions = { mongodbUrl, events, keys, serverPids: serverPids().store };
  const [ours, bare] = [await startPart('mongo-ingest', options), await startPart('mongo-ingest', options)];
  try {
    const { value: repeats } = await ours.ask<{ keys: number; writes: number }>('repeats');
    const measured = await alternate(
      rounds,
      { bare: () => bare.ask<MongoRun>('bare'), ours: () => ours.ask<MongoRun>('ours') },
      { onRound: (at) => progress(`MongoDB, round ${at + 1} of ${rounds}`) },
    );
    return {
      rows: [
        { figure: 'MongoDB, bare bulkWrite', values: perSecond(measured.bare), unit: '/s' },
        { figure: 'MongoDB, ours', values: perSecond(measured.ours), unit: '/s' },
        { figure: 'MongoDB, bare bulkWrite, CPU an event', values: cpuMicros(measured.bare), unit: ' µs' },
        { figure: 'MongoDB, ours, CPU an event', values: cpuMicros(measured.ours), unit: ' µs' },
        {
          figure: 'MongoDB, bare bulkWrite, processors that nobody uses',
          values: measured.bare.map(({ value }) => value.idle),
          unit: '',
        },
        {
          figure: 'MongoDB, ours, processors that nobody uses',
          values: measured.ours.map(({ value }) => value.idle),
          unit: '',
        },
        ...(options.serverPids.length === 0 ? [] : serverRows(measured)),
      ],
      goals: [
        {
          goal: 'MongoDB: events a second over bare bulkWrite of the same documents',
          atLeast: 0.8,
          values: quotients(perSecond(measured.ours), perSecond(measured.bare)),
          bound:
            'the bare side replaces by id and asks nothing; ours reads the records and the connections of each batch, compares revisions, and marks each link by operators that insert it where it is absent, which takes more of client and server: the rows show how much of each, and what is left of the processors',
        },
        {
          goal: 'MongoDB: writes of a batch over its distinct keys',
          atMost: 1,
          values: [repeats.writes / repeats.keys],
        },
      ],
      notes: [
        `MongoDB: ${events} events, each entity twice, in batches of 500, three in flight; bare: the records and links that they leave, replaced by id.`,
        'Ours also reads the records and the connections of each batch first, and writes only over the revision that it read.',
      ],
      wrong: [...measured.bare, ...measured.ours].flatMap(({ value }) => value.wrong),
    };
  } finally {
    await Promise.all([ours.close(), bare.close()]);
  }
}

/** Where the server is one of this run's own. */
function serverRows({
  bare,
  ours,
}: Readonly<Record<'bare' | 'ours', readonly Measured<MongoRun>[]>>): FigureRow[] {
  const cpuOf = (runs: readonly Measured<MongoRun>[]) =>
    runs.map(({ ms, value: { serverCores, events } }) => ((serverCores * ms) / events) * 1_000);
  return [
    { figure: 'MongoDB, bare bulkWrite, the server’s CPU an event', values: cpuOf(bare), unit: ' µs' },
    { figure: 'MongoDB, ours, the server’s CPU an event', values: cpuOf(ours), unit: ' µs' },
  ];
}
