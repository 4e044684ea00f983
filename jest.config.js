import { availableParallelism } from 'node:os';
import { join } from 'node:path';

// Programs that tests start read the same sources again and again: Node keeps here what it made of them, for half of a start's time.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules', '.cache', 'node-compile-cache');

/** Tests run on Node 24 as native ES modules; swc only takes the types away. */
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  transformIgnorePatterns: ['/node_modules/'],
  injectGlobals: false,
};

export default {
  testSequencer: '<rootDir>/test/support/longest-first.js',
  projects: [
    {
      ...shared,
      displayName: 'core',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.(?:real|browser|long)\\.test\\.ts$'],
    },
    {
      ...shared,
      displayName: 'real',
      testMatch: ['<rootDir>/test/**/*.real.test.ts'],
      globalSetup: '<rootDir>/test/support/real-tier/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/real-tier/global-teardown.ts',
    },
    // On the real tier's servers, for minutes, most of them for waiting: `npm run test:long`, which `npm test` leaves aside.
    {
      ...shared,
      displayName: 'long',
      testMatch: ['<rootDir>/test/**/*.long.test.ts'],
      globalSetup: '<rootDir>/test/support/real-tier/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/real-tier/global-teardown.ts',
    },
    {
      ...shared,
      displayName: 'browser',
      testMatch: ['<rootDir>/test/**/*.browser.test.ts'],
      globalSetup: '<rootDir>/test/dashboard/global-setup.ts',
      globalTeardown: '<rootDir>/test/dashboard/global-teardown.ts',
    },
  ],
  // Only what hangs ever takes so long: a machine that others use, too, is several times slower.
  testTimeout: 60_000,
  // Two more than there are cores: suites on real servers and in browsers wait for most of their time.
  maxWorkers: availableParallelism() + 2,
};
