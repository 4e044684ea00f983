import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import type {
  AuthConfig,
  Config,
  ConfigResult,
  ConfigWarning,
  EncryptionConfig,
  KafkaConfig,
  ListenAddress,
  SchemaRegistryConfig,
  StartConfig,
  TopicNames,
} from './config.ts';
import { isAllowedHost } from './allowed-hosts.ts';
import type { DeclaredSetting } from './declared-settings.ts';
import { deepFreeze } from './deep-freeze.ts';
import { findNearMisses } from './near-misses.ts';
import type { Secret } from './secret.ts';
import { createSettingReader, type ReadFile, type SettingReader } from './setting-reader.ts';

export interface ReadConfigOptions<R extends 'start' | 'none'> {
  /** `start`: what the service can't do without must be there. `none`: only what is set must be right. */
  readonly require: R;
  readonly readFile?: ReadFile;
  /** What connectors want of the operator. Absent: nothing. */
  readonly declared?: readonly DeclaredSetting[];
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
  const { declared = [] } = options;
  const settings = createSettingReader(env, options.readFile ?? readTextFile, declared);
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
    publicUrl: settings.optional('PUBLIC_URL'),
    dataDir: settings.defaulted('DATA_DIR'),
    retryDelaysMs: settings.defaulted('RETRY_DELAYS'),
    syncWaitMs: settings.defaulted('SYNC_WAIT'),
    allowedInstanceHosts: settings.defaulted('ALLOWED_INSTANCE_HOSTS'),
    trustProxy: settings.defaulted('TRUST_PROXY'),
    placeholderEmails: settings.defaulted('PLACEHOLDER_EMAILS'),
    maxEventBytes: settings.defaulted('MAX_EVENT_BYTES'),
    retention: {
      timelineMs: settings.defaulted('RETENTION_TIMELINE'),
      deadLettersMs: settings.defaulted('RETENTION_DEAD_LETTERS'),
    },
    declared: readDeclared(settings, declared),
    logLevel: settings.defaulted('LOG_LEVEL'),
    shutdownGraceMs: settings.defaulted('SHUTDOWN_GRACE'),
    settings: settings.shown(),
  };
  const warnings = [...findNearMisses(env, declared), ...idleSettings(settings, mode)];
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

/** Reads the sealing keys; a key that stands twice is a fault, since its second entry is surely a mistake. */
function readEncryptionConfig(settings: SettingReader, required: boolean): EncryptionConfig {
  const current = settings.optional('ENCRYPTION_KEY');
  const retired = settings.optional('ENCRYPTION_KEYS_RETIRED') ?? [];
  if (required && !settings.isGiven('ENCRYPTION_KEY')) {
    settings.fault('ENCRYPTION_KEY', 'REQUIRED', 'is missing', 'Make one with: openssl rand -hex 32');
  }
  const keys = [...(current === null ? [] : [current]), ...retired];
  const distinct = new Set(keys.map((key) => Buffer.from(key.reveal()).toString('hex')));
  if (distinct.size < keys.length) {
    settings.fault(
      'ENCRYPTION_KEYS_RETIRED',
      'CONFLICT',
      'repeats a key',
      'List each older key once, and never the present one.',
    );
  }
  return { current, retired };
}

/** Reads how tokens are verified; both ways at once are a fault, neither is one when `required`. */
function readAuthConfig(settings: SettingReader, required: boolean): AuthConfig | null {
  const secret = settings.optional('JWT_SECRET');
  const url = settings.optional('JWT_JWKS_URL');
  const claims = { issuer: settings.optional('JWT_ISSUER'), audience: settings.optional('JWT_AUDIENCE') };
  const hasSecret = settings.isGiven('JWT_SECRET');
  const hasUrl = settings.isGiven('JWT_JWKS_URL');
  if (hasSecret && hasUrl) {
    settings.fault(
      'JWT_SECRET',
      'CONFLICT',
      'and JWT_JWKS_URL are both set',
      'Keep one: tokens are signed in one way.',
    );
  }
  if (required && !hasSecret && !hasUrl) {
    settings.fault(
      'JWT_SECRET',
      'REQUIRED',
      'and JWT_JWKS_URL are both missing',
      'Set JWT_SECRET (openssl rand -base64 48) or JWT_JWKS_URL.',
    );
  }
  if (secret !== null) return { kind: 'hmac', secret, ...claims };
  return url === null ? null : { kind: 'jwks', url, ...claims };
}

/** Reads the brokers' settings; null without `KAFKA_BROKERS`. Half a certificate or login is a fault. */
function readKafkaConfig(settings: SettingReader): KafkaConfig | null {
  const brokers = settings.optional('KAFKA_BROKERS');
  const ssl = readSsl(settings);
  const sasl = readSasl(settings);
  const common = {
    clientId: settings.defaulted('KAFKA_CLIENT_ID'),
    groupId: settings.defaulted('KAFKA_GROUP_ID'),
    client: settings.defaulted('KAFKA_CLIENT'),
  };
  return brokers === null ? null : { brokers, ...common, ssl, sasl };
}

/** Reads the schema registry's settings; null without `SCHEMA_REGISTRY_URL`. */
function readSchemaRegistryConfig(settings: SettingReader): SchemaRegistryConfig | null {
  const url = settings.optional('SCHEMA_REGISTRY_URL');
  const auth = settings.optional('SCHEMA_REGISTRY_AUTH');
  return url === null ? null : { url, auth };
}

function readSsl(settings: SettingReader): KafkaConfig['ssl'] {
  const parts = ['KAFKA_SSL_CA', 'KAFKA_SSL_CERT', 'KAFKA_SSL_KEY'] as const;
  const given = parts.filter((name) => settings.isGiven(name));
  const wanted = settings.optional('KAFKA_SSL');
  if (wanted === false && given.length > 0) {
    settings.fault(
      'KAFKA_SSL',
      'CONFLICT',
      `is false although ${given[0]} is set`,
      'Set it to true or unset the other.',
    );
  }
  if (settings.isGiven('KAFKA_SSL_CERT') !== settings.isGiven('KAFKA_SSL_KEY')) {
    const missing = settings.isGiven('KAFKA_SSL_CERT') ? 'KAFKA_SSL_KEY' : 'KAFKA_SSL_CERT';
    settings.fault(missing, 'REQUIRED', 'is missing', 'Set the client certificate and its key together.');
  }
  const [ca, cert, key] = parts.map((name) => settings.optional(name));
  return (wanted ?? given.length > 0) ? { ca: ca ?? null, cert: cert ?? null, key: key ?? null } : null;
}

function readSasl(settings: SettingReader): KafkaConfig['sasl'] {
  const names = ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const;
  const mechanism = settings.optional('KAFKA_SASL_MECHANISM');
  const username = settings.optional('KAFKA_SASL_USERNAME');
  const password = settings.optional('KAFKA_SASL_PASSWORD');
  if (!names.some((name) => settings.isGiven(name))) return null;
  for (const name of names.filter((candidate) => !settings.isGiven(candidate))) {
    settings.fault(name, 'REQUIRED', 'is missing', 'Set mechanism, user name and password together.');
  }
  return mechanism !== null && username !== null && password !== null
    ? { mechanism, username, password }
    : null;
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

/**
 * Reads what connectors declare. An address that stands in for a vendor's is only taken where the operator says of its host that it may be
 * called at all: whoever can set one variable can't send what people enter anywhere else.
 */
function readDeclared(settings: SettingReader, declared: readonly DeclaredSetting[]): Config['declared'] {
  const hosts = settings.defaulted('ALLOWED_INSTANCE_HOSTS');
  const values: Record<string, Secret> = {};
  for (const setting of declared) {
    const value = settings.declared(setting);
    if (value === null) continue;
    if (setting.use === 'base-url' && !isAllowedHost(hosts, new URL(value.reveal()))) {
      const { host } = new URL(value.reveal());
      const remedy = `Add ${host} to ALLOWED_INSTANCE_HOSTS, or unset ${setting.name}: it is for a sandbox.`;
      settings.fault(setting.name, 'CONFLICT', 'names a host that ALLOWED_INSTANCE_HOSTS does not', remedy);
    }
    values[setting.name] = value;
  }
  return values;
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
