import type { ChangeEvent } from '../../domain/change-event.ts';
import { changeEnvelope } from '../../domain/events/change-envelope.ts';

/** The envelope as JSON in UTF-8. */
export function encodeChangeAsJson(event: ChangeEvent): Buffer {
  return Buffer.from(JSON.stringify(changeEnvelope(event)), 'utf8');
}
