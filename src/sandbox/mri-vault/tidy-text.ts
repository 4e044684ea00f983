import type { Json } from '../../domain/json.ts';
import type { VaultCollection, VaultFields } from './vault-record.ts';
import type { VaultSettings } from './vault-settings.ts';

/** The fields that people write whole paragraphs into. */
const LONG_TEXTS: Readonly<Record<VaultCollection, readonly string[]>> = {
  contacts: ['notes'],
  properties: ['riskOverview'],
  deals: ['summary', 'nextAction'],
};

type TextSettings = Pick<VaultSettings, 'trimText' | 'noteWidth' | 'noteLength' | 'noteLines'>;

/** What a CRM makes of the texts that it is sent, before it keeps them. */
export function tidyTexts(
  collection: VaultCollection,
  fields: VaultFields,
  settings: TextSettings,
): VaultFields {
  const tidied = (name: string, value: Json): Json => {
    if (typeof value !== 'string') return value;
    const text = settings.trimText ? trimmedLines(value) : value;
    return LONG_TEXTS[collection].includes(name) ? tidyNote(text, settings) : text;
  };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, tidied(name, value)]));
}

function trimmedLines(text: string): string {
  return text
    .split(/\r?\n/u)
    .map((line) => line.trim())
    .join('\n')
    .trim();
}

function tidyNote(text: string, { noteWidth, noteLength, noteLines }: TextSettings): string {
  const lines = text.split(/\r?\n/u);
  const wrapped = noteWidth === 0 ? lines : lines.flatMap((line) => wrap(line, noteWidth));
  const joined = wrapped.join(noteLines === 'crlf' ? '\r\n' : '\n');
  const kept = noteWidth === 0 && noteLines === 'kept' ? text : joined;
  return noteLength === 0 ? kept : kept.slice(0, noteLength);
}

/** Breaks a line at blanks; a word that is longer stands alone. */
function wrap(line: string, width: number): string[] {
  const out: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > width) {
      out.push(current);
      current = word;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...out, current];
}
