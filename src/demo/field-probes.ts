import type { MappedField } from '../connectors/connector-page.ts';
import type { Contact, Deal, EntityBody, Property } from '../domain/entity.ts';

/** Says another thing in one of the product's fields, so that it shows in which fields of a CRM that one stands. */
export type FieldProbe = (body: EntityBody) => EntityBody;

const contact =
  (change: (contact: Contact) => Partial<Contact>): FieldProbe =>
  (body) =>
    body.kind === 'contact'
      ? { kind: 'contact', contact: { ...body.contact, ...change(body.contact) } }
      : body;
const property =
  (change: (property: Property) => Partial<Property>): FieldProbe =>
  (body) =>
    body.kind === 'property'
      ? { kind: 'property', property: { ...body.property, ...change(body.property) } }
      : body;
const deal =
  (change: (deal: Deal) => Partial<Deal>): FieldProbe =>
  (body) =>
    body.kind === 'deal' ? { kind: 'deal', deal: { ...body.deal, ...change(body.deal) } } : body;

const OTHER = 'Something else';
const another = (text: string | null): string => (text === OTHER ? `${OTHER} again` : OTHER);
const words = (name: string): string[] => name.trim().split(/\s+/u);
/** What names nobody is named by somebody, and the other way round. */
const turned = (ids: readonly string[]): string[] => (ids.length === 0 ? ['contact-1'] : []);

export const FIELD_PROBES: Readonly<Record<MappedField, FieldProbe>> = {
  'contact.firstName': contact(({ name }) => ({ name: ['Otherwise', ...words(name).slice(1)].join(' ') })),
  'contact.lastName': contact(({ name }) => ({ name: `${words(name)[0] ?? ''} Otherwise` })),
  'contact.email': contact(({ emails }) => ({ emails: [`other.${emails[0] ?? 'one@example.com'}`] })),
  'contact.phone': contact(() => ({ phones: ['+64 21 555 0199'] })),
  'contact.type': contact(({ role }) => ({ role: role === 'vendor' ? 'buyer' : 'vendor' })),
  'contact.notes': contact(() => ({ relationshipNotes: [OTHER] })),
  'property.address': property(({ address }) => ({
    address: address.startsWith('88 ')
      ? '3 Jacaranda Place, Toowong QLD 4066'
      : '88 Kauri Avenue, Remuera, Auckland 1050',
  })),
  'property.vendors': property(({ vendors }) => ({ vendors: turned(vendors) })),
  'property.buyers': property(({ buyers }) => ({ buyers: turned(buyers) })),
  'property.milestones': property(() => ({ milestones: [{ type: OTHER, date: 0, notes: null }] })),
  'property.riskOverview': property(({ riskOverview }) => ({ riskOverview: another(riskOverview) })),
  'deal.propertyId': deal(({ propertyId }) => ({
    propertyId: propertyId === 'property-1' ? 'property-2' : 'property-1',
  })),
  'deal.stage': deal(({ stage }) => ({ stage: stage === 'listed' ? 'offer' : 'listed' })),
  'deal.riskLevel': deal(({ riskLevel }) => ({ riskLevel: riskLevel === 'low' ? 'high' : 'low' })),
  'deal.riskFlags': deal(() => ({ riskFlags: [OTHER] })),
  'deal.nextAction': deal(({ nextAction }) => ({ nextAction: another(nextAction) })),
  'deal.nextActionOwner': deal(({ nextActionOwner }) => ({ nextActionOwner: another(nextActionOwner) })),
  'deal.summary': deal(({ summary }) => ({ summary: another(summary) })),
  'deal.contacts': deal(({ contacts }) => ({ contacts: turned(contacts) })),
};
