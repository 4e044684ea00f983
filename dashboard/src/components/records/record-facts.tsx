import type { RecordHistory } from '../../api/types.ts';
import { connected } from '../../state/connections.ts';
import { now } from '../../state/now.ts';
import { KIND_WORDS } from '../../words/change-words.ts';
import { timeOfDay } from '../../words/time.ts';

interface RecordFactsProps {
  readonly record: RecordHistory;
  readonly crm: string;
}

/** What kind it is, where it is in the CRM and when it is tried next. */
export function RecordFacts({ record: { entity, remoteId, deleted, state, link }, crm }: RecordFactsProps) {
  const facts = [KIND_WORDS[entity].one];
  if (remoteId !== null)
    facts.push(`in ${crm} as ${remoteId}, ${link?.origin === 'adopted' ? 'found there' : 'added by Zena'}`);
  else if (connected.value.length > 1) facts.push(`not in ${crm}`);
  if (deleted) facts.push('deleted in Zena');
  if (state === 'waiting' && link?.nextAttemptAt != null)
    facts.push(`tried again ${timeOfDay(link.nextAttemptAt, now.value)}`);
  return (
    <>
      <p class="facts">{facts.join(' · ')}</p>
      {link !== null && link.strays.length > 0 && (
        <p class="facts">
          Known duplicates in {crm}: {link.strays.join(', ')}
        </p>
      )}
    </>
  );
}
