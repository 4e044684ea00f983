import { shownRecord } from '../kit/records/record-desk.ts';
import { jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import type { FieldError } from './field-checks.ts';
import type { VaultSettings } from './vault-settings.ts';

/** The vendor-style error object. */
export function errorReply(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  return jsonReply(status, { message }, headers);
}

export function invalidReply(errors: readonly FieldError[]): HttpReply {
  return jsonReply(400, {
    message: 'The request is not valid.',
    errors: errors.map((error) => ({ ...error })),
  });
}

/** A record as the API answers with it. */
export function wireObject(
  record: StoredRecord,
  { ids, clockBehindMs }: Pick<VaultSettings, 'ids' | 'clockBehindMs'>,
) {
  const { createdAt, updatedAt } = record;
  const shown = shownRecord({
    ...record,
    createdAt: createdAt - clockBehindMs,
    updatedAt: updatedAt - clockBehindMs,
  });
  return ids === 'number' ? { ...shown, id: Number(record.id) } : shown;
}
