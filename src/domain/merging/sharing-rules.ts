import type { Json } from '../json.ts';
import type { EntryIdentity, FieldSharing } from '../mapping.ts';
import { mergeAppended, sentTexts, textsBeside } from './appended-texts.ts';
import { isEntryList, mergeEntries } from './entry-lists.ts';
import { fieldMark, isEmptyField } from './field-marks.ts';
import type { FieldShare } from './field-share.ts';
import { isSamePlace, mergeValue, valueBeside } from './merge-value.ts';
import { othersBeside, sentEntries } from './our-entries.ts';
import { entriesBeside, idsIn, mergeReferences } from './reference-lists.ts';
import { flagsBeside, mergeFlags } from './set-flags.ts';
import { mergeSharedText, sentLines, textBeside } from './shared-text.ts';
import { isItemList, itemsBeside, mergeItems, sentItems } from './value-lists.ts';
import { listIn } from './written-lists.ts';

export interface FieldInput {
  /** What Zena says. */
  readonly said: Json;
  /** What stands in the CRM; null: nothing. */
  readonly there: Json;
  /** What of it this link put there. */
  readonly share: FieldShare;
  /** What stood there before a write of which nobody heard whether it was taken; undefined where there was none. */
  readonly prior: Json | undefined;
}

export interface MergedField {
  readonly value: Json;
  /** What is ours once the CRM took it, and while nobody knows whether it did. */
  readonly share: FieldShare;
  readonly inDoubt: FieldShare;
  /** What people had, and Zena's has the place of; null: nothing that is told. */
  readonly replaced: Json;
  /** Whether what stands there says it already, however it is written. Absent: where both are the same. */
  readonly stands?: boolean;
}

export interface HeldField {
  readonly value: Json;
  readonly share: FieldShare;
  /** As it was sent, as far as that is known. */
  readonly sent: readonly Json[];
}

/** What it means that a field is shared in one way. */
export interface SharingRule {
  merge(field: FieldInput): MergedField;
  /** All that stands in the field was put there. */
  whole(value: Json): FieldShare;
  /** What is left where all that was put there is taken out; empty: nothing is. */
  beside(field: HeldField): Json;
}

/** By which rule a field is kept; one of which nothing is said is a value. */
export function sharingRule(sharing: FieldSharing | undefined): SharingRule {
  if (typeof sharing === 'object') return entryRule(sharing);
  return RULES[sharing ?? 'value'];
}

const value = valueRule(null);

const lines: SharingRule = {
  merge({ said, there, share, prior }) {
    const merged = mergeSharedText({
      zena: textOf(said),
      held: textOf(there),
      fates: share.lines ?? {},
      heldBefore: prior === undefined ? null : textOf(prior),
    });
    return {
      // What was no text before stays as it is where it says nothing: null is not made ''.
      value: merged.text === '' && isEmptyField(there) ? (there ?? said) : merged.text,
      share: { lines: merged.fates },
      inDoubt: { lines: merged.inDoubt },
      replaced: null,
    };
  },
  whole: (text) => ({ lines: sentLines(textOf(text)) }),
  beside: (held) => textBeside(held.value, held.share.lines ?? {}, held.sent),
};

const references: SharingRule = {
  merge({ said, there, share, prior }) {
    const { list, ours, unseen, inDoubt, replaced } = mergeReferences({
      zena: said,
      held: there,
      ours: share.ids ?? [],
      unseen: share.unseen,
      heldBefore: prior === undefined ? null : (prior ?? []),
    });
    return { value: list, share: { ids: ours, unseen }, inDoubt: { ids: inDoubt, unseen }, replaced };
  },
  whole: (list) => ({ ids: idsIn(list).sort() }),
  beside: (held) => entriesBeside(held.value, held.share.ids ?? []),
};

const items: SharingRule = {
  merge(field) {
    const { said, there, share, prior } = field;
    if (!isItemList(there, said)) return value.merge(field);
    const merged = mergeItems({
      zena: said,
      held: there,
      fates: share.lines ?? {},
      forms: share.forms,
      heldBefore: prior === undefined ? null : (prior ?? []),
    });
    return {
      value: isEmptyField(merged.list) && isEmptyField(there) ? (there ?? said) : merged.list,
      share: { lines: merged.fates, forms: merged.forms },
      inDoubt: { lines: merged.inDoubt, forms: { ...share.forms, ...merged.forms } },
      replaced: merged.replaced.length > 0 ? merged.replaced : null,
      stands: merged.stands,
    };
  },
  whole: (list) => ({ lines: sentItems(list) }),
  beside(held) {
    const { values, lines: fates, forms } = held.share;
    // An older program put it there as a whole; where the items are known, the CRM's own writing of the list holds people's as well.
    const isWhole = fates === undefined && values?.includes(fieldMark(held.value)) === true;
    return listIn(held.value) === null || isWhole
      ? value.beside(held)
      : itemsBeside(held.value, fates ?? {}, forms);
  },
};

const appended: SharingRule = {
  merge({ said, there, share }) {
    const merged = mergeAppended({ zena: said, there, fates: share.lines ?? {} });
    return {
      value: merged.list,
      share: { lines: merged.fates },
      inDoubt: { lines: merged.inDoubt },
      replaced: null,
      stands: merged.unsent.length === 0,
    };
  },
  whole: (list) => ({ lines: sentTexts(list) }),
  beside: (held) => textsBeside(held.value, held.share.lines ?? {}),
};

const flags: SharingRule = {
  merge({ said, there, share }) {
    const merged = mergeFlags({ said, there, sent: share.values ?? [] });
    return {
      value: merged.value,
      share: merged.ours === null ? {} : { values: [merged.ours] },
      inDoubt: merged.inDoubt.length === 0 ? {} : { values: merged.inDoubt },
      replaced: null,
      stands: merged.stands,
    };
  },
  whole: value.whole,
  beside: (held) => flagsBeside(held.value, held.share.values ?? []),
};

/** Whatever stands there stays. */
const first: SharingRule = {
  merge: (field) => {
    const { said, there, share } = field;
    if (there === null) return { ...value.merge(field), value: said };
    return { value: there, share, inDoubt: share, replaced: null, stands: true };
  },
  whole: value.whole,
  beside: value.beside,
};

/** A field that nobody knows how to empty. */
const filled: SharingRule = {
  ...value,
  merge: (field) =>
    isEmptyField(field.said) && !isEmptyField(field.there)
      ? { value: field.there, share: field.share, inDoubt: field.share, replaced: null, stands: true }
      : value.merge(field),
};

const RULES: Readonly<Record<Exclude<FieldSharing, EntryIdentity>, SharingRule>> = {
  value,
  address: valueRule(isSamePlace),
  lines,
  references,
  items,
  appended,
  set_only: flags,
  first_only: first,
  never_emptied: filled,
};

function valueRule(isAlike: ((one: Json, other: Json) => boolean) | null): SharingRule {
  return {
    merge({ said, there, share, prior }) {
      const merged = mergeValue({ said, there, sent: share.values ?? [], prior: prior ?? null, isAlike });
      return {
        value: merged.value,
        share: merged.ours === null ? {} : { values: [merged.ours] },
        inDoubt: merged.inDoubt.length === 0 ? {} : { values: merged.inDoubt },
        replaced: merged.replaced,
      };
    },
    whole: (all) => (isEmptyField(all) ? {} : { values: [fieldMark(all)] }),
    beside: (held) => valueBeside(held.value, { marks: held.share.values ?? [], sent: held.sent, isAlike }),
  };
}

function entryRule(identity: EntryIdentity): SharingRule {
  return {
    merge(field) {
      const { said, there, share, prior } = field;
      if (!isEntryList(there, identity)) return value.merge(field);
      const merged = mergeEntries({
        identity,
        zena: said,
        held: there,
        fates: share.lines ?? {},
        forms: share.forms,
        heldBefore: prior === undefined ? null : (prior ?? []),
      });
      return {
        value: isEmptyField(merged.list) && isEmptyField(there) ? (there ?? said) : merged.list,
        share: { lines: merged.fates, forms: merged.forms },
        inDoubt: { lines: merged.inDoubt, forms: { ...share.forms, ...merged.forms } },
        replaced: null,
        stands: merged.stands,
      };
    },
    whole(list) {
      const { fates, forms } = sentEntries(list, identity);
      return { lines: fates, forms };
    },
    beside: (held) =>
      isEntryList(held.value, identity)
        ? othersBeside(held.value, identity, { fates: held.share.lines ?? {}, forms: held.share.forms })
        : value.beside(held),
  };
}

export function textOf(text: Json): string {
  return typeof text === 'string' ? text : typeof text === 'number' ? String(text) : '';
}
