import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { salesforceSandbox } from '../../../src/sandbox/salesforce/sf-sandbox.ts';
import { startPublishedClient, type PublishedClient } from '../published-client.ts';

let client: PublishedClient;
beforeAll(async () => {
  client = await startPublishedClient(salesforceSandbox, 'simple-salesforce==1.12.10');
}, 240_000);
afterAll(() => client.close());

it('a client that is published makes its record, query and bulk requests', async () => {
  const ran = client.runScript(import.meta.dirname, JSON.stringify(client.sandbox));
  await expect(ran).resolves.toMatchObject({ stdout: '' });
}, 120_000);
