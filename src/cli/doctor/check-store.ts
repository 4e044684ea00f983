import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Config, StartConfig } from '../../config/config.ts';
import { startFaultOf } from '../../service/start-fault.ts';
import { type CheckResult, ok, problem } from './check.ts';

/** Whether the store of the mode can be worked with. Writes nothing but a server's indexes, as every start does. */
export function checkStore(config: Config): Promise<CheckResult> {
  return config.mode === 'servers' ? checkServer(config) : checkFolder(resolve(config.dataDir));
}

async function checkServer(config: Config): Promise<CheckResult> {
  if (config.mongodbUrl === null)
    return problem('store', 'MONGODB_URL is missing', 'Set it, or MODE=embedded.');
  const { openStore } = await import('../../service/open-store.ts');
  try {
    // Opening a store asks for none of the secrets that a start needs beside it.
    const { store, label } = await openStore(config as StartConfig);
    await store.close();
    return ok('store', `${label} answers`);
  } catch (error) {
    const fault = startFaultOf(error);
    if (fault === null) throw error;
    return problem('store', fault.message, fault.remedy);
  }
}

async function checkFolder(folder: string): Promise<CheckResult> {
  const existing = await nearestExisting(folder);
  try {
    await access(existing, constants.R_OK | constants.W_OK | constants.X_OK);
    return ok('store', existing === folder ? `embedded, in ${folder}` : `embedded; ${folder} will be made`);
  } catch {
    return problem('store', `${existing} can't be written`, 'Choose another DATA_DIR, or change its owner.');
  }
}

async function nearestExisting(folder: string): Promise<string> {
  try {
    await stat(folder);
    return folder;
  } catch (error) {
    const parent = dirname(folder);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === folder) return folder;
    return nearestExisting(parent);
  }
}
