/** What Zena keeps and a CRM receives. The order is the order of delivery: a property needs its contacts, a deal both. */
export const ENTITY_KINDS = ['contact', 'property', 'deal'] as const;
export type EntityKind = (typeof ENTITY_KINDS)[number];

export type DoNotContact = 'email' | 'phone' | 'sms' | 'post';

export interface Contact {
  readonly name: string;
  readonly emails: readonly string[];
  readonly phones: readonly string[];
  /** buyer, vendor, market, tradesperson, agent, other; any text is kept. */
  readonly role: string;
  readonly relationshipNotes: readonly string[];
  /** null = not known. */
  readonly doNotContact: readonly DoNotContact[] | null;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Milestone {
  readonly type: string;
  /** Milliseconds since 1970, UTC. */
  readonly date: number;
  /** `YYYY-MM-DD` where the day itself was told; absent where only a time without a zone was: see `dayOf`. */
  readonly day?: string;
  readonly notes: string | null;
}

export interface Property {
  readonly address: string;
  /** Zena contact ids. */
  readonly vendors: readonly string[];
  /** Zena contact ids. */
  readonly buyers: readonly string[];
  readonly milestones: readonly Milestone[];
  readonly riskOverview: string | null;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Deal {
  /** A Zena property id. */
  readonly propertyId: string | null;
  readonly stage: string;
  readonly riskLevel: string;
  readonly riskFlags: readonly string[];
  readonly nextAction: string | null;
  readonly nextActionOwner: string | null;
  readonly summary: string | null;
  /** Zena contact ids. */
  readonly contacts: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
}

/** An entity's content, told apart by its kind. */
export type EntityBody =
  | { readonly kind: 'contact'; readonly contact: Contact }
  | { readonly kind: 'property'; readonly property: Property }
  | { readonly kind: 'deal'; readonly deal: Deal };

/** `<kind>/<Zena id>`: names one record in the whole store. Zena ids are unique across users. */
export type RecordKey = `${EntityKind}/${string}`;

export function recordKey(kind: EntityKind, entityId: string): RecordKey {
  return `${kind}/${entityId}`;
}

export function splitRecordKey(key: RecordKey): { kind: EntityKind; entityId: string } {
  const slash = key.indexOf('/');
  return { kind: key.slice(0, slash) as EntityKind, entityId: key.slice(slash + 1) };
}

/** The records that a body points at, each once, in the order of first mention. */
export function referencesOf(body: EntityBody): RecordKey[] {
  if (body.kind === 'contact') return [];
  const keys = new Set<RecordKey>();
  if (body.kind === 'property') {
    for (const id of [...body.property.vendors, ...body.property.buyers]) keys.add(recordKey('contact', id));
  } else {
    if (body.deal.propertyId !== null) keys.add(recordKey('property', body.deal.propertyId));
    for (const id of body.deal.contacts) keys.add(recordKey('contact', id));
  }
  return [...keys];
}
