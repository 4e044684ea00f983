import type { Json } from '../json.ts';
import { isEmptyField, plainText } from './field-marks.ts';

/** A list as it stands in a field, and how it is written there. */
export interface WrittenList {
  readonly entries: readonly Json[];
  /** The same field with these entries; just as it stood where they are the same. */
  write(list: readonly Json[]): Json;
}

const SEPARATOR = /[,;\r\n]/u;

/** A CRM may keep a list as a text (`finance, building`), or one entry of it alone. Null: it can't be read as a list. */
export function listIn(value: Json): WrittenList | null {
  if (Array.isArray(value)) return { entries: value as readonly Json[], write: (list) => list };
  if (isEmptyField(value)) return { entries: [], write: (list) => list };
  if (typeof value === 'number') return kept(value, [value], (list) => list);
  if (typeof value !== 'string') return null;
  const separator = /[,;\r\n]+[ \t]*/u.exec(value)?.[0] ?? ',';
  return kept(value, partsOf(value), (list) => list.map(String).join(separator));
}

/** One thing that stands for a list of itself. */
export function loneIn(value: Json): WrittenList {
  return kept(value, [value], (list) => list);
}

/** Whether a list stands there as a text. */
export function isListText(value: Json): boolean {
  return typeof value === 'string' && !isEmptyField(value);
}

/** What one text says, entry by entry. */
export function partsOf(text: string): string[] {
  return text
    .split(SEPARATOR)
    .map((part) => part.trim())
    .filter((part) => plainText(part) !== '');
}

function kept(value: Json, entries: readonly Json[], write: WrittenList['write']): WrittenList {
  return {
    entries,
    write: (list) =>
      list.length === entries.length && list.every((entry, index) => entry === entries[index])
        ? value
        : write(list),
  };
}
