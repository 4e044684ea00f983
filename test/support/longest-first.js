import TestSequencer from '@jest/test-sequencer';

/**
 * What takes longest: begun last, one of them would be all that runs for a minute. Half of them wait for most of their time (for
 * servers, programs that they start, a CRM's pauses) and half need a core, in turns, so that from the beginning there is work for each.
 */
const LONGEST = [
  'demo/demo-all',
  'e2e/large-office',
  'sandbox/salesforce/published-client.real',
  'state-store/mongo/mongo-state-store.real',
  'change-feed/kafka/feed/kafka-outages.real',
  'e2e/stray-answers',
  'cli/connector-check',
  'connectors/salesforce/salesforce-kit',
  'support/real-tier/native-servers.real',
  'contract/connector/kit/kit',
  'security/leaks',
  'delivering/company/first-sync',
  'e2e/kvcore',
  'dashboard/connections.browser',
  'e2e/top-producer',
  'dashboard/views.browser',
  'demo/demo',
  'state-store/sqlite/sqlite-contract',
  'e2e/key-rotation',
  'dashboard/records.browser',
  'contract/change-feed/kafka-change-feed.real',
  'delivering/convergence.property',
  'security/crash',
  'connectors/vaultre/assumed',
  'sandbox/follow-up-boss/published-client.real',
  'e2e/salesforce',
  'change-feed/kafka/hints/kafka-work-hints.real',
  'runs/full-sync',
  'change-feed/kafka/feed/kafka-change-feed.real',
  'connectors/vaultre/vaultre-kit',
  'state-store/mongo/mongo-outage.real',
  'tenancy/tenancy-moves',
  'e2e/integrator-key',
  'simulation/simulation',
  'e2e/servers.real',
  'e2e/vaultre',
  'service/disconnect-destroys',
];

const rankOf = ({ path }) => {
  const at = LONGEST.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
  return at < 0 ? LONGEST.length : at;
};

/**
 * Jest begins with what took longest in the run before. In a bare checkout, where CI runs, there was none, and it begins with the
 * largest files: these come before them.
 */
export default class LongestFirst extends TestSequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => rankOf(one) - rankOf(other));
  }
}
