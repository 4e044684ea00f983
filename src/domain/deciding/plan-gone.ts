import type { Remote } from '../link.ts';
import { knownCopy, otherWritings } from './sharers.ts';
import type { PlanInput, Step } from './step.ts';

/** Whether the CRM said in this delivery that the link's record is not there. */
export function isDenied({ seen }: Pick<PlanInput, 'seen'>, { id }: Remote): boolean {
  return seen.denied.has(id) || seen.reads.get(id) === null;
}

/** For so long reads say of a record without a key that it is not there, until they are believed, ms: longer than a route is away by chance. */
const READ_AS_GONE_FOR_MS = 30_000;

/** Gone is proven: neither a read by id nor a search by what it was found by shows the record. */
export function planGone(input: PlanInput, remote: Remote): Step {
  const { seen, draft, hints, crm, link, now } = input;
  const { reads, found } = seen;
  const read = reads.get(remote.id);
  if (read === undefined && crm.canRead) return { do: 'read', remoteId: remote.id, known: null };
  if (read != null) return contradicted('a read still shows it');
  const keys = [...(draft?.keys ?? []), ...hints.lastKeys];
  // A key that Zena has for it by now, and the CRM never had, finds it nowhere.
  const isFound = hints.lastKeys.length > 0 || (keys.length > 0 && link.keyHash !== null);
  if (!isFound && now - (link.waitingSince ?? now) < READ_AS_GONE_FOR_MS) return UNPROVEN;
  for (const key of keys) {
    const hits = found.get(key.hash);
    if (hits === undefined) return { do: 'look', key, also: otherWritings(key, hints.lastKeys) };
    if (hits.some(({ id }) => id === remote.id)) return contradicted('a search still shows it');
  }
  return { do: 'lost', remoteId: remote.id, before: knownCopy(input, remote.id)?.before ?? null };
}

/** What nothing but reads can tell of: no search contradicts what stands before a CRM for a moment. */
const UNPROVEN: Step = {
  do: 'look_again',
  code: 'GONE_UNPROVEN',
  detail: 'The CRM says that the record is gone, and it has nothing to be looked for by.',
};

function contradicted(how: string): Step {
  return {
    do: 'look_again',
    code: 'GONE_CONTRADICTED',
    detail: `The CRM says that the record is gone, but ${how}.`,
  };
}
