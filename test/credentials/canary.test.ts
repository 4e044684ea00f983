import { describe, expect, it } from '@jest/globals';
import { type CanaryStore, checkCanary, inspectCanary, sealCanary } from '../../src/credentials/canary.ts';
import type { SealedValue } from '../../src/credentials/sealed-value.ts';
import { ringOf, sealAsBefore, sealerOf, sealerWithout } from '../support/sealers.ts';

const NO_CONTEXT = { userId: '', provider: '', connectionId: '' };

function memoryStore(value: SealedValue | null = null): CanaryStore & { value: SealedValue | null } {
  const store = {
    value,
    readCanary: () => Promise.resolve(store.value),
    hasSealedCredentials: () => Promise.resolve(false),
    writeCanaryIfAbsent: (sealed: SealedValue) => {
      store.value ??= sealed;
      return Promise.resolve(store.value);
    },
  };
  return store;
}

describe('the canary', () => {
  it('is written on the first start and opened on every other', async () => {
    const store = memoryStore();
    const sealer = sealerOf('a');
    const { currentKeyId: keyId } = sealer.keys;
    expect(await checkCanary(sealer, store)).toEqual({ ok: true, keyId, written: true });
    expect(await checkCanary(sealer, store)).toEqual({ ok: true, keyId, written: false });
  });

  it('of a version before the data keys still tells a right key from a wrong one', async () => {
    const store = memoryStore(sealAsBefore('a', 'canary/v1', NO_CONTEXT, 'zena-crm-sync'));
    expect(await checkCanary(sealerOf('b', 'a'), store)).toMatchObject({ ok: true, written: false });
    expect(await checkCanary(sealerOf('b'), store)).toEqual({ ok: false, code: 'WRONG_KEY' });
  });

  it('stops a start with a wrong key and changes nothing', async () => {
    const store = memoryStore();
    await checkCanary(sealerOf('a'), store);
    const before = structuredClone(store.value);
    expect(await checkCanary(sealerOf('b'), store)).toEqual({ ok: false, code: 'WRONG_KEY' });
    expect(store.value).toEqual(before);
  });

  it('stops the worker whose key came second when two start at once with different keys', async () => {
    const store = memoryStore();
    const results = await Promise.all([checkCanary(sealerOf('a'), store), checkCanary(sealerOf('b'), store)]);
    expect(results.map((result) => (result.ok ? 'ok' : result.code))).toEqual(['ok', 'WRONG_KEY']);
  });

  it('tells a damaged canary from a wrong key', async () => {
    const store = memoryStore();
    await checkCanary(sealerOf('a'), store);
    store.value = store.value && { ...store.value, data: 'AAAA' };
    expect(await checkCanary(sealerOf('a'), store)).toEqual({ ok: false, code: 'CANARY_DAMAGED' });
  });

  it('passes through a rotation to the day the old key is dropped', async () => {
    const store = memoryStore();
    await checkCanary(sealerOf('old'), store);
    const both = sealerOf('new', 'old');
    const oldId = sealerOf('old').keys.currentKeyId;
    expect(await checkCanary(both, store)).toMatchObject({ ok: true, keyId: oldId });
    const made = await sealCanary(both);
    store.value = made.ok ? made.sealed : null;
    expect(await inspectCanary(sealerOf('new'), store)).toEqual({
      state: 'opened',
      keyId: both.keys.currentKeyId,
    });
    expect(await inspectCanary(sealerOf('old'), store)).toEqual({ state: 'wrong_key' });
  });

  it('is not made up where credentials are sealed already', async () => {
    const store = { ...memoryStore(), hasSealedCredentials: () => Promise.resolve(true) };
    expect(await checkCanary(sealerOf('a'), store)).toEqual({ ok: false, code: 'CANARY_MISSING' });
    expect(store.value).toBeNull();
  });

  it('takes a store that fails for a failure, never for an absent canary', async () => {
    const store = { ...memoryStore(), readCanary: () => Promise.reject(new RangeError('store away')) };
    await expect(checkCanary(sealerOf('a'), store)).rejects.toThrow('store away');
    expect(store.value).toBeNull();
  });

  it('takes a key service that is away neither for a wrong key nor for a right one, and writes nothing', async () => {
    const away = sealerWithout(() => true, ringOf('a'));
    const store = memoryStore();
    expect(await checkCanary(away, store)).toEqual({ ok: false, code: 'KEYS_UNAVAILABLE' });
    expect(store.value).toBeNull();
    await checkCanary(sealerOf('a'), store);
    expect(await checkCanary(away, store)).toEqual({ ok: false, code: 'KEYS_UNAVAILABLE' });
  });
});
