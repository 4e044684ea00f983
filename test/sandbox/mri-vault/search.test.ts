import { afterEach, describe, expect, it } from '@jest/globals';
import { createVaultSandbox, type VaultInProcess } from '../../../src/sandbox/mri-vault/vault-sandbox.ts';
import { call, create, object, objects } from '../vault-caller.ts';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.ts';

let sandbox: VaultInProcess;
afterEach(() => sandbox.close());

async function ids(path: string): Promise<unknown[]> {
  const answer = await call(sandbox, 'GET', path);
  expect(answer.status).toBe(200);
  return objects(answer.body).map((hit) => hit['id']);
}

describe('search', () => {
  it('answers a bare array: [] for none, every exact match otherwise', async () => {
    sandbox = createVaultSandbox();
    expect((await call(sandbox, 'GET', '/contacts/search?email=anna%2Bhome@example.com')).body).toEqual([]);
    const first = await create(sandbox, '/contacts', { email: 'anna+home@example.com' });
    const second = await create(sandbox, '/contacts', { email: 'anna+home@example.com' });
    await create(sandbox, '/contacts', { email: 'ANNA+home@example.com' });
    const found = await ids('/contacts/search?email=anna%2Bhome@example.com');
    expect(found.toSorted()).toEqual([first, second]);
  });

  it('ignores case when asked to', async () => {
    sandbox = createVaultSandbox({ searchCase: 'insensitive' });
    const id = await create(sandbox, '/properties', { address: '1 High St' });
    expect(await ids('/properties/search?address=1%20HIGH%20st')).toEqual([id]);
    expect(await ids('/properties/search?address=1%20High')).toEqual([]);
  });

  it('finds deals by property and stage, or by property alone', async () => {
    sandbox = createVaultSandbox();
    const propertyId = await create(sandbox, '/properties', { address: '1 High St' });
    const offer = await create(sandbox, '/deals', { propertyId, stage: 'offer' });
    const sold = await create(sandbox, '/deals', { propertyId, stage: 'sold' });
    expect(await ids(`/deals/search?propertyId=${propertyId}&stage=offer`)).toEqual([offer]);
    expect((await ids(`/deals/search?propertyId=${propertyId}`)).toSorted()).toEqual([offer, sold]);
    expect(await ids(`/deals/search?propertyId=${propertyId}&stage=lost`)).toEqual([]);
  });

  it.each(['/contacts/search', '/contacts/search?email=', '/deals/search?stage=offer'])(
    'without its key (%s) is a 400, never []',
    async (path) => {
      sandbox = createVaultSandbox();
      expect((await call(sandbox, 'GET', path)).status).toBe(400);
    },
  );

  it('keeps no order, but tells the age of each hit', async () => {
    sandbox = createVaultSandbox();
    const created = await Promise.all(
      Array.from({ length: 8 }, () => create(sandbox, '/contacts', { email: 'a@example.com' })),
    );
    const found = await ids('/contacts/search?email=a@example.com');
    expect(found).not.toEqual(created.toSorted());
    expect(found.toSorted()).toEqual(created.toSorted());
  });
});

describe('a lagging search', () => {
  it('finds a new record only after the lag', async () => {
    const time = createVirtualClock();
    sandbox = createVaultSandbox({ clock: time, searchLagMs: 30_000 });
    const id = await create(sandbox, '/contacts', { email: 'a@example.com' });
    await time.advance(29_999);
    expect(await ids('/contacts/search?email=a@example.com')).toEqual([]);
    expect((await call(sandbox, 'GET', `/contacts/${id}`)).status).toBe(200);
    await time.advance(1);
    expect(await ids('/contacts/search?email=a@example.com')).toEqual([id]);
  });

  it('finds a changed record by its old value and content until then', async () => {
    const time = createVirtualClock();
    sandbox = createVaultSandbox({ clock: time, searchLagMs: 1000 });
    const [seeded] = sandbox.seed('contacts', [{ email: 'old@example.com', firstName: 'Old' }]);
    await call(sandbox, 'PUT', `/contacts/${seeded?.id}`, {
      body: { email: 'new@example.com', firstName: 'New' },
    });
    const [stale] = objects((await call(sandbox, 'GET', '/contacts/search?email=old@example.com')).body);
    expect(stale).toMatchObject({ id: seeded?.id, firstName: 'Old' });
    expect(await ids('/contacts/search?email=new@example.com')).toEqual([]);
    await time.advance(1000);
    expect(await ids('/contacts/search?email=old@example.com')).toEqual([]);
    expect(await ids('/contacts/search?email=new@example.com')).toEqual([seeded?.id]);
  });

  it('may be set and lifted while the sandbox runs', async () => {
    sandbox = createVaultSandbox({ clock: createVirtualClock() });
    sandbox.configure({ searchLagMs: 5000 });
    const id = await create(sandbox, '/contacts', { email: 'a@example.com' });
    expect(await ids('/contacts/search?email=a@example.com')).toEqual([]);
    sandbox.configure({ searchLagMs: 0 });
    expect(await ids('/contacts/search?email=a@example.com')).toEqual([id]);
  });
});

describe('a listing', () => {
  async function pages(query: string): Promise<unknown[][]> {
    const found: unknown[][] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const next: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const { items, nextCursor } = object((await call(sandbox, 'GET', `/contacts?${query}${next}`)).body);
      found.push(objects(items).map((item) => item['email']));
      cursor = nextCursor === null ? null : String(nextCursor);
    }
    return found;
  }

  it('pages through everything, each record once, to a null cursor', async () => {
    sandbox = createVaultSandbox({ pageSize: 2 });
    sandbox.seed(
      'contacts',
      ['a', 'b', 'c', 'd', 'e'].map((email) => ({ email })),
    );
    expect(await pages('')).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('gives what changed at or after a time', async () => {
    const time = createVirtualClock(Date.parse('2026-03-01T00:00:00Z'));
    sandbox = createVaultSandbox({ clock: time });
    const [first] = sandbox.seed('contacts', [{ email: 'a' }, { email: 'b' }]);
    await time.advance(1000);
    sandbox.seed('contacts', [{ email: 'c' }]);
    sandbox.editRecord('contacts', String(first?.id), { notes: 'called' });
    expect(await pages('modifiedSince=2026-03-01T00:00:01.000Z')).toEqual([['c', 'a']]);
    expect(await pages('modifiedSince=2026-03-01T00:00:01.001Z')).toEqual([[]]);
  });

  it.each(['modifiedSince=yesterday', 'cursor=nonsense'])('refuses %s with 400', async (query) => {
    sandbox = createVaultSandbox();
    expect((await call(sandbox, 'GET', `/contacts?${query}`)).status).toBe(400);
  });
});
