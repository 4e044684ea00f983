import type { Integration } from '../../api/types.ts';
import { now } from '../../state/now.ts';
import { budgetWords } from '../../words/budget-words.ts';

/** What the CRM lets through in a day, and how far that will go; nothing where it counts no days. */
export function DayBudget({
  integration: { budget },
  crm,
}: {
  readonly integration: Pick<Integration, 'budget'>;
  readonly crm: string;
}) {
  const { requestsPerDay = null, today = null } = budget ?? {};
  if (requestsPerDay === null || today === null) return null;
  const { summary, outlook, isShort } = budgetWords(requestsPerDay, today, crm, now.value);
  return (
    <div class="budget" data-short={isShort}>
      <p>{summary}</p>
      <progress
        class="run-bar"
        max={requestsPerDay}
        value={Math.min(today.used, requestsPerDay)}
        aria-label={`Calls to ${crm} used today`}
      />
      {outlook !== null && <p class="facts">{outlook}</p>}
    </div>
  );
}
