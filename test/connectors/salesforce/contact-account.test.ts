import { expect, it } from '@jest/globals';
import { applied, openKitRun } from '../../contract/connector/kit/kit-run.ts';
import { RUN_COMPANY_CASES, RUN_KIND_CASES } from '../../contract/connector/kit/kit-cases.ts';
import type { KitSubject } from '../../contract/connector/kit/kit-subject.ts';
import { salesforceSubject } from './salesforce-subject.ts';

/** The same, of a connection that says what account new contacts belong to. */
const subjectWith = (contactAccount: string): KitSubject => ({
  ...salesforceSubject,
  open(options) {
    const crm = salesforceSubject.open(options);
    return { ...crm, credentials: { ...crm.credentials, contactAccount } };
  },
});

it.each(['each', 'private'])(
  'new contacts whose account is “%s” are made once, also in company',
  async (account) => {
    const subject = subjectWith(account);
    await RUN_KIND_CASES.answer_lost(subject, 'contact');
    await RUN_KIND_CASES.taken_meanwhile(subject, 'contact');
    await RUN_COMPANY_CASES.batch_bad_item(subject, 'contact');
  },
);

it.each([
  ['each', 'Ada King'],
  ['private', null],
  ['', 'Zena contacts'],
])('“%s”: a new contact belongs to the account %s', async (account, name) => {
  const run = await openKitRun(account === '' ? salesforceSubject : subjectWith(account));
  await run.deliver(run.samples('contact').full);
  const [made] = run.crm.records('contact');
  const found = await run.http.request({
    verb: 'find',
    method: 'GET',
    path: ['services', 'data', 'v68.0', 'query'],
    query: { q: 'SELECT Id, Name FROM Account' },
  });
  const { records } = applied(found).body as { records: readonly { Id: string; Name: string }[] };
  const theirs = records.find(({ Id }) => Id === made?.['AccountId']);
  expect(theirs?.Name ?? null).toBe(name);
  await run.close();
});
