import { COMPANY_CASES } from '../../../src/connectors/connector-page.ts';
import { connectorKit } from '../../contract/connector/kit/connector-kit.ts';
import { vaultreSubject } from './vaultre-subject.ts';

connectorKit(vaultreSubject(), [
  'unsupported',
  ...COMPANY_CASES,
  'contact: taken_meanwhile',
  'contact: odd_ids',
  'contact: field_limit',
  'property: merged',
  'property: taken_meanwhile',
  'property: odd_ids',
  ...[
    'deleted',
    'merged',
    'invisible',
    'several_matches',
    'search_lag',
    'taken_meanwhile',
    'big_ids',
    'odd_ids',
    'people_keep',
    'lists_keep',
    'comes_back',
    'not_ours_to_delete',
  ].map((name) => `deal: ${name}`),
]);
