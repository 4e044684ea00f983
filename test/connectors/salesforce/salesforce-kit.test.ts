import { connectorKit } from '../../contract/connector/kit/connector-kit.ts';
import { salesforceSubject } from './salesforce-subject.ts';

connectorKit(salesforceSubject, [
  'day_quota',
  'unsupported',
  'contact: big_ids',
  'contact: odd_ids',
  'contact: lists_keep',
  'property: merged',
  'property: taken_meanwhile',
  'property: big_ids',
  'property: odd_ids',
  'property: lists_keep',
  'deal: merged',
  'deal: taken_meanwhile',
  'deal: big_ids',
  'deal: odd_ids',
]);
