import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { createKafkaClient } from '../../../../src/change-feed/kafka/connection/kafka-connection.ts';
import { checkTopics, createTopics, wantedTopics } from '../../../../src/change-feed/kafka/topics/topics.ts';
import { realTier } from '../../../support/real-tier/real-tier.ts';
import { createQuietLogger } from '../../quiet-logger.ts';

describe('The topics', () => {
  const suffix = randomUUID();
  const names = {
    contacts: `contacts-${suffix}`,
    properties: `properties-${suffix}`,
    deals: `deals-${suffix}`,
    deadLetters: `dead-letters-${suffix}`,
    work: `work-${suffix}`,
  };
  const wanted = wantedTopics(names, 14 * 86_400_000);
  let admin: Admin;
  beforeAll(async () => {
    const connection = { brokers: realTier().kafkaBrokers, clientId: 'topics-test', ssl: null, sasl: null };
    admin = createKafkaClient(connection, createQuietLogger()).admin();
    await admin.connect();
  });
  afterAll(() => admin.disconnect());

  it('are reported as missing, created where they are, and then as wanted but for their single replica', async () => {
    expect((await checkTopics(admin, wanted)).map(({ code }) => code)).toEqual(
      Array(5).fill('TOPIC_MISSING'),
    );
    await admin.createTopics({ topics: [{ topic: names.contacts, numPartitions: 1, replicationFactor: 1 }] });
    const options = { admin, wanted, partitions: 3, replicationFactor: 1 };
    expect(await createTopics(options)).toEqual({
      created: [names.properties, names.deals, names.deadLetters, names.work],
      existing: [names.contacts],
    });
    expect(await createTopics(options)).toMatchObject({ created: [] });
    const findings = await checkTopics(admin, wanted);
    expect(findings.filter(({ code }) => code === 'SETTING_DIFFERS')).toEqual([
      {
        topic: names.contacts,
        code: 'SETTING_DIFFERS',
        message: 'cleanup.policy is delete instead of compact',
      },
    ]);
    expect(findings.filter(({ code }) => code === 'ONE_REPLICA').length).toBe(5);
    const [hints] = (await admin.fetchTopicMetadata({ topics: [names.work] })).topics;
    expect(hints?.partitions).toHaveLength(1);
  });
});
