import { describe, expect, it } from '@jest/globals';
import { stageFor, stageRemark, type CrmStage } from '../../../src/connectors/mapping-parts/stage-for.ts';

const stage = (id: string, name: string, more: Partial<CrmStage> = {}): CrmStage => ({
  id,
  name,
  isOpen: true,
  isOfDefault: true,
  ...more,
});
const STAGES = [
  stage('9', 'Under Offer', { isOfDefault: false }),
  stage('8', 'Rentals', { isOfDefault: false }),
  stage('1', 'Closed', { isOpen: false }),
  stage('2', 'New'),
  stage('3', 'Under Offer'),
];

describe('the CRM’s stage for one of Zena’s', () => {
  it.each<[string, string, Readonly<Record<string, string>>, [string, string]]>([
    ['an equal name in the default pipeline', 'under_offer', {}, ['3', 'equal']],
    ['a name that only another pipeline has', 'RENTALS', {}, ['8', 'equal']],
    ['a stage that is over, where it is called so', 'closed', {}, ['1', 'equal']],
    ['what the settings say', 'under_offer', { under_offer: 'closed' }, ['1', 'mapped']],
    ['what the settings say, in other letters', 'Under-Offer', { 'under offer': 'New' }, ['2', 'mapped']],
    ['an equal name, where the settings name none that there is', 'new', { new: 'Nowhere' }, ['2', 'equal']],
    ['the first that is open of the default pipeline', 'haggling', {}, ['2', 'first_open']],
    ['the same for no stage', ' ', {}, ['2', 'first_open']],
    ['the same where the settings name none', 'haggling', { haggling: ' ' }, ['2', 'first_open']],
  ])('is %s', (_, zena, stages, [id, how]) => {
    expect(stageFor(zena, stages, STAGES)).toMatchObject({ id, how });
  });

  it('is the first that is open of any, then none', () => {
    expect(stageFor('haggling', undefined, STAGES.slice(0, 3))).toMatchObject({ id: '9', how: 'first_open' });
    expect(stageFor('haggling', undefined, STAGES.slice(2, 3))).toBeNull();
    expect(stageFor('new', undefined, [])).toBeNull();
  });

  it('is told where it isn’t what Zena, or the connection, calls it', () => {
    const remark = (zena: string, stages?: Readonly<Record<string, string>>) => {
      const choice = stageFor(zena, stages, STAGES);
      return choice === null ? null : stageRemark({ stage: zena, stages }, choice, 'stageId');
    };
    expect(remark('new')).toBeNull();
    expect(remark('haggling', { haggling: 'New' })).toBeNull();
    expect(remark('haggling')).toEqual({
      field: 'stageId',
      code: 'stage_unknown',
      detail: 'The CRM has no stage "haggling": the deal is in its stage "New".',
    });
    for (const zena of ['haggling', 'new'])
      expect(remark(zena, { [zena]: 'Nowhere' })?.detail).toContain(
        'no stage "Nowhere", which this connection',
      );
  });
});
