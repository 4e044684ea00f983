import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, type RunningService, startRunningService } from '../support/running-service.ts';

let folder = '';
let running: RunningService;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'data-'));
  running = await startRunningService({ DATA_DIR: folder });
});
afterAll(async () => {
  await running.stop();
  await rm(folder, { recursive: true, force: true });
});

/** All bytes of the files in the service's folder, the log beside the database included. */
async function storeBytes(): Promise<Buffer> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Buffer.concat(await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name)))));
}

/** Values that look as sealed ones do: base64 of 12 bytes or more, as a member of a JSON text. */
function sealedLike(bytes: Buffer): Set<string> {
  const matches = bytes.toString('latin1').matchAll(/":"([A-Za-z0-9+/]{16,}={0,2})"/g);
  return new Set(Array.from(matches, ([, value]) => value ?? ''));
}

/** A sealed value as it may stand anywhere: as text, as the bytes that the text means, and these in hex. */
function forms(value: string): Buffer[] {
  const raw = Buffer.from(value, 'base64');
  return [Buffer.from(value), raw, Buffer.from(raw.toString('hex')), Buffer.from(raw.toString('base64url'))];
}

const PATH = '/api/integrations/crm/mri_vault';

it('a disconnect leaves no copy of the sealed credentials, in any form, in the files of the store', async () => {
  const before = sealedLike(await storeBytes());
  for (const userId of ['ava', 'ava', 'bo']) expect((await running.connect(userId)).status).toBeLessThan(300);
  const connected = [...sealedLike(await storeBytes())].filter((value) => !before.has(value));
  // Nonce, tag and data, of three sealings.
  expect(connected.length).toBeGreaterThanOrEqual(9);
  for (const userId of ['ava', 'bo']) {
    const answer = await running.call('DELETE', PATH, undefined, { userId });
    expect([answer.status, answer.headers.get('x-credentials')]).toEqual([204, 'overwritten']);
  }
  const bytes = await storeBytes();
  for (const value of connected) {
    for (const form of forms(value)) expect({ value, at: bytes.indexOf(form) }).toEqual({ value, at: -1 });
  }
  expect(bytes.includes('sandbox-key')).toBe(false);
  const bare = createHash('sha256').update('sandbox-key').digest();
  for (const form of [
    bare.subarray(0, 8),
    ...['hex', 'base64', 'base64url'].map((as) => bare.toString(as as 'hex').slice(0, 16)),
  ])
    expect(bytes.indexOf(form)).toBe(-1);
  // Nor a keyed one, now that nobody has the key any more.
  expect(bytes.toString('latin1')).not.toMatch(/fp:[0-9a-f]{8}:/);
  expect((await running.call('DELETE', PATH, undefined, { userId: 'ava' })).status).toBe(404);
});

it('a disconnect leaves nothing of what the CRM said in its own words, and the links', async () => {
  const words = 'said-by-the-crm-8215';
  const fault = {
    kind: 'status',
    status: 400,
    body: { errors: [{ field: 'email', message: words }] },
  } as const;
  running.sandbox.misbehave({ match: { method: 'POST', path: '/contacts' }, times: 1, fault });
  expect((await running.connect('cleo')).status).toBe(201);
  const contact = {
    name: 'Cleo',
    emails: ['c@example.test'],
    phones: [],
    role: 'buyer',
    relationshipNotes: [],
  };
  const change = {
    entity: 'contact',
    eventId: 'e-8215',
    occurredAt: Date.now(),
    userId: 'cleo',
    entityId: 'c-8215',
    version: 1,
    operation: 'UPSERT',
    contact,
  };
  const of = { userId: 'zena', scopes: ['changes:write'] } as const;
  expect((await running.call('POST', '/api/changes', [change], of)).status).toBe(202);
  const record = () => running.call('GET', `${PATH}/records/contact/c-8215`, undefined, { userId: 'cleo' });
  await eventually(async () => expect(JSON.stringify((await record()).body)).toContain(words));
  expect((await storeBytes()).includes(words)).toBe(true);
  expect((await running.call('DELETE', PATH, undefined, { userId: 'cleo' })).status).toBe(204);
  await eventually(async () => expect((await storeBytes()).includes(words)).toBe(false));
});

describe('POST /api/ops/erase', () => {
  it('leaves nothing of the user in the files of the store, and takes in as new what comes later', async () => {
    const change = (userId: string, entityId: string, version: number) => ({
      entity: 'contact',
      eventId: `${entityId}-${version}`,
      occurredAt: Date.now(),
      userId,
      entityId,
      version,
      operation: 'UPSERT',
      contact: {
        name: `Name ${entityId}`,
        emails: [`${entityId}@example.test`],
        phones: [],
        role: 'buyer',
        relationshipNotes: [],
      },
    });
    const send = (...changes: object[]) =>
      running.call('POST', '/api/changes', changes, { userId: 'zena', scopes: ['changes:write'] });
    const erase = (userId: string, over: object = {}) =>
      running.call('POST', '/api/ops/erase', { userId, ...over }, { userId: 'op', scopes: ['ops:write'] });
    await running.connect('user-erased');
    expect(
      (await send(change('user-erased', 'canary-4711', 1), change('user-kept', 'other-4711', 1))).status,
    ).toBe(202);
    await eventually(async () => {
      const { body } = await running.call('GET', `${PATH}/records`, undefined, { userId: 'user-erased' });
      expect(body).toMatchObject({ data: [{ state: 'linked' }] });
    });
    const counted = (await erase('user-erased', { dryRun: true })).body as { readonly remaining: object };
    expect(counted.remaining).toMatchObject({ records: 1, links: 1, connections: 1, logEntries: 1 });
    const erased = await erase('user-erased');
    expect(erased.body).toMatchObject({
      complete: true,
      storeFiles: 'overwritten',
      removed: counted.remaining,
      elsewhere: [
        { where: 'crm', goneBy: null },
        { where: 'audit', goneBy: expect.any(String) },
      ],
    });
    const bytes = await storeBytes();
    // The id itself stays in the audit, as the answer says; nothing that was theirs does.
    expect(bytes.includes('canary-4711')).toBe(false);
    expect(bytes.includes('other-4711')).toBe(true);
    const search = `${running.sandbox.url}/api/v1/contacts/search?email=canary-4711%40example.test`;
    const inCrm = await fetch(search, { headers: { authorization: 'Bearer sandbox-key' } });
    expect(await inCrm.json()).toHaveLength(1);
    const late = await send(change('user-erased', 'canary-4711', 1));
    expect(late.body).toMatchObject({ accepted: 1, stale: 0 });
  }, 60_000);

  it('refuses what names no user, and what it does not know', async () => {
    for (const body of [
      {},
      { userId: '' },
      { userId: ['a'] },
      { userId: 'a', dryRun: 'true' },
      { userId: 'a', more: 1 },
    ]) {
      const { status } = await running.call('POST', '/api/ops/erase', body, { scopes: ['ops:write'] });
      expect({ body, status }).toEqual({ body, status: 400 });
    }
  });
});
