import { buildDashboard } from './built-dashboard.ts';

/** Jest runs it once, in its main process, before any test of the project `browser`. */
export default async function globalSetup(): Promise<void> {
  await buildDashboard();
}
