import type { Json, JsonObject } from '../../domain/json.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import type { FubAccount } from './fub-caller.ts';
import type { CheckedBody } from './person-body.ts';
import { idsOf, objectsOf, textOf, textsOf } from './fub-record.ts';

type Shape = 'text' | 'number' | 'id' | 'ids' | 'day' | 'status';

const SHAPES: Readonly<Record<string, Shape>> = {
  name: 'text',
  stageId: 'id',
  pipelineId: 'id',
  description: 'text',
  peopleIds: 'ids',
  userIds: 'ids',
  userId: 'id',
  price: 'number',
  orderWeight: 'number',
  status: 'status',
  projectedCloseDate: 'day',
  commissionValue: 'number',
  agentCommission: 'number',
  teamCommission: 'number',
  earnestMoneyDueDate: 'day',
  mutualAcceptanceDate: 'day',
  dueDiligenceDate: 'day',
  finalWalkThroughDate: 'day',
  possessionDate: 'day',
};

/** As the documents of PUT spell them. */
const ALIASES: Readonly<Record<string, string>> = {
  agentCommision: 'agentCommission',
  teamComission: 'teamCommission',
};

const ANSWERED = new Set(
  'id type createdAt enteredStageAt people users pipelineName stageName _rateLimit has_commission total_people total_users'.split(
    ' ',
  ),
);

const WRONG: Readonly<Record<Shape, string>> = {
  text: 'a string',
  number: 'a number',
  id: 'an integer',
  ids: 'an array of integers',
  day: 'a date (yyyy-mm-dd)',
  status: 'Active, Archived or Deleted',
};

/** Checks what a POST or a PUT of a deal says. */
export function checkDeal(body: JsonObject, account: FubAccount, isNew: boolean): CheckedBody {
  const fields: Record<string, Json> = {};
  const unknown: string[] = [];
  const custom = new Map(
    account.store.all('dealCustomFields').map((field) => [textOf(field.fields['name']), field]),
  );
  for (const [given, value] of Object.entries(body)) {
    const name = ALIASES[given] ?? given;
    const shape = SHAPES[name];
    const field = custom.get(name);
    if (shape !== undefined) {
      if (!fits(shape, value)) return wrong(`Field ${given} must be ${WRONG[shape]}.`);
      fields[name] = value;
    } else if (field !== undefined) {
      const problem = customProblem(field, value);
      if (problem !== null) return wrong(problem);
      fields[name] = value;
    } else if (!ANSWERED.has(name)) unknown.push(given);
  }
  if (unknown.length > 0 && account.settings().unknownFields === 'refused') {
    return wrong(`Invalid fields in the request body: ${unknown.join(', ')}.`);
  }
  return checkedValues(fields, account, isNew);
}

const wrong = (message: string): CheckedBody => ({ ok: false, message });

function fits(shape: Shape, value: Json): boolean {
  switch (shape) {
    case 'text':
      return value === null || typeof value === 'string';
    case 'number':
      return value === null || (value !== '' && Number.isFinite(Number(value)));
    case 'id':
      return value !== null && value !== '' && Number.isSafeInteger(Number(value));
    case 'ids':
      return Array.isArray(value) && value.every((item) => Number.isSafeInteger(Number(item)));
    case 'day':
      return value === null || (typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value));
    case 'status':
      return value === 'Active' || value === 'Archived' || value === 'Deleted';
  }
}

function customProblem({ fields }: StoredRecord, value: Json): string | null {
  const name = textOf(fields['name']);
  if (fields['readOnly'] === true) return `Field ${name} is read only.`;
  if (value === null || value === '') return null;
  const type = textOf(fields['type']);
  if (type === 'number' && !Number.isFinite(Number(value))) return `Field ${name} must be a number.`;
  if (type === 'date' && !/^\d{4}-\d\d-\d\d/.test(textOf(value))) return `Field ${name} must be a date.`;
  if (type === 'dropdown' && !textsOf(fields['choices']).includes(textOf(value)))
    return `Field ${name} has an invalid choice.`;
  return type === 'text' && typeof value !== 'string' ? `Field ${name} must be a string.` : null;
}

function checkedValues(given: Record<string, Json>, account: FubAccount, isNew: boolean): CheckedBody {
  const { userId, pipelineId, ...fields } = given;
  if ((isNew || fields['name'] !== undefined) && textOf(fields['name']).trim() === '')
    return wrong('Field name is required.');
  if (isNew && fields['stageId'] === undefined) return wrong('Field stageId is required.');
  if (fields['stageId'] !== undefined) {
    const place = stageOf(account, Number(fields['stageId']));
    if (place === null) return wrong('Invalid stageId.');
    if (pipelineId !== undefined && Number(pipelineId) !== place.pipelineId)
      return wrong('The stage does not belong to the pipeline.');
    fields['stageId'] = place.stageId;
  }
  const people = idsOf(fields['peopleIds']);
  if (people.some((id) => account.store.lookUp('people', String(id)).kind !== 'found'))
    return wrong('Invalid peopleIds.');
  if (fields['peopleIds'] !== undefined) fields['peopleIds'] = [...new Set(people)];
  if (userId !== undefined && fields['userIds'] === undefined) fields['userIds'] = [Number(userId)];
  const users = idsOf(fields['userIds']);
  if (users.some((id) => account.store.lookUp('users', String(id)).kind !== 'found'))
    return wrong('Invalid userIds.');
  if (fields['userIds'] !== undefined) fields['userIds'] = users;
  for (const name of ['price', 'commissionValue', 'agentCommission', 'teamCommission']) {
    if (fields[name] !== undefined && fields[name] !== null) fields[name] = Number(fields[name]);
  }
  return { ok: true, fields };
}

export interface StagePlace {
  readonly stageId: number;
  readonly stageName: string;
  readonly pipelineId: number;
  readonly pipelineName: string;
}

export function stageOf({ store }: FubAccount, stageId: number): StagePlace | null {
  for (const pipeline of store.all('pipelines')) {
    const stage = objectsOf(pipeline.fields['stages']).find(({ id }) => Number(id) === stageId);
    if (stage !== undefined)
      return {
        stageId,
        stageName: textOf(stage['name']),
        pipelineId: Number(pipeline.id),
        pipelineName: textOf(pipeline.fields['name']),
      };
  }
  return null;
}
