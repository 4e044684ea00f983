import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { runZenaCrm, type Running, startZenaCrm } from './run-zena-crm.ts';

const moduleOf = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

/** What an old Node has of `node:module`. */
const OLD_MODULE = moduleOf(`
  const { enableCompileCache, registerHooks, ...old } = process.getBuiltinModule('node:module');
  export const { createRequire } = old;
  export default old;`);

/** Makes the first process, and only that, believe that it is an old Node. */
const PRETEND = moduleOf(`
  import { registerHooks } from 'node:module';
  if (!process.env.PRETENDED) {
    process.env.PRETENDED = '1';
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === 'node:module' ? { url: ${JSON.stringify(OLD_MODULE)}, shortCircuit: true } : next(specifier, context),
    });
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } });
    process.execve = undefined;
  }`);
const OLD_NODE = ['--import', PRETEND];

describe('the launcher on an old Node', () => {
  let running: Running | undefined;
  afterEach(() => {
    running?.child.kill('SIGKILL');
  });

  const startSandbox = async () => {
    running = startZenaCrm(['sandbox', '--port', '0'], { nodeOptions: OLD_NODE });
    const [url = ''] = await running.lines(1);
    return { running, url };
  };

  it("runs the program on the project's own Node, output and exit code included", async () => {
    const { code, stdout } = await runZenaCrm(['--version'], { nodeOptions: OLD_NODE });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    await expect(runZenaCrm(['nonsense'], { nodeOptions: OLD_NODE })).resolves.toMatchObject({ code: 2 });
  });

  it('hands a stop signal on, and ends when the program has stopped in order', async () => {
    const { running: sandbox, url } = await startSandbox();
    await expect(fetch(url)).resolves.toMatchObject({ status: 401 });
    sandbox.child.kill('SIGTERM');
    await expect(sandbox.finished).resolves.toMatchObject({ code: 0, signal: null });
    await expect(fetch(url)).rejects.toThrow();
  });

  it('leaves nothing behind when it is killed', async () => {
    const { running: sandbox, url } = await startSandbox();
    sandbox.child.kill('SIGKILL');
    // The output closes only once the program itself is gone too.
    await expect(sandbox.finished).resolves.toMatchObject({ signal: 'SIGKILL' });
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe('how the program is started', () => {
  it('has the same flags of Node by its own name and by npm', () => {
    const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    const [first = ''] = read('bin/zena-crm.js').split('\n', 1);
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };
    expect(`#!/usr/bin/env -S ${scripts['start']}`).toBe(`${first} bin/zena-crm.js start`);
  });
});

describe('warnings of Node', () => {
  it("are printed, but for those of kafkajs' timer and of features used on purpose", async () => {
    const warn = (name: string, message: string, file: string): string =>
      `process.emit('warning', Object.assign(new Error('${message}'), { name: '${name}', stack: '${message} at ${file}' }));`;
    // Once the launcher listens to them.
    const warnings = moduleOf(`process.once('newListener', () => queueMicrotask(() => {
      ${warn('TimeoutNegativeWarning', 'theirs', 'node_modules/kafkajs/src/network/requestQueue/index.js')}
      ${warn('TimeoutNegativeWarning', 'ours', 'src/runtime/clock.ts')}
      ${warn('ExperimentalWarning', 'on purpose', 'src/cli/main.ts')}
    }));`);
    const { stderr } = await runZenaCrm(['--version'], { nodeOptions: ['--import', warnings] });
    expect(stderr).toContain('ours');
    expect(stderr).not.toMatch(/theirs|on purpose/);
  });
});

describe('zena-crm sandbox', () => {
  it('obeys settings of its own, options before them, and not the service’s PORT and HOST', async () => {
    const own = { SANDBOX_PORT: '0', SANDBOX_HOST: '127.0.0.1', SANDBOX_API_KEY: 'from-env' };
    const env = { ...own, PORT: 'no port', HOST: 'no.host.example' };
    const sandbox = startZenaCrm(['sandbox'], { env });
    const [url = ''] = await sandbox.lines(1);
    const headers = { authorization: 'Bearer from-env' };
    await expect(fetch(`${url}/api/v1/auth/verify`, { headers })).resolves.toMatchObject({ ok: true });
    const taken = await runZenaCrm(['sandbox', '--port', new URL(url).port], { env });
    expect(taken).toMatchObject({ code: 1, stdout: '' });
    expect(taken.stderr).toContain('EADDRINUSE');
    sandbox.child.kill('SIGINT');
    await expect(sandbox.finished).resolves.toMatchObject({ code: 0 });
  });

  it('says in one line of JSON all that a client and a service need', async () => {
    const args = ['sandbox', 'mri_vault', '--port', '0', '--output', 'json', '--rate-limits'];
    const sandbox = startZenaCrm([...args, '--api-key', 'a-long-key']);
    const [line = ''] = await sandbox.lines(1);
    const told = JSON.parse(line) as { url: string; credentials: { instanceUrl: string } };
    const { origin, host } = new URL(told.url);
    expect(told).toEqual({
      provider: 'mri_vault',
      url: `${origin}/api/v1`,
      credentials: { apiKey: 'a-long-key', instanceUrl: origin },
      env: { ALLOWED_INSTANCE_HOSTS: host },
    });
    const headers = { authorization: 'Bearer a-long-key' };
    await expect(fetch(`${told.url}/contacts/search?email=a`, { headers })).resolves.toMatchObject({
      ok: true,
    });
    const settings = await fetch(`${origin}/_sandbox/settings`);
    expect(await settings.json()).toMatchObject({ rateLimit: { requestsPerSecond: 50 } });
    sandbox.child.kill('SIGINT');
    await expect(sandbox.finished).resolves.toMatchObject({ code: 0 });
  });

  it('names those that there are where one is asked for that is not', async () => {
    const asked = await runZenaCrm(['sandbox', 'pipedrive']);
    expect(asked).toMatchObject({ code: 2, stdout: '' });
    expect(asked.stderr).toContain('There are: mri_vault');
  });
});
