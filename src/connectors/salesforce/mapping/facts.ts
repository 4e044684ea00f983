import type { Json, JsonObject } from '../../../domain/json.ts';
import type { CallOutcome } from '../../../domain/outcome.ts';
import type { ConnectorFacts, CrmHttp } from '../../connector.port.ts';
import type { CrmStage } from '../../mapping-parts/stage-for.ts';
import { ENDS_DEALS, FACTS_MAX_AGE_MS } from '../api/assumed.ts';
import { OPPORTUNITY } from '../api/objects.ts';
import { describeObject } from '../api/setup.ts';
import { queryAll } from '../api/soql.ts';
import { objectsIn, textIn } from '../api/wire.ts';

/** The active stages of opportunities, in their order. */
export const STAGES_FACT = 'stages';

export const salesforceFacts: ConnectorFacts = {
  maxAgeMs: FACTS_MAX_AGE_MS,
  async read(http, name) {
    return name === STAGES_FACT ? await readStages(http) : { kind: 'applied', value: null };
  },
};

/** What describe calls active; whether deals in one are over stands in another place, which not everybody may see. */
async function readStages(http: CrmHttp): Promise<CallOutcome<Json>> {
  const described = await describeObject(http, 'list', OPPORTUNITY.name);
  if (described.kind !== 'applied') return described;
  const ends = await queryAll(
    http,
    'list',
    'SELECT ApiName, MasterLabel, IsClosed FROM OpportunityStage WHERE IsActive = true ORDER BY SortOrder',
  );
  const known = ends.kind === 'applied' ? ends.value : [];
  const field = described.value.find((one) => textIn(one, 'name') === 'StageName');
  const active = objectsIn(field?.['picklistValues']).filter((value) => value['active'] === true);
  const stages = active.map((value) => {
    const id = textIn(value, 'value');
    return { id, name: textIn(value, 'label') || id, isOpen: isOpen(id, known), isOfDefault: true };
  });
  return { kind: 'applied', value: stages };
}

function isOpen(stage: string, known: readonly JsonObject[]): boolean {
  const told = known.find((one) => textIn(one, 'ApiName') === stage || textIn(one, 'MasterLabel') === stage);
  return told === undefined ? !ENDS_DEALS.test(stage) : told['IsClosed'] !== true;
}

export function stagesIn(fact: Json | undefined): readonly CrmStage[] {
  return objectsIn(fact).map((stage) => ({
    id: textIn(stage, 'id'),
    name: textIn(stage, 'name'),
    isOpen: stage['isOpen'] === true,
    isOfDefault: stage['isOfDefault'] === true,
  }));
}
