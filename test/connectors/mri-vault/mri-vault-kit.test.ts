import { COMPANY_CASES } from '../../../src/connectors/connector-page.ts';
import { connectorKit } from '../../contract/connector/kit/connector-kit.ts';
import { vaultSubject } from './vault-subject.ts';

connectorKit(vaultSubject, [
  'day_quota',
  'unsupported',
  ...COMPANY_CASES,
  'contact: field_limit',
  'contact: lists_keep',
  'property: field_limit',
  'deal: field_limit',
]);
