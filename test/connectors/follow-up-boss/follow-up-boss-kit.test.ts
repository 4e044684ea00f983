import { it } from '@jest/globals';
import { COMPANY_CASES } from '../../../src/connectors/connector-page.ts';
import { connectorKit } from '../../contract/connector/kit/connector-kit.ts';
import { RUN_KIND_CASES } from '../../contract/connector/kit/kit-cases.ts';
import { fubSubject } from './fub-subject.ts';

connectorKit(fubSubject(), [
  'day_quota',
  ...COMPANY_CASES,
  'contact: odd_ids',
  'contact: field_limit',
  'deal: merged',
  'deal: taken_meanwhile',
  'deal: odd_ids',
  'deal: field_limit',
]);

it('finds a person again who was merged into another that answers for both ids', async () => {
  await RUN_KIND_CASES.merged(fubSubject('alias'), 'contact');
});
