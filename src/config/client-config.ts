import { readFileSync } from 'node:fs';
import type { ConfigResult } from './config.ts';
import { deepFreeze } from './deep-freeze.ts';
import { findNearMisses } from './near-misses.ts';
import type { Secret } from './secret.ts';
import { createSettingReader, type ReadFile } from './setting-reader.ts';

/** What the commands that talk to a running service need. */
export interface ClientConfig {
  readonly url: string;
  readonly token: Secret | null;
}

/**
 * Reads only the command line's settings, so that a fault of the service's configuration doesn't keep anyone
 * from asking the running service how it is.
 */
export function readClientConfig(
  env: NodeJS.ProcessEnv,
  { readFile = (path) => readFileSync(path, 'utf8') }: { readonly readFile?: ReadFile } = {},
): ConfigResult<ClientConfig> {
  const settings = createSettingReader(env, readFile);
  const config = { url: settings.defaulted('ZENA_CRM_URL'), token: settings.optional('ZENA_CRM_TOKEN') };
  const warnings = findNearMisses(env).filter(({ suggestion }) => suggestion.startsWith('ZENA_CRM_'));
  return deepFreeze(
    settings.faults.length === 0
      ? { ok: true, config, warnings }
      : { ok: false, faults: settings.faults, warnings },
  );
}
