import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';

type Schema = Record<string, unknown>;

/**
 * A vendor's OpenAPI document whose schemas of bodies are closed: `allOf` is joined, and an object with named members takes no other. As it is
 * published, most documents let any member pass, so that a wrong name would never be noticed.
 */
export async function closedSpecification(path: string): Promise<Schema> {
  const document = parse(await readFile(path, 'utf8')) as Schema;
  const seen = new Set<Schema>();

  const resolved = (schema: Schema): Schema => {
    const reference = schema['$ref'];
    if (typeof reference !== 'string') return schema;
    const target = reference
      .slice(2)
      .split('/')
      .reduce<unknown>((at, name) => (at as Schema)[name], document);
    return resolved(target as Schema);
  };

  function joined(given: Schema): Schema {
    const schema = resolved(given);
    if (!Array.isArray(schema['allOf'])) return schema;
    const { allOf, ...rest } = schema;
    const properties: Schema = { ...(rest['properties'] as Schema | undefined) };
    const required = new Set<unknown>(rest['required'] as unknown[] | undefined);
    for (const each of allOf as Schema[]) {
      const part = joined(each);
      Object.assign(properties, part['properties']);
      for (const name of (part['required'] as unknown[] | undefined) ?? []) required.add(name);
    }
    return { type: 'object', ...rest, properties, ...(required.size > 0 && { required: [...required] }) };
  }

  function closed(given: unknown): unknown {
    if (typeof given !== 'object' || given === null || '$ref' in given) return given;
    const original = given as Schema;
    const schema = 'allOf' in original ? structuredClone(joined(original)) : original;
    if (seen.has(schema)) return schema;
    seen.add(schema);
    const properties = schema['properties'] as Schema | undefined;
    if (properties !== undefined) {
      schema['type'] ??= 'object';
      schema['additionalProperties'] ??= false;
      for (const name of Object.keys(properties)) properties[name] = closed(properties[name]);
    }
    if (schema['items'] !== undefined) schema['items'] = closed(schema['items']);
    return schema;
  }

  const closeContent = (holder: unknown): void => {
    const content = (holder as { content?: Record<string, Schema> } | undefined)?.content ?? {};
    for (const media of Object.values(content)) {
      if (media['schema'] !== undefined) media['schema'] = closed(media['schema']);
    }
  };

  const schemas = (document['components'] as { schemas: Schema }).schemas;
  for (const name of Object.keys(schemas)) schemas[name] = closed(schemas[name]);
  for (const path of Object.values(document['paths'] as Record<string, Schema>)) {
    for (const operation of Object.values(path) as Schema[]) {
      if (typeof operation['responses'] !== 'object') continue;
      closeContent(operation['requestBody']);
      for (const response of Object.values(operation['responses'] as Schema)) closeContent(response);
    }
  }
  return document;
}
