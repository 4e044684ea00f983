import { expect, it } from '@jest/globals';
import type { SealedCredentials } from '../../../../src/domain/connection.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { connection } from '../../../support/builders.ts';

const sealed = (keyId: string): SealedCredentials => ({ v: 1, keyId, nonce: 'n', tag: 't', data: 'd' });

export function settingContract(store: () => StateStore): void {
  it('keeps the first canary', async () => {
    expect(await store().settings.readCanary()).toBeNull();
    expect(await store().settings.writeCanaryIfAbsent(sealed('k1'))).toEqual(sealed('k1'));
    expect(await store().settings.writeCanaryIfAbsent(sealed('k2'))).toEqual(sealed('k1'));
    expect(await store().settings.readCanary()).toEqual(sealed('k1'));
  });

  it('writes a canary over the one that is there, with its wrapped key', async () => {
    await store().settings.writeCanaryIfAbsent(sealed('k1'));
    const next = { ...sealed('k2'), v: 2, wrapped: 'w' };
    await store().settings.replaceCanary(next);
    expect(await store().settings.readCanary()).toEqual(next);
    expect(await store().settings.writeCanaryIfAbsent(sealed('k3'))).toEqual(next);
  });

  it('gives all who write a canary at once the same one', async () => {
    const kept = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        store().settings.writeCanaryIfAbsent(sealed(`k${String(index)}`)),
      ),
    );
    expect(new Set(kept.map((each) => each.keyId)).size).toBe(1);
  });

  it('keeps the first key of the fingerprints, and replaces it only as it was read', async () => {
    const { settings } = store();
    const first = { ...sealed('k1'), v: 2, wrapped: 'w', nonce: 'n1' };
    expect(await settings.readFingerprintKey()).toBeNull();
    expect(await settings.replaceFingerprintKey(first, first)).toBe(false);
    expect(await settings.writeFingerprintKeyIfAbsent(first)).toEqual(first);
    expect(await settings.writeFingerprintKeyIfAbsent(sealed('k2'))).toEqual(first);
    const next = { ...first, keyId: 'k2', nonce: 'n2' };
    expect(await settings.replaceFingerprintKey(next, { ...first, nonce: 'other' })).toBe(false);
    expect(await settings.replaceFingerprintKey(next, first)).toBe(true);
    expect(await settings.replaceFingerprintKey(first, first)).toBe(false);
    expect(await settings.readFingerprintKey()).toEqual(next);
    expect(await settings.readCanary()).toBeNull();
  });

  it('raises the epoch with each call, no two alike', async () => {
    const first = await store().settings.nextEpoch();
    expect(first).toBeGreaterThan(0);
    const epochs = await Promise.all(Array.from({ length: 10 }, () => store().settings.nextEpoch()));
    expect(new Set(epochs).size).toBe(10);
    expect(Math.min(...epochs)).toBeGreaterThan(first);
    expect(await store().settings.nextEpoch()).toBeGreaterThan(Math.max(...epochs));
  });

  it('knows whether any connection has sealed credentials', async () => {
    expect(await store().settings.hasSealedCredentials()).toBe(false);
    await store().connections.insert(connection());
    expect(await store().settings.hasSealedCredentials()).toBe(true);
    await store().connections.replace(connection({ status: 'disconnected', sealed: null, revision: 2 }), 1);
    expect(await store().settings.hasSealedCredentials()).toBe(false);
  });
}
