import { NOTHING_OURS, type OurShare } from '../crm-copy.ts';
import type { Json, JsonObject } from '../json.ts';
import type { FieldSharings } from '../mapping.ts';
import type { CrmFields } from '../remote-record.ts';
import { fieldMark, isEmptyField, sameField } from './field-marks.ts';
import { shareOf, shareOfFields } from './field-share.ts';
import { identityIn } from './list-entries.ts';
import { isOfItems, isPut, type ItemForms } from './list-items.ts';
import { MOST_DOUBTED } from './merge-value.ts';
import { sameEntries, shownEntries, standingEntries } from './our-entries.ts';
import { idsIn, unseenIds } from './reference-lists.ts';
import { standingLines, textBeside } from './shared-text.ts';
import { sharingRule, textOf } from './sharing-rules.ts';
import { sameItems, shownItems, standingItems } from './value-lists.ts';
import { listIn } from './written-lists.ts';

export interface MergeInput {
  /** What Zena says, by the mapping: every mapped field, empty ones explicitly. */
  readonly zena: CrmFields;
  readonly sharings: FieldSharings;
  /** What the CRM holds. */
  readonly held: CrmFields;
  readonly ours: OurShare;
  /** What it held before a write of which nobody heard whether it was taken; null where there was none. */
  readonly heldBefore: CrmFields | null;
}

export interface MergedFields {
  /** What to send: every mapped field. */
  readonly fields: CrmFields;
  /** What of it is ours once the CRM took it. */
  readonly ours: OurShare;
  /** What of it is ours while nobody knows whether it did. */
  readonly inDoubt: OurShare;
  /** Names of the fields in which it differs from what the CRM holds. */
  readonly differs: readonly string[];
  /** Whether only this tells later what of the CRM record is ours, where the one who sends it ends before it is heard of: to be written down first. */
  readonly isNoteworthy: boolean;
  /** Values of people's that it takes the place of, by field. */
  readonly replaced: JsonObject;
}

/** What the CRM should hold, so that Zena's values stand there and nothing of people's that Zena says nothing of is lost. */
export function mergeFields({ zena, sharings, held, ours, heldBefore }: MergeInput): MergedFields {
  const merged = Object.entries(zena).map(([name, said]) => {
    const there = held[name] ?? null;
    const prior = heldBefore === null ? undefined : (heldBefore[name] ?? null);
    const rule = sharingRule(sharings[name]);
    return [name, rule.merge({ said, there, share: shareOf(ours, name), prior })] as const;
  });
  const fields = Object.fromEntries(merged.map(([name, { value }]) => [name, value]));
  const inDoubt = shareOfFields(merged.map(([name, field]) => [name, field.inDoubt]));
  const replaced = merged.filter(([, field]) => field.replaced !== null);
  const differs = merged.filter(
    ([name, { stands, value }]) => stands !== true && !sameField(value, held[name]),
  );
  return {
    fields,
    ours: shareOfFields(merged.map(([name, { share }]) => [name, share])),
    inDoubt,
    differs: differs.map(([name]) => name),
    replaced: Object.fromEntries(replaced.map(([name, field]) => [name, field.replaced])),
    isNoteworthy: isNoteworthy(ours, inDoubt),
  };
}

function isNoteworthy(ours: OurShare, doubt: OurShare): boolean {
  const puts = Object.entries(doubt.ids).some(([name, ids]) =>
    ids.some((id) => !ours.ids[name]?.includes(id)),
  );
  const says = Object.entries(doubt.values).some(([name, marks]) =>
    marks.some((mark) => !ours.values[name]?.includes(mark)),
  );
  return puts || says || Object.values(doubt.lines).some((fates) => Object.values(fates).includes('doubted'));
}

/** What a new record is made of: Zena's fields, each line of a text once. */
export function newFields(zena: CrmFields, sharings: FieldSharings): MergedFields {
  return mergeFields({ zena, sharings, held: {}, ours: NOTHING_OURS, heldBefore: null });
}

/** Everything that stands in these fields was put there by us: a record that our create made, or one written whole. */
export function wholeShare(fields: CrmFields, sharings: FieldSharings): OurShare {
  return shareOfFields(
    Object.entries(fields).map(([name, value]) => [name, sharingRule(sharings[name]).whole(value)]),
  );
}

/** Of what was sent, what stands in these fields. */
function standingShare(sent: OurShare, fields: CrmFields): OurShare {
  const values = Object.entries(sent.values).filter(([name, marks]) =>
    marks.includes(fieldMark(fields[name])),
  );
  const lines = Object.entries(sent.lines).map(([name, fates]) => {
    const there = fields[name] ?? null;
    return [name, standingFates(fates, there, sent.forms?.[name])] as const;
  });
  const ids = Object.entries(sent.ids).map(([name, sentIds]) => {
    const there = idsIn(fields[name]);
    return [name, sentIds.filter((id) => there.includes(id))] as const;
  });
  return {
    values: Object.fromEntries(values),
    lines: Object.fromEntries(lines),
    ids: Object.fromEntries(ids),
  };
}

function standingFates(
  fates: OurShare['lines'][string],
  there: Json,
  forms: ItemForms | undefined,
): OurShare['lines'][string] {
  if (identityIn(fates) !== null) return standingEntries(fates, there, forms);
  return isOfItems(fates) ? standingItems(fates, there) : standingLines(fates, textOf(there));
}

/** What a create sent that may have made a record, or not: what of it stands there is ours. */
export function doubtedShare(share: OurShare): OurShare {
  const doubted = Object.entries(share.lines).map(([name, fates]) => {
    const each = Object.entries(fates).map(
      ([hash, fate]) => [hash, fate === 'sent' ? 'doubted' : fate] as const,
    );
    return [name, Object.fromEntries(each)] as const;
  });
  return { ...share, lines: Object.fromEntries(doubted) };
}

/** As it is known of a list that an older program put there, or left, whole: what it last said there is ours. */
export function openedShare(ours: OurShare, lastSaid: CrmFields | null, sharings: FieldSharings): OurShare {
  const opened = Object.entries(sharings).flatMap(([name, sharing]) => {
    const marks = ours.values[name] ?? [];
    const isList = sharing === 'items' || typeof sharing === 'object';
    const isKnown = !isList || ours.lines[name] !== undefined || marks.length === 0;
    const said = lastSaid?.[name] ?? null;
    const { lines = {} } = isKnown ? {} : sharingRule(sharing).whole(said);
    return isKnown || !marks.includes(fieldMark(said)) ? [] : [[name, lines] as const];
  });
  return opened.length === 0 ? ours : { ...ours, lines: { ...ours.lines, ...Object.fromEntries(opened) } };
}

/** What is ours where the CRM answered a write in its own way: that as well. */
export function answeredShare(ours: OurShare, sent: CrmFields, answered: CrmFields): OurShare {
  const values = Object.entries(ours.values).map(([name, marks]) => {
    const shown = answered[name];
    return [name, shown === undefined ? marks : [...new Set([...marks, fieldMark(shown)])]] as const;
  });
  // A list as a whole: what a look shows of it later was changed by nobody.
  const lists = [...Object.keys(ours.lines), ...Object.keys(ours.ids)]
    .filter((name) => isShown(answered[name]) && !sameField(answered[name], sent[name]))
    .filter((name) => ours.ids[name] !== undefined || Array.isArray(answered[name]))
    .map((name) => [name, [fieldMark(answered[name])]] as const);
  const known = withForms(ours, { known: sent, shown: answered }, 'answer');
  return { ...known, values: Object.fromEntries([...values, ...lists]) };
}

/** What is ours by what the CRM shows of a record after it took what was sent, or since it was last known. */
export function shownShare(ours: OurShare, known: CrmFields, shown: CrmFields): OurShare {
  const share = withForms(ours, { known, shown }, 'read');
  const unseen = Object.entries(ours.ids)
    .filter(([name]) => isShown(shown[name]))
    .map(([name, ids]) => [name, unseenIds(ids, known[name] ?? null, shown[name] ?? null)] as const)
    .filter(([, ids]) => ids.length > 0);
  if (unseen.length === 0) return share;
  return {
    ...share,
    unseen: joined(Object.fromEntries(unseen), share.unseen ?? {}, (ids, before) => [
      ...new Set([...before, ...ids]),
    ]),
  };
}

function isShown(value: Json | undefined): boolean {
  return value !== undefined && !isEmptyField(value);
}

function withForms(
  ours: OurShare,
  { known, shown }: { readonly known: CrmFields; readonly shown: CrmFields },
  trust: 'answer' | 'read',
): OurShare {
  const learned = Object.entries(ours.lines)
    .filter(([name, fates]) => isOfList(fates) && isShown(shown[name]))
    .map(([name, fates]) => {
      const learnList = identityIn(fates) === null ? shownItems : shownEntries;
      const lists = { known: known[name] ?? null, shown: shown[name] ?? null };
      return [name, learnList({ fates, forms: ours.forms?.[name], ...lists }, trust)] as const;
    });
  if (learned.length === 0) return ours;
  const forms = learned.filter((each) => Object.keys(each[1].forms).length > 0);
  return {
    ...ours,
    lines: { ...ours.lines, ...Object.fromEntries(learned.map(([name, { fates }]) => [name, fates])) },
    ...(forms.length > 0 && {
      forms: { ...ours.forms, ...Object.fromEntries(forms.map((each) => [each[0], each[1].forms])) },
    }),
  };
}

/** Whether these fields say what was sent and no more, as far as a CRM may say it in its own way. */
export function saysWhatWasSent(sent: OurShare, names: readonly string[], fields: CrmFields): boolean {
  const standing = standingShare(sent, fields);
  return names.every((name) => {
    const parts = sent.lines[name];
    if (parts !== undefined)
      return size(parts) === size(standing.lines[name]) && saysNoMore(parts, fields[name] ?? null);
    if (sent.ids[name] !== undefined)
      return (
        size(sent.ids[name]) === size(standing.ids[name]) &&
        size(sent.ids[name]) === idsIn(fields[name]).length
      );
    return sent.values[name] === undefined ? isEmptyField(fields[name]) : standing.values[name] !== undefined;
  });
}

/** Whether beside these lines of a text, or items of a list, nothing stands; a CRM may have broken the lines in its own way. */
function saysNoMore(parts: OurShare['lines'][string], value: Json): boolean {
  return isOfList(parts)
    ? (listIn(value)?.entries.length ?? 0) === size(parts)
    : isEmptyField(textBeside(value, parts, []));
}

function isOfList(fates: OurShare['lines'][string]): boolean {
  return isOfItems(fates) || identityIn(fates) !== null;
}

function size(of: object | undefined): number {
  return of === undefined ? 0 : Object.keys(of).length;
}

/** What may be ours while nobody knows who of those who share a CRM record wrote last. */
export function eitherShare(one: OurShare, other: OurShare): OurShare {
  return {
    values: joined(one.values, other.values, (a, b) => [...new Set([...a, ...b])].slice(0, MOST_DOUBTED)),
    lines: joined(one.lines, other.lines, eitherFates),
    ids: joined(one.ids, other.ids, (a, b) => [...new Set([...a, ...b])].sort()),
    ...(one.forms !== undefined || other.forms !== undefined
      ? { forms: joined(one.forms ?? {}, other.forms ?? {}, (a, b) => ({ ...b, ...a })) }
      : {}),
    ...(one.unseen !== undefined || other.unseen !== undefined
      ? { unseen: joined(one.unseen ?? {}, other.unseen ?? {}, (a, b) => [...new Set([...a, ...b])]) }
      : {}),
  };
}

/** An entry that one of them put there is ours, also where another found it there. */
function eitherFates(
  one: OurShare['lines'][string],
  other: OurShare['lines'][string],
): OurShare['lines'][string] {
  const either = { ...other, ...one };
  if (identityIn(either) === null) return either;
  const put = Object.entries(other).filter(([mark, fate]) => isPut(fate) && !isPut(one[mark]));
  return { ...either, ...Object.fromEntries(put) };
}

function joined<T>(
  one: Readonly<Record<string, T>>,
  other: Readonly<Record<string, T>>,
  join: (a: T, b: T) => T,
): Record<string, T> {
  const all: Record<string, T> = { ...other };
  for (const [name, value] of Object.entries(one)) {
    const there = all[name];
    all[name] = there === undefined ? value : join(value, there);
  }
  return all;
}

/** Whether what a CRM shows in a field is another than it was known to hold, and none that it may have made of ours. */
export function isChangedByPeople(
  { known, shown }: { readonly known: Json | undefined; readonly shown: Json | undefined },
  name: string,
  ours: OurShare | undefined,
): boolean {
  if (sameField(known, shown) || ours?.values[name]?.includes(fieldMark(shown)) === true) return false;
  const forms = ours?.forms?.[name];
  const identity = identityIn(ours?.lines[name] ?? {});
  if (identity !== null) return !sameEntries(known ?? null, shown ?? null, { identity, forms });
  return forms === undefined || !sameItems(known ?? null, shown ?? null, forms);
}
