import type { ChangeEvent } from '../change-event.ts';
import type { EntityBody, Milestone } from '../entity.ts';
import { writeTime } from './told-time.ts';

/** The envelope of a change event as JSON and Avro carry it: the entity under its kind's name, null for a DELETE. */
export type ChangeEnvelope = Omit<ChangeEvent, 'kind' | 'body'> & Readonly<Record<string, unknown>>;

/** Makes the envelope that `decodeChange` reads back to an equal event. */
export function changeEnvelope(event: ChangeEvent): ChangeEnvelope {
  const { kind, body, ...envelope } = event;
  return { ...envelope, [kind]: body === null ? null : entityOf(body) };
}

/** Whether an event holds a day that was told: only a text can carry it, and in Avro a milestone's date is none. */
export function tellsDays({ body }: ChangeEvent): boolean {
  return body?.kind === 'property' && body.property.milestones.some(({ day }) => day !== undefined);
}

function entityOf(body: EntityBody): unknown {
  if (body.kind === 'contact') return body.contact;
  if (body.kind === 'deal') return body.deal;
  return { ...body.property, milestones: body.property.milestones.map(milestoneOf) };
}

function milestoneOf({ type, date, day, notes }: Milestone): unknown {
  return { type, date: day === undefined ? date : writeTime(date, day), notes };
}
