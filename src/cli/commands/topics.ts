import { Command, InvalidArgumentError } from 'commander';
import type { Cli } from '../../terminal/cli.ts';
import { EXIT, type ExitCode } from '../../terminal/exit-code.ts';
import { type OutputFormat, writeList } from '../../terminal/output.ts';
import { outputOption, type OutputOptions } from '../input/command-options.ts';
import { toolConfiguration } from '../input/read-configuration.ts';
import type { Ends } from './command-end.ts';

interface CreateOptions {
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly output: OutputFormat;
}

const DEFAULT_PARTITIONS = 6;

/** `zena-crm topics`: the Kafka topics that the service reads and writes. */
export function topicsCommand(cli: Cli, ends: Ends): Command {
  return new Command('topics')
    .description('the Kafka topics of the service (KAFKA_BROKERS)')
    .addCommand(
      new Command('create')
        .description('create what is missing; existing topics are left as they are')
        .option('--partitions <n>', 'of each topic', parsePartitions, DEFAULT_PARTITIONS)
        .option('--replication-factor <n>', "-1: the brokers' default", parseReplication, -1)
        .addOption(outputOption())
        .action(ends(async (options: CreateOptions) => create(cli, options))),
    )
    .addCommand(
      new Command('check')
        .description('compare the topics with what the service needs; changes nothing')
        .addOption(outputOption())
        .action(ends(async (options: OutputOptions) => check(cli, options))),
    );
}

async function create(cli: Cli, options: CreateOptions): Promise<ExitCode> {
  const config = await toolConfiguration(cli);
  const { topicsOf, withKafkaAdmin } = await import('../servers/kafka-admin.ts');
  const { createTopics } = await import('../../change-feed/kafka/topics/topics.ts');
  const wanted = await topicsOf(config);
  const { partitions, replicationFactor, output } = options;
  const { created, existing } = await withKafkaAdmin(config, (admin) =>
    createTopics({ admin, wanted, partitions, replicationFactor }),
  );
  const topics = [
    ...created.map((topic) => ({ topic, created: true })),
    ...existing.map((topic) => ({ topic, created: false })),
  ];
  writeList(cli, output, topics, {
    columns: [
      { title: 'TOPIC', value: ({ topic }) => topic },
      { title: '', value: (each) => (each.created ? 'created' : 'was there already') },
    ],
    empty: 'No topics are configured.',
  });
  return EXIT.done;
}

async function check(cli: Cli, { output }: OutputOptions): Promise<ExitCode> {
  const config = await toolConfiguration(cli);
  const { isTopicProblem, topicsOf, withKafkaAdmin } = await import('../servers/kafka-admin.ts');
  const { checkTopics } = await import('../../change-feed/kafka/topics/topics.ts');
  const wanted = await topicsOf(config);
  const findings = await withKafkaAdmin(config, (admin) => checkTopics(admin, wanted));
  writeList(cli, output, findings, {
    columns: [
      { title: 'TOPIC', value: ({ topic }) => topic },
      { title: 'FINDING', value: ({ code }) => code },
      { title: '', value: ({ message }) => message },
    ],
    empty: 'The topics are as the service needs them.',
  });
  return findings.some(isTopicProblem) ? EXIT.problems : EXIT.done;
}

function parsePartitions(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('A whole number from 1 to 9999.');
  return Number(text);
}

function parseReplication(text: string): number {
  if (!/^(-1|[1-9]\d?)$/.test(text))
    throw new InvalidArgumentError("-1 for the brokers' default, or 1 to 99.");
  return Number(text);
}
