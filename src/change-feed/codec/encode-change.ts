import type { ChangeEvent } from '../../domain/change-event.ts';
import type { EntityBody } from '../../domain/entity.ts';

/** The envelope of a change event as JSON and Avro carry it: the entity under its kind's name, null for a DELETE. */
export type ChangeEnvelope = Omit<ChangeEvent, 'kind' | 'body'> & Readonly<Record<string, unknown>>;

/** Makes the envelope that `decodeChange` reads back to an equal event. */
export function changeEnvelope(event: ChangeEvent): ChangeEnvelope {
  const { kind, body, ...envelope } = event;
  return { ...envelope, [kind]: body === null ? null : entityOf(body) };
}

/** The envelope as JSON in UTF-8. */
export function encodeChangeAsJson(event: ChangeEvent): Buffer {
  return Buffer.from(JSON.stringify(changeEnvelope(event)), 'utf8');
}

function entityOf(body: EntityBody): unknown {
  if (body.kind === 'contact') return body.contact;
  return body.kind === 'property' ? body.property : body.deal;
}
