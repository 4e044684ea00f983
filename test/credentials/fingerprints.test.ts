import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type FingerprintKeyStore,
  openFingerprints,
  resealFingerprintKey,
} from '../../src/credentials/fingerprints.ts';
import type { SealedV2 } from '../../src/credentials/sealed-value.ts';
import type { Sealer } from '../../src/credentials/sealing.ts';
import { fingerprintsOf, ringOf, sealerOf, sealerWithout } from '../support/sealers.ts';

type MemoryStore = FingerprintKeyStore & { value: SealedV2 | null };

function memoryStore(): MemoryStore {
  const store: MemoryStore = {
    value: null,
    readFingerprintKey: () => Promise.resolve(store.value),
    writeFingerprintKeyIfAbsent: (sealed) => {
      store.value ??= sealed;
      return Promise.resolve(store.value);
    },
    replaceFingerprintKey: (sealed, former) => {
      if (store.value?.nonce !== former.nonce) return Promise.resolve(false);
      store.value = sealed;
      return Promise.resolve(true);
    },
  };
  return store;
}

async function open(sealer: Sealer, store: MemoryStore, replaceLost = false) {
  const opened = await openFingerprints(sealer, store, { replaceLost });
  return opened.ok ? opened.fingerprints : opened.code;
}

async function made(sealer: Sealer, store: MemoryStore) {
  const opened = await open(sealer, store);
  if (typeof opened === 'string') throw new Error(opened);
  return opened;
}

describe('a fingerprint', () => {
  it('is equal for equal secrets only, and only under one key', () => {
    const [one, other] = [fingerprintsOf('a'), fingerprintsOf('b')];
    const texts = fc.tuple(fc.string(), fc.string());
    fc.assert(
      fc.property(texts, ([a, b]) => {
        expect(one.of(a) === one.of(b)).toBe(a === b);
        expect(one.of(a)).not.toBe(other.of(a));
        expect(one.of(a)).toMatch(/^fp:[0-9a-f]{8}:[0-9a-f]{32}$/);
        expect([one.isOfAnotherKey(`x ${one.of(a)}`), one.isOfAnotherKey(`x ${other.of(a)}`)]).toEqual([
          false,
          true,
        ]);
      }),
    );
    expect(one.isOfAnotherKey('no fingerprint')).toBe(false);
  });
});

describe('the key of the fingerprints', () => {
  it('is made once, whoever starts at the same time', async () => {
    const store = memoryStore();
    const sealers = ['a', 'a', 'a'].map((label) => sealerOf(label as 'a'));
    const opened = await Promise.all(sealers.map((sealer) => made(sealer, store)));
    expect(new Set(opened.map(({ of }) => of('key'))).size).toBe(1);
  });

  it('stays through a change of the encryption key, in processes of both orders of the keys', async () => {
    const store = memoryStore();
    const before = (await made(sealerOf('old'), store)).of('key');
    expect((await made(sealerOf('old', 'new'), store)).of('key')).toBe(before);
    const both = sealerOf('new', 'old');
    expect((await made(both, store)).of('key')).toBe(before);
    const sealed = await resealFingerprintKey(both, store.value);
    if (!sealed.ok || store.value === null) throw new Error('not sealed anew');
    await store.replaceFingerprintKey(sealed.sealed, store.value);
    expect((await made(sealerOf('new'), store)).of('key')).toBe(before);
  });

  it('stops a start that lacks what it is sealed under, unless it is said to be lost', async () => {
    const store = memoryStore();
    const before = (await made(sealerOf('old'), store)).of('key');
    const stored = store.value;
    expect(await open(sealerOf('new'), store)).toBe('KEY_MISSING');
    expect(store.value).toBe(stored);
    const opened = await open(sealerOf('new'), store, true);
    if (typeof opened === 'string') throw new Error(opened);
    expect(opened.of('key')).not.toBe(before);
    expect(opened.isOfAnotherKey(`budget ${before}`)).toBe(true);
    expect((await made(sealerOf('new'), store)).of('key')).toBe(opened.of('key'));
  });

  it('stops a start where it was changed, or nobody can open it', async () => {
    const store = memoryStore();
    const away = sealerWithout(() => true, ringOf('a'));
    expect(await open(away, store)).toBe('KEYS_UNAVAILABLE');
    await made(sealerOf('a'), store);
    expect(await open(away, store)).toBe('KEYS_UNAVAILABLE');
    store.value = store.value && { ...store.value, data: 'AAAA' };
    expect(await open(sealerOf('a'), store, true)).toBe('FINGERPRINT_KEY_DAMAGED');
  });
});
