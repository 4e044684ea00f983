import { access, constants, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Config, StartConfig } from '../../config/config.ts';
import { startFaultOf } from '../../service/start-fault.ts';
import { CommandFailure } from '../../terminal/command-failure.ts';
import { isTopicProblem, topicsOf, withKafkaAdmin } from '../servers/kafka-admin.ts';
import { schemaOptions } from '../servers/schema-options.ts';
import { caution, type CheckResult, ok, problem, skipped } from './check.ts';

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

/** Whether the brokers answer and hold the topics. Changes nothing. */
export async function checkFeed(config: Config): Promise<CheckResult> {
  if (config.mode === 'embedded') return ok('feed', 'embedded: POST /api/changes and zena-crm import');
  const { checkTopics } = await import('../../change-feed/kafka/topics/topics.ts');
  try {
    const wanted = await topicsOf(config);
    const findings = await withKafkaAdmin(config, (admin) => checkTopics(admin, wanted));
    const [first] = findings.filter(isTopicProblem);
    if (first !== undefined) {
      return problem(
        'feed',
        `${first.topic}: ${first.code} (${first.message})`,
        'zena-crm topics check lists all.',
      );
    }
    if (findings.length > 0)
      return caution('feed', 'topics with a single replica', 'Fit for one broker only.');
    return ok('feed', `Kafka answers and holds ${wanted.length} topics`);
  } catch (error) {
    if (error instanceof CommandFailure) return problem('feed', error.message, error.remedy);
    throw error;
  }
}

/** Whether the registry answers and holds this version's schemas. Changes nothing. */
export async function checkRegistry(config: Config): Promise<CheckResult> {
  if (config.mode === 'embedded') return skipped('registry', 'not used in the embedded mode');
  if (config.schemaRegistry === null) return skipped('registry', 'not set: plain JSON values only');
  const { checkSchemas } = await import('../../change-feed/schemas/check-schemas.ts');
  const report = await checkSchemas(await schemaOptions(config));
  if (!report.ok) return problem('registry', report.message, 'Is SCHEMA_REGISTRY_URL right?');
  const [first] = report.findings;
  return first === undefined
    ? ok('registry', 'holds the schemas of this version')
    : problem('registry', `${first.subject}: ${first.code}`, 'zena-crm schemas check lists all.');
}
