import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runZenaCrm, startZenaCrm } from '../cli/run-zena-crm.ts';
import { type Canary, findCanaries } from './canaries.ts';

const CANARIES: readonly Canary[] = [
  { name: 'API key', text: 'Cn4ry/crash+key"91c7\\aa' },
  { name: 'JWT secret', text: 'canary jwt secret of more than 32 bytes' },
  { name: 'encryption key', text: 'c0ffee15'.repeat(8) },
  { name: 'database password', text: 'cn4ry-mongo-password' },
  { name: 'broker password', text: 'cn4ry-kafka-password' },
  { name: 'registry password', text: 'cn4ry-registry-password' },
  { name: 'name', text: 'Wilhelmina Canarybird' },
  { name: 'email', text: 'wilhelmina@canarybird.example' },
];
const [
  KEY = '',
  JWT_SECRET = '',
  ENCRYPTION_KEY = '',
  MONGO = '',
  KAFKA = '',
  REGISTRY = '',
  NAME = '',
  EMAIL = '',
] = CANARIES.map(({ text }) => text);

/** Throws, when it is told to, an error such as HTTP and database clients throw. */
const BOMB = `
  process.on('SIGUSR2', () => {
    const headers = { authorization: ${JSON.stringify(`Bearer ${KEY}`)} };
    const body = ${JSON.stringify(JSON.stringify({ name: NAME, email: EMAIL }))};
    const error = new Error('could not send ' + body + ' with ' + headers.authorization + '\\n    at ${NAME} (file:///x:1:1)');
    Object.assign(error, { code: ${JSON.stringify(EMAIL)}, config: { headers, body }, response: { headers, body } });
    error.cause = new Error(body + headers.authorization);
    CRASH
  });`;
const CRASHES = {
  'an exception': 'throw error;',
  'a rejection that nobody handles': 'void Promise.reject(error);',
  'something that is no error': 'throw { ...error, headers, body };',
  'a text': 'throw body + headers.authorization;',
};

let folder: string;
let env: Record<string, string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zena-crash-'));
  env = { PORT: '0', ENCRYPTION_KEY, JWT_SECRET, LOG_LEVEL: 'debug' };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const hits = ({ stdout, stderr }: { stdout: string; stderr: string }) =>
  findCanaries(CANARIES, [{ name: 'the output', bytes: Buffer.from(stdout + stderr) }]);

describe('a crash', () => {
  it.each(Object.entries(CRASHES))(
    'by %s says where, and neither with what nor about whom',
    async (_by, crash) => {
      const preload = `data:text/javascript,${encodeURIComponent(BOMB.replace('CRASH', crash))}`;
      const { child, finished, lines } = startZenaCrm(['start'], {
        env: { ...env, DATA_DIR: join(folder, crash.slice(0, 9).replace(/\W/g, '')) },
        nodeOptions: ['--import', preload],
      });
      await lines(1);
      child.kill('SIGUSR2');
      const ended = await finished;
      expect(ended).toMatchObject({ code: 1, signal: null });
      expect(ended.stderr).toContain('process.crashed');
      expect(hits(ended)).toEqual([]);
      for (const line of ended.stderr.trim().split('\n'))
        expect(() => JSON.parse(line) as unknown).not.toThrow();
    },
  );
});

describe('a start that fails', () => {
  it('repeats no password of the servers that it can not reach', async () => {
    const ended = await runZenaCrm(['start'], {
      env: {
        ...env,
        MODE: 'servers',
        DATA_DIR: join(folder, 'servers'),
        MONGODB_URL: `mongodb://user:${MONGO}@127.0.0.1:1/zena_crm?serverSelectionTimeoutMS=500`,
        KAFKA_BROKERS: '127.0.0.1:1',
        KAFKA_SASL_MECHANISM: 'plain',
        KAFKA_SASL_USERNAME: 'user',
        KAFKA_SASL_PASSWORD: KAFKA,
        SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1',
        SCHEMA_REGISTRY_AUTH: `user:${REGISTRY}`,
      },
    });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/fault: /);
    expect(hits(ended)).toEqual([]);
  });

  it.each([
    ['check', ['config', 'check']],
    ['doctor', ['doctor']],
    ['start', ['start']],
  ])('repeats no setting that is wrong: %s', async (_name, args) => {
    const ended = await runZenaCrm(args, {
      env: {
        PORT: '0',
        DATA_DIR: join(folder, 'wrong'),
        ENCRYPTION_KEY: `${ENCRYPTION_KEY}ff`,
        JWT_SECRET: KEY,
        MONGODB_URL: `mongo//user:${MONGO}@x`,
        KAFKA_BROKERS: `:${KAFKA}@`,
        SCHEMA_REGISTRY_URL: `http//user:${REGISTRY}@x`,
        JWT_JWKS_URL: `https://user:${REGISTRY}@x/keys`,
        ENCRYPTION_KEYS_RETIRED: `${ENCRYPTION_KEY}0`,
      },
    });
    expect(ended.code).not.toBe(0);
    expect(hits(ended)).toEqual([]);
  });
});
