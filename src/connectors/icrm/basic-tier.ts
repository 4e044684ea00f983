import { KIND_CASES, type ConnectorPage, type KindCase } from '../connector-page.ts';
import { ENTITY_KINDS } from '../../domain/entity.ts';

/** The cases of the conformance kit that need no more than the product document's six methods. */
export const BASIC_TIER: readonly KindCase[] = [
  'one_record',
  'answer_lost',
  'crash_between',
  'rate_limited',
  'several_matches',
  'search_lag',
  'big_ids',
  'odd_ids',
  'unusual_values',
  'nothing_needless',
];

const REASON =
  'the document’s six methods neither read, list and delete nor tell that something is there already';

/** What the kit leaves out for a class that is written by that document. */
export function basicTier(): Pick<ConnectorPage, 'cannot'> {
  const without = Object.fromEntries(
    KIND_CASES.filter((name) => !BASIC_TIER.includes(name)).map((name) => [name, REASON]),
  );
  return { cannot: Object.fromEntries(ENTITY_KINDS.map((kind) => [kind, without])) };
}
