import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { StateStore } from '../../../src/state-store/state-store.port.ts';
import { auditContract } from './journal/audit-contract.ts';
import { budgetContract } from './ownership/budget-contract.ts';
import { accountContract } from './connections/account-contract.ts';
import { connectionContract } from './connections/connection-contract.ts';
import { deadLetterContract } from './letters/dead-letter-contract.ts';
import { erasureContract } from './erasure/erasure-contract.ts';
import { feedPositionContract } from './records/feed-position-contract.ts';
import { idempotencyContract } from './journal/idempotency-contract.ts';
import { linkClaimingContract } from './links/link-claiming-contract.ts';
import { linkCopyContract } from './links/link-copy-contract.ts';
import { linkDeadContract } from './links/link-dead-contract.ts';
import { linkListingContract } from './links/link-listing-contract.ts';
import { linkMarkingContract } from './links/link-marking-contract.ts';
import { linkModelContract } from './links/link-model-contract.ts';
import { linkRaceContract } from './links/link-race-contract.ts';
import { linkSettlingContract } from './links/link-settling-contract.ts';
import { linkSharingContract } from './links/link-sharing-contract.ts';
import { linkWorkContract } from './links/link-work-contract.ts';
import { lookContract } from './links/look-contract.ts';
import { ownershipContract } from './ownership/ownership-contract.ts';
import { pageBytesContract } from './records/page-bytes-contract.ts';
import { recordContract } from './records/record-contract.ts';
import { replayContract } from './letters/replay-contract.ts';
import { runContract } from './runs/run-contract.ts';
import { settingContract } from './connections/setting-contract.ts';
import { timelineContract } from './journal/timeline-contract.ts';

/** An empty store and the way to put it away. */
export interface OpenedStore {
  readonly store: StateStore;
  close(): Promise<void>;
}

/** Every promise of the state-store port. `open` gives an empty store; it is called for each test. */
export function stateStoreContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} keeps the state store's promises`, () => {
    let opened: OpenedStore | null = null;
    const store = (): StateStore => {
      if (opened === null) throw new Error('no store is open outside a test');
      return opened.store;
    };
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(async () => {
      await opened?.close();
      opened = null;
    });

    it('answers a ping', async () => {
      await expect(store().ping()).resolves.toBeUndefined();
    });

    describe('records', () => recordContract(store));
    describe('pages by bytes', () => pageBytesContract(store));
    describe('scopes of one account', () => accountContract(store));
    describe('connections', () => connectionContract(store));
    describe('marking links', () => linkMarkingContract(store));
    describe('claiming links', () => linkClaimingContract(store));
    describe('settling links', () => linkSettlingContract(store));
    describe('links that rest dead', () => linkDeadContract(store));
    describe('links that share a CRM record', () => linkSharingContract(store));
    describe('what is known of CRM records', () => linkCopyContract(store));
    describe('looks at a CRM', () => lookContract(store));
    describe('listing and counting links', () => linkListingContract(store));
    describe('dropping and forgetting work', () => linkWorkContract(store));
    describe('links under races', () => linkRaceContract(store));
    describe('links against the model', () => linkModelContract(store));
    describe('runs', () => runContract(store));
    describe('timeline', () => timelineContract(store));
    describe('dead letters', () => deadLetterContract(store));
    describe('replays', () => replayContract(store));
    describe('workers and shards', () => ownershipContract(store));
    describe('budgets', () => budgetContract(store));
    describe('erasing a user', () => erasureContract(store));
    describe('idempotency keys', () => idempotencyContract(store));
    describe('audit', () => auditContract(store));
    describe('positions of the feed', () => feedPositionContract(store));
    describe('settings', () => settingContract(store));
  });
}
