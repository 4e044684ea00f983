import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');

/** Builds the dashboard as it is now into a folder of its own, so that no test looks at an old build. */
export async function buildDashboard(): Promise<{ readonly dir: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'zena-crm-dashboard-'));
  const builder = join(ROOT, 'node_modules/vite/bin/vite.js');
  const args = ['build', 'dashboard', '--outDir', dir, '--emptyOutDir', '--logLevel', 'error'];
  await promisify(execFile)(process.execPath, [builder, ...args], { cwd: ROOT });
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}
