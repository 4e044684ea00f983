import type { OurShare } from '../crm-copy.ts';
import type { Json, JsonObject } from '../json.ts';
import { textsBeside } from '../merging/appended-texts.ts';
import { isEmptyField, isOwnField } from '../merging/field-marks.ts';
import { listedAs } from './later-parts.ts';
import type { PlanInput } from './step.ts';

/** An appending part whose texts weren't asked for, where the CRM tells them: people may have some there. */
export function unlistedPart(
  { crm, seen }: Pick<PlanInput, 'crm' | 'seen'>,
  remoteId: string,
): string | null {
  const part = crm.parts.find(
    ({ does, lists, name }) => does === 'appends' && lists && !seen.lists.has(listedAs(name, remoteId)),
  );
  return part?.name ?? null;
}

/** What people have in a CRM record beside its mapped fields: their own texts in what only grows, and what else a read showed that they can enter. */
export function peoplesBeside(
  { crm, seen }: Pick<PlanInput, 'crm' | 'seen'>,
  remoteId: string,
  ours: OurShare,
): JsonObject {
  const theirs: Record<string, Json> = {};
  for (const [name, value] of Object.entries(seen.rests.get(remoteId) ?? {}))
    if (!isOwnField(name) && saysSomething(value)) theirs[name] = value;
  for (const { name, fields } of crm.parts) {
    const listed = seen.lists.get(listedAs(name, remoteId));
    if (listed === undefined) continue;
    for (const field of fields) {
      const texts = textsBeside([...listed], ours.lines[field] ?? {});
      if (texts.length > 0) theirs[field] = [...texts];
    }
  }
  return theirs;
}

/** A flag that isn't set, and a number that is none, were entered by nobody. */
function saysSomething(value: Json): boolean {
  return value !== false && value !== 0 && !isEmptyField(value);
}
