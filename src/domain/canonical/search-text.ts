import { foldText } from './fold-text.ts';
import type { ZenaRecord } from '../record.ts';

/** Stands before every folded text, and before none that an earlier version stored: that begins with the record's id. */
export const FOLDED_MARK = '\n';

/**
 * What people search a record by: names, e-mails, phones, address and id, folded and joined by line ends. Folded are letter case,
 * accents, width and invisible marks; so is what is searched for.
 */
export function searchText(record: ZenaRecord): string {
  return FOLDED_MARK + foldText(wordsOf(record).join('\n'));
}

/** In no folded text. */
const NOWHERE = '\u{10fffd}';

/** What a person typed, as it is looked for in folded texts; what says nothing once it is folded is found nowhere. */
export function searchQuery(typed: string): string {
  const folded = foldText(typed);
  return folded === '' && typed !== '' ? NOWHERE : folded;
}

function wordsOf({ entityId, body }: ZenaRecord): string[] {
  if (body?.kind === 'contact') {
    const { name, emails, phones } = body.contact;
    const figures = phones.map((phone) => phone.replace(/[^\p{Nd}+]/gu, ''));
    return [entityId, name, ...emails, ...phones, ...figures];
  }
  if (body?.kind === 'property') return [entityId, body.property.address];
  if (body?.kind === 'deal') {
    const { stage, summary, nextAction } = body.deal;
    return [entityId, stage, summary ?? '', nextAction ?? ''];
  }
  return [entityId];
}
