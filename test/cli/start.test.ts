import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runZenaCrm, type Running, startZenaCrm } from './run-zena-crm.ts';

describe('zena-crm start', () => {
  let env: Record<string, string>;
  const running: Running[] = [];
  beforeEach(async () => {
    const DATA_DIR = await mkdtemp(join(tmpdir(), 'zena-start-'));
    env = { DATA_DIR, PORT: '0', ENCRYPTION_KEY: 'ab'.repeat(32), JWT_SECRET: 'x'.repeat(40) };
  });
  afterEach(async () => {
    for (const { child, finished } of running.splice(0)) {
      child.kill('SIGKILL');
      await finished;
    }
    await rm(env['DATA_DIR'] ?? '', { recursive: true, force: true });
  });

  async function start() {
    const service = startZenaCrm(['start'], { env });
    running.push(service);
    const [url = ''] = await service.lines(1);
    return { ...service, url };
  }

  it('writes its address to stdout and its log to stderr, mode, store and feed first, and stops in order', async () => {
    const { child, finished, url } = await start();
    const status = await runZenaCrm(['status'], { env: { ZENA_CRM_URL: url } });
    expect(status).toMatchObject({ code: 0, stderr: '' });
    expect(status.stdout).toContain(`at ${url}: ready`);
    child.kill('SIGTERM');
    const { code, stdout, stderr } = await finished;
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${url}\n` });
    const lines = stderr.trim().split('\n');
    const [first] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(first).toMatchObject({ mode: 'embedded', store: expect.any(String), feed: expect.any(String) });
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
  });

  it('starts again right after it was killed, and not beside itself', async () => {
    const first = await start();
    const beside = await runZenaCrm(['start'], { env });
    expect(beside).toMatchObject({ code: 1, stdout: '' });
    expect(beside.stderr).toMatch(/^fault: .*store.*\. .*DATA_DIR/m);
    first.child.kill('SIGKILL');
    await first.finished;
    const { url } = await start();
    await expect(fetch(`${url}/readyz`)).resolves.toMatchObject({ status: 200 });
  });
});
