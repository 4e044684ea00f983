import { stateStoreContract } from '../../contract/state-store/state-store-contract.ts';
import { realTier } from '../../support/real-tier/real-tier.ts';
import { openFreshStore } from './mongo-fixtures.ts';

stateStoreContract('a store in MongoDB', () => openFreshStore(realTier().mongodbUrl));
