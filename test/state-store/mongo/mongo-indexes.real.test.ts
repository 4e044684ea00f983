import { afterEach, describe, expect, it } from '@jest/globals';
import { MongoClient, type CreateIndexesOptions, type IndexSpecification } from 'mongodb';
import { openMongoStore } from '../../../src/state-store/mongo/open-mongo-store.ts';
import { connection } from '../../support/builders.ts';
import { realTier } from '../../support/real-tier/real-tier.ts';
import { freshDatabaseUrl } from './mongo-fixtures.ts';

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const freshUrl = async (): Promise<{ url: string; client: MongoClient }> => {
  const url = freshDatabaseUrl(realTier().mongodbUrl);
  const client = await MongoClient.connect(url);
  closing.push(async () => {
    await client.db().dropDatabase();
    await client.close();
  });
  return { url, client };
};

describe('the indexes', () => {
  it('are made once, by however many open the store, and what is stored stays', async () => {
    const { url, client } = await freshUrl();
    const stores = await Promise.all([1, 2, 3].map(() => openMongoStore({ url })));
    for (const store of stores) closing.push(() => store.close());
    await stores[0]?.connections.insert(connection());
    const names = async (): Promise<string[]> =>
      Object.keys(await client.db().collection('links').indexInformation());
    const before = await names();
    const again = await openMongoStore({ url });
    closing.push(() => again.close());
    expect(await again.connections.read('conn-1')).toEqual(connection());
    expect(await names()).toEqual(before);
    expect(before).toEqual(expect.arrayContaining(['links_due', 'links_untold']));
    const ofLetters = await client.db().collection('dead_letters').indexInformation();
    expect(Object.keys(ofLetters)).toContain('dead_letters_time');
    expect(Object.keys(await client.db().collection('replays').indexInformation())).toContain('replays_time');
  });

  it.each<[string, string, IndexSpecification, CreateIndexesOptions]>([
    ['one is not unique', 'connections', { 'owner.id': 1, 'owner.type': 1, provider: 1 }, {}],
    ['one is not sparse', 'runs', { openFor: 1 }, { unique: true }],
  ])('stop the start where %s', async (_, collection, key, options) => {
    const { url, client } = await freshUrl();
    const name = collection === 'runs' ? 'runs_open' : 'connections_owner';
    await client
      .db()
      .collection(collection)
      .createIndex(key, { ...options, name });
    const opened = openMongoStore({ url }).then((store) => {
      closing.push(() => store.close());
    });
    await expect(opened).rejects.toMatchObject({
      code: 'INDEX_MISSING',
      message: expect.stringContaining(name) as unknown,
    });
  });
});
