import type { Json, JsonObject } from '../../domain/json.ts';
import type { CallOutcome } from '../../domain/outcome.ts';
import type { ConnectorFacts, CrmHttp } from '../connector.port.ts';
import type { CrmStage } from '../mapping-parts/stage-for.ts';
import { ACTIVE_USER, ENDS_DEALS } from './assumed.ts';
import { CEILINGS_PATH } from './limits.ts';
import { notAnAbsence, readAll, readId, readObjects, readText, readTexts } from './wire.ts';

/** What mapping has to know of an account. */
export const FACTS: ConnectorFacts = {
  maxAgeMs: 300_000,
  async read(http, name) {
    if (name === 'pipelines') return await readPipelines(http);
    if (name === 'dealFields') return await orNothing(readDealFields(http));
    if (name === 'owner') return await orNothing(readOnlyUser(http));
    if (name === 'ceilings') return await askCeilings(http);
    return { kind: 'applied', value: null };
  },
};

/** A stage of a pipeline. */
export interface DealStage extends CrmStage {
  readonly pipelineId: string;
}

/** A deal's custom field that texts go into. */
export interface DealField {
  readonly name: string;
  readonly label: string;
  /** Of a dropdown; null: any text. */
  readonly choices: readonly string[] | null;
}

/** No mapping reads it: whoever counts calls hears of it by the answer. That it can't be had holds nothing up. */
async function askCeilings(http: CrmHttp): Promise<CallOutcome<Json>> {
  const outcome = await http.request({ verb: 'list', method: 'GET', path: CEILINGS_PATH });
  const mayGoOn =
    outcome.kind === 'applied' || outcome.kind === 'unauthorised' || outcome.kind === 'rejected';
  return mayGoOn || outcome.kind === 'gone' ? { kind: 'applied', value: null } : notAnAbsence(outcome);
}

/** By their order there: the first pipeline is where deals go of which nobody says where. */
async function readPipelines(http: CrmHttp): Promise<CallOutcome<Json>> {
  const found = await readAll(http, { verb: 'list', path: ['pipelines'], query: {} });
  if (found.kind !== 'applied') return found;
  const stages = byWeight(found.value).flatMap((pipeline, place) =>
    byWeight(readObjects(pipeline['stages'])).map((stage) => ({
      id: readId(stage['id']) ?? '',
      name: readText(stage['name']),
      isOpen: !ENDS_DEALS.test(readText(stage['name'])),
      isOfDefault: place === 0,
      pipelineId: readId(pipeline['id']) ?? '',
    })),
  );
  return { kind: 'applied', value: stages.filter(({ id }) => id !== '') };
}

export function stagesIn(fact: Json | undefined): readonly DealStage[] {
  return readObjects(fact).map((stage) => ({
    id: readText(stage['id']),
    name: readText(stage['name']),
    isOpen: stage['isOpen'] === true,
    isOfDefault: stage['isOfDefault'] === true,
    pipelineId: readText(stage['pipelineId']),
  }));
}

function byWeight(items: readonly JsonObject[]): readonly JsonObject[] {
  const weightOf = ({ orderWeight }: JsonObject): number =>
    typeof orderWeight === 'number' ? orderWeight : Number.MAX_SAFE_INTEGER;
  return [...items].sort((one, other) => weightOf(one) - weightOf(other));
}

async function readDealFields(http: CrmHttp): Promise<CallOutcome<Json>> {
  const found = await readAll(http, { verb: 'list', path: ['dealCustomFields'], query: {} });
  if (found.kind !== 'applied') return found;
  const writable = found.value.filter(
    ({ readOnly, read_only: alsoReadOnly, type }) =>
      readOnly !== true && alsoReadOnly !== true && (type === 'text' || type === 'dropdown'),
  );
  const fields = writable.map(({ name, label, type, choices }) => ({
    name: readText(name),
    label: readText(label),
    choices: type === 'dropdown' ? [...readTexts(choices)] : null,
  }));
  return { kind: 'applied', value: fields.filter(({ name }) => name.startsWith('custom')) };
}

export function dealFieldsIn(fact: Json | undefined): readonly DealField[] {
  return readObjects(fact).map(({ name, label, choices }) => ({
    name: readText(name),
    label: readText(label),
    choices: Array.isArray(choices) ? readTexts(choices) : null,
  }));
}

/** The id of the account's user where there is one alone; null: there are several. */
async function readOnlyUser(http: CrmHttp): Promise<CallOutcome<Json>> {
  const found = await readAll(http, { verb: 'list', path: ['users'], query: {} });
  if (found.kind !== 'applied') return found;
  const active = found.value.filter(
    ({ status }) => status === undefined || ACTIVE_USER.test(readText(status)),
  );
  const [only] = active;
  return { kind: 'applied', value: only === undefined || active.length > 1 ? null : readId(only['id']) };
}

/** What a key may be refused that records can do without. */
async function orNothing(read: Promise<CallOutcome<Json>>): Promise<CallOutcome<Json>> {
  const outcome = await read;
  const status = outcome.kind === 'applied' ? null : (outcome.answer?.status ?? null);
  return status === 403 || status === 404 ? { kind: 'applied', value: null } : outcome;
}
