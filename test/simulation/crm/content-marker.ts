import type { EntityBody, EntityKind } from '../../../src/domain/entity.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { contactBody, dealBody, propertyBody } from '../../support/builders.ts';

/** What a CRM does with content that carries it: takes it, refuses it for good, or fails on it each time. */
export type Trait = 'good' | 'rejected' | 'broken';

/**
 * The content of every simulated event names itself, in a text field that is mapped: so that a judge at the CRM knows which change
 * of which entity a request carries.
 */
export interface Marker {
  readonly entityId: string;
  /** Counts the contents that were ever made for the entity. */
  readonly content: number;
  readonly trait: Trait;
}

/** What an event says; small, so that a schedule can be read. */
export interface BodySpec {
  readonly kind: EntityKind;
  readonly content: number;
  readonly trait: Trait;
  /** A contact's e-mail, a property's address, a deal's stage. */
  readonly key: string;
  readonly contacts: readonly string[];
  readonly property: string | null;
}

export function bodyOf(entityId: string, spec: BodySpec): EntityBody {
  const text = `${entityId}#${spec.content}#${spec.trait}`;
  if (spec.kind === 'contact') {
    return contactBody({
      name: `Name ${entityId}`,
      emails: spec.key === '' ? [] : [spec.key],
      relationshipNotes: [text],
    });
  }
  if (spec.kind === 'property') {
    return propertyBody({ address: spec.key, vendors: spec.contacts, riskOverview: text });
  }
  return dealBody({ stage: spec.key, propertyId: spec.property, contacts: spec.contacts, summary: text });
}

const FIELD: Readonly<Record<EntityKind, string>> = {
  contact: 'notes',
  property: 'riskOverview',
  deal: 'summary',
};

export function markerOf(kind: EntityKind, fields: JsonObject): Marker | null {
  const text = fields[FIELD[kind]];
  const parts = typeof text === 'string' ? text.split('#') : [];
  const [entityId, content, trait] = parts;
  if (entityId === undefined || content === undefined || trait === undefined) return null;
  return { entityId, content: Number(content), trait: trait as Trait };
}
