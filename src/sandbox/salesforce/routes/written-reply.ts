import type { JsonObject } from '../../../domain/json.ts';
import type { Written } from '../records/write-record.ts';
import type { SfObject } from '../schema/objects.ts';
import { DONE, failed, itemFailure, ok, type SfReply } from '../org/sf-reply.ts';
import { recordUrl } from './rest-call.ts';

/** The answer to one record's write. */
export function writtenReply(
  written: Written,
  how: 'create' | 'change' | 'upsert',
  object: SfObject,
  version: string,
): SfReply {
  if (written.kind === 'failed') return failed(written.status, ...written.failures);
  // Nothing is written (verified).
  if (written.kind === 'many')
    return ok(
      written.ids.map((id) => recordUrl(version, object, id)),
      300,
    );
  const { id, created } = written;
  if (how === 'change') return DONE;
  if (how === 'create') return ok({ id, success: true, errors: [] }, 201);
  // `created` is there from v46 on; before, an update has no body.
  const hasCreated = Number(version.slice(1)) >= 46;
  if (!created && !hasCreated) return DONE;
  return ok({ id, success: true, errors: [], ...(hasCreated && { created }) }, created ? 201 : 200);
}

/** The same as an item of a collection. */
export function writtenItem(written: Written, isUpsert = false): JsonObject {
  if (written.kind === 'done') {
    const { id, created } = written;
    return { id, success: true, errors: [], ...(isUpsert && { created }) };
  }
  if (written.kind === 'many') {
    const message = `Multiple records found for the external id: ${written.ids.join(', ')}`;
    return { success: false, errors: [{ statusCode: 'DUPLICATE_EXTERNAL_ID', message, fields: [] }] };
  }
  return { success: false, errors: written.failures.map(itemFailure), ...(isUpsert && { created: false }) };
}
