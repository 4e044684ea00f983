import type { VaultSandbox } from '../../src/sandbox/mri-vault/vault-sandbox.ts';
import { eventually } from '../support/running-service.ts';
import { sendIntoTheAir } from './in-the-air.ts';
import {
  FORMS,
  FORMS_IN_CRM_BEFORE,
  FORMS_IN_THE_AIR,
  FORMS_MADE,
  FORMS_SETTLED,
  GONE,
  PEOPLE_EDIT,
  SOMEBODY,
  THEIR_PROPERTY,
  THEIR_VENDOR,
} from './old-forms.ts';
import type { ProgramApi } from './program-api.ts';

const SETTLED_WITHIN_MS = 60_000;

export function seedForms(sandbox: VaultSandbox): void {
  for (const collection of ['contacts', 'properties'] as const)
    sandbox.seed(collection, FORMS_IN_CRM_BEFORE[collection]);
}

/** What the old program delivers, and what people make of it; one user disconnects. */
export async function leaveForms(api: ProgramApi, sandbox: VaultSandbox): Promise<void> {
  await api.publish(FORMS_SETTLED);
  await eventually(async () => {
    const there = new Set(sandbox.records('contacts').map(({ firstName }) => firstName));
    const missing = FORMS_MADE.filter((name) => !there.has(name));
    if (missing.length > 0 || sandbox.records('deals').every(({ summary }) => summary !== 'UnderOffer'))
      throw new Error(`The CRM lacks ${missing.join(', ')}.`);
    for (const userId of [FORMS, GONE]) {
      if (!(await api.isQuiet(userId))) throw new Error(`${userId} still has work`);
    }
  }, SETTLED_WITHIN_MS);
  for (const { collection, name, fields } of PEOPLE_EDIT) {
    const found = sandbox
      .records(collection)
      .find((record) => record['firstName'] === name || record['address'] === name);
    if (found === undefined) throw new Error(`The CRM lacks ${name}.`);
    sandbox.editRecord(collection, String(found.id), fields);
  }
  const vendors = sandbox.records('contacts').filter(({ firstName }) => firstName === THEIR_VENDOR);
  const property = sandbox.records('properties').find(({ address }) => address === THEIR_PROPERTY);
  sandbox.editRecord('properties', String(property?.id), { vendors: vendors.map(({ id }) => id) });
  await api.disconnect(GONE);
}

export async function leaveFormsInTheAir(api: ProgramApi, sandbox: VaultSandbox): Promise<void> {
  for (const each of FORMS_IN_THE_AIR) await sendIntoTheAir(api, sandbox, each);
  sandbox.seed('contacts', [SOMEBODY]);
}
