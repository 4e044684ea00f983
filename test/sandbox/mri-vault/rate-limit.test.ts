import { afterEach, describe, expect, it } from '@jest/globals';
import { createVaultSandbox, type VaultInProcess } from '../../../src/sandbox/mri-vault/vault-sandbox.ts';
import type { RetryAfterStyle } from '../../../src/sandbox/kit/limits/rate-limit.ts';
import type { VaultRateLimit } from '../../../src/sandbox/mri-vault/vault-settings.ts';
import { call, type Answer } from '../vault-caller.ts';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.ts';

let sandbox: VaultInProcess;
afterEach(() => sandbox.close());

const time = createVirtualClock(Date.parse('2026-03-01T23:59:00.000Z'));

function limited(rateLimit: VaultRateLimit): void {
  sandbox = createVaultSandbox({ clock: time, rateLimit, apiKeys: ['sandbox-key', 'other'] });
}

const verify = (key = 'sandbox-key'): Promise<Answer> => call(sandbox, 'GET', '/auth/verify', { key });

async function statuses(count: number): Promise<number[]> {
  const found: number[] = [];
  for (let sent = 0; sent < count; sent += 1) found.push((await verify()).status);
  return found;
}

describe('the rate limit', () => {
  it('lets a burst through, then as many a second as it says', async () => {
    limited({ requestsPerSecond: 2, burst: 3 });
    expect(await statuses(5)).toEqual([200, 200, 200, 429, 429]);
    await time.advance(500);
    expect(await statuses(2)).toEqual([200, 429]);
    await time.advance(60_000);
    expect(await statuses(4)).toEqual([200, 200, 200, 429]);
    expect(sandbox.overLimit()).toBe(4);
  });

  it('is counted per key, and 429 does none of the work', async () => {
    limited({ requestsPerSecond: 1 });
    expect((await call(sandbox, 'POST', '/contacts', { body: {} })).status).toBe(201);
    expect((await call(sandbox, 'POST', '/contacts', { body: {} })).status).toBe(429);
    expect((await verify('other')).status).toBe(200);
    expect(sandbox.records('contacts')).toHaveLength(1);
  });

  it('allows a number a day, until midnight UTC', async () => {
    limited({ requestsPerSecond: 100, requestsPerDay: 2 });
    expect(await statuses(3)).toEqual([200, 200, 429]);
    const untilMidnight = 86_400_000 - (time.now() % 86_400_000);
    expect((await verify()).headers.get('retry-after')).toBe(String(Math.ceil(untilMidnight / 1000)));
    await time.advance(untilMidnight);
    expect(await statuses(1)).toEqual([200]);
  });

  it('counts requests that a fault answers too', async () => {
    limited({ requestsPerSecond: 1 });
    sandbox.misbehave({ fault: { kind: 'status', status: 503 } });
    expect(await statuses(2)).toEqual([503, 429]);
  });

  it('may be set and lifted while the sandbox runs', async () => {
    limited({ requestsPerSecond: 1 });
    expect(await statuses(2)).toEqual([200, 429]);
    sandbox.configure({ rateLimit: null });
    expect(await statuses(2)).toEqual([200, 200]);
  });
});

describe('Retry-After', () => {
  it.each<[RetryAfterStyle, (now: number) => string | null]>([
    ['seconds', () => '10'],
    ['date', (now) => new Date(now + 10_000).toUTCString()],
    ['absent', () => null],
    ['absurd', () => '315360000'],
    ['negative', () => '-5'],
  ])('can be given as %s', async (retryAfter, expected) => {
    limited({ requestsPerSecond: 0.1, retryAfter });
    await verify();
    expect((await verify()).headers.get('retry-after')).toBe(expected(time.now()));
  });
});
