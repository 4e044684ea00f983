import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { displayWidth } from '../../src/terminal/display-width.ts';
import { runZenaCrm, type Running, startZenaCrm } from '../cli/run-zena-crm.ts';

describe('zena-crm demo', () => {
  let folder: string;
  let running: Running | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zena-demo-'));
  });
  afterEach(async () => {
    running?.child.kill('SIGKILL');
    await running?.finished;
    running = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  it('brings an office into the CRM, each record once and equal, and stops by itself', async () => {
    const { code, stdout, stderr } = await runZenaCrm(['demo', '--exit', '--port', '0'], { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ {2}http:\/\/127\.0\.0\.1:\d+\/#code=[\w-]{43}$/m);
    expect(stdout).toContain('0 created, 0 updated, 0 deleted');
    expect(stdout).toContain('The CRM equals Zena');
    const [, inZena, inCrm, equal, refused] =
      /^ {2}contacts +(\d+) +(\d+) +(\d+) {3}(\d) refused by the CRM$/m.exec(stdout) ?? [];
    expect(Number(inZena)).toBeGreaterThanOrEqual(39);
    expect([Number(inCrm) + 1, equal, refused]).toEqual([Number(inZena), inCrm, '1']);
    expect(stdout).toMatch(/^ {2}properties +15 +15 +15$/m);
    expect(stdout).toMatch(/^ {2}deals +12 +12 +12$/m);
    expect(stdout).toMatch(/^ {2}duplicates +0$/m);
    expect(stdout).toMatch(/^ {2}latency +median .+, p95 .+ \(\d+ live deliveries\)$/m);
    for (const line of stdout.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(80);
    // No colours without a terminal, and no log lines between.
    expect(stdout).not.toContain('\u001b');
    expect(stdout).not.toContain('{"level"');
    const log = await readFile(join(folder, '.data', 'demo', 'service.log'), 'utf8');
    expect(log).toContain('service.ready');
    expect(log).not.toMatch(/"level":"error"/);
  }, 90_000);

  it('serves live changes until it is interrupted, then sums up and stops in order', async () => {
    running = startZenaCrm(['demo', '--port', '0'], { cwd: folder });
    const { child, finished } = running;
    const text = await new Promise<string>((resolve) => {
      let heard = '';
      child.stdout.on('data', (piece: string) => {
        heard += piece;
        if (/Serving until Ctrl-C[^]*\d\d:\d\d:\d\d {2}/.test(heard)) resolve(heard);
      });
      void finished.then(({ stdout, stderr }) => {
        resolve(stdout + stderr);
      });
    });
    const service = /http:\/\/127\.0\.0\.1:\d+(?=\/#code=)/.exec(text)?.[0] ?? '';
    const code = [...text.matchAll(/#code=([\w-]{43})/g)].at(-1)?.[1];
    await expect(fetch(`${service}/readyz`)).resolves.toMatchObject({ status: 200 });
    const session = await fetch(`${service}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    });
    expect(session.status).toBe(201);
    child.kill('SIGINT');
    const { code: exitCode, stdout, stderr } = await finished;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('The CRM equals Zena')).toHaveLength(3);
    await expect(fetch(`${service}/readyz`)).rejects.toThrow();
  }, 90_000);
});
