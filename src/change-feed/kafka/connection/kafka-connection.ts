import kafkajs, {
  type Kafka,
  type KafkaConfig,
  type logCreator,
  type logLevel,
  type SASLOptions,
} from 'kafkajs';
import type { LogFields } from '../../../runtime/log-fields.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { installCompressionCodecs, repairKafkajs } from './kafkajs-repairs.ts';

/** A value that is shown to nobody else. */
interface Hidden {
  reveal(): string;
}

/** How to reach and log in to the brokers. */
export interface KafkaConnection {
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Null: plain text. The parts are PEM texts; without a `ca`, the authorities that Node knows. */
  readonly ssl: {
    readonly ca: Hidden | null;
    readonly cert: Hidden | null;
    readonly key: Hidden | null;
  } | null;
  readonly sasl: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: Hidden;
  } | null;
}

/** Retries of requests. Every number is given: kafkajs takes other defaults when NODE_ENV says test. */
export const RETRY = {
  initialRetryTime: 100,
  maxRetryTime: 2_000,
  factor: 0.2,
  multiplier: 2,
  retries: 5,
} as const;

/** Makes a kafkajs client, with its known faults repaired and its log handed to ours. Connects to nothing yet. */
export function createKafkaClient(connection: KafkaConnection, log: Logger): Kafka {
  repairKafkajs();
  installCompressionCodecs();
  const config: KafkaConfig = {
    brokers: [...connection.brokers],
    clientId: connection.clientId,
    connectionTimeout: 3_000,
    authenticationTimeout: 5_000,
    requestTimeout: 15_000,
    retry: RETRY,
    logLevel: kafkajs.logLevel.INFO,
    logCreator: bridgeKafkajsLog(log),
    ...(connection.ssl === null ? {} : { ssl: tlsOf(connection.ssl) }),
    ...(connection.sasl === null ? {} : { sasl: saslOf(connection.sasl) }),
  };
  return new kafkajs.Kafka(config);
}

/** The options of retries for one consumer; the feed decides itself whether and how a crashed one is replaced. */
export const CONSUMER_RETRY = { ...RETRY, restartOnFailure: () => Promise.resolve(false) };

function tlsOf({ ca, cert, key }: NonNullable<KafkaConnection['ssl']>): NonNullable<KafkaConfig['ssl']> {
  return {
    ...(ca === null ? {} : { ca: [ca.reveal()] }),
    ...(cert === null ? {} : { cert: cert.reveal() }),
    ...(key === null ? {} : { key: key.reveal() }),
  };
}

function saslOf({ mechanism, username, password }: NonNullable<KafkaConnection['sasl']>): SASLOptions {
  const login = { username, password: password.reveal() };
  if (mechanism === 'plain') return { mechanism, ...login };
  return mechanism === 'scram-sha-256' ? { mechanism, ...login } : { mechanism, ...login };
}

type Write = (event: string, fields: LogFields) => void;

/**
 * Hands kafkajs' log to ours, one step quieter: the feed itself reports what an operator should know, and kafkajs calls
 * every retried request an error. Of its fields only those that can't hold a message or a login are passed on.
 */
function bridgeKafkajsLog(log: Logger): logCreator {
  const writers: readonly (readonly [logLevel, Write])[] = [
    [kafkajs.logLevel.ERROR, (event, fields) => log.warn(event, fields)],
    [kafkajs.logLevel.WARN, (event, fields) => log.info(event, fields)],
  ];
  const debug: Write = (event, fields) => log.debug(event, fields);
  return () =>
    ({ level, namespace, log: entry }) => {
      const write = writers.find(([of]) => of === level)?.[1] ?? debug;
      write('kafka.client', { component: namespace, message: entry.message, ...knownFields(entry) });
    };
}

function knownFields(entry: Readonly<Record<string, unknown>>): LogFields {
  const { groupId, memberId, topic, partition, error } = entry;
  return {
    ...(typeof groupId === 'string' ? { groupId } : {}),
    ...(typeof memberId === 'string' ? { memberId } : {}),
    ...(typeof topic === 'string' ? { topic } : {}),
    ...(typeof partition === 'number' ? { partition } : {}),
    ...(typeof error === 'string' ? { errorMessage: error } : {}),
  };
}
