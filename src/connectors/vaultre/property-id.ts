import { ASSUMED_NEW_CLASS } from './assumed.ts';

/** Which property, and what it is sold as: a write needs both. */
export interface PropertyId {
  readonly id: string;
  readonly propertyClass: string;
}

const ID = /^(?:([A-Za-z]+)-)?(\d+)$/;

/** The id by which a property is remembered: the CRM's, behind its class where that isn't the usual one. */
export function propertyIdText({ id, propertyClass }: PropertyId): string {
  return propertyClass === ASSUMED_NEW_CLASS ? id : `${propertyClass}-${id}`;
}

export function propertyIdOf(text: string): PropertyId {
  const [, propertyClass = ASSUMED_NEW_CLASS, id = text] = ID.exec(text) ?? [];
  return { id, propertyClass };
}
