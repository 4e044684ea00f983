import { endSharedServers } from './shared-servers-handle.ts';

/** Jest runs it once, in its main process, after the last test of the project `real`. */
export default async function globalTeardown(): Promise<void> {
  await endSharedServers();
}
