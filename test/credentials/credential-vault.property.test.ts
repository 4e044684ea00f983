import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { secret } from '../../src/config/secret.ts';
import { createCredentialVault } from '../../src/credentials/credential-vault.ts';
import { createKeyRing } from '../../src/credentials/key-ring.ts';
import type { SealingContext } from '../../src/credentials/key-service.ts';
import { createLocalKeyService } from '../../src/credentials/local-key-service.ts';
import type { SealedV2, SealedValue } from '../../src/credentials/sealed-value.ts';
import { createSealer } from '../../src/credentials/sealing.ts';
import { keyOf, ringOf, sealAsBefore, sealerOf, sealerWithout } from '../support/sealers.ts';
import { anyCodePoint } from '../domain/canonical/any-code-point.ts';

const vault = createCredentialVault(sealerOf('one', 'older'));
const context = { userId: 'user-1', provider: 'mri_vault', connectionId: 'c-1' };
const credentials = fc.dictionary(fc.string({ unit: anyCodePoint }), fc.string({ unit: 'grapheme' }));
const TAMPERED = { ok: false, code: 'TAMPERED' };

/** Written by the version before the data keys, under the key that the sealers here call 'one'. */
const OF_BEFORE = {
  v: 1,
  keyId: 'aaf84ccec7def117',
  nonce: 'y9GvYvuToFoI8RB9',
  tag: 'oQSdkFtUWp7pf8xuUUiEPQ==',
  data: 'aYoFbDTfg3XNR7g6rnjlKeI9gaU=',
};

async function sealed(
  at: SealingContext = context,
  given: Record<string, string> = { apiKey: 'k' },
  by = vault,
): Promise<SealedV2> {
  const result = await by.seal(at, given);
  if (!result.ok) throw new Error(result.code);
  return result.sealed;
}

function flipBit(text: string, bit: number): string {
  const bytes = Buffer.from(text, 'base64');
  const index = Math.floor(bit / 8) % bytes.length;
  bytes[index] = (bytes[index] ?? 0) ^ (1 << (bit % 8));
  return bytes.toString('base64');
}

describe('sealed credentials', () => {
  it('open to what was sealed, whatever the names and values', async () => {
    await fc.assert(
      fc.asyncProperty(credentials, async (given) => {
        const stored: unknown = JSON.parse(JSON.stringify(await sealed(context, given)));
        const opened = await vault.open(context, stored);
        expect(opened.ok && Object.entries(opened.credentials)).toEqual(Object.entries(given));
      }),
    );
  });

  it('fail to open when any bit of data key, nonce, tag or data is flipped', async () => {
    const value = await sealed(context, { apiKey: 'k-123', instanceUrl: 'https://crm.example' });
    const fields = fc.constantFrom('wrapped', 'nonce', 'tag', 'data');
    await fc.assert(
      fc.asyncProperty(fields, fc.nat(4_096), async (field, bit) => {
        const changed = { ...value, [field]: flipBit(value[field as 'nonce'], bit) };
        expect(await vault.open(context, changed)).toEqual(TAMPERED);
      }),
    );
  });

  it('fail to open in any other row, for any other user, provider or connection', async () => {
    const part = fc.string({ unit: 'grapheme', maxLength: 8 });
    const contexts = fc.record({ userId: part, provider: part, connectionId: part });
    await fc.assert(
      fc.asyncProperty(contexts, contexts, async (mine, other) => {
        fc.pre(JSON.stringify(mine) !== JSON.stringify(other));
        expect(await vault.open(other, await sealed(mine))).toEqual(TAMPERED);
      }),
    );
  });

  it("don't let neighbouring parts of the context run together", async () => {
    const value = await sealed({ userId: 'ab', provider: 'c', connectionId: 'd' }, {});
    expect((await vault.open({ userId: 'a', provider: 'bc', connectionId: 'd' }, value)).ok).toBe(false);
  });

  it('fail to open under any other key id', async () => {
    const value = await sealed();
    expect(await vault.open(context, { ...value, keyId: ringOf('one', 'older').ids[1] })).toEqual(TAMPERED);
    expect(await vault.open(context, { ...value, keyId: '0'.repeat(16) })).toEqual({
      ok: false,
      code: 'KEY_UNKNOWN',
    });
  });

  it('are refused with a tag of any other length than 16 bytes', async () => {
    const value = await sealed();
    for (const length of [0, 4, 8, 12, 15]) {
      const tag = Buffer.from(value.tag, 'base64').subarray(0, length).toString('base64');
      expect(await vault.open(context, { ...value, tag })).toEqual({ ok: false, code: 'MALFORMED' });
      const wrapped = Buffer.from(value.wrapped, 'base64')
        .subarray(0, 44 + length)
        .toString('base64');
      expect(await vault.open(context, { ...value, wrapped })).toEqual(TAMPERED);
    }
  });

  it('are refused in any other form', async () => {
    const value = await sealed();
    const { wrapped, ...withoutKey } = value;
    const others: unknown[] = [
      ...[null, 'x', 7, [], {}, withoutKey],
      ...[
        { ...value, v: 3 },
        { ...value, v: '2' },
        { ...value, v: 1 },
        { ...OF_BEFORE, wrapped },
      ],
      ...[
        { ...value, data: 5 },
        { ...value, tag: null },
        { ...value, keyId: 5 },
      ],
      ...[
        { ...value, wrapped: '' },
        { ...value, wrapped: 5 },
        { ...value, wrapped: 'A'.repeat(8_193) },
      ],
      ...[
        { ...value, nonce: `${value.nonce}=` },
        { ...value, data: `${value.data}\n` },
      ],
    ];
    for (const other of others) {
      expect(await vault.open(context, other)).toEqual({ ok: false, code: 'MALFORMED' });
    }
    expect(await vault.open(context, { ...value, wrapped: `${wrapped}\n` })).toEqual(TAMPERED);
  });

  it('never use a nonce or a data key twice', async () => {
    const values = await Promise.all(Array.from({ length: 2_000 }, () => sealed()));
    for (const part of ['nonce', 'wrapped', 'data'] as const) {
      expect(new Set(values.map((value) => value[part])).size).toBe(values.length);
    }
  });

  it('show nothing of their content', async () => {
    const value = await sealed(context, { apiKey: 'CANARY-apikey' });
    const bytes = Object.values(value).map((part) => Buffer.from(String(part), 'base64').toString('latin1'));
    expect(JSON.stringify(value) + bytes.join('')).not.toContain('CANARY');
  });
});

describe('swapping', () => {
  interface Row {
    readonly at: SealingContext;
    readonly value: SealedValue;
  }
  const PLACES: readonly SealingContext[] = ['user-1', 'user-2'].flatMap((userId) =>
    ['mri_vault', 'salesforce'].flatMap((provider) =>
      ['c-1', 'c-2'].map((connectionId) => ({ userId, provider, connectionId })),
    ),
  );
  const FIELDS = ['v', 'keyId', 'wrapped', 'nonce', 'tag', 'data'] as const;

  /** Two sealings of each place: by a retired and by the current key, in both forms. */
  async function allRows(): Promise<Row[]> {
    const older = createCredentialVault(sealerOf('older'));
    const rows = PLACES.map(async (at): Promise<Row[]> => {
      const text = JSON.stringify([['apiKey', JSON.stringify(at)]]);
      return [
        { at, value: await sealed(at, { apiKey: JSON.stringify(at) }) },
        { at, value: await sealed(at, { apiKey: JSON.stringify(at) }) },
        { at, value: await sealed(at, { apiKey: JSON.stringify(at) }, older) },
        { at, value: sealAsBefore('one', 'credentials/v1', at, text) },
        { at, value: sealAsBefore('older', 'credentials/v1', at, text) },
      ];
    });
    return (await Promise.all(rows)).flat();
  }

  it('any two rows is refused, of whatever users, providers, connections, keys and forms', async () => {
    const rows = await allRows();
    let refused = 0;
    for (const one of rows) {
      expect((await vault.open(one.at, one.value)).ok).toBe(true);
      for (const other of rows) {
        if (one.at === other.at) continue;
        expect(await vault.open(one.at, other.value)).toEqual(TAMPERED);
        refused += 1;
      }
    }
    expect(refused).toBe(40 * 35);
  });

  it('any field, or any set of fields, of any two values is refused, also within one row', async () => {
    // Two sealings each of two places that differ in the connection alone, and one of a third; the pairs of whole rows are above.
    const rows = (await allRows()).slice(0, 15);
    const sets = Array.from({ length: 2 ** FIELDS.length - 2 }, (_, bits) =>
      FIELDS.filter((_field, index) => (((bits + 1) >> index) & 1) === 1),
    );
    let refused = 0;
    for (const one of rows) {
      for (const other of rows) {
        for (const fields of sets) {
          const mixed = mix(one.value, other.value, fields);
          if (isSame(mixed, one.value) || isSame(mixed, other.value)) continue;
          expect((await vault.open(one.at, mixed)).ok).toBe(false);
          refused += 1;
        }
      }
    }
    expect(refused).toBeGreaterThan(10_000);
  }, 60_000);

  function mix(one: SealedValue, other: SealedValue, fields: readonly string[]): Record<string, unknown> {
    const [mine, others]: Record<string, unknown>[] = [{ ...one }, { ...other }];
    const parts = FIELDS.map((field) => [field, (fields.includes(field) ? others : mine)?.[field]] as const);
    return Object.fromEntries(parts.filter(([, part]) => part !== undefined));
  }

  function isSame(mixed: Record<string, unknown>, value: SealedValue): boolean {
    const whole: Record<string, unknown> = { ...value };
    return FIELDS.every((field) => mixed[field] === whole[field]);
  }

  it('a canary and credentials is refused', async () => {
    const sealer = sealerOf('one');
    const canary = await sealer.seal('canary', context, Buffer.from('[["apiKey","k"]]'));
    expect(canary.ok && (await vault.open(context, canary.sealed))).toEqual(TAMPERED);
    expect((await sealer.open('canary', context, await sealed())).ok).toBe(false);
  });
});

describe('what was sealed before there were data keys', () => {
  it('opens as before, and is sealed anew in the new form', async () => {
    const opened = { ok: true, credentials: { apiKey: 'k-123' } };
    expect(await vault.open(context, OF_BEFORE)).toEqual(opened);
    const anew = await vault.reseal(context, OF_BEFORE);
    expect(anew).toMatchObject({ ok: true, sealed: { v: 2, keyId: OF_BEFORE.keyId } });
    expect(anew.ok && (await vault.open(context, anew.sealed))).toEqual(opened);
  });

  it('is not sealed anew anywhere else than where it belongs', async () => {
    expect(await vault.reseal({ ...context, userId: 'user-2' }, OF_BEFORE)).toEqual(TAMPERED);
    const other = createCredentialVault(sealerOf('other'));
    expect(await other.reseal(context, OF_BEFORE)).toEqual({ ok: false, code: 'KEY_UNKNOWN' });
  });
});

describe('the key ring', () => {
  it('opens what a retired key sealed and seals with the current one', async () => {
    const before = createCredentialVault(sealerOf('old'));
    const after = createCredentialVault(sealerOf('new', 'old'));
    const value = await sealed(context, { apiKey: 'k' }, before);
    expect(await after.open(context, value)).toEqual({ ok: true, credentials: { apiKey: 'k' } });
    const anew = await sealed(context, { apiKey: 'k' }, after);
    expect([value.keyId, anew.keyId]).toEqual([ringOf('old').currentId, ringOf('new').currentId]);
    expect(await before.open(context, anew)).toEqual({ ok: false, code: 'KEY_UNKNOWN' });
  });

  it('gives a key the same id everywhere, and one that is not part of the key', () => {
    expect(ringOf('one').currentId).toBe(ringOf('two', 'one').ids[1]);
    expect(ringOf('one').currentId).toMatch(/^[\da-f]{16}$/);
    expect(Buffer.from(keyOf('one')).toString('hex')).not.toContain(ringOf('one').currentId);
  });

  it('refuses a key that stands twice and a key of another length', () => {
    const [a, b] = [secret(keyOf('a')), secret(keyOf('b'))];
    expect(createKeyRing({ current: a, retired: [b, a] })).toEqual({ ok: false, code: 'DUPLICATE_KEY' });
    expect(createKeyRing({ current: secret(new Uint8Array(31)), retired: [] })).toEqual({
      ok: false,
      code: 'KEY_LENGTH',
    });
  });
});

describe('a key service', () => {
  const ring = ringOf('one');
  const local = createLocalKeyService(ring);

  it('is never shown the credentials, and the data key is overwritten once it was used', async () => {
    const seen: Uint8Array[] = [];
    const counted: string[] = [];
    const watched = createCredentialVault(
      createSealer({
        ring,
        keys: {
          ...local,
          wrap: (dataKey, at) => {
            seen.push(dataKey);
            expect(at).toEqual({ ...context, purpose: 'credentials' });
            return local.wrap(dataKey, at);
          },
          unwrap: async (key, at) => {
            const unwrapped = await local.unwrap(key, at);
            if (unwrapped.ok) seen.push(unwrapped.dataKey);
            return unwrapped;
          },
        },
        onSealed: (keyId) => counted.push(keyId),
      }),
    );
    const value = await sealed(context, { apiKey: 'k' }, watched);
    expect((await watched.open(context, value)).ok).toBe(true);
    expect(seen.map((dataKey) => [...dataKey])).toEqual(Array(2).fill(Array(32).fill(0)));
    expect(counted).toEqual([ring.currentId]);
  });

  it('that can not be asked is a failure of its own, for sealing and for opening', async () => {
    const unavailable = { ok: false, code: 'KEYS_UNAVAILABLE' } as const;
    const away = createCredentialVault(sealerWithout(() => true, ring));
    expect(await away.seal(context, {})).toEqual(unavailable);
    expect(await away.open(context, await sealed())).toEqual(unavailable);
    expect(await away.reseal(context, await sealed())).toEqual(unavailable);
  });

  it('that hands out a data key of another length is not believed', async () => {
    const keys = { ...local, unwrap: async () => ({ ok: true, dataKey: new Uint8Array(16) }) as const };
    const odd = createCredentialVault(createSealer({ ring, keys }));
    expect(await odd.open(context, await sealed())).toEqual(TAMPERED);
  });

  it('that binds nothing to a place still opens nothing elsewhere', async () => {
    const nowhere = { userId: '', provider: '', connectionId: '', purpose: '' };
    const careless = createCredentialVault(
      createSealer({
        ring,
        keys: {
          ...local,
          wrap: (dataKey) => local.wrap(dataKey, nowhere),
          unwrap: (key) => local.unwrap(key, nowhere),
        },
      }),
    );
    const value = await sealed(context, { apiKey: 'k' }, careless);
    expect((await careless.open(context, value)).ok).toBe(true);
    expect(await careless.open({ ...context, connectionId: 'c-2' }, value)).toEqual(TAMPERED);
  });
});
