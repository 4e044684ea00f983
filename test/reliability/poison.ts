import { encodeChangeAsJson } from '../../src/change-feed/codec/encode-change.ts';
import { decodeLetterId } from '../../src/domain/dead-letter.ts';
import { seededRandom } from '../../src/runtime/seeded-random.ts';
import { loadChangeSchemas } from '../../src/change-feed/schemas/change-schemas.ts';
import { event } from '../change-feed/sample-changes.ts';
import { startFakeRegistry } from '../change-feed/codec/fake-registry.ts';
import { openLoop, openMeasuredFeed, PARTITIONS, TOPIC, type MeasuredFeed } from './measured-feed.ts';
import { POISON_KINDS, SCHEMA_IDS, type Poison } from './poison-kinds.ts';
import type { Report } from './report.ts';
import type { MeasureOptions } from './measure-options.ts';
import { percentile } from './statistics.ts';

const KEYS = 2_000;
const POISON_PART = 0.01;
const LONGEST_DRAIN_MS = 60_000;

interface Round {
  readonly samples: readonly number[];
  readonly poisoned: number;
  readonly wrong: readonly string[];
}

/** The same stream with and without messages that can't be read, in turns; a good event's time is from due to committed. */
export async function measurePoison(options: MeasureOptions): Promise<Report> {
  const { rate, seconds, rounds } = options;
  const [perSecond, ms, times] = [rate ?? 300, (seconds ?? 20) * 1_000, rounds ?? 3];
  const registry = await startFakeRegistry();
  registry.schemas.set(SCHEMA_IDS.contact, { schema: loadChangeSchemas().contact.text });
  registry.schemas.set(SCHEMA_IDS.jsonSchema, { schema: '{}', schemaType: 'JSON' });
  registry.schemas.set(SCHEMA_IDS.broken, { schema: '{"type":"nonsense"}' });
  const clean: Round[] = [];
  const mixed: Round[] = [];
  try {
    for (let round = 0; round < times; round += 1) {
      const seed = options.seed + round;
      clean.push(await measureRound(registry.url, { seed, perSecond, ms, part: 0 }));
      mixed.push(await measureRound(registry.url, { seed, perSecond, ms, part: POISON_PART }));
    }
  } finally {
    await registry.close();
  }
  return reportOf(clean, mixed, perSecond, ms);
}

interface RoundPlan {
  readonly seed: number;
  readonly perSecond: number;
  readonly ms: number;
  /** Of the messages that can't be read. */
  readonly part: number;
}

async function measureRound(registryUrl: string, { seed, perSecond, ms, part }: RoundPlan): Promise<Round> {
  const feed = await openMeasuredFeed(registryUrl);
  const random = seededRandom(seed);
  const sent = new Map<string, Poison>();
  try {
    await openLoop(perSecond, ms, (index, dueAt) => {
      const key = Math.floor(random.next() * KEYS);
      if (random.next() < part) poison(feed, index, sent);
      else feed.good(key, dueAt, index % 2 === 0 ? null : SCHEMA_IDS.contact);
    });
    const drained = await feed.drained(LONGEST_DRAIN_MS);
    const wrong = drained
      ? [...(await feed.missing()), ...(await wrongLetters(feed, sent))]
      : [`${feed.partitions.behind} messages are still behind`];
    return { samples: feed.samples.flat(), poisoned: sent.size, wrong };
  } finally {
    await feed.close();
  }
}

/** Appends the next kind of poison; it lies under keys of its own. */
function poison({ partitions }: MeasuredFeed, index: number, sent: Map<string, Poison>): void {
  const make = POISON_KINDS[sent.size % POISON_KINDS.length];
  if (make === undefined) return;
  const id = `poison-${index}`;
  const made = make(id, encodeChangeAsJson(event('contact', id)));
  const partition = index % PARTITIONS;
  const offset = partitions.append({ partition, key: made.key, value: made.value });
  sent.set(decodeLetterId({ topic: TOPIC, partition, offset: String(offset) }), made);
}

/** Each once in the index, with its bytes and its code, and in the topic too. */
async function wrongLetters(
  { store, told }: MeasuredFeed,
  sent: ReadonlyMap<string, Poison>,
): Promise<string[]> {
  const wrong: string[] = [];
  const count = await store.deadLetters.count({});
  if (count !== sent.size) wrong.push(`${count} letters stand in the index for ${sent.size} messages`);
  if (told.length !== sent.size) wrong.push(`${told.length} letters went to the topic for ${sent.size}`);
  for (const [id, { code, key, value }] of sent) {
    const letter = await store.deadLetters.read(id);
    if (letter?.code !== code) wrong.push(`a letter should be ${code} and is ${letter?.code ?? 'missing'}`);
    else if (!same(letter.key, key) || !same(letter.value, value))
      wrong.push(`${code}: the bytes are others`);
  }
  return wrong;
}

function same(held: Uint8Array | null, sent: Buffer | null): boolean {
  return held === null || sent === null ? held === sent : Buffer.compare(held, sent) === 0;
}

function reportOf(clean: readonly Round[], mixed: readonly Round[], perSecond: number, ms: number): Report {
  const at = (rounds: readonly Round[], part: number) =>
    rounds.map(({ samples }) => percentile(samples, part));
  const ratios = at(mixed, 0.99).map((with_, round) => with_ / (at(clean, 0.99)[round] ?? Number.NaN));
  const pooled = (rounds: readonly Round[], part: number) =>
    percentile(
      rounds.flatMap(({ samples }) => samples),
      part,
    );
  const pooledText = [0.5, 0.99].map((part) => {
    const [without, with_] = [pooled(clean, part), pooled(mixed, part)];
    return `p${part * 100} ${without} and ${with_} ms (${(with_ / without).toFixed(2)})`;
  });
  const rowsOf = (name: string, rounds: readonly Round[]) =>
    [0.5, 0.99, 1].map((part) => ({
      figure: `good events, ${name}: due to committed, ${part === 1 ? 'longest' : `p${part * 100}`}`,
      values: at(rounds, part),
      unit: ' ms',
    }));
  return {
    title: 'Messages that can not be read do not hold the others up',
    rows: [
      ...rowsOf('no poison', clean),
      ...rowsOf('1% poison', mixed),
      { figure: 'p99, with over without, of each pair of rounds', values: ratios, unit: '' },
    ],
    notes: [
      `All rounds together, without and with: ${pooledText.join(', ')}.`,
      `${perSecond} messages/s for ${ms / 1_000} s a round over ${PARTITIONS} partitions, half JSON and half Avro, ${KEYS} keys, ${clean.length} pairs of rounds; the store is a file.`,
      `Unreadable messages: ${mixed.map(({ poisoned }) => poisoned).join(', ')}, of ${POISON_KINDS.length} kinds in turn; checked: each once in index and topic, with its code and bytes.`,
      'A schema id that the registry does not know is given a quarter of a second, for which its partition waits; after that it is remembered.',
    ],
    wrong: [...clean, ...mixed].flatMap(({ wrong }) => wrong),
  };
}
