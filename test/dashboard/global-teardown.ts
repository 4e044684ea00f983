import { removeDashboard } from './built-dashboard.ts';

/** Jest runs it once, after the last test of the project `browser`. */
export default async function globalTeardown(): Promise<void> {
  await removeDashboard();
}
