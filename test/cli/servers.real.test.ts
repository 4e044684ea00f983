import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { realTier, withDatabase } from '../support/real-tier/real-tier.ts';
import { runZenaCrm } from './run-zena-crm.ts';

describe('the command line beside real servers', () => {
  const suffix = randomUUID();
  let env: Record<string, string>;
  beforeAll(() => {
    const { kafkaBrokers, schemaRegistryUrl } = realTier();
    // Neither a key nor a token's secret: whoever sets up the servers needs none.
    env = {
      MODE: 'servers',
      KAFKA_BROKERS: kafkaBrokers.join(','),
      SCHEMA_REGISTRY_URL: schemaRegistryUrl,
      TOPIC_CONTACTS: `contacts-${suffix}`,
      TOPIC_PROPERTIES: `properties-${suffix}`,
      TOPIC_DEALS: `deals-${suffix}`,
      TOPIC_DEAD_LETTERS: `dead-letters-${suffix}`,
      TOPIC_WORK: `work-${suffix}`,
    };
  });

  it('finds topics missing, creates them with the broker’s own replication, and then finds nothing', async () => {
    await expect(runZenaCrm(['topics', 'check'], { env })).resolves.toMatchObject({ code: 6, stderr: '' });
    const first = await runZenaCrm(['topics', 'create', '--output', 'json'], { env });
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(first.stdout)).toEqual(
      ['contacts', 'properties', 'deals', 'dead-letters', 'work'].map((name) => ({
        topic: `${name}-${suffix}`,
        created: true,
      })),
    );
    const second = await runZenaCrm(['topics', 'create'], { env });
    expect(second).toMatchObject({ code: 0 });
    expect(second.stdout.match(/was there already/g)).toHaveLength(5);
    await expect(runZenaCrm(['topics', 'check'], { env })).resolves.toMatchObject({ code: 0 });
  });

  it('finds schemas missing, registers them once, and then finds nothing', async () => {
    await expect(runZenaCrm(['schemas', 'check'], { env })).resolves.toMatchObject({ code: 6 });
    const first = await runZenaCrm(['schemas', 'register', '--output', 'json'], { env });
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(first.stdout)).toMatchObject(Array(3).fill({ created: true }));
    const second = await runZenaCrm(['schemas', 'register', '--output', 'json'], { env });
    expect(JSON.parse(second.stdout)).toMatchObject(Array(3).fill({ created: false }));
    await expect(runZenaCrm(['schemas', 'check'], { env })).resolves.toMatchObject({ code: 0 });
  });

  it('is told by the doctor what the servers lack', async () => {
    const secrets = { ENCRYPTION_KEY: 'ab'.repeat(32), JWT_SECRET: 'x'.repeat(40) };
    const { mongodbUrl } = realTier();
    const name = `doctor-${suffix.slice(0, 8)}`;
    const own = {
      ...env,
      ...secrets,
      MONGODB_URL: withDatabase(mongodbUrl, name),
      TOPIC_DEALS: `other-${suffix}`,
    };
    const { code, stdout } = await runZenaCrm(['doctor', '--output', 'json'], { env: own });
    expect(code).toBe(6);
    const found = JSON.parse(stdout) as { check: string; status: string }[];
    const statuses = Object.fromEntries(found.map(({ check, status }) => [check, status]));
    expect(statuses).toMatchObject({
      node: 'ok',
      config: 'ok',
      store: 'ok',
      feed: 'problem',
      registry: 'problem',
    });
  });
});
