import type { OurShare } from '../crm-copy.ts';
import type { Json } from '../json.ts';
import type { FieldSharings } from '../mapping.ts';
import type { CrmFields } from '../remote-record.ts';
import { fieldMark, isEmptyField } from './field-marks.ts';
import { idsIn } from './reference-lists.ts';
import { mergeSharedText } from './shared-text.ts';

/** Whether this program put there everything that stands in these fields. */
export function isWhollyOurs(fields: CrmFields, ours: OurShare, sharings: FieldSharings): boolean {
  return Object.entries(fields).every(([name, value]) => {
    if (isEmptyField(value)) return true;
    const sharing = sharings[name] ?? 'value';
    if (sharing === 'lines') return isEmptyField(withoutOurs(value, ours.lines[name] ?? {}));
    if (sharing === 'references') {
      const put = ours.ids[name] ?? [];
      return idsIn(value).every((id) => put.includes(id));
    }
    return ours.values[name]?.includes(fieldMark(value)) === true;
  });
}

/** What of a text stays when Zena's lines leave it. */
function withoutOurs(text: Json, fates: OurShare['lines'][string]): Json {
  if (typeof text !== 'string') return text;
  return mergeSharedText({ zena: '', held: text, fates, heldBefore: null }).text;
}
