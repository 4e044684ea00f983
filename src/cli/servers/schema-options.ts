import type { SchemaUseCaseOptions } from '../../change-feed/schemas/register-schemas.ts';
import type { Config } from '../../config/config.ts';
import { changeTopics } from '../../service/open-feed.ts';
import { CommandFailure } from '../../terminal/command-failure.ts';
import { EXIT } from '../../terminal/exit-code.ts';

/** What the use-cases of the schemas need. Throws `CommandFailure` without a registry. */
export async function schemaOptions(config: Config): Promise<SchemaUseCaseOptions> {
  if (config.schemaRegistry === null) {
    throw new CommandFailure(
      EXIT.configuration,
      'SCHEMA_REGISTRY_URL is missing',
      'Without a registry, change events are plain JSON and need none.',
    );
  }
  const { createSubjectRegistry } = await import('../../change-feed/schemas/subject-registry.ts');
  const { loadChangeSchemas } = await import('../../change-feed/schemas/change-schemas.ts');
  const { url, auth } = config.schemaRegistry;
  return {
    registry: createSubjectRegistry({ url, auth: auth?.reveal() ?? null }),
    schemas: loadChangeSchemas(),
    topics: changeTopics(config.topics),
  };
}
