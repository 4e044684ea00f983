import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { secret } from '../../src/config/secret.ts';
import { createCredentialVault } from '../../src/credentials/credential-vault.ts';
import { createKeyRing, type KeyRing } from '../../src/credentials/key-ring.ts';
import type { SealedValue } from '../../src/credentials/sealed-value.ts';

const key = (label: string) => secret(new Uint8Array(createHash('sha256').update(label).digest()));

function ringOf(current: string, ...retired: string[]): KeyRing {
  const result = createKeyRing({ current: key(current), retired: retired.map(key) });
  if (!result.ok) throw new TypeError(result.code);
  return result.ring;
}

const vault = createCredentialVault(ringOf('one', 'older'));
const context = { userId: 'user-1', provider: 'mri_vault', connectionId: 'c-1' };
const credentials = fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));

function flipBit(text: string, bit: number): string {
  const bytes = Buffer.from(text, 'base64');
  const index = Math.floor(bit / 8) % bytes.length;
  bytes[index] = (bytes[index] ?? 0) ^ (1 << (bit % 8));
  return bytes.toString('base64');
}

describe('sealed credentials', () => {
  it('open to what was sealed, whatever the names and values', () => {
    fc.assert(
      fc.property(credentials, (given) => {
        const opened = vault.open(context, JSON.parse(JSON.stringify(vault.seal(context, given))));
        expect(opened.ok && Object.entries(opened.credentials)).toEqual(Object.entries(given));
      }),
    );
  });

  it('fail to open when any bit of nonce, tag or data is flipped', () => {
    const sealed = vault.seal(context, { apiKey: 'k-123', instanceUrl: 'https://crm.example' });
    fc.assert(
      fc.property(fc.constantFrom('nonce', 'tag', 'data'), fc.nat(4_096), (field, bit) => {
        const changed = { ...sealed, [field]: flipBit(sealed[field as 'nonce'], bit) };
        expect(vault.open(context, changed)).toEqual({ ok: false, code: 'TAMPERED' });
      }),
    );
  });

  it('fail to open in any other row, for any other user, provider or connection', () => {
    const part = fc.string({ unit: 'grapheme', maxLength: 8 });
    const contexts = fc.record({ userId: part, provider: part, connectionId: part });
    fc.assert(
      fc.property(contexts, contexts, (mine, other) => {
        fc.pre(JSON.stringify(mine) !== JSON.stringify(other));
        expect(vault.open(other, vault.seal(mine, { apiKey: 'k' }))).toEqual({ ok: false, code: 'TAMPERED' });
      }),
    );
  });

  it("don't let neighbouring parts of the context run together", () => {
    const sealed = vault.seal({ userId: 'ab', provider: 'c', connectionId: 'd' }, {});
    expect(vault.open({ userId: 'a', provider: 'bc', connectionId: 'd' }, sealed).ok).toBe(false);
  });

  it('fail to open under any other key id', () => {
    const ring = ringOf('one', 'older');
    const sealed = vault.seal(context, { apiKey: 'k' });
    expect(vault.open(context, { ...sealed, keyId: ring.ids[1] })).toEqual({ ok: false, code: 'TAMPERED' });
    expect(vault.open(context, { ...sealed, keyId: '0'.repeat(16) })).toEqual({
      ok: false,
      code: 'KEY_UNKNOWN',
    });
  });

  it('are refused with a tag of any other length than 16 bytes', () => {
    const sealed = vault.seal(context, { apiKey: 'k' });
    for (const length of [0, 4, 8, 12, 15]) {
      const tag = Buffer.from(sealed.tag, 'base64').subarray(0, length).toString('base64');
      expect(vault.open(context, { ...sealed, tag })).toEqual({ ok: false, code: 'MALFORMED' });
    }
  });

  it('are refused in any other form', () => {
    const sealed = vault.seal(context, { apiKey: 'k' });
    const others: unknown[] = [
      null,
      'x',
      7,
      [],
      {},
      { ...sealed, v: 2 },
      { ...sealed, data: 5 },
      { ...sealed, tag: null },
    ];
    others.push({ ...sealed, nonce: `${sealed.nonce}=` }, { ...sealed, data: `${sealed.data}\n` });
    for (const other of others) expect(vault.open(context, other)).toEqual({ ok: false, code: 'MALFORMED' });
  });

  it('never use a nonce twice', () => {
    const nonces = Array.from({ length: 2_000 }, () => vault.seal(context, { apiKey: 'same' }).nonce);
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  it('show nothing of their content', () => {
    const sealed: SealedValue = vault.seal(context, { apiKey: 'CANARY-apikey' });
    const bytes = Object.values(sealed).map((part) => Buffer.from(String(part), 'base64').toString('latin1'));
    expect(JSON.stringify(sealed) + bytes.join('')).not.toContain('CANARY');
  });
});

describe('the key ring', () => {
  it('opens what a retired key sealed and seals with the current one', () => {
    const before = createCredentialVault(ringOf('old'));
    const after = createCredentialVault(ringOf('new', 'old'));
    const sealed = before.seal(context, { apiKey: 'k' });
    expect(after.open(context, sealed)).toEqual({ ok: true, credentials: { apiKey: 'k' } });
    expect(sealed.keyId).not.toBe(after.currentKeyId);
    expect(after.seal(context, {}).keyId).toBe(after.currentKeyId);
    expect(before.open(context, after.seal(context, {}))).toEqual({ ok: false, code: 'KEY_UNKNOWN' });
  });

  it('gives a key the same id everywhere, and one that is not part of the key', () => {
    expect(ringOf('one').currentId).toBe(ringOf('two', 'one').ids[1]);
    expect(ringOf('one').currentId).toMatch(/^[\da-f]{16}$/);
    expect(Buffer.from(key('one').reveal()).toString('hex')).not.toContain(ringOf('one').currentId);
  });

  it('refuses a key that stands twice and a key of another length', () => {
    expect(createKeyRing({ current: key('a'), retired: [key('b'), key('a')] })).toEqual({
      ok: false,
      code: 'DUPLICATE_KEY',
    });
    expect(createKeyRing({ current: secret(new Uint8Array(31)), retired: [] })).toEqual({
      ok: false,
      code: 'KEY_LENGTH',
    });
  });
});
