import type { EntityBody, EntityKind } from '../../../src/domain/entity.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import { contactBody, dealBody, propertyBody } from '../../support/builders.ts';

/** What each of Zena's lines says, behind what tells it apart. */
export const ZENA_WORDS = 'called about the garden';

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
  /** What else Zena says; absent: what every entity of its kind has. */
  readonly more?: MoreContent;
}

/** Fields that Zena has now and then, and lists that change. */
export interface MoreContent {
  /** A contact's. */
  readonly phone?: string;
  readonly role?: string;
  readonly notes?: readonly string[];
  /** A property's. */
  readonly buyers?: readonly string[];
  readonly milestones?: readonly number[];
  /** A deal's. */
  readonly nextAction?: string | null;
  readonly riskLevel?: string;
  readonly riskFlags?: readonly string[];
}

export function bodyOf(entityId: string, spec: BodySpec): EntityBody {
  const text = `${entityId}#${spec.content}#${spec.trait}`;
  const { more = {} } = spec;
  if (spec.kind === 'contact') {
    return contactBody({
      name: `Name ${text}`,
      emails: spec.key === '' ? [] : [spec.key],
      relationshipNotes: more.notes ?? [],
      ...(more.phone === undefined ? {} : { phones: more.phone === '' ? [] : [more.phone] }),
      ...(more.role === undefined ? {} : { role: more.role }),
    });
  }
  if (spec.kind === 'property') {
    return propertyBody({
      address: spec.key,
      vendors: spec.contacts,
      buyers: more.buyers ?? [],
      milestones: (more.milestones ?? []).map((date) => ({ type: 'auction', date, notes: null })),
      riskOverview: text,
    });
  }
  return dealBody({
    stage: spec.key,
    propertyId: spec.property,
    contacts: spec.contacts,
    summary: text,
    nextAction: more.nextAction ?? null,
    riskFlags: more.riskFlags ?? [],
    ...(more.riskLevel === undefined ? {} : { riskLevel: more.riskLevel }),
  });
}

/** Where the content names itself; people leave these fields alone. */
const FIELD: Readonly<Record<EntityKind, string>> = {
  contact: 'lastName',
  property: 'riskOverview',
  deal: 'summary',
};

/** The text by which a request's body names its content. */
export function markerText(fields: JsonObject | null): string {
  return String(fields?.['lastName'] ?? fields?.['riskOverview'] ?? fields?.['summary'] ?? '');
}

export function markerOf(kind: EntityKind, fields: JsonObject): Marker | null {
  const text = fields[FIELD[kind]];
  const parts = typeof text === 'string' ? text.split('#') : [];
  const [entityId, content, trait] = parts;
  if (entityId === undefined || content === undefined || trait === undefined) return null;
  return { entityId, content: Number(content), trait: trait as Trait };
}
