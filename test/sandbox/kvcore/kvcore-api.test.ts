import { expect, it } from '@jest/globals';
import { createKvcoreSandbox } from '../../../src/sandbox/kvcore/kvcore-sandbox.ts';
import type { JsonObject } from '../../../src/domain/json.ts';

const HEADERS = {
  authorization: 'Bearer sandbox-key',
  accept: 'application/json',
  'content-type': 'application/json',
};

it('finds a contact by the hashtags that it was made with', async () => {
  const sandbox = createKvcoreSandbox();
  const call = async (method: string, path: string, body?: JsonObject): Promise<JsonObject> => {
    const response = await sandbox.fetch(`${sandbox.url}/v2/public${path}`, {
      method,
      headers: HEADERS,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return (await response.json()) as JsonObject;
  };
  const ann = { first_name: 'Ann', last_name: 'Able', email: 'ann@x.example', hashtags: ['hot', 'beach'] };
  await call('POST', '/contact', ann);
  expect(await call('GET', '/contacts?filter[hashtags][]=beach')).toMatchObject({
    data: [{ email: 'ann@x.example' }],
  });
  expect(await call('GET', '/contacts?filter[hashtags][]=cold')).toMatchObject({ data: [] });
  await sandbox.close();
});

it('finds contacts by the system that they came from', async () => {
  const sandbox = createKvcoreSandbox();
  sandbox.seed('contacts', [
    { first_name: 'Ann', email: 'ann@x.example', system_source: 'Zillow' },
    { first_name: 'Bob', email: 'bob@x.example' },
  ]);
  const url = `${sandbox.url}/v2/public/contacts?filter[system_source][]=Zillow`;
  const page = (await (await sandbox.fetch(url, { headers: HEADERS })).json()) as JsonObject;
  expect(page).toMatchObject({ total: 1, data: [{ email: 'ann@x.example' }] });
  await sandbox.close();
});
