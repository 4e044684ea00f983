import type { KafkaConfig, SchemaRegistryConfig } from './config.ts';
import type { SettingReader } from './setting-reader.ts';

/** Reads the brokers' settings; null without `KAFKA_BROKERS`. Half a certificate or login is a fault. */
export function readKafkaConfig(settings: SettingReader): KafkaConfig | null {
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
export function readSchemaRegistryConfig(settings: SettingReader): SchemaRegistryConfig | null {
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
