import { foldText } from '../canonical/fold-text.ts';
import type { OurShare } from '../crm-copy.ts';
import type { Json, JsonObject } from '../json.ts';
import type { FieldSharings } from '../mapping.ts';
import type { CrmFields } from '../remote-record.ts';
import { textsBeside } from './appended-texts.ts';
import { fieldMark, isEmptyField, isOwnField, plainText } from './field-marks.ts';
import { entriesBeside } from './reference-lists.ts';
import { textBeside } from './shared-text.ts';
import { itemsBeside } from './value-lists.ts';
import { listIn } from './written-lists.ts';

export interface HeldContent {
  /** What the CRM holds. */
  readonly held: CrmFields;
  /** What of it this program put there. */
  readonly ours: OurShare;
  readonly sharings: FieldSharings;
  /** Fields as they were sent, as far as that is known: a CRM may write them in its own way, or cut a text short. */
  readonly sent: readonly CrmFields[];
}

/** What would be left in a CRM record if everything that this program put there were taken out: what people entered, by field. */
export function peoplesContent({ held, ours, sharings, sent }: HeldContent): JsonObject {
  const theirs: Record<string, Json> = {};
  for (const [name, value] of Object.entries(held)) {
    if (isOwnField(name) || isEmptyField(value)) continue;
    const sharing = sharings[name] ?? 'value';
    const known = sent.map((fields) => fields[name] ?? null);
    const marks = ours.values[name] ?? [];
    const fates = ours.lines[name] ?? {};
    const left =
      sharing === 'appended'
        ? textsBeside(value, fates)
        : sharing === 'lines'
          ? textBeside(value, fates, known)
          : sharing === 'references'
            ? entriesBeside(value, ours.ids[name] ?? [])
            : sharing === 'items' && listIn(value) !== null && !marks.includes(fieldMark(value))
              ? itemsBeside(value, fates, ours.forms?.[name])
              : valueBeside(value, marks, known);
    if (!isEmptyField(left)) theirs[name] = left;
  }
  return theirs;
}

/** A value that differs from ours only in how it is written was written so by the CRM. */
function valueBeside(value: Json, marks: readonly string[], known: readonly Json[]): Json {
  if (marks.includes(fieldMark(value))) return null;
  const ours = known.filter((each) => marks.includes(fieldMark(each)));
  return ours.some((each) => isAlike(each, value)) ? null : value;
}

function isAlike(one: Json, other: Json): boolean {
  return typeof one === 'string' && typeof other === 'string' && folded(one) === folded(other);
}

function folded(text: string): string {
  return foldText(plainText(text));
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
