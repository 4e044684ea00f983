import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHealth } from '../../../src/http/base/health.ts';
import { buildMetricsListener } from '../../../src/http/metrics-listener.ts';
import { systemRandom } from '../../../src/runtime/random.ts';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { type ApiHarness, startApi } from '../api-harness.ts';

let api: ApiHarness;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dashboard-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'secret.txt'), 'not for you');
  api = await startApi({ dashboardDir: folder });
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

describe('the probes', () => {
  it('need nobody and say when a restart helps', async () => {
    expect((await api.call('GET', '/livez', { as: null })).json).toEqual({ status: 'live' });
    api.health.live = false;
    const stuck = await api.call('GET', '/livez', { as: null });
    api.health.live = true;
    expect(stuck.status).toBe(503);
    expect(stuck.json).toMatchObject({ code: 'NOT_READY', reason: 'feed_silent' });
  });

  it('say what is missing to be ready', async () => {
    expect((await api.call('GET', '/readyz', { as: null })).status).toBe(200);
    for (const reason of ['store_unreachable', 'feed_not_ready'] as const) {
      api.health.reason = reason;
      const answer = await api.call('GET', '/readyz', { as: null });
      expect(answer.status).toBe(503);
      expect(answer.json).toMatchObject({ code: 'NOT_READY', reason });
    }
    api.health.reason = null;
  });

  it('tell the version', async () => {
    expect((await api.call('GET', '/version', { as: null })).json).toEqual({
      name: 'zena-crm-sync',
      version: '1.2.3',
      mode: 'embedded',
      store: 'sqlite',
      feed: 'embedded',
    });
  });
});

describe('health', () => {
  const ready = { ready: true, lastPollAt: 0, stalled: null };

  it('is live while the feed is polled, not begun, or held up by something else', () => {
    const clock = createVirtualClock(1_000_000);
    const live = (feed: object | null) =>
      createHealth({
        ping: () => Promise.resolve(),
        feed: feed === null ? null : () => ({ ...ready, ...feed }),
        clock,
      }).live();
    expect(live({ lastPollAt: 950_000 })).toBe(true);
    expect(live({ lastPollAt: null })).toBe(true);
    expect(live({ lastPollAt: 100_000, stalled: 'STORE_UNAVAILABLE' })).toBe(true);
    expect(live(null)).toBe(true);
    expect(live({ lastPollAt: 100_000 })).toBe(false);
  });

  it('is ready when the store answers in time and the feed is joined', async () => {
    const clock = createVirtualClock();
    const health = (ping: () => Promise<void>, isReady: boolean) =>
      createHealth({ ping, feed: () => ({ ...ready, ready: isReady }), clock });
    expect(await health(() => Promise.resolve(), true).notReady()).toBeNull();
    expect(await health(() => Promise.resolve(), false).notReady()).toBe('feed_not_ready');
    expect(await health(() => Promise.reject(new Error('away')), true).notReady()).toBe('store_unreachable');
    const hanging = health(() => Promise.withResolvers<void>().promise, true).notReady();
    await clock.advance(2_000);
    expect(await hanging).toBe('store_unreachable');
    expect(clock.sleepers).toBe(0);
  });

  it('ask the store once for all who ask at the same time', async () => {
    let pings = 0;
    const store = Promise.withResolvers<void>();
    const ping = async () => {
      pings += 1;
      await store.promise;
    };
    const health = createHealth({ ping, feed: null, clock: createVirtualClock() });
    const asked = Promise.all(Array.from({ length: 1_000 }, () => health.notReady()));
    store.resolve();
    expect(new Set(await asked)).toEqual(new Set([null]));
    expect(pings).toBe(1);
    expect(await health.notReady()).toBeNull();
    expect(pings).toBe(2);
  });
});

describe('the metrics', () => {
  it('need their scope on the main port', async () => {
    expect((await api.call('GET', '/metrics', { as: null })).status).toBe(401);
    expect((await api.call('GET', '/metrics')).status).toBe(403);
    const answer = await api.call('GET', '/metrics', { scopes: ['metrics'] });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.text).toBe('crm_sync_up 1\n');
  });

  it('need nothing on a port of their own, where nothing else is', async () => {
    let fails = false;
    const render = () => (fails ? Promise.reject(new Error('inside')) : Promise.resolve('up 1\n'));
    const metrics = { render, contentType: 'text/plain; version=0.0.4' };
    const server = buildMetricsListener({ metrics, random: systemRandom });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const answer = await fetch(`${url}/metrics?x=1`);
      expect([answer.status, await answer.text()]).toEqual([200, 'up 1\n']);
      for (const path of ['/', '/livez', '/api/integrations/crm'])
        expect((await fetch(url + path)).status).toBe(404);
      const head = await fetch(`${url}/metrics`, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([
        200,
        metrics.contentType,
        '',
      ]);
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
        const refused = await fetch(`${url}/metrics`, { method });
        expect([method, refused.status, refused.headers.get('allow')]).toEqual([method, 405, 'GET, HEAD']);
        expect(await refused.json()).toMatchObject({ code: 'METHOD_NOT_ALLOWED', status: 405 });
        expect((await fetch(`${url}/livez`, { method })).status).toBe(404);
      }
      fails = true;
      const failed = await fetch(`${url}/metrics`);
      expect(failed.status).toBe(500);
      expect(await failed.text()).not.toContain('inside');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('the dashboard', () => {
  it('says how to build it while it is missing, and is there as soon as it is built', async () => {
    const missing = await api.call('GET', '/', { as: null });
    expect(missing.status).toBe(200);
    expect(missing.text).toContain('npm run build');
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>Dashboard</title>');
    const page = await api.call('GET', '/', { as: null });
    expect(page.text).toContain('<title>Dashboard</title>');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('cache-control')).toBe('no-cache');
  });

  it('has assets that never change under their name', async () => {
    await writeFile(join(folder, 'assets', 'index-abc123.js'), 'export {};');
    const script = await api.call('GET', '/assets/index-abc123.js', { as: null });
    expect(script.status).toBe(200);
    expect(script.headers.get('content-type')).toContain('javascript');
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  });

  it('gives out nothing beside its files', async () => {
    for (const path of [
      '/assets/..%2fsecret.txt',
      '/assets/%2e%2e/secret.txt',
      '/assets/none.js',
      '/secret.txt',
    ]) {
      const answer = await api.call('GET', path, { as: null });
      expect([400, 403, 404]).toContain(answer.status);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.text).not.toContain('not for you');
    }
  });
});
