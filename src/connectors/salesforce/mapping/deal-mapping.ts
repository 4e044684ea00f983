import { visibleText } from '../../../domain/canonical/invisible-marks.ts';
import { cleanAddress } from '../../../domain/canonical/street-address.ts';
import { compareWord } from '../../../domain/canonical/compare-word.ts';
import { naturalKeyHash } from '../../../domain/content-hash.ts';
import { recordKey, type Deal, type EntityBody } from '../../../domain/entity.ts';
import type { DraftRefusal, DraftRemark, KindMapping, MappingContext } from '../../../domain/mapping.ts';
import type { CrmFields, NaturalKey } from '../../../domain/remote-record.ts';
import { stageFor, stageRemark, type StageChoice } from '../../mapping-parts/stage-for.ts';
import { STAGES_FACT, stagesIn } from './facts.ts';
import { cutTo, textOf, tooLong } from './field-values.ts';
import { OPPORTUNITY, ZENA_ID } from '../api/objects.ts';
import { keyOfZena, zenaIdOf } from './zena-id.ts';

/** Salesforce wants a name of each. */
const NAMELESS_DEAL = 'Deal without a property';

/** The part that contact roles are. */
export const ROLES = 'contactRoles';

/** Deals of Zena's as opportunities. */
export const dealMapping: KindMapping = {
  sharings: { [ZENA_ID]: 'first_only', Name: 'address', Description: 'lines', [ROLES]: 'references' },
  readsContentOf: ['property'],
  factsFor: () => [STAGES_FACT],
  fields: (body, context) => dealFields(dealOf(body), context),
  refusals: (body, context) => dealRefusals(dealOf(body), context),
  keys: dealKeys,
  remarks: (body, context) => dealRemarks(dealOf(body), context),
};

function dealOf(body: EntityBody): Deal {
  if (body.kind !== 'deal') throw new TypeError('An opportunity is made of a deal');
  return body.deal;
}

function stageOf({ stage }: Deal, { facts, stages }: MappingContext): StageChoice | null {
  return stageFor(stage, stages, stagesIn(facts?.get(STAGES_FACT)));
}

function addressOf({ propertyId }: Deal, { referred }: MappingContext): string {
  const body = propertyId === null ? null : (referred?.(recordKey('property', propertyId)) ?? null);
  return body?.kind === 'property' ? cleanAddress(body.property.address) : '';
}

function dealFields(deal: Deal, context: MappingContext): CrmFields {
  const { resolve } = context;
  const { propertyId } = deal;
  const people = deal.contacts.flatMap((id) => resolve(recordKey('contact', id)) ?? []);
  return {
    [ZENA_ID]: zenaIdOf(context),
    Name: cutTo(OPPORTUNITY, 'Name', addressOf(deal, context) || NAMELESS_DEAL),
    StageName: stageOf(deal, context)?.id ?? null,
    Property__c: propertyId === null ? null : resolve(recordKey('property', propertyId)),
    RiskLevel__c: visibleText(deal.riskLevel).trim(),
    RiskFlags__c: deal.riskFlags
      .map((flag) => visibleText(flag).trim())
      .filter((flag) => flag !== '')
      .join('; '),
    NextStep: visibleText(deal.nextAction ?? '').trim(),
    NextActionOwner__c: visibleText(deal.nextActionOwner ?? '').trim(),
    Description: visibleText(deal.summary ?? ''),
    [ROLES]: [...new Set(people)],
  };
}

function dealRefusals(deal: Deal, context: MappingContext): readonly DraftRefusal[] {
  const stageless: readonly DraftRefusal[] =
    stageOf(deal, context) === null
      ? [
          {
            field: 'StageName',
            code: 'NO_STAGE',
            detail: `Salesforce has no active stage that the deal's stage "${deal.stage}" could be: make one there, or name one in the stages of this connection.`,
            missingIn: STAGES_FACT,
          },
        ]
      : [];
  return [...stageless, ...tooLong(OPPORTUNITY, dealFields(deal, context))];
}

function dealRemarks(deal: Deal, context: MappingContext): readonly DraftRemark[] {
  const choice = stageOf(deal, context);
  const { stages } = context;
  const remark = choice === null ? null : stageRemark({ stage: deal.stage, stages }, choice, 'StageName');
  return remark === null ? [] : [remark];
}

/**
 * By its property and stage, together with our own id; without a property by that id alone. It is remembered by our id: several deals of a property
 * may be in one stage, and none waits for another.
 */
function dealKeys(fields: CrmFields): readonly NaturalKey[] {
  const propertyId = textOf(fields['Property__c']);
  const stage = textOf(fields['StageName']);
  if (propertyId === '' || stage === '') return keyOfZena('deal', fields);
  const zenaId = textOf(fields[ZENA_ID]);
  return [
    {
      kind: 'deal',
      strength: 'good',
      value: { Property__c: propertyId, StageName: stage, ...(zenaId !== '' && { [ZENA_ID]: zenaId }) },
      hash:
        zenaId === ''
          ? naturalKeyHash('deal', propertyId, compareWord(stage))
          : naturalKeyHash('deal', 'zena', zenaId),
      formerHashes: [],
    },
  ];
}
