import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { followUpBossSandbox } from '../../../src/sandbox/follow-up-boss/fub-sandbox.ts';
import { startPublishedClient, type PublishedClient } from '../published-client.ts';

let client: PublishedClient;
beforeAll(async () => {
  client = await startPublishedClient(followUpBossSandbox, 'follow-up-boss==0.4.0');
}, 240_000);
afterAll(() => client.close());

it('a client that is published makes its people, deal and note requests', async () => {
  const ran = client.runScript(import.meta.dirname, client.sandbox.url, 'sandbox-key');
  await expect(ran).resolves.toMatchObject({ stdout: '' });
}, 120_000);
