import { compareWord } from '../../domain/canonical/compare-word.ts';
import { visibleText } from '../../domain/canonical/invisible-marks.ts';
import { cleanAddress, compareAddress } from '../../domain/canonical/street-address.ts';
import { naturalKeyHash } from '../../domain/content-hash.ts';
import { recordKey, type Deal, type EntityBody, type Property } from '../../domain/entity.ts';
import type { Json } from '../../domain/json.ts';
import type {
  DraftRefusal,
  DraftRemark,
  FieldSharings,
  KindMapping,
  MappingContext,
} from '../../domain/mapping.ts';
import type { CrmFields, NaturalKey, SoughtKey } from '../../domain/remote-record.ts';
import { dealRiskLines, milestoneLines, nextActionLines } from '../mapping-parts/note-lines.ts';
import { stageFor, stageRemark, type StageChoice } from '../mapping-parts/stage-for.ts';
import { dealFieldsIn, stagesIn, type DealField } from './facts.ts';
import { readText, sentId } from './wire.ts';

/** A deal has to be called something; one that is called so can't be told from others. */
export const NAMELESS_DEAL = 'Deal without a property';

const SHARINGS: FieldSharings = {
  name: 'address',
  description: 'lines',
  peopleIds: 'references',
  userIds: 'first_only',
};

/** Deals, called as the address of their property is written. */
export const dealMapping: KindMapping = {
  sharings: SHARINGS,
  readsContentOf: ['property'],
  factsFor: () => ['pipelines', 'dealFields', 'owner'],
  refusals: (body, context) => dealRefusals(dealOf(body), context),
  fields: (body, context) => dealFields(dealOf(body), context),
  keys: dealKeys,
  remarks: (body, context) => dealRemarks(dealOf(body), context),
};

function dealOf(body: EntityBody): Deal {
  if (body.kind !== 'deal') throw new TypeError('A deal is made of a deal');
  return body.deal;
}

function propertyOf({ propertyId }: Deal, { referred }: MappingContext): Property | null {
  const body = propertyId === null ? null : (referred?.(recordKey('property', propertyId)) ?? null);
  return body?.kind === 'property' ? body.property : null;
}

function stageOf({ stage }: Deal, { facts, stages }: MappingContext): StageChoice | null {
  return stageFor(stage, stages, stagesIn(facts?.get('pipelines')));
}

function dealFields(deal: Deal, context: MappingContext): CrmFields {
  const { facts, resolve } = context;
  const choice = stageOf(deal, context);
  const place = stagesIn(facts?.get('pipelines')).find(({ id }) => id === choice?.id);
  const owner = facts?.get('owner');
  const people = deal.contacts.flatMap((id) => resolve(recordKey('contact', id)) ?? []);
  const { custom, lines } = textsOf(deal, context);
  return {
    name: cleanAddress(propertyOf(deal, context)?.address ?? '') || NAMELESS_DEAL,
    stageId: choice === null ? null : sentId(choice.id),
    pipelineId: place === undefined ? null : sentId(place.pipelineId),
    description: [...summaryLines(deal), ...lines].join('\n'),
    peopleIds: [...new Set(people)].map(sentId),
    userIds: typeof owner === 'string' ? [sentId(owner)] : [],
    ...custom,
  };
}

function summaryLines({ summary }: Deal): readonly string[] {
  return visibleText(summary ?? '')
    .split(/\r?\n/u)
    .filter((line) => line.trim() !== '');
}

/** What is said in one of an account's own fields, by the label that people give it; else in lines of the description, where it has some. */
interface Saying {
  readonly label: string;
  readonly text: string;
  readonly lines: readonly string[];
}

function sayingsOf(deal: Deal, context: MappingContext): readonly Saying[] {
  const property = propertyOf(deal, context);
  const { riskLevel, riskFlags, nextAction, nextActionOwner } = deal;
  const nothing = { riskLevel: '', riskFlags: [], nextAction: null, nextActionOwner: null };
  return [
    { label: 'Risk level', text: riskLevel, lines: dealRiskLines({ ...nothing, riskLevel }) },
    { label: 'Risk flags', text: riskFlags.join(', '), lines: dealRiskLines({ ...nothing, riskFlags }) },
    { label: 'Next action', text: nextAction ?? '', lines: nextActionLines({ ...nothing, nextAction }) },
    {
      label: 'Next action by',
      text: nextActionOwner ?? '',
      lines: nextActionLines({ ...nothing, nextActionOwner }),
    },
    { label: 'Property address', text: cleanAddress(property?.address ?? ''), lines: [] },
    { label: 'Property risk', text: property?.riskOverview ?? '', lines: [] },
    {
      label: 'Property milestones',
      text: property === null ? '' : milestoneLines(property, context.timeZone).join('\n'),
      lines: [],
    },
  ];
}

function textsOf(deal: Deal, context: MappingContext) {
  const fields = dealFieldsIn(context.facts?.get('dealFields'));
  const custom: Record<string, Json> = {};
  const lines: string[] = [];
  for (const { label, text, lines: otherwise } of sayingsOf(deal, context)) {
    const field = fieldCalled(label, fields);
    const said = visibleText(text).trim();
    const value = field === undefined ? null : valueFor(field, said);
    if (field !== undefined) custom[field.name] = value;
    // A dropdown that has no such choice can't say it.
    if (value === null && said !== '') lines.push(...otherwise);
  }
  return { custom, lines };
}

function fieldCalled(label: string, fields: readonly DealField[]): DealField | undefined {
  return fields.find((field) => compareWord(field.label) === compareWord(label));
}

/** Null: nothing is said, or it can't be. */
function valueFor({ choices }: DealField, said: string): string | null {
  if (said === '') return null;
  return choices === null
    ? said
    : (choices.find((choice) => compareWord(choice) === compareWord(said)) ?? null);
}

/** A deal has to be in a stage: without any in the account it isn't sent. */
function dealRefusals(deal: Deal, context: MappingContext): readonly DraftRefusal[] {
  if (stageOf(deal, context) !== null) return [];
  return [
    {
      field: 'stageId',
      code: 'NO_STAGE',
      detail: `Follow Up Boss has no pipeline with a stage that the deal's stage "${deal.stage}" could be: make one there, or name one in the stages of this connection.`,
      missingIn: 'pipelines',
    },
  ];
}

function dealRemarks(deal: Deal, context: MappingContext): readonly DraftRemark[] {
  const choice = stageOf(deal, context);
  const { stages, facts } = context;
  const staged = choice === null ? null : stageRemark({ stage: deal.stage, stages }, choice, 'stageId');
  const fields = dealFieldsIn(facts?.get('dealFields'));
  const left = sayingsOf(deal, context)
    .filter(({ lines, text }) => lines.length === 0 && text.trim() !== '')
    .filter(({ label }) => label !== 'Property address' && fieldCalled(label, fields) === undefined)
    .map(({ label }): DraftRemark => ({
      field: label,
      code: 'not_carried',
      detail: `Not sent: "${label}". Follow Up Boss takes it once deals have a custom text field of this label there.`,
    }));
  return [...(staged === null ? [] : [staged]), ...left];
}

/** A property there is nothing but what its deals are called by: a deal is known by that, and its stage. */
function dealKeys(fields: CrmFields): readonly NaturalKey[] {
  const name = readText(fields['name']);
  const stageId = idText(fields['stageId']);
  if (name === '' || name === NAMELESS_DEAL || stageId === '') return [];
  const pipelineId = idText(fields['pipelineId']);
  return [
    {
      kind: 'deal',
      strength: 'good',
      value: { name, stageId, ...(pipelineId !== '' && { pipelineId }) },
      hash: naturalKeyHash('deal', compareAddress(name), stageId),
      formerHashes: [],
    },
  ];
}

/** Whether a found deal has the name and the stage that were looked for. */
export function isDealSought(fields: CrmFields, { value: { name = '', stageId = '' } }: SoughtKey): boolean {
  const isSameStage = idText(fields['stageId']) === stageId;
  return isSameStage && compareAddress(readText(fields['name'])) === compareAddress(name);
}

function idText(value: Json | undefined): string {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : '';
}
