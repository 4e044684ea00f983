import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { secret } from '../../src/config/secret.ts';
import {
  type CanaryReplacer,
  type CanaryStore,
  checkCanary,
  inspectCanary,
  resealCanary,
} from '../../src/credentials/canary.ts';
import { createKeyRing, type KeyRing } from '../../src/credentials/key-ring.ts';
import type { SealedValue } from '../../src/credentials/sealed-value.ts';

function ringOf(...labels: [string, ...string[]]): KeyRing {
  const [current, ...retired] = labels.map((label) =>
    secret(new Uint8Array(createHash('sha256').update(label).digest())),
  );
  const result = current && createKeyRing({ current, retired });
  if (!result?.ok) throw new TypeError('no ring');
  return result.ring;
}

function memoryStore(): CanaryStore & CanaryReplacer & { value: SealedValue | null } {
  const store = {
    value: null as SealedValue | null,
    readCanary: () => Promise.resolve(store.value),
    hasSealedCredentials: () => Promise.resolve(false),
    writeCanaryIfAbsent: (sealed: SealedValue) => {
      store.value ??= sealed;
      return Promise.resolve();
    },
    replaceCanary: (sealed: SealedValue) => {
      store.value = sealed;
      return Promise.resolve();
    },
  };
  return store;
}

describe('the canary', () => {
  it('is written at the first start and opened at the next', async () => {
    const store = memoryStore();
    const ring = ringOf('a');
    expect(await checkCanary(ring, store)).toEqual({ ok: true, keyId: ring.currentId, written: true });
    expect(await checkCanary(ring, store)).toEqual({ ok: true, keyId: ring.currentId, written: false });
  });

  it('stops a start with a wrong key and changes nothing', async () => {
    const store = memoryStore();
    await checkCanary(ringOf('a'), store);
    const before = structuredClone(store.value);
    expect(await checkCanary(ringOf('b'), store)).toEqual({ ok: false, code: 'WRONG_KEY' });
    expect(store.value).toEqual(before);
  });

  it('stops the worker whose key came second when two start at once with different keys', async () => {
    const store = memoryStore();
    const results = await Promise.all([checkCanary(ringOf('a'), store), checkCanary(ringOf('b'), store)]);
    expect(results.map((result) => (result.ok ? 'ok' : result.code))).toEqual(['ok', 'WRONG_KEY']);
  });

  it('tells a damaged canary from a wrong key', async () => {
    const store = memoryStore();
    await checkCanary(ringOf('a'), store);
    store.value = store.value && { ...store.value, data: 'AAAA' };
    expect(await checkCanary(ringOf('a'), store)).toEqual({ ok: false, code: 'CANARY_DAMAGED' });
  });

  it('passes through a rotation to the day the old key is dropped', async () => {
    const store = memoryStore();
    await checkCanary(ringOf('old'), store);
    const both = ringOf('new', 'old');
    expect(await checkCanary(both, store)).toMatchObject({ ok: true, keyId: ringOf('old').currentId });
    await resealCanary(both, store);
    expect(await inspectCanary(ringOf('new'), store)).toEqual({ state: 'opened', keyId: both.currentId });
    expect(await inspectCanary(ringOf('old'), store)).toEqual({ state: 'wrong_key' });
  });

  it('is not made up where credentials are sealed already', async () => {
    const store = { ...memoryStore(), hasSealedCredentials: () => Promise.resolve(true) };
    expect(await checkCanary(ringOf('a'), store)).toEqual({ ok: false, code: 'CANARY_MISSING' });
    expect(store.value).toBeNull();
  });

  it('takes a store that fails for a failure, never for an absent canary', async () => {
    const store = { ...memoryStore(), readCanary: () => Promise.reject(new RangeError('store away')) };
    await expect(checkCanary(ringOf('a'), store)).rejects.toThrow('store away');
    expect(store.value).toBeNull();
  });
});
