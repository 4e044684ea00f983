import type { EntityBody } from '../domain/entity.ts';
import { draftOf } from '../domain/mapping.ts';
import type { DemoCrm } from './demo-crm.ts';
import { factsFor, readableKinds } from './look-at-crm.ts';

/** What stands in a CRM before anybody connects it, by its own ids: people and houses of Zena's, written otherwise, and one who is not Zena's. */
export async function seedCrm(crm: DemoCrm): Promise<ReadonlySet<string>> {
  const kinds = readableKinds(crm);
  const bodies = THERE_BEFORE.filter(({ kind }) => kinds.includes(kind));
  return await crm.speak(async (http) => {
    const facts = await factsFor(
      crm,
      http,
      bodies.map((body) => ({ kind: body.kind, body })),
    );
    const ids = new Set<string>();
    for (const body of bodies) {
      const kind = crm.connector.kinds[body.kind];
      if (kind === undefined) continue;
      const { fields, refusals } = draftOf(body, kind, { resolve: () => null, timeZone: 'UTC', facts });
      if (refusals.length > 0) continue;
      const made = await kind.parts.core.create(http, { fields });
      if (made.kind !== 'applied')
        throw new Error(`${crm.name} could not be furnished: ${made.code}, ${made.detail}`);
      ids.add(made.value.id);
    }
    return ids;
  });
}

const THERE_BEFORE: readonly EntityBody[] = [
  person('Sophie Marchetti', 'sophie.marchetti@example.com', 'vendor'),
  person('Angus Blackwood', 'angus.blackwood@example.com', 'buyer'),
  person('Marama Rewi-Smith', 'marama.rewi@example.org', 'vendor'),
  person('Gordon Long-Ago', 'gordon@example.net', 'other'),
  house('14 Rata St, Ponsonby, Auckland 1011'),
  house('5/12 WHARF ROAD, BALMAIN NSW 2041'),
];

function person(name: string, email: string, role: string): EntityBody {
  return {
    kind: 'contact',
    contact: {
      name,
      emails: [email],
      phones: [],
      role,
      relationshipNotes: ['From the old card index'],
      doNotContact: null,
      attributes: {},
    },
  };
}

function house(address: string): EntityBody {
  const property = { address, vendors: [], buyers: [], milestones: [], riskOverview: null, attributes: {} };
  return { kind: 'property', property };
}
