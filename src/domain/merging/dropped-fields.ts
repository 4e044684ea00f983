import type { JsonObject } from '../json.ts';
import type { CrmFields } from '../remote-record.ts';
import { isEmptyField, isOwnField } from './field-marks.ts';

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
