import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * npm's prepare step: builds the dashboard where it can be built. An installation without development packages has no
 * builder, and needs none: it is given `dashboard/dist` by whoever made it.
 */
const root = resolve(import.meta.dirname, '..');
const builder = join(root, 'node_modules/vite/bin/vite.js');
const missing = [builder, join(root, 'dashboard')].find((path) => !existsSync(path));

if (missing === undefined) {
  const { status } = spawnSync(process.execPath, [builder, 'build', 'dashboard', '--logLevel', 'warn'], {
    cwd: root,
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} else {
  console.error(`The dashboard is not built: ${missing} is not here.`);
}
