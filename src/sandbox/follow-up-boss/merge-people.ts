import type { Json } from '../../domain/json.ts';
import type { MergedAnswer } from '../kit/records/record-store.ts';
import type { FubAccount } from './fub-caller.ts';
import { objectsOf, textsOf } from './fub-record.ts';

/**
 * What people do with two records of one person: one stays, with the entries, tags, notes and deals of both. No document says how the other id
 * answers: as one that is deleted (`gone`), or as the person who stays (`alias`). False: one of them is not there.
 */
export function mergePeople(
  { store }: FubAccount,
  keepId: string,
  goneId: string,
  answer: MergedAnswer,
): boolean {
  const kept = store.lookUp('people', keepId);
  const gone = store.lookUp('people', goneId);
  if (kept.kind !== 'found' || gone.kind !== 'found' || keepId === goneId) return false;
  const [mine, theirs] = [kept.record.fields, gone.record.fields];
  store.write('people', keepId, {
    ...theirs,
    ...mine,
    emails: [...objectsOf(mine['emails']), ...objectsOf(theirs['emails'])],
    phones: [...objectsOf(mine['phones']), ...objectsOf(theirs['phones'])],
    tags: [...new Set([...textsOf(mine['tags']), ...textsOf(theirs['tags'])])],
  });
  for (const { id, fields } of store.all('notes'))
    if (Number(fields['personId']) === Number(goneId))
      store.write('notes', id, { ...fields, personId: Number(keepId) });
  for (const { id, fields } of store.all('deals')) {
    const people = Array.isArray(fields['peopleIds']) ? fields['peopleIds'].map(Number) : [];
    if (!people.includes(Number(goneId))) continue;
    const renamed: Json = [...new Set(people.map((one) => (one === Number(goneId) ? Number(keepId) : one)))];
    store.write('deals', id, { ...fields, peopleIds: renamed });
  }
  store.retire('people', goneId, keepId, answer);
  return true;
}
