import type { OurShare } from '../crm-copy.ts';
import type { Json, JsonObject } from '../json.ts';
import type { FieldSharings } from '../mapping.ts';
import type { CrmFields } from '../remote-record.ts';
import { isEmptyField, isOwnField } from './field-marks.ts';
import { shareOf } from './field-share.ts';
import { sharingRule } from './sharing-rules.ts';

export interface HeldContent {
  /** What the CRM holds. */
  readonly held: CrmFields;
  /** What of it this program put there. */
  readonly ours: OurShare;
  readonly sharings: FieldSharings;
  /** Fields as they were sent, as far as that is known: a CRM may write them in its own way, or cut a text short. */
  readonly sent: readonly CrmFields[];
  /** What else people can enter there, as a read showed it. Absent: nothing is known of it. */
  readonly rest?: CrmFields | null;
}

/** What would be left in a CRM record if everything that this program put there were taken out: what people entered, by field. */
export function peoplesContent({ held, ours, sharings, sent, rest }: HeldContent): JsonObject {
  const theirs: Record<string, Json> = {};
  for (const [name, value] of Object.entries({ ...rest, ...held })) {
    if (isOwnField(name) || isEmptyField(value)) continue;
    const left = sharingRule(sharings[name]).beside({
      value,
      share: shareOf(ours, name),
      sent: sent.map((fields) => fields[name] ?? null),
    });
    if (!isEmptyField(left)) theirs[name] = left;
  }
  return theirs;
}

/**
 * Fields of people's that aren't mapped and that a CRM dropped with a write, since it keeps just what it is sent: what was read before it, and
 * isn't in the answer, which shows all that was sent.
 */
export function droppedFields({
  held,
  sent,
  answered,
}: {
  readonly held: CrmFields;
  readonly sent: CrmFields;
  readonly answered: CrmFields | undefined;
}): JsonObject {
  if (answered === undefined || Object.keys(sent).some((name) => answered[name] === undefined)) return {};
  const dropped = Object.entries(held).filter(
    ([name, value]) =>
      !(name in sent) && !isOwnField(name) && !isEmptyField(value) && isEmptyField(answered[name]),
  );
  return Object.fromEntries(dropped);
}
