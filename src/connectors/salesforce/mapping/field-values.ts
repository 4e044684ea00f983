import type { Json } from '../../../domain/json.ts';
import type { DraftRefusal } from '../../../domain/mapping.ts';
import type { CrmFields } from '../../../domain/remote-record.ts';
import { lengthOf, type CrmObject } from '../api/objects.ts';

/** Texts that are longer than their fields: refused before the call, each with its field. */
export function tooLong(object: CrmObject, fields: CrmFields): readonly DraftRefusal[] {
  return Object.entries(fields).flatMap(([field, value]) => {
    const most = lengthOf(object, field);
    if (most === null || typeof value !== 'string' || value.length <= most) return [];
    const label = object.fields.find(({ name }) => name === field)?.label ?? field;
    return [
      {
        field,
        code: 'TOO_LONG',
        detail: `“${label}” of Salesforce takes ${String(most)} characters, and this is ${String(value.length)}. Shorten it.`,
      },
    ];
  });
}

/** What is a name for people alone, cut to what its field takes. */
export function cutTo(object: CrmObject, field: string, text: string): string {
  const most = lengthOf(object, field) ?? text.length;
  if (text.length <= most) return text;
  // No half of a letter.
  return `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
