import { COMPANY_CASES } from '../../../src/connectors/connector-page.ts';
import { connectorKit } from '../../contract/connector/kit/connector-kit.ts';
import { kvcoreSubject } from './kvcore-subject.ts';

connectorKit(kvcoreSubject, [
  'day_quota',
  'unsupported',
  ...COMPANY_CASES,
  'contact: merged',
  'contact: odd_ids',
  'property: merged',
  'property: taken_meanwhile',
  'property: odd_ids',
  'property: lists_keep',
  'deal: merged',
  'deal: taken_meanwhile',
  'deal: odd_ids',
]);
