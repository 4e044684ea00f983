import { afterEach, expect, it } from '@jest/globals';
import { createSfSandbox, type SfInProcess } from '../../../src/sandbox/salesforce/sf-sandbox.ts';
import { callSf } from '../sf-caller.ts';
import { object } from '../vault-caller.ts';

let sandbox: SfInProcess;

afterEach(() => sandbox.close());

it('what a record has below it is read by the name of the relation', async () => {
  sandbox = createSfSandbox();
  const account = await callSf(sandbox, 'POST', '/sobjects/Account', { body: { Name: 'Acme' } });
  const AccountId = String(object(account.body)['id']);
  await callSf(sandbox, 'POST', '/sobjects/Contact', { body: { LastName: 'Able', AccountId } });
  await callSf(sandbox, 'POST', '/sobjects/Contact', { body: { LastName: 'Baker' } });
  const read = (name: string) => callSf(sandbox, 'GET', `/sobjects/Account/${AccountId}/${name}`);
  expect((await read('Contacts')).body).toMatchObject({
    totalSize: 1,
    done: true,
    records: [{ attributes: { type: 'Contact' }, LastName: 'Able', AccountId }],
  });
  expect((await read('Opportunities')).body).toEqual({ totalSize: 0, done: true, records: [] });
  expect((await read('Nothings')).status).toBe(404);
});
