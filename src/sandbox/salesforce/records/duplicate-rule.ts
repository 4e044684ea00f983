import type { StoredRecord } from '../../kit/records/record-store.ts';
import type { SfObject } from '../schema/objects.ts';
import { recordsWith, textOf, type SfOrg } from '../org/sf-org.ts';
import type { SfFailure } from '../org/sf-reply.ts';
import type { Values } from './check-values.ts';

/** What the org's duplicate rule says of people with an e-mail that others have; null: it lets them through. */
export function duplicateFailure(
  org: SfOrg,
  object: SfObject,
  values: Values,
  { id, allowSave }: { readonly id: string | null; readonly allowSave: boolean },
): SfFailure | null {
  const rule = org.settings().duplicateRule;
  const email = textOf(values['Email']);
  if (rule === 'off' || object.name !== 'Contact' || email === '') return null;
  if (rule === 'alert' && allowSave) return null;
  const others = recordsWith(org, object, 'Email', email).filter((record) => record.id !== id);
  if (others.length === 0) return null;
  return {
    errorCode: 'DUPLICATES_DETECTED',
    message: 'Use one of these records?',
    duplicateResult: {
      allowSave: rule === 'alert',
      duplicateRule: 'Standard_Contact_Duplicate_Rule',
      duplicateRuleEntityType: 'Contact',
      errorMessage: 'Use one of these records?',
      matchResults: [
        {
          entityType: 'Contact',
          errors: [],
          matchEngine: 'FuzzyMatchEngine',
          matchRecords: others.map(matchWire),
          rule: 'Standard_Contact_Match_Rule_v1_1',
          size: others.length,
          success: true,
        },
      ],
    },
  };
}

function matchWire({ id }: StoredRecord) {
  const url = `/services/data/v68.0/sobjects/Contact/${id}`;
  return {
    additionalInformation: [],
    fieldDiffs: [],
    matchConfidence: 100,
    record: { attributes: { type: 'Contact', url }, Id: id },
  };
}
