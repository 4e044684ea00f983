import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type ApiHarness, startApi } from '../api-harness.ts';

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: string[];
  readonly security?: object[];
  readonly parameters?: { name: string; in: string; required?: boolean; schema?: object }[];
  readonly requestBody?: { content: Record<string, { schema: object }> };
  readonly responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}
interface Document {
  readonly openapi: string;
  readonly info: { title: string; version: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { schemas: Record<string, object>; securitySchemes: Record<string, object> };
  readonly tags: { name: string }[];
}

let api: ApiHarness;
let document: Document;
let operations: { method: string; path: string; operation: Operation }[];

beforeAll(async () => {
  api = await startApi();
  const answer = await api.call('GET', '/openapi.json', { as: null });
  expect(answer.status).toBe(200);
  document = answer.json as unknown as Document;
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method, path, operation })),
  );
});
afterAll(() => api.close());

function schemasOf({ parameters = [], requestBody, responses }: Operation): object[] {
  const contents = [requestBody?.content, ...Object.values(responses).map(({ content }) => content)];
  return [
    ...parameters.map(({ schema }) => schema),
    ...contents.flatMap((content) => Object.values(content ?? {}).map(({ schema }) => schema)),
  ].filter((schema) => schema !== undefined);
}

describe('the OpenAPI document', () => {
  it('is 3.1 and covers every route, hidden pages aside', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toMatchObject({ title: 'Zena CRM Sync', version: '1.2.3' });
    const described = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`).sort();
    const served = api.app.declaredRoutes
      .filter(({ hidden, method }) => !hidden && method !== 'HEAD')
      .map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`)
      .sort();
    expect(described).toEqual(served);
  });

  it('has schemas that are JSON Schema 2020-12, with references that lead somewhere', () => {
    const ajv = new Ajv2020({ strict: true, allErrors: true });
    addFormats.default(ajv);
    ajv.addVocabulary(['components']);
    ajv.addSchema({ $id: 'openapi', components: document.components });
    for (const { operation } of operations) {
      for (const schema of schemasOf(operation)) {
        const absolute = JSON.parse(
          JSON.stringify(schema).replaceAll('"#/components/', '"openapi#/components/'),
        ) as object;
        expect(() => ajv.compile(absolute)).not.toThrow();
      }
    }
    expect(document.components.schemas).toHaveProperty('Problem');
  });

  it('names each operation once, with a summary, known tags and a description of each answer', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(operations.length);
    expect(ids).not.toContain(undefined);
    const tags = document.tags.map(({ name }) => name);
    for (const { operation } of operations) {
      expect(operation.summary).toMatch(/\S/);
      for (const tag of operation.tags ?? ['none']) expect(tags).toContain(tag);
      for (const { description } of Object.values(operation.responses)) expect(description).toMatch(/\S/);
    }
  });

  it('declares every parameter of a path, and no other', () => {
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (operation.parameters ?? []).filter((one) => one.in === 'path');
      expect(declared.map(({ name }) => name).sort()).toEqual(inPath.sort());
      for (const { required } of declared) expect(required).toBe(true);
    }
  });

  it('says which routes need nobody, and that all others may answer AUTH_REQUIRED', () => {
    for (const { method, url, access, hidden } of api.app.declaredRoutes) {
      if (hidden || method === 'HEAD') continue;
      const operation = document.paths[url.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
      if (access === 'public' && url !== '/api/session') expect(operation?.security).toEqual([]);
      if (access !== 'public') {
        expect(operation?.security).toBeUndefined();
        expect(operation?.responses).toHaveProperty('401');
      }
    }
  });

  it('describes the answers as they are', async () => {
    const ajv = new Ajv2020({ strict: true, allErrors: true });
    addFormats.default(ajv);
    const connected = await api.call('POST', '/api/integrations/crm/mri_vault/connect', {
      body: { credentials: { apiKey: 'vault-key', instanceUrl: 'http://127.0.0.1:1' } },
    });
    const path = document.paths['/api/integrations/crm/{provider}/connect']?.['post'];
    const schema = path?.responses['201']?.content?.['application/json']?.schema;
    expect(ajv.validate(schema ?? false, connected.json)).toBe(true);
    const problem = document.components.schemas['Problem'] ?? {};
    const refused = await api.call('GET', '/api/integrations/crm/none/runs');
    expect(ajv.validate(problem, refused.json)).toBe(true);
  });
});
