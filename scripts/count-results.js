import { existsSync, readFileSync } from 'node:fs';

/**
 * Prints `passed failed` of Jest's JSON report (first argument). A suite that could not run counts as a failure, and so does a
 * test that was not run: whoever counts must not miss it. No report is one failure.
 */
const path = process.argv[2] ?? '';
if (existsSync(path)) {
  const report = JSON.parse(readFileSync(path, 'utf8'));
  const failed =
    report.numFailedTests + report.numRuntimeErrorTestSuites + report.numPendingTests + report.numTodoTests;
  // An interrupted or misconfigured run fails without a failed test.
  console.log(`${report.numPassedTests} ${failed === 0 && !report.success ? 1 : failed}`);
} else {
  console.log('0 1');
}
