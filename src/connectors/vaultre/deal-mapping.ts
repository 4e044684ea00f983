import { compareWord } from '../../domain/canonical/compare-word.ts';
import { naturalKeyHash } from '../../domain/content-hash.ts';
import { recordKey, type Deal, type EntityBody } from '../../domain/entity.ts';
import type { DraftRemark, KindMapping, MappingContext } from '../../domain/mapping.ts';
import type { CrmFields, NaturalKey } from '../../domain/remote-record.ts';
import { dealRiskLines, labelled, nextActionLines } from '../mapping-parts/note-lines.ts';
import { listIn, textIn } from './vaultre-answers.ts';

/** The one stage that the API can move a sale to, by the names that offices have for it. */
const LISTED: ReadonlySet<string> = new Set(['listing', 'listed'].map(compareWord));

/**
 * A deal of Zena's: the sale that its property has now. Its stage is the sale's status where the API can set that one, and what else is said of it
 * stands in a note of the property, a new one for each change.
 */
export const dealMapping: KindMapping = {
  sharings: { listed: 'set_only', notes: 'appended' },
  fields(body, context) {
    const deal = dealOf(body);
    return deal === null ? {} : dealFields(deal, context);
  },
  refusals(body, context) {
    const deal = dealOf(body);
    if (deal === null || propertyIn(deal, context) !== null) return [];
    return [
      {
        field: 'propertyId',
        code: 'PROPERTY_MISSING',
        detail: `VaultRE has no deals of their own, only sales of properties. ${
          deal.propertyId === null
            ? 'This one names no property; it is sent once it does.'
            : 'It is sent once its property is there.'
        }`,
      },
    ];
  },
  keys: dealKeys,
  remarks(body, context) {
    const deal = dealOf(body);
    return deal === null ? [] : dealRemarks(deal, context);
  },
};

function dealOf(body: EntityBody): Deal | null {
  return body.kind === 'deal' ? body.deal : null;
}

function propertyIn({ propertyId }: Deal, { resolve }: MappingContext): string | null {
  return propertyId === null ? null : resolve(recordKey('property', propertyId));
}

function dealFields(deal: Deal, context: MappingContext): CrmFields {
  return {
    propertyId: propertyIn(deal, context),
    listed: isListed(deal, context),
    notes: [noteOf(deal)],
  };
}

/** A stage by the connection's own name for it, else as Zena has it. */
function isListed({ stage }: Deal, { stages = {} }: MappingContext): boolean {
  const word = compareWord(stage);
  const mapped = Object.entries(stages).find(([name]) => name === stage || compareWord(name) === word)?.[1];
  return LISTED.has(compareWord(mapped ?? stage));
}

/** Always in the same order, so that what says the same is the same note. */
function noteOf(deal: Deal): string {
  return [
    ...labelled([['Zena deal', deal.stage === '' ? 'no stage' : deal.stage]]),
    ...dealRiskLines(deal),
    ...nextActionLines(deal),
    ...labelled([['Summary', deal.summary]]),
  ].join('\n');
}

function dealRemarks(deal: Deal, context: MappingContext): readonly DraftRemark[] {
  const stage: readonly DraftRemark[] =
    deal.stage.trim() === '' || isListed(deal, context)
      ? []
      : [
          {
            field: 'listed',
            code: 'not_carried',
            detail: `VaultRE lets no program set the stage "${deal.stage}": it stands in a note of the property.`,
          },
        ];
  const contacts: readonly DraftRemark[] =
    deal.contacts.length === 0
      ? []
      : [
          {
            field: 'contacts',
            code: 'not_carried',
            detail:
              'A sale in VaultRE has no people but its owners and purchasers, which its property brings.',
          },
        ];
  return [...stage, ...contacts];
}

/** What stands for it there is made of nothing that could be found: by its property, so that an attempt that nobody heard of is made anew. */
function dealKeys(fields: CrmFields): readonly NaturalKey[] {
  const propertyId = textIn(fields, 'propertyId');
  if (propertyId === '') return [];
  const note = textIn({ note: listIn(fields, 'notes')[0] ?? '' }, 'note');
  const stage = textIn(fields, 'stage') || (note.split('\n')[0] ?? '');
  const hash = naturalKeyHash('deal', propertyId, compareWord(stage));
  return [{ kind: 'deal', strength: 'good', value: { propertyId, stage }, hash, formerHashes: [] }];
}
