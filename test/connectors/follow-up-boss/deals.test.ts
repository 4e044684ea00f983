import { afterEach, describe, expect, it } from '@jest/globals';
import type { UpdateWrite } from '../../../src/connectors/connector.port.ts';
import type { EntityBody } from '../../../src/domain/entity.ts';
import type { CrmFields, NaturalKey } from '../../../src/domain/remote-record.ts';
import type { FubSandboxOptions } from '../../../src/sandbox/follow-up-boss/fub-sandbox.ts';
import { dealBody, propertyBody } from '../../support/builders.ts';
import { applied, can, contextOf, fubDraft, openFubAccount, type FubAccount } from './fub-account.ts';

let account: FubAccount;

function open(options: FubSandboxOptions = {}): void {
  account = openFubAccount(options);
}

afterEach(() => account.close());

const HOUSE = propertyBody({ address: '12 High Street, Otahuhu', riskOverview: 'Leaky' });
const DEAL = dealBody({
  propertyId: 'p-1',
  stage: 'offer',
  riskLevel: 'high',
  riskFlags: ['finance', 'building'],
  nextAction: 'Call the solicitor',
  nextActionOwner: 'Bo',
  summary: 'Going well\nNearly there',
  contacts: ['c-1', 'c-2'],
});

const draft = async (body: EntityBody = DEAL, stages: Readonly<Record<string, string>> = {}, house = HOUSE) =>
  fubDraft(account.deals, body, await account.facts(), {
    ids: { 'contact/c-1': '10001', 'contact/c-2': '10002' },
    others: { 'property/p-1': house },
    stages,
  });
const seedPeople = () => account.sandbox.seed('people', [{ firstName: 'Ada' }, { firstName: 'Bo' }]);
const create = async (body?: EntityBody) =>
  account.deals.parts.core.create(account.http, { fields: (await draft(body)).fields });
const update = (id: string, write: Partial<UpdateWrite> & { fields: CrmFields }) =>
  account.deals.parts.core.update(account.http, id, { changed: [], held: {}, ...write });
const find = async (body?: EntityBody) =>
  account.deals.find(account.http, (await draft(body)).keys[0] as NaturalKey);

describe('a deal', () => {
  it('is called by its property, in the stage of its name, with what else is said as lines', async () => {
    open();
    const { fields, remarks, keys } = await draft();
    expect(fields).toEqual({
      name: '12 High Street, Otahuhu',
      stageId: 2,
      pipelineId: 1,
      description:
        'Going well\nNearly there\nRisk: high\nRisk flags: finance, building\nNext action: Call the solicitor\nNext action by: Bo',
      peopleIds: [10_001, 10_002],
      userIds: [1],
    });
    expect(remarks).toMatchObject([{ field: 'Property risk', code: 'not_carried' }]);
    expect(keys).toMatchObject([
      { strength: 'good', value: { name: '12 High Street, Otahuhu', stageId: '2', pipelineId: '1' } },
    ]);
  });

  it('goes into the account’s own fields where they are labelled so', async () => {
    open();
    account.sandbox.seed('dealCustomFields', [
      { name: 'customRiskLevel', label: 'Risk level', type: 'dropdown', choices: ['High', 'Low'] },
      { name: 'customFlags', label: 'Risk Flags', type: 'dropdown', choices: ['none'] },
      { name: 'customNext', label: 'Next action', type: 'text' },
      { name: 'customBy', label: 'Next action by', type: 'text', readOnly: true },
      { name: 'customRisk', label: 'Property risk', type: 'text' },
    ]);
    const { fields, remarks } = await draft();
    expect(fields).toMatchObject({
      customRiskLevel: 'High',
      customFlags: null,
      customNext: 'Call the solicitor',
      customRisk: 'Leaky',
      description: 'Going well\nNearly there\nRisk flags: finance, building\nNext action by: Bo',
    });
    expect(remarks).toEqual([]);
  });

  it.each([
    ['Under Contract', {}, 3, []],
    ['listed', {}, 12, []],
    ['offer', { offer: 'Pre-Listing' }, 11, []],
    ['unheard of', {}, 1, ['stage_unknown']],
    ['offer', { offer: 'Nowhere' }, 2, ['stage_unknown']],
  ] as const)('of the stage %p, mapped by %j, is in stage %i', async (stage, stages, id, codes) => {
    open();
    const { fields, remarks } = await draft(dealBody({ stage }), stages);
    expect([fields['stageId'], remarks.map(({ code }) => code)]).toEqual([id, [...codes]]);
  });

  it('is not sent where the account has no stage at all', async () => {
    open();
    const context = contextOf(new Map([['pipelines', []]]));
    expect(account.deals.refusals?.(DEAL, context)).toMatchObject([
      { field: 'stageId', code: 'NO_STAGE', missingIn: 'pipelines' },
    ]);
    expect(account.deals.refusals?.(DEAL, contextOf(await account.facts()))).toEqual([]);
  });

  it('without a property has a name that is no key', async () => {
    open();
    const { fields, keys } = await draft(dealBody());
    expect([fields['name'], keys]).toEqual(['Deal without a property', []]);
  });
});

describe('at Follow Up Boss', () => {
  it('a deal comes back as it was sent', async () => {
    open();
    seedPeople();
    const { fields } = await draft();
    const made = applied(await create());
    expect(made.origin).toBe('created');
    expect(applied(await can(account.deals.read)(account.http, made.id)).fields).toEqual(fields);
  });

  it('a deal is found by its name, in whatever way it is written, and stage, archived ones too', async () => {
    open();
    account.sandbox.seed('deals', [
      { name: '12 High St., Otahuhu', stageId: 3 },
      { name: '12 HIGH ST, Ōtāhuhu', stageId: 2, status: 'Archived' },
      { name: '12 High Street, Otahuhu', stageId: 2, status: 'Deleted' },
      { name: '121/2 High Street, Otahuhu', stageId: 2 },
    ]);
    account.sandbox.seed(
      'deals',
      Array.from({ length: 120 }, (_, place) => ({ name: `Other ${place}`, stageId: 2 })),
    );
    expect(applied(await find()).map(({ id }) => id)).toEqual(['40002']);
  });

  it('a change says what changed alone, and never whose it is', async () => {
    open();
    seedPeople();
    const { id, fields: held = {} } = applied(await create());
    account.calls();
    const fields = { ...held, name: '14 Low Road', userIds: [] };
    applied(await update(id, { fields, changed: ['name', 'userIds'], held }));
    expect(account.calls()).toEqual([`PUT /deals/${id}`]);
    expect(account.sandbox.requests().at(-1)?.body).toEqual({ name: '14 Low Road' });
    applied(
      await update(id, { fields: { ...fields, stageId: 12, pipelineId: 2 }, changed: ['pipelineId'], held }),
    );
    expect(account.sandbox.requests().at(-1)?.body).toEqual({ stageId: 12 });
  });

  it('people whom others added to a deal stay', async () => {
    open();
    seedPeople();
    account.sandbox.seed('people', [{ firstName: 'Cy' }]);
    const { id, fields: held = {} } = applied(await create());
    account.sandbox.editRecord('deals', id, { peopleIds: [10_001, 10_002, 10_003] });
    const fields = { ...held, peopleIds: [10_001] };
    applied(await update(id, { fields, changed: ['peopleIds'], held }));
    expect(account.sandbox.records('deals')[0]?.['peopleIds']).toEqual([10_001, 10_003]);
  });

  it('a deleted deal is gone, though it is still answered', async () => {
    open();
    seedPeople();
    const { id, fields = {} } = applied(await create());
    applied(await can(account.deals.delete)(account.http, id));
    expect(await can(account.deals.read)(account.http, id)).toMatchObject({ kind: 'gone' });
    expect(await update(id, { fields, changed: ['name'] })).toMatchObject({ kind: 'gone' });
    expect(applied(await find())).toEqual([]);
  });

  it('all deals are listed for what people changed, up to a bound', async () => {
    open();
    account.sandbox.seed(
      'deals',
      Array.from({ length: 150 }, () => ({ name: 'x', stageId: 2 })),
    );
    const changes = async () => await account.deals.changes?.(account.http, 0, 10_000);
    expect(applied((await changes()) ?? { kind: 'gone', code: '', detail: '' })).toHaveLength(150);
    account.sandbox.seed(
      'deals',
      Array.from({ length: 400 }, () => ({ name: 'x', stageId: 2 })),
    );
    account.calls();
    expect(await changes()).toMatchObject({ kind: 'retry_later' });
    expect(account.calls()).toHaveLength(1);
  });
});

describe('facts', () => {
  it('that a key may not read are as if there were none, but for stages', async () => {
    open();
    account.sandbox.misbehave({ fault: { kind: 'status', status: 403, body: { errorMessage: 'No.' } } });
    const read = (name: string) => account.connector.facts?.read(account.http, name);
    expect(await read('dealFields')).toEqual({ kind: 'applied', value: null });
    expect(await read('owner')).toEqual({ kind: 'applied', value: null });
    expect(await read('pipelines')).not.toMatchObject({ kind: 'applied' });
  });
});
