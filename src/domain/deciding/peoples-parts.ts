import type { OurShare } from '../crm-copy.ts';
import type { Json, JsonObject } from '../json.ts';
import { textsBeside } from '../merging/appended-texts.ts';
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

/** Texts of people's own in what of a CRM record only grows, as far as it was asked for. */
export function peoplesTexts(
  { crm, seen }: Pick<PlanInput, 'crm' | 'seen'>,
  remoteId: string,
  ours: OurShare,
): JsonObject {
  const theirs: Record<string, Json> = {};
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
