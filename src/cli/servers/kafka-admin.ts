import type { checkTopics, TopicFinding, WantedTopic } from '../../change-feed/kafka/topics/topics.ts';
import type { Config } from '../../config/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { CommandFailure } from '../../terminal/command-failure.ts';
import { EXIT } from '../../terminal/exit-code.ts';

type Admin = Parameters<typeof checkTopics>[0];

/** The topics that the configuration names, as they should be. */
export async function topicsOf(config: Config): Promise<readonly WantedTopic[]> {
  const { wantedTopics } = await import('../../change-feed/kafka/topics/topics.ts');
  return wantedTopics(config.topics, config.retention.deadLettersMs);
}

/** Does something with a connected admin client. Throws `CommandFailure` without brokers, or when none answers. */
export async function withKafkaAdmin<T>(config: Config, use: (admin: Admin) => Promise<T>): Promise<T> {
  if (config.kafka === null) {
    throw new CommandFailure(
      EXIT.configuration,
      'KAFKA_BROKERS is missing',
      'Set it to a comma list of host:port. The embedded mode has no topics.',
    );
  }
  const { createKafkaClient } = await import('../../change-feed/kafka/connection/kafka-connection.ts');
  const quiet = createLogger({ level: 'silent', destination: { write: () => undefined } });
  const admin = createKafkaClient(config.kafka, quiet).admin();
  try {
    await admin.connect();
    return await use(admin);
  } catch (error) {
    throw asFailure(error, config.kafka.brokers);
  } finally {
    await admin.disconnect();
  }
}

function asFailure(error: unknown, brokers: readonly string[]): unknown {
  if (!(error instanceof Error) || !error.name.startsWith('KafkaJS')) return error;
  const kind = error.cause instanceof Error ? error.cause.name : error.name;
  const names = [error.name, kind];
  if (names.some((name) => name.includes('SASL'))) {
    return new CommandFailure(
      EXIT.refused,
      `The brokers refuse the login: ${error.message}`,
      'Check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD.',
    );
  }
  if (names.some((name) => /Connection|NumberOfRetries|Timeout|BrokerNotFound/.test(name))) {
    return new CommandFailure(
      EXIT.unreachable,
      `No broker of ${brokers.join(', ')} can be reached: ${error.message}`,
      'Is KAFKA_BROKERS right, and do KAFKA_SSL and KAFKA_SASL_MECHANISM fit the port?',
    );
  }
  return new CommandFailure(EXIT.failed, `Kafka answers: ${error.message}`);
}

/** A single replica is how one broker works; it is shown, and no more. */
export function isTopicProblem({ code }: TopicFinding): boolean {
  return code !== 'ONE_REPLICA';
}
