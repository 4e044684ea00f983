import type { SettingKind } from './setting-kinds.ts';

/** One row of the settings table: everything that is said about a setting is said here. */
export interface Setting {
  readonly kind: SettingKind;
  /** The text that stands in when the variable is unset or empty. */
  readonly default?: string;
  /** Never shown, and also readable from the file named by `<NAME>_FILE`. */
  readonly secret?: true;
  readonly doc: string;
}

/** Every environment variable that the program reads, in the order in which people meet them. */
export const SETTINGS = {
  MODE: {
    kind: 'mode',
    default: 'auto',
    doc: '`auto`: on servers when both `KAFKA_BROKERS` and `MONGODB_URL` are set, embedded when neither is, a fault when one is; `embedded`; `servers`: refuses to start without both',
  },
  ENCRYPTION_KEY: {
    kind: 'encryption-key',
    secret: true,
    doc: 'Seals the CRM credentials: 32 bytes as 64 hex digits or base64. Required by `start`; `demo` makes one in `DATA_DIR`',
  },
  ENCRYPTION_KEYS_RETIRED: {
    kind: 'encryption-keys',
    secret: true,
    doc: 'Comma list of older keys, still readable',
  },
  JWT_SECRET: {
    kind: 'hmac-secret',
    secret: true,
    doc: 'HS256 secret of the access tokens, at least 32 bytes. Exactly one of this and `JWT_JWKS_URL`',
  },
  JWT_JWKS_URL: {
    kind: 'jwks-url',
    doc: 'Address of the public keys (RS256, ES256) of the access tokens; https, or http on this machine',
  },
  JWT_ISSUER: { kind: 'text', doc: 'Required claim `iss` when set' },
  JWT_AUDIENCE: { kind: 'text', doc: 'Required claim `aud` when set' },
  KAFKA_BROKERS: { kind: 'brokers', doc: 'Comma list of `host:port`' },
  KAFKA_CLIENT_ID: { kind: 'text', default: 'zena-crm-sync', doc: 'The name given to the brokers' },
  KAFKA_GROUP_ID: { kind: 'text', default: 'zena-crm-sync', doc: 'The consumer group' },
  KAFKA_SSL: {
    kind: 'flag',
    doc: '`true` or `false`; unset: on when one of the three below is set',
  },
  KAFKA_SSL_CA: {
    kind: 'pem',
    secret: true,
    doc: 'Certificate authority: PEM text, or the path of a PEM file',
  },
  KAFKA_SSL_CERT: {
    kind: 'pem',
    secret: true,
    doc: 'Client certificate: PEM text, or the path of a PEM file',
  },
  KAFKA_SSL_KEY: {
    kind: 'pem',
    secret: true,
    doc: 'Key of the client certificate: PEM text, or the path of a PEM file',
  },
  KAFKA_SASL_MECHANISM: {
    kind: 'sasl-mechanism',
    doc: '`plain`, `scram-sha-256` or `scram-sha-512`',
  },
  KAFKA_SASL_USERNAME: { kind: 'text', doc: 'User name at the brokers' },
  KAFKA_SASL_PASSWORD: { kind: 'secret-text', secret: true, doc: 'Password at the brokers' },
  KAFKA_CLIENT: { kind: 'kafka-client', default: 'kafkajs', doc: 'The Kafka client: `kafkajs`' },
  SCHEMA_REGISTRY_URL: {
    kind: 'http-url',
    doc: 'Confluent-compatible registry, a path such as `/apis/ccompat/v7` included. Unset: plain JSON values only',
  },
  SCHEMA_REGISTRY_AUTH: {
    kind: 'basic-auth',
    secret: true,
    doc: '`user:password` for the registry',
  },
  MONGODB_URL: {
    kind: 'mongodb-url',
    secret: true,
    doc: 'The state store, database name included. Unset: the embedded store in `DATA_DIR`',
  },
  TOPIC_CONTACTS: { kind: 'topic', default: 'zena.contact.changes', doc: 'Topic of contact changes' },
  TOPIC_PROPERTIES: { kind: 'topic', default: 'zena.property.changes', doc: 'Topic of property changes' },
  TOPIC_DEALS: { kind: 'topic', default: 'zena.deal.changes', doc: 'Topic of deal changes' },
  TOPIC_DEAD_LETTERS: {
    kind: 'topic',
    default: 'zena.crm-sync.dead-letters',
    doc: 'Topic of what could not be read or delivered',
  },
  TOPIC_WORK: { kind: 'topic', default: 'zena.crm-sync.work', doc: 'Topic of hints between workers' },
  PUBLIC_URL: {
    kind: 'http-url',
    doc: "Where people's browsers reach the service, for a connect on a CRM's own page. Unset: that way isn't offered",
  },
  PORT: { kind: 'port', default: '8080', doc: 'HTTP port; `0` takes a free one' },
  HOST: { kind: 'host', default: '127.0.0.1', doc: 'HTTP address to listen on' },
  METRICS_PORT: {
    kind: 'port',
    doc: 'A listener of its own for `/metrics`, without a token. Unset: `/metrics` on `PORT`, scope `metrics`',
  },
  METRICS_HOST: { kind: 'host', doc: 'Address of that listener; unset: the one of `HOST`' },
  DATA_DIR: { kind: 'text', default: './.data', doc: "The embedded store's folder" },
  RETRY_DELAYS: {
    kind: 'durations',
    default: '60s,10m,1h',
    doc: 'Back-off after network errors, any number of steps',
  },
  SYNC_WAIT: { kind: 'duration', default: '25s', doc: 'How long a sync request waits before it answers 202' },
  ALLOWED_INSTANCE_HOSTS: {
    kind: 'allowed-hosts',
    default: '',
    doc: 'Comma list of `host` or `host:port` that may be plain http or private; compared by name, never by resolving',
  },
  TRUST_PROXY: {
    kind: 'proxies',
    default: '',
    doc: "Comma list of addresses or CIDR ranges of the proxies before this service, such as `10.0.0.0/8,::1`: of `X-Forwarded-For` (else `Forwarded`) the rightmost address that is none of these counts as the caller's. Unset: the address of the socket",
  },
  PLACEHOLDER_EMAILS: {
    kind: 'placeholder-emails',
    default: '',
    doc: 'Comma list of e-mails that stand for _none_ and so tell nobody apart, beside the built-in ones (`noemail@…`, `none@…`, `unknown@…` …): an address, `name@`, `@host` or a bare name',
  },
  MAX_EVENT_BYTES: {
    kind: 'bytes',
    default: '262144',
    doc: 'Size of a change event at most; a larger one is a dead letter, over HTTP a rejection',
  },
  RETENTION_TIMELINE: {
    kind: 'period',
    default: '90d',
    doc: "How long records' timelines, the audit and full syncs that ended are kept",
  },
  RETENTION_DEAD_LETTERS: {
    kind: 'period',
    default: '14d',
    doc: 'How long dead letters are kept, and replays that ended',
  },
  LOG_LEVEL: {
    kind: 'log-level',
    default: 'info',
    doc: '`debug`, `info`, `warn`, `error` or `silent`',
  },
  SHUTDOWN_GRACE: {
    kind: 'duration',
    default: '15s',
    doc: 'How long a stop may take before the process ends anyway',
  },
  ZENA_CRM_URL: {
    kind: 'http-url',
    default: 'http://127.0.0.1:8080',
    doc: 'The running service that the command line talks to',
  },
  ZENA_CRM_TOKEN: { kind: 'secret-text', secret: true, doc: 'Access token of the command line' },
} as const satisfies Record<string, Setting>;

export type Settings = typeof SETTINGS;
export type SettingName = keyof Settings;

/** The table's names, in its order. */
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** The row of a setting, seen without its literal types. */
export function settingOf(name: SettingName): Setting {
  return SETTINGS[name];
}
