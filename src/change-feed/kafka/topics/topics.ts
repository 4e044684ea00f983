import type { Admin, ITopicConfig } from 'kafkajs';
import kafkajs from 'kafkajs';
import { makeTopics } from './make-topics.ts';

/** What a topic should be. */
export interface WantedTopic {
  readonly topic: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Where the topic wants a number of its own. */
  readonly partitions?: number;
}

export interface TopicNames {
  readonly contacts: string;
  readonly properties: string;
  readonly deals: string;
  readonly deadLetters: string;
  readonly work: string;
}

/** Dead letters carry the original bytes of events that may be larger than what the change topics take today. */
const DEAD_LETTER_MAX_BYTES = 16 * 1_048_576;
/** A hint is of use for a moment; this is as short as leaves a person time to look. */
const HINT_RETENTION_MS = 3_600_000;

/**
 * The topics of the product: changes are compacted to the latest of each entity, dead letters go after their retention,
 * hints between workers after an hour.
 */
export function wantedTopics(names: TopicNames, deadLetterRetentionMs: number): readonly WantedTopic[] {
  const compacted = { 'cleanup.policy': 'compact' };
  const deadLetters = {
    'cleanup.policy': 'delete',
    'retention.ms': String(deadLetterRetentionMs),
    'max.message.bytes': String(DEAD_LETTER_MAX_BYTES),
  };
  const hints = { 'cleanup.policy': 'delete', 'retention.ms': String(HINT_RETENTION_MS) };
  return [
    ...[names.contacts, names.properties, names.deals].map((topic) => ({ topic, settings: compacted })),
    { topic: names.deadLetters, settings: deadLetters },
    { topic: names.work, settings: hints, partitions: 1 },
  ];
}

export interface TopicFinding {
  readonly topic: string;
  readonly code:
    | 'TOPIC_MISSING'
    /** A setting of the topic is another than wanted. */
    | 'SETTING_DIFFERS'
    /** One copy of each partition: the loss of its broker is the loss of the data. */
    | 'ONE_REPLICA';
  readonly message: string;
}

export interface CreateTopicsOptions {
  readonly admin: Admin;
  readonly wanted: readonly WantedTopic[];
  readonly partitions: number;
  readonly replicationFactor: number;
}

/** Creates those that are missing; existing ones are left as they are. The admin client must be connected. */
export async function createTopics({
  admin,
  wanted,
  partitions,
  replicationFactor,
}: CreateTopicsOptions): Promise<{
  readonly created: readonly string[];
  readonly existing: readonly string[];
}> {
  const present = new Set(await admin.listTopics());
  const missing = wanted.filter(({ topic }) => !present.has(topic));
  const topics: ITopicConfig[] = missing.map(({ topic, settings, partitions: own }) => ({
    topic,
    numPartitions: own ?? partitions,
    replicationFactor,
    configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
  }));
  if (topics.length > 0) await makeTopics(admin, topics);
  return {
    created: missing.map(({ topic }) => topic),
    existing: wanted.map(({ topic }) => topic).filter((topic) => present.has(topic)),
  };
}

/** Reports how the topics differ from what is wanted; changes nothing. The admin client must be connected. */
export async function checkTopics(
  admin: Admin,
  wanted: readonly WantedTopic[],
): Promise<readonly TopicFinding[]> {
  const present = new Set(await admin.listTopics());
  const findings: TopicFinding[] = [];
  for (const { topic, settings } of wanted) {
    if (present.has(topic)) findings.push(...(await checkTopic(admin, topic, settings)));
    else findings.push({ topic, code: 'TOPIC_MISSING', message: 'run `zena-crm topics create`' });
  }
  return findings;
}

async function checkTopic(
  admin: Admin,
  topic: string,
  settings: Readonly<Record<string, string>>,
): Promise<TopicFinding[]> {
  const names = Object.keys(settings);
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: names }],
  });
  const actual = new Map(
    resources.flatMap(({ configEntries }) =>
      configEntries.map((each) => [each.configName, each.configValue]),
    ),
  );
  const findings: TopicFinding[] = names
    .filter((name) => !isAsWanted(name, actual.get(name), settings[name]))
    .map((name) => ({
      topic,
      code: 'SETTING_DIFFERS',
      message: `${name} is ${actual.get(name) ?? 'not set'} instead of ${settings[name]}`,
    }));
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const replicas = topics.flatMap(({ partitions }) => partitions.map((each) => each.replicas.length));
  if (replicas.length > 0 && Math.min(...replicas) < 2) {
    findings.push({ topic, code: 'ONE_REPLICA', message: 'its partitions have a single replica' });
  }
  return findings;
}

function isAsWanted(name: string, actual: string | undefined, wanted: string | undefined): boolean {
  // A topic that takes larger messages than asked for does no harm.
  if (name === 'max.message.bytes') return Number(actual) >= Number(wanted);
  return actual === wanted;
}
