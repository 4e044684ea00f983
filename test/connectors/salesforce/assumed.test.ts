import { describe, it } from '@jest/globals';
import type { SfSandboxOptions } from '../../../src/sandbox/salesforce/sf-sandbox.ts';
import { RUN_KIND_CASES } from '../../contract/connector/kit/kit-cases.ts';
import { salesforceSubjectWith } from './salesforce-subject.ts';

/** What isn't known of Salesforce, or is each org's own, each the other way round. */
const OTHERWISE: readonly SfSandboxOptions[] = [
  { emailCase: 'lower' },
  { lineBreaks: 'crlf' },
  { restrictedStages: true },
  { collectionParse: 'item' },
  { viewAllData: false },
  { soql: 'lagging' },
  { pageSize: 1 },
  { inactiveValues: ['Opportunity.StageName.Prospecting'] },
  { duplicateRule: 'alert' },
];

describe.each(OTHERWISE)('where Salesforce is %j', (otherwise) => {
  const subject = salesforceSubjectWith(otherwise);
  it.each(['contact', 'deal'] as const)(
    'a %s is one whole record, beside what people keep, and nothing is written twice',
    async (kind) => {
      await RUN_KIND_CASES.answer_lost(subject, kind);
      await RUN_KIND_CASES.people_keep(subject, kind);
      await RUN_KIND_CASES.nothing_needless(subject, kind);
    },
  );
});
