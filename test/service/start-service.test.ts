import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readConfig } from '../../src/config/read-config.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { startService, type StartResult } from '../../src/service/start-service.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'zena-crm-start-'));
});
afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

const KEY = 'ab'.repeat(32);

async function start(env: Readonly<Record<string, string>> = {}): Promise<StartResult> {
  const read = readConfig(
    { ENCRYPTION_KEY: KEY, JWT_SECRET: 'x'.repeat(40), DATA_DIR: dataDir, PORT: '0', ...env },
    { require: 'start' },
  );
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const logger = createLogger({ level: 'silent', destination: { write: () => undefined } });
  return await startService(read.config, { role: 'all', logger, onFatal: () => undefined });
}

async function started(env: Readonly<Record<string, string>> = {}) {
  const result = await start(env);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.service;
}

const codesOf = (result: StartResult) => (result.ok ? [] : result.faults.map((fault) => fault.code));

describe('a start', () => {
  it('answers on its address, and not any more after a stop', async () => {
    const service = await started();
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
    await service.stop();
    await expect(fetch(`${service.url}/livez`)).rejects.toThrow();
  });

  it('is refused with a key that does not open what is stored, and changes nothing', async () => {
    await (await started()).stop();
    const refused = await start({ ENCRYPTION_KEY: 'cd'.repeat(32) });
    expect(refused).toMatchObject({ ok: false, exitCode: 3 });
    expect(codesOf(refused)).toEqual(['WRONG_KEY']);
    await (await started()).stop();
    await (await started({ ENCRYPTION_KEY: 'cd'.repeat(32), ENCRYPTION_KEYS_RETIRED: KEY })).stop();
  });

  it('is refused while another service holds the store, and goes well once that has stopped', async () => {
    const first = await started();
    const second = await start();
    expect(codesOf(second)).toEqual(['STORE_LOCKED']);
    await first.stop();
    await (await started()).stop();
  });

  it('is refused on a port that is taken, and leaves the store free', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    expect(codesOf(await start({ PORT: String(port) }))).toEqual(['EADDRINUSE']);
    await (await started()).stop();
    other.close();
  });

  it('serves the metrics on a port of their own, without a token, when told to', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const service = await started({ METRICS_PORT: String(port) });
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(text).toContain('crm_sync_due_links');
    await service.stop();
  });
});
