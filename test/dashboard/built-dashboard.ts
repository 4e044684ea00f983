import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');
const PASSED_ON_AS = 'BROWSER_TIER_DASHBOARD';

/** Builds the dashboard as it is now into a folder of its own, once for all tests of a run, so that none looks at an old build. */
export async function buildDashboard(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'zena-crm-dashboard-'));
  process.env[PASSED_ON_AS] = dir;
  const builder = join(ROOT, 'node_modules/vite/bin/vite.js');
  const args = ['build', 'dashboard', '--outDir', dir, '--emptyOutDir', '--logLevel', 'error'];
  await promisify(execFile)(process.execPath, [builder, ...args], { cwd: ROOT });
}

/** Where this run's build is. Throws outside the Jest project `browser`, whose set-up makes it. */
export function builtDashboard(): string {
  const dir = process.env[PASSED_ON_AS];
  if (dir !== undefined) return dir;
  throw new Error(
    `${PASSED_ON_AS} is not set: tests of the dashboard are named *.browser.test.ts, and run by \`npm run test:browser\`.`,
  );
}

export async function removeDashboard(): Promise<void> {
  await rm(builtDashboard(), { recursive: true, force: true });
}
