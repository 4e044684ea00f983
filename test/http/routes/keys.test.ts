import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCredentialVault } from '../../../src/credentials/credential-vault.ts';
import { openFingerprints } from '../../../src/credentials/fingerprints.ts';
import type { Connection } from '../../../src/domain/connection.ts';
import { ringOf, sealAsBefore, sealerOf } from '../../support/sealers.ts';
import { type ApiHarness, type CallOptions, CREDENTIALS, HARNESS_KEYS, startApi } from '../api-harness.ts';

let api: ApiHarness;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const OPERATOR: CallOptions = { as: 'operator-1', scopes: ['ops'] };
const [CURRENT = '', RETIRED = ''] = ringOf(...HARNESS_KEYS).ids;
const vaultOf = (label: string) => createCredentialVault(sealerOf(label));

const status = () => api.call('GET', '/api/ops/keys', OPERATOR);
const rotate = (body: unknown = { keyId: CURRENT }) =>
  api.call('POST', '/api/ops/keys/rotate', { ...OPERATOR, body });

/** Connects a user, and leaves the credentials as a service that had this key would have. */
async function connectUnder(label: string, userId: string, over: Partial<Connection> = {}) {
  const { connectionId, provider } = await api.connect(userId);
  const sealed = await vaultOf(label).seal({ userId, provider, connectionId }, CREDENTIALS);
  if (!sealed.ok) throw new Error(sealed.code);
  await api.patchConnection({ sealed: sealed.sealed, ...over }, userId);
  return connectionId;
}

async function writeCanary(label: string) {
  const context = { userId: '', provider: '', connectionId: '' };
  const sealed = sealAsBefore(label, 'canary/v1', context, 'zena-crm-sync');
  await api.store.settings.replaceCanary(sealed);
}

const credentialsOf = async (label: string, userId: string) => {
  const { connectionId, provider, sealed } = await api.connection(userId);
  return await vaultOf(label).open({ userId, provider, connectionId }, sealed);
};

describe('GET /api/ops/keys', () => {
  it('counts what is sealed under each key, of every status, and says which may go', async () => {
    await writeCanary('retired');
    await connectUnder('current', 'user-a');
    await connectUnder('retired', 'user-b', { status: 'needs_reauth' });
    await connectUnder('retired', 'user-c', { status: 'paused' });
    await connectUnder('retired', 'user-d');
    await api.call('DELETE', '/api/integrations/crm/mri_vault', { as: 'user-d' });
    const answer = await status();
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      currentKeyId: CURRENT,
      keys: [
        { keyId: CURRENT, role: 'current', connections: 1, earlierForm: 0, canary: false, needed: true },
        { keyId: RETIRED, role: 'retired', connections: 2, earlierForm: 0, canary: true, needed: true },
      ],
      toReseal: 2,
      rotated: false,
    });
  });

  it('tells of a key that is not here, and counts what is in the form of before', async () => {
    const { connectionId, provider } = await api.connect('user-a');
    const context = { userId: 'user-a', provider, connectionId };
    await api.patchConnection({ sealed: sealAsBefore('current', 'credentials/v1', context, '[]') }, 'user-a');
    await connectUnder('lost', 'user-b');
    const { json } = await status();
    expect(json).toMatchObject({
      keys: [
        { keyId: CURRENT, connections: 1, earlierForm: 1 },
        { keyId: RETIRED, connections: 0, needed: false },
        { keyId: ringOf('lost').currentId, role: 'missing', connections: 1, needed: true },
      ],
      toReseal: 2,
      rotated: false,
    });
  });

  it('needs ops:read, and the rotation ops:write', async () => {
    expect((await api.call('GET', '/api/ops/keys')).status).toBe(403);
    const reader: CallOptions = { scopes: ['ops:read'] };
    expect((await api.call('GET', '/api/ops/keys', reader)).status).toBe(200);
    const body = { keyId: CURRENT };
    expect((await api.call('POST', '/api/ops/keys/rotate', { ...reader, body })).status).toBe(403);
  });
});

describe('POST /api/ops/keys/rotate', () => {
  it('seals everything anew under the current key, whatever its status, and the canary last', async () => {
    await writeCanary('retired');
    await connectUnder('current', 'user-a');
    await connectUnder('retired', 'user-b', { status: 'needs_reauth' });
    await connectUnder('retired', 'user-c', { status: 'paused' });
    await connectUnder('retired', 'user-d');
    await api.call('DELETE', '/api/integrations/crm/mri_vault', { as: 'user-d' });
    const before = await api.connection('user-c');
    const answer = await rotate();
    expect(answer.json).toMatchObject({
      resealed: 2,
      unreadable: 0,
      nextCursor: null,
      status: { rotated: true, toReseal: 0, keys: [{ connections: 3, canary: true }, { needed: false }] },
    });
    for (const userId of ['user-a', 'user-b', 'user-c']) {
      expect(await credentialsOf('current', userId)).toEqual({ ok: true, credentials: CREDENTIALS });
    }
    const { sealed, revision, ...after } = await api.connection('user-c');
    expect({ ...after, sealed: null, revision: 0 }).toEqual({ ...before, sealed: null, revision: 0 });
    expect([sealed?.keyId, revision]).toEqual([CURRENT, before.revision + 1]);
    expect(await api.connection('user-d')).toMatchObject({ status: 'disconnected', sealed: null });
  });

  it('brings the form of before up to date, under the same key too', async () => {
    const { connectionId, provider } = await api.connect('user-a');
    const context = { userId: 'user-a', provider, connectionId };
    const text = JSON.stringify(Object.entries(CREDENTIALS));
    await api.patchConnection({ sealed: sealAsBefore('current', 'credentials/v1', context, text) }, 'user-a');
    expect((await rotate()).json).toMatchObject({ resealed: 1, status: { rotated: true } });
    expect((await api.connection('user-a')).sealed?.v).toBe(2);
    expect(await credentialsOf('current', 'user-a')).toEqual({ ok: true, credentials: CREDENTIALS });
  });

  it('seals the key of the fingerprints anew before the former key may go', async () => {
    await connectUnder('retired', 'user-a');
    const { settings } = api.store;
    const opened = await openFingerprints(sealerOf('retired'), settings, { replaceLost: false });
    await writeCanary('current');
    expect((await status()).json).toMatchObject({
      rotated: false,
      keys: [{}, { keyId: RETIRED, needed: true }],
    });
    expect((await rotate()).json).toMatchObject({ status: { rotated: true, keys: [{}, { needed: false }] } });
    const after = await openFingerprints(sealerOf('current'), settings, { replaceLost: false });
    expect(after.ok && opened.ok && after.fingerprints.of('k') === opened.fingerprints.of('k')).toBe(true);
  });

  it('changes nothing the second time', async () => {
    await connectUnder('retired', 'user-a');
    await rotate();
    const [before, canary] = [await api.connection('user-a'), await api.store.settings.readCanary()];
    expect((await rotate()).json).toMatchObject({ resealed: 0, status: { rotated: true } });
    expect(await api.connection('user-a')).toEqual(before);
    expect(await api.store.settings.readCanary()).toEqual(canary);
  });

  it('goes step by step over many connections, and two at once do no harm', async () => {
    const userIds = Array.from({ length: 120 }, (_, index) => `user-${index}`);
    for (const userId of userIds) await connectUnder('retired', userId);
    const pass = async () => {
      let [resealed, steps, cursor]: [number, number, unknown] = [0, 0, null];
      do {
        const { json } = await rotate({ keyId: CURRENT, cursor });
        resealed += Number(json['resealed']);
        steps += 1;
        cursor = json['nextCursor'];
      } while (cursor !== null);
      return { resealed, steps };
    };
    const [one, other] = await Promise.all([pass(), pass()]);
    expect(one.resealed + other.resealed).toBe(120);
    expect(Math.max(one.steps, other.steps)).toBeGreaterThan(1);
    expect((await status()).json).toMatchObject({ rotated: true, toReseal: 0 });
    for (const userId of userIds) expect((await credentialsOf('current', userId)).ok).toBe(true);
  }, 60_000);

  it('leaves what does not open as it is, keeps the canary, and says so', async () => {
    await writeCanary('retired');
    await connectUnder('lost', 'user-a');
    const moved = (await api.connect('user-x')).sealed;
    await connectUnder('retired', 'user-b');
    await api.patchConnection({ sealed: moved && { ...moved, keyId: RETIRED } }, 'user-b');
    const before = [await api.connection('user-a'), await api.connection('user-b')];
    expect((await rotate()).json).toMatchObject({
      resealed: 0,
      unreadable: 2,
      status: { rotated: false, toReseal: 2 },
    });
    expect([await api.connection('user-a'), await api.connection('user-b')]).toEqual(before);
    expect((await api.store.settings.readCanary())?.keyId).toBe(RETIRED);
  });

  it('never seals over what somebody else wrote meanwhile', async () => {
    await connectUnder('retired', 'user-a');
    const { connections } = api.store;
    const reseal = connections.reseal.bind(connections);
    const spied = { calls: 0 };
    Object.assign(connections, {
      async reseal(...args: Parameters<typeof reseal>) {
        spied.calls += 1;
        if (spied.calls === 1) await api.call('DELETE', '/api/integrations/crm/mri_vault', { as: 'user-a' });
        return await reseal(...args);
      },
    });
    expect((await rotate()).json).toMatchObject({ resealed: 0, unreadable: 0, status: { toReseal: 0 } });
    expect(spied.calls).toBe(1);
    expect(await api.connection('user-a')).toMatchObject({ status: 'disconnected', sealed: null });
  });

  it('never puts the former credentials back over those that somebody just connected with', async () => {
    await connectUnder('retired', 'user-a');
    const { connections } = api.store;
    const page = connections.pageSealedUnlike.bind(connections);
    const fresh = { ...CREDENTIALS, apiKey: 'fresh-key' };
    Object.assign(connections, {
      async pageSealedUnlike(...args: Parameters<typeof page>) {
        const listed = await page(...args);
        const body = { credentials: fresh };
        await api.call('POST', '/api/integrations/crm/mri_vault/connect', { as: 'user-a', body });
        return listed;
      },
    });
    expect((await rotate()).json).toMatchObject({ resealed: 0, status: { rotated: true } });
    expect(await credentialsOf('current', 'user-a')).toEqual({ ok: true, credentials: fresh });
  });

  it('tries again where only something else of the connection changed meanwhile', async () => {
    await connectUnder('retired', 'user-a');
    const { connections } = api.store;
    const reseal = connections.reseal.bind(connections);
    let calls = 0;
    Object.assign(connections, {
      async reseal(...args: Parameters<typeof reseal>) {
        calls += 1;
        if (calls === 1) await api.call('POST', '/api/integrations/crm/mri_vault/pause', { as: 'user-a' });
        return await reseal(...args);
      },
    });
    expect((await rotate()).json).toMatchObject({ resealed: 1, status: { rotated: true } });
    expect(await api.connection('user-a')).toMatchObject({ status: 'paused', sealed: { keyId: CURRENT } });
  });

  it('does nothing where another key is the current one than the caller believes', async () => {
    await connectUnder('retired', 'user-a');
    const answer = await rotate({ keyId: RETIRED });
    expect(answer.status).toBe(409);
    expect(answer.json).toMatchObject({ code: 'CONFLICT', reason: 'another_key' });
    expect((await api.connection('user-a')).sealed?.keyId).toBe(RETIRED);
  });

  it.each([{}, { keyId: '' }, { keyId: 5 }, { keyId: 'k', cursor: 5 }, { keyId: 'k', more: 1 }])(
    'refuses the body %j',
    async (body) => {
      expect((await rotate(body)).status).toBe(400);
    },
  );

  it('shows neither credentials nor keys', async () => {
    await connectUnder('retired', 'user-a');
    const texts = [(await status()).text, (await rotate()).text];
    const { sealed } = await api.connection('user-a');
    for (const secret of [CREDENTIALS.apiKey, sealed?.data ?? '?', sealed?.wrapped ?? '?', 'user-a']) {
      for (const text of texts) expect(text).not.toContain(secret);
    }
  });
});

describe('while whoever keeps the keys does not answer', () => {
  const AWAY = { code: 'NOT_READY', reason: 'keys_unavailable', retryable: true };

  it('nobody is connected, and a connection that stood keeps its credentials', async () => {
    const before = await api.connect('user-a');
    api.keys.away = true;
    for (const as of ['user-a', 'user-b']) {
      const body = { credentials: CREDENTIALS };
      const answer = await api.call('POST', '/api/integrations/crm/mri_vault/connect', { as, body });
      expect([answer.status, answer.json]).toEqual([503, expect.objectContaining(AWAY)]);
    }
    expect(await api.connection('user-a')).toEqual(before);
    expect(await api.store.connections.findByOwner('user-b', 'mri_vault')).toBeNull();
  });

  it('a test says so, and the connection is not held to be refused', async () => {
    const before = await api.connect('user-a');
    api.keys.away = true;
    const answer = await api.call('POST', '/api/integrations/crm/mri_vault/test', { as: 'user-a' });
    expect([answer.status, answer.json]).toEqual([503, expect.objectContaining(AWAY)]);
    expect(await api.connection('user-a')).toEqual(before);
  });

  it('a rotation stops and goes on later', async () => {
    await writeCanary('retired');
    await connectUnder('retired', 'user-a');
    api.keys.away = true;
    const answer = await rotate();
    expect([answer.status, answer.json]).toEqual([503, expect.objectContaining(AWAY)]);
    expect((await api.connection('user-a')).sealed?.keyId).toBe(RETIRED);
    api.keys.away = false;
    expect((await rotate()).json).toMatchObject({ resealed: 1, status: { rotated: true } });
  });
});
