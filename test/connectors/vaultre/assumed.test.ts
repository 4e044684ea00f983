import { describe, expect, it } from '@jest/globals';
import type { KindCase } from '../../../src/connectors/connector-page.ts';
import type { VaultreSandboxOptions } from '../../../src/sandbox/vaultre/vaultre-sandbox.ts';
import { RUN_KIND_CASES } from '../../contract/connector/kit/kit-cases.ts';
import { KIT_IDS } from '../../contract/connector/kit/kit-subject.ts';
import { withRun } from '../../contract/connector/kit/cases/with-run.ts';
import { vaultreSubject } from './vaultre-subject.ts';

/** What isn't known of VaultRE, each the other way round. */
const OTHERWISE: readonly VaultreSandboxOptions[] = [
  { putMode: 'replace' },
  { putMode: 'replace', unset: 'null' },
  { emptyText: 'ignored' },
  { nulls: 'clears' },
  { nulls: 'ignored' },
  { unset: 'null' },
  { strict: true },
  { emailSearch: 'exact' },
  { phoneSearch: 'exact' },
  { addressSearch: 'beginning' },
  { missingStatus: 400 },
  { missingStatus: 403 },
  { missingStatus: 410 },
  { mostPerPage: 1 },
];

const OF_CONTACTS: readonly KindCase[] = [
  'one_record',
  'answer_lost',
  'people_keep',
  'lists_keep',
  'deleted',
  'merged',
  'not_ours_to_delete',
];
const OF_PROPERTIES: readonly KindCase[] = ['one_record', 'people_keep', 'lists_keep', 'deleted'];

/** What can't be told then: the record ends as a dead letter, which the second test holds it to. */
const isLoud = ({ missingStatus }: VaultreSandboxOptions, name: KindCase): boolean =>
  name === 'merged' && (missingStatus === 400 || missingStatus === 403);

describe.each(OTHERWISE)('where VaultRE is %j', (otherwise) => {
  it.each(OF_CONTACTS.filter((name) => !isLoud(otherwise, name)))('contact: %s', async (name) => {
    await RUN_KIND_CASES[name](vaultreSubject(otherwise), 'contact');
  });
  it.each(OF_PROPERTIES)('property: %s', async (name) => {
    await RUN_KIND_CASES[name](vaultreSubject(otherwise), 'property');
  });
});

it.each([400, 403] as const)(
  'where a missing record is answered with %d, one that people merged ends in a dead letter, and no other is made',
  async (missingStatus) => {
    await withRun(vaultreSubject({ missingStatus }), 'contact', async (run) => {
      const { full, updates } = run.samples('contact');
      await run.deliver(full);
      await run.someoneMakes(full);
      const [ours, theirs] = run.crm.records('contact');
      run.crm.merge?.('contact', theirs?.id ?? '', ours?.id ?? '');
      const before = JSON.stringify(run.crm.records('contact'));
      for (const body of Object.values(updates)) await run.deliver(body);
      expect((await run.core.link('contact', KIT_IDS.contact))?.dead).not.toBeNull();
      expect(JSON.stringify(run.crm.records('contact'))).toBe(before);
      expect((await run.core.connection()).status).toBe('active');
    });
  },
);

it('where only whole addresses are found, people’s property is left as it is, and Zena’s is made once', async () => {
  await withRun(vaultreSubject({ addressSearch: 'exact' }), 'property', async (run) => {
    const { full, updates } = run.samples('property');
    await run.someoneMakes(full);
    const [theirs] = run.crm.records('property');
    for (const body of [full, ...Object.values(updates), full]) await run.deliver(body);
    await run.mustBeDelivered(full);
    expect(run.crm.records('property')).toHaveLength(2);
    expect(run.crm.records('property')[0]).toEqual(theirs);
  });
});
