import type { OurShare } from '../crm-copy.ts';
import type { Json, JsonObject } from '../json.ts';
import type { FieldSharings } from '../mapping.ts';
import type { CrmFields } from '../remote-record.ts';
import { isEmptyField, isOwnField } from './field-marks.ts';
import { shareOf } from './field-share.ts';
import { droppedEntries } from './our-entries.ts';
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
  const beside = Object.entries(rest ?? {}).filter(([, value]) => saysSomething(value));
  for (const [name, value] of Object.entries({ ...Object.fromEntries(beside), ...held })) {
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

/** A flag that isn't set, and a number that is none, were entered by nobody. */
function saysSomething(value: Json): boolean {
  return value !== false && value !== 0;
}

export interface DroppedInput {
  readonly held: CrmFields;
  readonly sent: CrmFields;
  /** Undefined: the CRM's answer doesn't show the record. */
  readonly answered: CrmFields | undefined;
  readonly sharings?: FieldSharings;
}

/**
 * What of people's a CRM dropped with a write, by its answer, which shows all that was sent: fields that aren't mapped, since it keeps just what it
 * is sent, and entries of a list that were sent along.
 */
export function droppedFields({ held, sent, answered, sharings = {} }: DroppedInput): JsonObject {
  if (answered === undefined || Object.keys(sent).some((name) => answered[name] === undefined)) return {};
  const fields = Object.entries(held).filter(
    ([name, value]) =>
      !(name in sent) && !isOwnField(name) && !isEmptyField(value) && isEmptyField(answered[name]),
  );
  const entries = Object.entries(sharings).flatMap(([name, sharing]) => {
    if (typeof sharing !== 'object') return [];
    const lists = { held: held[name] ?? null, sent: sent[name] ?? null, shown: answered[name] ?? null };
    const dropped = droppedEntries(lists, sharing);
    return dropped.length === 0 ? [] : [[name, dropped] as const];
  });
  return Object.fromEntries([...fields, ...entries]);
}
