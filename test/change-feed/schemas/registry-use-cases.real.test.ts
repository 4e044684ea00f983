import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createRegistryHttp } from '../../../src/change-feed/codec/registry-http.ts';
import {
  loadChangeSchemas,
  subjectOf,
  type ChangeTopics,
} from '../../../src/change-feed/schemas/change-schemas.ts';
import { checkSchemas } from '../../../src/change-feed/schemas/check-schemas.ts';
import { registerSchemas } from '../../../src/change-feed/schemas/register-schemas.ts';
import { createSubjectRegistry } from '../../../src/change-feed/schemas/subject-registry.ts';
import { realTier } from '../../support/real-tier/real-tier.ts';

describe('The schemas in a registry', () => {
  const address = { url: realTier().schemaRegistryUrl, auth: null };
  const registry = createSubjectRegistry(address);
  const schemas = loadChangeSchemas();
  let topics: ChangeTopics;
  const withContactField = (field: object) => {
    const schema = JSON.parse(schemas.contact.text) as { fields: object[] };
    schema.fields.push(field);
    return { ...schemas, contact: { ...schemas.contact, text: JSON.stringify(schema) } };
  };

  beforeEach(() => {
    const suffix = randomUUID();
    topics = { contact: `contacts-${suffix}`, property: `properties-${suffix}`, deal: `deals-${suffix}` };
  });

  it('are reported as missing, then registered once under FULL_TRANSITIVE', async () => {
    const before = await checkSchemas({ registry, schemas, topics });
    expect(before.ok && new Set(before.findings.map(({ code }) => code))).toEqual(
      new Set(['NOT_REGISTERED', 'COMPATIBILITY_LEVEL']),
    );
    const first = await registerSchemas({ registry, schemas, topics });
    expect(first).toMatchObject({
      ok: true,
      subjects: [{ created: true }, { created: true }, { created: true }],
    });
    expect(await registry.level(subjectOf(topics.contact))).toBe('FULL_TRANSITIVE');
    expect(await checkSchemas({ registry, schemas, topics })).toEqual({ ok: true, findings: [] });
    const again = await registerSchemas({ registry, schemas, topics });
    expect(again.subjects.map(({ created }) => created)).toEqual([false, false, false]);
    expect(again.subjects.map(({ schemaId }) => schemaId)).toEqual(
      first.subjects.map(({ schemaId }) => schemaId),
    );
  });

  it('take a compatible addition', async () => {
    await registerSchemas({ registry, schemas, topics });
    const more = withContactField({ name: 'office', type: ['null', 'string'], default: null });
    const check = await checkSchemas({ registry, schemas: more, topics });
    expect(check.ok && check.findings.map(({ code }) => code)).toEqual(['NOT_REGISTERED']);
    expect((await registerSchemas({ registry, schemas: more, topics })).ok).toBe(true);
    expect((await registry.versions(subjectOf(topics.contact))).length).toBe(2);
  });

  it('refuse an incompatible change, at the check and at the registration, and keep what they had', async () => {
    await registerSchemas({ registry, schemas, topics });
    const broken = withContactField({ name: 'office', type: 'string' });
    const check = await checkSchemas({ registry, schemas: broken, topics });
    expect(check.ok && check.findings.map(({ code }) => code)).toEqual(['INCOMPATIBLE', 'NOT_REGISTERED']);
    expect((await registry.versions(subjectOf(topics.contact))).length).toBe(1);
    const refused = await registerSchemas({ registry, schemas: broken, topics });
    expect(refused).toMatchObject({ ok: false, code: 'INCOMPATIBLE', subject: subjectOf(topics.contact) });
    expect((await registry.versions(subjectOf(topics.contact))).length).toBe(1);
  });

  it('report a subject with another level or another kind of schema', async () => {
    const http = createRegistryHttp(address, 5_000);
    const subject = encodeURIComponent(subjectOf(topics.deal));
    const foreign = {
      schemaType: 'JSON',
      schema: '{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}',
    };
    expect((await http('POST', `/subjects/${subject}/versions`, foreign)).status).toBe(200);
    const check = await checkSchemas({ registry, schemas, topics });
    const codes = check.ok
      ? check.findings.filter((each) => each.subject === subjectOf(topics.deal)).map(({ code }) => code)
      : [];
    expect(codes).toEqual(['NOT_AVRO', 'NOT_REGISTERED', 'COMPATIBILITY_LEVEL']);
  });

  it('report a registry that is not there', async () => {
    const nowhere = createSubjectRegistry({ url: 'http://127.0.0.1:1', auth: null });
    expect(await checkSchemas({ registry: nowhere, schemas, topics })).toMatchObject({
      ok: false,
      code: 'REGISTRY_UNAVAILABLE',
    });
    expect(await registerSchemas({ registry: nowhere, schemas, topics })).toMatchObject({
      ok: false,
      code: 'REGISTRY_UNAVAILABLE',
      subjects: [],
    });
  });
});
