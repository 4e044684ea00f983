import type { Config } from '../../config/config.ts';
import { CommandFailure } from '../../terminal/command-failure.ts';
import { isTopicProblem, topicsOf, withKafkaAdmin } from '../servers/kafka-admin.ts';
import { schemaOptions } from '../servers/schema-options.ts';
import { caution, type CheckResult, ok, problem, skipped } from './check.ts';

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
