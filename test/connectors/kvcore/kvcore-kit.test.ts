import { connectorKit } from '../../contract/connector/kit/connector-kit.ts';
import { kvcoreSubject } from './kvcore-subject.ts';

connectorKit(kvcoreSubject, [
  'day_quota',
  'unsupported',
  'batch_ends',
  'batch_bad_item',
  'batch_unheard',
  'job_rows',
  'job_crash',
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
