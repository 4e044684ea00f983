import { type CheckResult, ok, problem } from './check.ts';

/** Runs TypeScript and has the embedded store's database built in. */
const FLOOR = [24, 12] as const;

/** Whether this Node runs the program. */
export function checkNode(version: string): CheckResult {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > FLOOR[0] || (major === FLOOR[0] && minor >= FLOOR[1]);
  return enough
    ? ok('node', version)
    : problem(
        'node',
        `${version}, older than ${FLOOR.join('.')}`,
        'Run npm ci, which brings a newer one along.',
      );
}
