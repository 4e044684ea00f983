import { rememberSharedServers } from './shared-servers-handle.ts';
import { openSharedServers } from './shared-servers.ts';

/** Jest runs it once, in its main process, before any test of the project `real`. */
export default async function globalSetup(): Promise<void> {
  rememberSharedServers(await openSharedServers());
}
