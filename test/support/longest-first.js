import TestSequencer from '@jest/test-sequencer';

/** What takes longest, most of it for waiting: begun last, one of them would be all that runs for a minute. */
const LONGEST = [
  'e2e/large-office',
  'state-store/mongo/mongo-state-store.real',
  'e2e/stray-answers',
  'state-store/sqlite/sqlite-contract',
  'dashboard/connections.browser',
  'dashboard/views.browser',
  'delivering/convergence.property',
  'change-feed/kafka/feed/kafka-outages.real',
  'dashboard/records.browser',
  'e2e/key-rotation',
  'security/leaks',
  'demo/demo',
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
