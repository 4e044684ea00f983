import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import type { StartConfig } from '../../src/config/config.ts';
import { printConfig, printFaults } from '../../src/config/print-config.ts';
import { readConfig } from '../../src/config/read-config.ts';

const KEY = 'ab'.repeat(32);
const OTHER_KEY = 'cd'.repeat(32);
const JWT = 'a-secret-of-at-least-thirty-two-bytes';
const BASE = { ENCRYPTION_KEY: KEY, JWT_SECRET: JWT };

const noFiles = (path: string): string => {
  throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
};
const files =
  (content: Record<string, string>) =>
  (path: string): string =>
    content[path] ?? noFiles(path);

function start(env: NodeJS.ProcessEnv, readFile = noFiles) {
  return readConfig({ ...BASE, ...env }, { require: 'start', readFile });
}

function configOf(env: NodeJS.ProcessEnv, readFile = noFiles): StartConfig {
  const result = start(env, readFile);
  if (!result.ok) throw new TypeError(printFaults(result.faults, []));
  return result.config;
}

function faultsOf(env: NodeJS.ProcessEnv, readFile = noFiles): string[] {
  const result = start(env, readFile);
  return result.ok ? [] : result.faults.map(({ name, code }) => `${name} ${code}`);
}

describe('the configuration', () => {
  it('starts embedded with the documented defaults', () => {
    expect(configOf({})).toMatchObject({
      mode: 'embedded',
      kafka: null,
      schemaRegistry: null,
      mongodbUrl: null,
      http: { host: '127.0.0.1', port: 8080 },
      metrics: null,
      dataDir: './.data',
      retryDelaysMs: [60_000, 600_000, 3_600_000],
      syncWaitMs: 25_000,
      allowedInstanceHosts: [],
      placeholderEmails: [],
      maxEventBytes: 262_144,
      retention: { timelineMs: 90 * 86_400_000, deadLettersMs: 14 * 86_400_000 },
      logLevel: 'info',
      shutdownGraceMs: 15_000,
      topics: {
        contacts: 'zena.contact.changes',
        properties: 'zena.property.changes',
        deals: 'zena.deal.changes',
        deadLetters: 'zena.crm-sync.dead-letters',
        work: 'zena.crm-sync.work',
      },
    });
  });

  it('counts an empty variable as unset', () => {
    expect(configOf({ PORT: '', KAFKA_BROKERS: ' ', MONGODB_URL: '' })).toMatchObject({
      mode: 'embedded',
      http: { port: 8080 },
    });
  });

  it('is frozen all the way down', () => {
    const config = configOf({ KAFKA_BROKERS: 'a:1', MONGODB_URL: 'mongodb://h/db' });
    expect(
      [config, config.kafka, config.kafka?.brokers, config.http, config.settings[0]].every(Object.isFrozen),
    ).toBe(true);
  });

  it('reports every fault at once', () => {
    const env = {
      PORT: '80a',
      RETRY_DELAYS: '1s,soon',
      TOPIC_DEALS: 'a b',
      HOST: 'http://x',
      LOG_LEVEL: 'loud',
    };
    const result = readConfig(env, { require: 'start', readFile: noFiles });
    expect(result.ok ? [] : result.faults.map(({ name }) => name).toSorted()).toEqual([
      'ENCRYPTION_KEY',
      'HOST',
      'JWT_SECRET',
      'LOG_LEVEL',
      'PORT',
      'RETRY_DELAYS',
      'TOPIC_DEALS',
    ]);
    expect(result.ok ? [] : result.faults.filter(({ remedy }) => remedy === '')).toEqual([]);
  });
});

describe('the mode', () => {
  const both = {
    KAFKA_BROKERS: 'kafka-1:9092, [::1]:9093',
    MONGODB_URL: 'mongodb+srv://u:p@host/zena?w=majority',
  };

  it('is servers when both servers are named', () => {
    expect(configOf(both)).toMatchObject({
      mode: 'servers',
      kafka: { brokers: ['kafka-1:9092', '[::1]:9093'] },
    });
  });

  it('is a fault when only one is named', () => {
    expect(faultsOf({ KAFKA_BROKERS: 'a:1' })).toEqual(['MONGODB_URL REQUIRED']);
    expect(faultsOf({ MONGODB_URL: 'mongodb://h/db' })).toEqual(['KAFKA_BROKERS REQUIRED']);
  });

  it('refuses servers without both', () => {
    expect(faultsOf({ MODE: 'servers' })).toEqual(['KAFKA_BROKERS REQUIRED', 'MONGODB_URL REQUIRED']);
  });

  it('stays embedded when told so, and says what it ignores', () => {
    const result = start({ ...both, MODE: 'embedded' });
    expect(result.ok && result.config.mode).toBe('embedded');
    expect(result.warnings.map(({ name }) => name)).toEqual(['KAFKA_BROKERS', 'MONGODB_URL']);
  });

  it('lets a command that needs no service run with one server named', () => {
    const result = readConfig({ KAFKA_BROKERS: 'a:1' }, { require: 'none', readFile: noFiles });
    expect(result.ok && result.config.kafka?.brokers).toEqual(['a:1']);
  });
});

describe('keys and tokens', () => {
  it('needs a key and a way to verify tokens to start, and neither otherwise', () => {
    const missing = readConfig({}, { require: 'start', readFile: noFiles });
    expect(missing.ok ? [] : missing.faults.map(({ name, code }) => `${name} ${code}`)).toEqual([
      'ENCRYPTION_KEY REQUIRED',
      'JWT_SECRET REQUIRED',
    ]);
    expect(readConfig({}, { require: 'none', readFile: noFiles }).ok).toBe(true);
  });

  it('takes the key as hex digits or as base64, and nothing else', () => {
    const bytes = Buffer.from(KEY, 'hex');
    for (const text of [KEY.toUpperCase(), bytes.toString('base64'), bytes.toString('base64url')]) {
      expect(Buffer.from(configOf({ ENCRYPTION_KEY: text }).encryption.current.reveal())).toEqual(bytes);
    }
    for (const text of [
      'password',
      KEY.slice(2),
      `${KEY}00`,
      bytes.subarray(1).toString('base64'),
      'x'.repeat(32),
    ]) {
      expect(faultsOf({ ENCRYPTION_KEY: text })).toEqual(['ENCRYPTION_KEY INVALID']);
    }
  });

  it('refuses a key that stands twice', () => {
    expect(faultsOf({ ENCRYPTION_KEYS_RETIRED: KEY })).toEqual(['ENCRYPTION_KEYS_RETIRED CONFLICT']);
    expect(faultsOf({ ENCRYPTION_KEYS_RETIRED: `${OTHER_KEY},${OTHER_KEY}` })).toEqual([
      'ENCRYPTION_KEYS_RETIRED CONFLICT',
    ]);
    expect(configOf({ ENCRYPTION_KEYS_RETIRED: OTHER_KEY }).encryption.retired).toHaveLength(1);
  });

  it('refuses a short token secret, and two ways to verify', () => {
    expect(faultsOf({ JWT_SECRET: 'short' })).toEqual(['JWT_SECRET INVALID']);
    expect(faultsOf({ JWT_JWKS_URL: 'https://id.example/keys' })).toEqual(['JWT_SECRET CONFLICT']);
  });

  it('fetches keys over https, or over http from this machine only', () => {
    const jwks = (url: string) => faultsOf({ JWT_SECRET: '', JWT_JWKS_URL: url });
    expect(jwks('https://id.example/keys?v=1')).toEqual([]);
    expect(jwks('http://127.0.0.1:9000/keys')).toEqual([]);
    expect(jwks('http://id.example/keys')).toEqual(['JWT_JWKS_URL INVALID']);
    expect(jwks('https://u:p@id.example/keys')).toEqual(['JWT_JWKS_URL INVALID']);
  });

  it('reads a secret from a file, without its last newline', () => {
    const config = configOf(
      { JWT_SECRET: '', JWT_SECRET_FILE: '/run/jwt' },
      files({ '/run/jwt': `${JWT}\n` }),
    );
    expect(config.auth.kind === 'hmac' && config.auth.secret.reveal()).toBe(JWT);
  });

  it('refuses a secret given twice and a file that is not there', () => {
    expect(faultsOf({ JWT_SECRET_FILE: '/run/jwt' }, files({ '/run/jwt': JWT }))).toEqual([
      'JWT_SECRET CONFLICT',
    ]);
    expect(faultsOf({ JWT_SECRET: '', JWT_SECRET_FILE: '/nowhere' })).toEqual(['JWT_SECRET UNREADABLE_FILE']);
  });
});

describe('the servers', () => {
  const PEM = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n';
  const kafka = { KAFKA_BROKERS: 'a:1', MONGODB_URL: 'mongodb://h/db' };

  it('encrypts as soon as a certificate is given, by path or as text', () => {
    const ssl = configOf({ ...kafka, KAFKA_SSL_CA: '/ca.pem' }, files({ '/ca.pem': PEM })).kafka?.ssl;
    expect(ssl?.ca?.reveal().trim()).toBe(PEM.trim());
    expect(configOf({ ...kafka, KAFKA_SSL_CA: PEM }).kafka?.ssl?.ca?.reveal()).toBe(PEM);
    expect(configOf({ ...kafka, KAFKA_SSL: 'true' }).kafka?.ssl).toEqual({ ca: null, cert: null, key: null });
    expect(configOf(kafka).kafka?.ssl).toBeNull();
  });

  it('refuses half a certificate, half a login and a certificate without encryption', () => {
    expect(faultsOf({ ...kafka, KAFKA_SSL_CERT: PEM })).toEqual(['KAFKA_SSL_KEY REQUIRED']);
    expect(faultsOf({ ...kafka, KAFKA_SSL: 'false', KAFKA_SSL_CA: PEM })).toEqual(['KAFKA_SSL CONFLICT']);
    expect(faultsOf({ ...kafka, KAFKA_SASL_USERNAME: 'u' })).toEqual([
      'KAFKA_SASL_MECHANISM REQUIRED',
      'KAFKA_SASL_PASSWORD REQUIRED',
    ]);
  });

  it('logs in with the mechanism in any case', () => {
    const sasl = {
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-256',
      KAFKA_SASL_USERNAME: 'u',
      KAFKA_SASL_PASSWORD: 'p',
    };
    expect(configOf({ ...kafka, ...sasl }).kafka?.sasl).toMatchObject({
      mechanism: 'scram-sha-256',
      username: 'u',
    });
  });

  it.each([
    ['KAFKA_BROKERS', 'kafka'],
    ['KAFKA_BROKERS', 'PLAINTEXT://kafka:9092'],
    ['KAFKA_BROKERS', 'kafka:0'],
    ['MONGODB_URL', 'mongodb://host:27017'],
    ['MONGODB_URL', 'postgres://host/db'],
    ['SCHEMA_REGISTRY_URL', 'http://u:p@registry/'],
    ['SCHEMA_REGISTRY_URL', 'registry:8081'],
    ['SCHEMA_REGISTRY_AUTH', 'nopassword'],
    ['PORT', '65536'],
    ['METRICS_PORT', '-1'],
    ['HOST', '127.0.0.256'],
    ['ALLOWED_INSTANCE_HOSTS', 'http://x'],
    ['ALLOWED_INSTANCE_HOSTS', '*.example'],
    ['PLACEHOLDER_EMAILS', 'two words@x.com'],
    ['PLACEHOLDER_EMAILS', 'a@b@c'],
    ['PLACEHOLDER_EMAILS', '*'],
    ['PLACEHOLDER_EMAILS', 'ok@,@'],
    ['RETENTION_TIMELINE', '0d'],
    ['RETRY_DELAYS', ','],
    ['TOPIC_WORK', '..'],
    ['KAFKA_CLIENT', 'other'],
    ['SYNC_WAIT', '25'],
  ])('refuses %s=%s', (name, value) => {
    expect(faultsOf({ ...kafka, [name]: value })).toEqual([`${name} INVALID`]);
  });

  it('takes e-mails that are no key in each of their forms', () => {
    const PLACEHOLDER_EMAILS = 'Office@Agency.test, ask@, dont@*, @nomail.test,*@none.test, nobody';
    expect(configOf({ PLACEHOLDER_EMAILS }).placeholderEmails).toEqual([
      'office@agency.test',
      'ask@',
      'dont@',
      '@nomail.test',
      '@none.test',
      'nobody',
    ]);
  });

  it('keeps the path of the registry', () => {
    const config = configOf({
      SCHEMA_REGISTRY_URL: 'http://r:8080/apis/ccompat/v7/',
      SCHEMA_REGISTRY_AUTH: 'u:p',
    });
    expect(config.schemaRegistry?.url).toBe('http://r:8080/apis/ccompat/v7');
    expect(config.schemaRegistry?.auth?.reveal()).toBe('u:p');
  });

  it('refuses two streams on one topic and two listeners on one port', () => {
    expect(faultsOf({ TOPIC_WORK: 'zena.deal.changes' })).toEqual(['TOPIC_WORK CONFLICT']);
    expect(faultsOf({ METRICS_PORT: '8080' })).toEqual(['METRICS_PORT CONFLICT']);
    expect(configOf({ METRICS_PORT: '9100' }).metrics).toEqual({ host: '127.0.0.1', port: 9100 });
  });
});

describe('secrets', () => {
  it('never show, in faults, in warnings, in print, in JSON or in an inspection', () => {
    const canary = 'CANARY-5up3r';
    const envs = [
      { ENCRYPTION_KEY: canary, ENCRYPTION_KEYS_RETIRED: canary, JWT_SECRET: canary, MONGODB_URL: canary },
      { MONGODB_URL: `mongodb://u:${canary}@h/db`, KAFKA_BROKERS: canary, SCHEMA_REGISTRY_AUTH: canary },
      {
        SCHEMA_REGISTRY_URL: `http://u:${canary}@h`,
        JWT_JWKS_URL: `https://u:${canary}@h`,
        KAFKA_SSL_KEY: canary,
      },
      {
        JWT_SECRET: '',
        JWT_SECRET_FILE: canary,
        JWT_SECERT: canary,
        ALLOWED_INSTANCE_HOSTS: `u:${canary}@h`,
      },
      { MONGODB_URL: `mongodb://u:${canary}@h/db`, KAFKA_BROKERS: 'a:1', JWT_SECRET: canary.repeat(4) },
      { KAFKA_SASL_PASSWORD: canary, SCHEMA_REGISTRY_AUTH: `u:${canary}`, ZENA_CRM_TOKEN: canary },
    ];
    for (const env of envs) {
      const result = start(env);
      const printed = result.ok ? printConfig(result.config) : printFaults(result.faults, result.warnings);
      for (const text of [JSON.stringify(result), inspect(result, { depth: 9, showHidden: true }), printed]) {
        expect(text).not.toContain(canary);
      }
    }
  });
});
