import type { EntityBody } from '../../src/domain/entity.ts';
import type { ChangeEvent } from '../../src/domain/change-event.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { JournalEntry } from '../../src/sandbox/kit/journal/journal.ts';
import type { MisbehaviourHandle, MisbehaviourRule } from '../../src/sandbox/kit/faults/misbehaviour.ts';
import { startFubSandbox } from '../../src/sandbox/follow-up-boss/fub-sandbox.ts';
import { startVaultreSandbox } from '../../src/sandbox/vaultre/vaultre-sandbox.ts';
import { eventOf, idOf } from './office.ts';

/** A CRM in which an office worked with the program of before. */
export interface OfficeCrm {
  readonly provider: string;
  readonly credentials: Readonly<Record<string, string>>;
  /** What a program needs to reach it. */
  readonly env: Readonly<Record<string, string>>;
  /** How the requests begin that create a person, that change one, and that note something of one. */
  readonly people: { readonly create: string; readonly change: string; readonly note: RegExp };
  requests(): readonly JournalEntry[];
  misbehave(rule: MisbehaviourRule): MisbehaviourHandle;
  stopMisbehaving(): void;
  /** What it holds, a line for each record and for each note, sorted. */
  held(): string[];
  /** What it holds where it equals Zena. */
  wanted(events: readonly ChangeEvent[]): string[];
  /** Of which person or house a request is; null: of none. */
  about(entry: JournalEntry): string | null;
  close(): Promise<void>;
}

const AGENT = 'agent';
/** People whom the CRM has before Zena comes. */
export const IN_CRM_BEFORE = ['Old1', 'Old2'];
const mailOf = (name: string): string => `${name.toLowerCase()}@office.example`;

/** A person, whose last name is the version. */
export function person(
  name: string,
  version = 1,
  notes: readonly string[] = [`${name} is kind`],
): ChangeEvent {
  const said = { name: `${name} V${version}`, emails: [mailOf(name)], phones: [], relationshipNotes: notes };
  const contact = { ...said, role: 'buyer', doNotContact: null, attributes: {} };
  return eventOf({ kind: 'contact', userId: AGENT, name }, version, { kind: 'contact', contact });
}

const addressOf = (name: string): string => `${name.replace(/\D/g, '')} Risk Rd, Sandgate QLD 4017`;

/** A house, whose number is its name's. */
export function house(name: string, vendor: string, version = 1): ChangeEvent {
  const vendors = [idOf(AGENT, 'contact', vendor)];
  const property = {
    address: addressOf(name),
    vendors,
    buyers: [],
    milestones: [],
    riskOverview: null,
    attributes: {},
  };
  return eventOf({ kind: 'property', userId: AGENT, name }, version, { kind: 'property', property });
}

/** The deal of a house. */
export function deal(house: string, vendor: string, version = 1): ChangeEvent {
  const says = {
    riskLevel: 'low',
    riskFlags: [],
    nextAction: `step ${version}`,
    nextActionOwner: null,
    summary: null,
  };
  const of = { propertyId: idOf(AGENT, 'property', house), contacts: [idOf(AGENT, 'contact', vendor)] };
  const body: EntityBody = { kind: 'deal', deal: { ...of, stage: 'offer', ...says, attributes: {} } };
  return eventOf({ kind: 'deal', userId: AGENT, name: house }, version, body);
}

/** A Follow Up Boss with `IN_CRM_BEFORE`. */
export async function openFollowUpBoss(): Promise<OfficeCrm> {
  const crm = await startFubSandbox();
  crm.seed(
    'people',
    IN_CRM_BEFORE.map((name) => ({ firstName: name, lastName: 'Theirs', emails: [{ value: mailOf(name) }] })),
  );
  const nameOf = (id: Json | undefined): string | null =>
    textOf(crm.records('people').find((one) => one.id === textOf(id))?.['firstName']) || null;
  return {
    provider: 'follow_up_boss',
    credentials: { apiKey: 'sandbox-key' },
    env: {
      FUB_BASE_URL: `${crm.url}/v1`,
      FUB_SYSTEM: 'Zena-CRM-Sync',
      FUB_SYSTEM_KEY: 'known',
    },
    people: { create: '/people', change: '/people/', note: /\/notes$/ },
    requests: crm.requests,
    misbehave: crm.misbehave,
    stopMisbehaving: () => void crm.stopMisbehaving(),
    held: () =>
      [
        ...crm.records('people').map(({ firstName, lastName }) => `${textOf(firstName)} ${textOf(lastName)}`),
        ...crm.records('notes').map(({ personId, body }) => `${nameOf(personId) ?? '?'}: ${textOf(body)}`),
        ...crm.records('deals').map(({ name, description }) => `${textOf(name)}: ${textOf(description)}`),
      ].sort(),
    wanted: (events) =>
      newest(events)
        .flatMap(({ body }) => {
          if (body?.kind === 'contact') return linesOfPerson(body);
          return body?.kind === 'deal' ? [`${houseOf(body)}: ${dealLines(body)}`] : [];
        })
        .sort(),
    about({ path, body }) {
      const sent = objectOf(body);
      const [, collection, id] = /\/(people|deals)\/(\d+)/.exec(path) ?? [];
      if (collection === 'people') return nameOf(id);
      if (collection === 'deals') return textOf(crm.records('deals').find((one) => one.id === id)?.['name']);
      return path.endsWith('/notes')
        ? nameOf(sent['personId'])
        : textOf(sent['firstName'] ?? sent['name']) || null;
    },
    close: crm.close,
  };
}

/** A VaultRE with `IN_CRM_BEFORE`. */
export async function openVaultre(): Promise<OfficeCrm> {
  const crm = await startVaultreSandbox({ strict: true, putMode: 'replace' });
  crm.seed(
    'contacts',
    IN_CRM_BEFORE.map((name) => ({ firstName: name, lastName: 'Theirs', emails: [mailOf(name)] })),
  );
  const nameOf = (id: Json | undefined): string =>
    textOf(crm.records('contacts').find((one) => one.id === textOf(id))?.['firstName']);
  const streetOf = (fields: Json | undefined): string => {
    const { streetNumber, street } = objectOf(objectOf(fields)['address']);
    return `${textOf(streetNumber)} ${textOf(street)}`;
  };
  const placeOf = (id: Json | undefined): string =>
    streetOf(crm.records('properties').find((one) => one.id === textOf(id)));
  return {
    provider: 'mri_vault',
    credentials: { accessToken: 'sandbox-key', apiVersion: 'vaultre-1.3' },
    env: { VAULTRE_API_KEY: 'sandbox-integrator-key', VAULTRE_BASE_URL: `${crm.url}/api/v1.3` },
    people: { create: '/contacts', change: '/contacts/', note: /\/contacts\/\d+\/notes$/ },
    requests: crm.requests,
    misbehave: crm.misbehave,
    stopMisbehaving: () => void crm.stopMisbehaving(),
    held: () =>
      [
        ...crm
          .records('contacts')
          .map(({ firstName, lastName }) => `${textOf(firstName)} ${textOf(lastName)}`),
        ...crm.records('contactNotes').map(({ contactId, body }) => `${nameOf(contactId)}: ${textOf(body)}`),
        ...crm.records('properties').map((property) => streetOf(property)),
        ...crm
          .records('propertyNotes')
          .map(({ propertyId, body }) => `${placeOf(propertyId)}: ${textOf(body)}`),
      ].sort(),
    // Of a deal each version is a note of its own.
    wanted: (events) =>
      [
        ...newest(events).flatMap(({ body }) => {
          if (body?.kind === 'contact') return linesOfPerson(body);
          return body?.kind === 'property' ? [shortened(String(body.property.address))] : [];
        }),
        ...events.flatMap(({ body }) =>
          body?.kind === 'deal' ? [`${shortened(houseOf(body))}: Zena deal: offer\n${dealLines(body)}`] : [],
        ),
      ].sort(),
    about({ path, body }) {
      const [, person] = /\/contacts\/(\d+)/.exec(path) ?? [];
      const [, place] = /\/properties\/(?:[a-z]+\/)*(\d+)/.exec(path) ?? [];
      if (person !== undefined) return nameOf(person);
      if (place !== undefined) return placeOf(place);
      return textOf(objectOf(body)['firstName']) || streetOf(body ?? undefined);
    },
    close: crm.close,
  };
}

/** Of which person or house an event is, as a CRM calls it. */
export function nameIn(crm: Pick<OfficeCrm, 'provider'>, { body }: ChangeEvent): string {
  if (body?.kind === 'contact') return String(body.contact.name).split(' ')[0] ?? '';
  const address =
    body?.kind === 'deal' ? houseOf(body) : body?.kind === 'property' ? String(body.property.address) : '';
  return crm.provider === 'mri_vault' ? shortened(address) : address;
}

function linesOfPerson({ contact }: EntityBody & { kind: 'contact' }): string[] {
  const [first] = String(contact.name).split(' ');
  return [String(contact.name), ...contact.relationshipNotes.map((note) => `${first ?? ''}: ${note}`)];
}

function houseOf({ deal }: EntityBody & { kind: 'deal' }): string {
  return addressOf(String(deal.propertyId));
}

function dealLines({ deal }: EntityBody & { kind: 'deal' }): string {
  return `Risk: ${String(deal.riskLevel)}\nNext action: ${String(deal.nextAction)}`;
}

const shortened = (address: string): string => address.split(',')[0] ?? '';

function newest(events: readonly ChangeEvent[]): ChangeEvent[] {
  return [...new Map(events.map((event) => [event.entityId, event])).values()];
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
