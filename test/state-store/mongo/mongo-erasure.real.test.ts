import { expect, it } from '@jest/globals';
import { disconnected } from '../../../src/domain/connection.ts';
import { connection } from '../../support/builders.ts';
import { realTier } from '../../support/real-tier/real-tier.ts';
import { openFreshStore } from './mongo-fixtures.ts';

it('a disconnect leaves no field with sealed credentials in the document', async () => {
  const { store, close } = await openFreshStore(realTier().mongodbUrl);
  try {
    const sealed = {
      v: 1,
      keyId: 'key-canary',
      nonce: 'nonce-canary',
      tag: 'tag-canary',
      data: 'data-canary',
    };
    const owned = connection({ sealed });
    await store.connections.insert(owned);
    const documents = store.client.db().collection('connections');
    expect(Object.keys((await documents.findOne()) ?? {})).toContain('sealed');
    await store.connections.replace({ ...disconnected(owned, 2_000), revision: 2 }, 1);
    const left = (await documents.findOne()) ?? {};
    expect(Object.keys(left)).not.toContain('sealed');
    expect(JSON.stringify(left)).not.toContain('canary');
    // What MongoDB's own files keep of it is not in our hands, and not promised.
    expect(await store.shred('credentials')).toBe('removed');
  } finally {
    await close();
  }
});
