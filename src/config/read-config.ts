import { readFileSync } from 'node:fs';
import type {
  Config,
  ConfigResult,
  ConfigWarning,
  ListenAddress,
  StartConfig,
  TopicNames,
} from './config.ts';
import { deepFreeze } from './deep-freeze.ts';
import { findNearMisses } from './near-misses.ts';
import { readKafkaConfig, readSchemaRegistryConfig } from './read-kafka-config.ts';
import { readAuthConfig, readEncryptionConfig } from './read-secrets.ts';
import { createSettingReader, type ReadFile, type SettingReader } from './setting-reader.ts';

export interface ReadConfigOptions<R extends 'start' | 'none'> {
  /** `start`: what the service can't do without must be there. `none`: only what is set must be right. */
  readonly require: R;
  readonly readFile?: ReadFile;
}

/**
 * Reads the environment once, checks all of it and freezes the result. Every fault is reported at once, and
 * neither a fault nor a warning ever repeats a secret.
 */
export function readConfig(
  env: NodeJS.ProcessEnv,
  options: ReadConfigOptions<'start'>,
): ConfigResult<StartConfig>;
export function readConfig(env: NodeJS.ProcessEnv, options: ReadConfigOptions<'none'>): ConfigResult<Config>;
export function readConfig(
  env: NodeJS.ProcessEnv,
  options: ReadConfigOptions<'start' | 'none'>,
): ConfigResult<Config> {
  const settings = createSettingReader(env, options.readFile ?? readTextFile);
  const required = options.require === 'start';
  const mode = readMode(settings, required);
  const config: Config = {
    mode,
    encryption: readEncryptionConfig(settings, required),
    auth: readAuthConfig(settings, required),
    kafka: readKafkaConfig(settings),
    schemaRegistry: readSchemaRegistryConfig(settings),
    mongodbUrl: settings.optional('MONGODB_URL'),
    topics: readTopics(settings),
    ...readListeners(settings),
    dataDir: settings.defaulted('DATA_DIR'),
    retryDelaysMs: settings.defaulted('RETRY_DELAYS'),
    syncWaitMs: settings.defaulted('SYNC_WAIT'),
    allowedInstanceHosts: settings.defaulted('ALLOWED_INSTANCE_HOSTS'),
    retention: {
      timelineMs: settings.defaulted('RETENTION_TIMELINE'),
      deadLettersMs: settings.defaulted('RETENTION_DEAD_LETTERS'),
    },
    logLevel: settings.defaulted('LOG_LEVEL'),
    shutdownGraceMs: settings.defaulted('SHUTDOWN_GRACE'),
    settings: settings.shown(),
  };
  const warnings = [...findNearMisses(env), ...idleSettings(settings, mode)];
  return deepFreeze(
    settings.faults.length === 0
      ? { ok: true, config, warnings }
      : { ok: false, faults: settings.faults, warnings },
  );
}

function readTextFile(path: string): string {
  return readFileSync(path, 'utf8');
}

function readMode(settings: SettingReader, required: boolean): Config['mode'] {
  const asked = settings.defaulted('MODE');
  const missing = (['KAFKA_BROKERS', 'MONGODB_URL'] as const).filter((name) => !settings.isGiven(name));
  if (asked === 'embedded' || (asked === 'auto' && missing.length === 2)) return 'embedded';
  if (required) {
    for (const name of missing) {
      settings.fault(
        name,
        'REQUIRED',
        asked === 'servers'
          ? 'is missing, and MODE is servers'
          : 'is missing, although the other server is set',
        'Set both KAFKA_BROKERS and MONGODB_URL, or choose MODE=embedded.',
      );
    }
  }
  return missing.length === 0 || asked === 'servers' ? 'servers' : 'embedded';
}

function readTopics(settings: SettingReader): TopicNames {
  const names = [
    'TOPIC_CONTACTS',
    'TOPIC_PROPERTIES',
    'TOPIC_DEALS',
    'TOPIC_DEAD_LETTERS',
    'TOPIC_WORK',
  ] as const;
  const owners = new Map<string, string>();
  for (const name of names) {
    const topic = settings.defaulted(name);
    const other = owners.get(topic);
    if (other !== undefined) {
      settings.fault(
        name,
        'CONFLICT',
        `names the same topic as ${other}`,
        'Give every stream a topic of its own.',
      );
    }
    owners.set(topic, name);
  }
  return {
    contacts: settings.defaulted('TOPIC_CONTACTS'),
    properties: settings.defaulted('TOPIC_PROPERTIES'),
    deals: settings.defaulted('TOPIC_DEALS'),
    deadLetters: settings.defaulted('TOPIC_DEAD_LETTERS'),
    work: settings.defaulted('TOPIC_WORK'),
  };
}

function readListeners(settings: SettingReader): { http: ListenAddress; metrics: ListenAddress | null } {
  const http = { host: settings.defaulted('HOST'), port: settings.defaulted('PORT') };
  const port = settings.optional('METRICS_PORT');
  const host = settings.optional('METRICS_HOST') ?? http.host;
  if (port !== null && port !== 0 && port === http.port && host === http.host) {
    settings.fault('METRICS_PORT', 'CONFLICT', 'is the same as PORT', 'Choose another port, or unset it.');
  }
  return { http, metrics: port === null ? null : { host, port } };
}

/** Settings that are valid and yet change nothing. */
function idleSettings(settings: SettingReader, mode: Config['mode']): ConfigWarning[] {
  const warnings: ConfigWarning[] = [];
  const idle = (
    name: 'KAFKA_BROKERS' | 'MONGODB_URL' | 'METRICS_HOST' | 'SCHEMA_REGISTRY_AUTH',
    why: string,
  ) => {
    if (settings.isGiven(name)) warnings.push({ name, message: `${name} is not used: ${why}` });
  };
  if (mode === 'embedded') {
    idle('KAFKA_BROKERS', 'the mode is embedded');
    idle('MONGODB_URL', 'the mode is embedded');
  }
  if (!settings.isGiven('METRICS_PORT')) idle('METRICS_HOST', 'METRICS_PORT is not set');
  if (!settings.isGiven('SCHEMA_REGISTRY_URL'))
    idle('SCHEMA_REGISTRY_AUTH', 'SCHEMA_REGISTRY_URL is not set');
  return warnings;
}
