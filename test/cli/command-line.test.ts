import { describe, expect, it } from '@jest/globals';
import { runOnTerminal } from './run-program.ts';
import { runZenaCrm } from './run-zena-crm.ts';

describe('the command line', () => {
  it('lists its commands and exit codes on stdout', async () => {
    const { code, stdout, stderr } = await runZenaCrm(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const name of ['start', 'demo', 'sandbox', 'token', 'doctor', 'status', 'sync', 'import']) {
      expect(stdout).toContain(`\n  ${name} `);
    }
    expect(stdout).toContain('4 service unreachable');
  });

  it('tells its version', async () => {
    const { code, stdout } = await runOnTerminal(['--version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    { args: ['nonsense'], says: "unknown command 'nonsense'" },
    { args: ['sync'], says: "missing required argument 'provider'" },
    { args: ['status', '--output', 'xml'], says: 'Allowed choices are text, json, ndjson' },
    { args: ['start', '--role', 'king'], says: 'Allowed choices are all, worker, api' },
    { args: ['runs', '--limit', '0'], says: 'A whole number from 1 on' },
    { args: ['token', '--user', 'two words'], says: '1 to 256 printable ASCII characters' },
    { args: ['token', '--user', 'u', '--scopes', 'all'], says: 'Known ones are ops' },
    { args: ['token', '--user', 'u', '--ttl', 'soon'], says: 'A duration from 1s on' },
    { args: ['topics', 'create', '--replication-factor', '0'], says: "-1 for the brokers' default" },
    { args: ['sandbox', '--port', '70000'], says: 'A port is a whole number from 0 to 65535' },
  ])('takes $args for a mistake in usage: exit code 2, nothing on stdout', async ({ args, says }) => {
    const { code, stdout, stderr } = await runOnTerminal(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
  });

  it('reports every fault of the configuration at once, with remedies, and never a secret', async () => {
    const env = { PORT: 'http', SYNC_WAIT: 'long', JWT_SECRET: 'hunter2', MONGO_URL: 'mongodb://u:pw@h/d' };
    for (const args of [['start'], ['config', 'check']]) {
      const { code, stdout, stderr } = await runOnTerminal(args, { env });
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      for (const name of ['ENCRYPTION_KEY', 'JWT_SECRET', 'PORT', 'SYNC_WAIT']) {
        expect(stderr).toMatch(new RegExp(`^fault: ${name} .+\\. .+`, 'm'));
      }
      expect(stderr).toContain('did you mean MONGODB_URL?');
      expect(stderr).not.toMatch(/hunter2|pw@/);
    }
  });

  it('gives the same faults to programs, as JSON on stdout', async () => {
    const { code, stdout, stderr } = await runOnTerminal(['config', 'check', '--output', 'json']);
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      faults: [{ name: 'ENCRYPTION_KEY', code: 'REQUIRED' }, { name: 'JWT_SECRET' }],
    });
  });

  it('shows a valid configuration with its secrets masked', async () => {
    const env = { ENCRYPTION_KEY: 'ab'.repeat(32), JWT_SECRET: 'x'.repeat(40) };
    const { code, stdout } = await runOnTerminal(['config', 'check'], { env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^JWT_SECRET +\[secret\]/m);
    expect(stdout).not.toMatch(/abab|xxxx/);
  });

  it.each([
    { args: ['topics', 'create'], name: 'KAFKA_BROKERS' },
    { args: ['topics', 'check'], name: 'KAFKA_BROKERS' },
    { args: ['schemas', 'register'], name: 'SCHEMA_REGISTRY_URL' },
    { args: ['schemas', 'check'], name: 'SCHEMA_REGISTRY_URL' },
    { args: ['token', '--user', 'u'], name: 'JWT_SECRET' },
  ])('$args asks for $name alone', async ({ args, name }) => {
    const { code, stdout, stderr } = await runOnTerminal(args);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain(`error: ${name} is missing\n`);
  });

  it('says that a registry can not be reached: exit code 4', async () => {
    const env = { SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' };
    // In a process of its own: here, what fetch throws is no Error of the test's realm.
    const { code, stderr } = await runZenaCrm(['schemas', 'check'], { env });
    expect(code).toBe(4);
    expect(stderr).toMatch(/registry can't be reached: ECONNREFUSED/);
  });

  it('looks at everything a start depends on, and answers 6 where something is wrong', async () => {
    const env = {
      ALLOWED_INSTANCE_HOSTS: 'localhost',
      DATA_DIR: '/dev/null/data',
      ZENA_CRM_URL: 'http://127.0.0.1:1',
    };
    const { code, stdout } = await runOnTerminal(['doctor', '--output', 'ndjson'], { env });
    expect(code).toBe(6);
    const results = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { check: string; status: string });
    expect(results.map(({ check, status }) => `${check}: ${status}`)).toEqual([
      'node: ok',
      'config: problem',
      'config: problem',
      'store: problem',
      'feed: ok',
      'registry: skipped',
      'crm guard: caution',
      'service: problem',
    ]);
  });
});
