import type { RecordStore } from '../../kit/records/record-store.ts';
import { STAGES, type SfObjectName } from '../schema/objects.ts';
import { newSfId } from '../schema/sf-id.ts';

/** The org that every sandbox is. */
export const ORG_ID = newSfId('00D', 1);
/** Who works in it. */
export const ORG_USER = newSfId('005', 1);
/** Whom the integration works as. */
export const INTEGRATION_USER = newSfId('005', 2);
export const ORG_NAME = 'Sandbox Realty';
export const INTEGRATION_USERNAME = 'integration@sandbox-realty.example';

const OPEN_STAGES = STAGES.length - 2;

/** What every org has: itself, two users and the stages of deals. */
export function furnish(store: RecordStore<SfObjectName>): void {
  store.create('Organization', {
    Name: ORG_NAME,
    OrganizationType: 'Developer Edition',
    InstanceName: 'SBX1',
    TimeZoneSidKey: 'America/Los_Angeles',
    LanguageLocaleKey: 'en_US',
  });
  const shared = { IsActive: true, UserType: 'Standard', TimeZoneSidKey: 'America/Los_Angeles' };
  store.create('User', {
    ...shared,
    FirstName: 'Olivia',
    LastName: 'Owens',
    Alias: 'oowens',
    Username: 'olivia@sandbox-realty.example',
    Email: 'olivia@sandbox-realty.example',
  });
  store.create('User', {
    ...shared,
    FirstName: 'Integration',
    LastName: 'User',
    Alias: 'integ',
    Username: INTEGRATION_USERNAME,
    Email: INTEGRATION_USERNAME,
  });
  for (const [place, stage] of STAGES.entries()) {
    store.create('OpportunityStage', {
      MasterLabel: stage,
      ApiName: stage,
      IsActive: true,
      SortOrder: place + 1,
      IsClosed: place >= OPEN_STAGES,
      IsWon: place === OPEN_STAGES,
      DefaultProbability: place >= OPEN_STAGES ? (place === OPEN_STAGES ? 100 : 0) : (place + 1) * 10,
    });
  }
}
