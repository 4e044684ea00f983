import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Kafka } from 'kafkajs';
import { createKafkaClient } from '../../../../src/change-feed/kafka/connection/kafka-connection.ts';
import { createTopicWriter } from '../../../../src/change-feed/kafka/producing/topic-writer.ts';
import {
  createKafkaWorkHints,
  type KafkaWorkHints,
} from '../../../../src/change-feed/kafka/hints/kafka-work-hints.ts';
import type { WorkHint } from '../../../../src/change-feed/work-hints.port.ts';
import { systemClock } from '../../../../src/runtime/clock.ts';
import { realTier } from '../../../support/real-tier/real-tier.ts';
import { createTopics } from '../../../support/real-tier/topics.ts';
import { createQuietLogger, type QuietLogger } from '../../quiet-logger.ts';

const due: WorkHint = { kind: 'due', scopes: ['conn-1.0a1b2c3d4e5f'] };

interface Worker {
  readonly hints: KafkaWorkHints;
  readonly heard: WorkHint[];
  readonly log: QuietLogger;
  /** Starts it and resolves once it hears. A broker that never had a group is not ready for one at first. */
  listen(): Promise<void>;
  /** Resolves with the next hint that it hears. */
  next(): Promise<WorkHint>;
}

describe('Hints between processes', () => {
  let kafka: Kafka;
  let clientLog: QuietLogger;
  let topic: string;
  let groupId: string;
  let workers: Worker[];

  beforeEach(() => {
    const suffix = randomUUID().slice(0, 8);
    [topic, groupId, workers] = [`work-${suffix}`, `group-${suffix}`, []];
    clientLog = createQuietLogger();
    kafka = clientOf(realTier().kafkaBrokers);
  });
  afterEach(() => Promise.all(workers.map(({ hints }) => hints.stop())));
  const clientOf = (brokers: readonly string[]) =>
    createKafkaClient({ brokers, clientId: 'hints-test', ssl: null, sasl: null }, clientLog);
  const createTopic = () => createTopics(realTier().kafkaBrokers, [{ topic, numPartitions: 1 }]);
  const open = (workerId: string, client = kafka): Worker => {
    const log = createQuietLogger();
    const heard: WorkHint[] = [];
    let waiting = Promise.withResolvers<WorkHint>();
    const onHint = (hint: WorkHint) => {
      heard.push(hint);
      waiting.resolve(hint);
      waiting = Promise.withResolvers();
    };
    const hints = createKafkaWorkHints({
      kafka: client,
      topic,
      groupId,
      workerId,
      onHint,
      log,
      clock: systemClock,
    });
    const listen = async () => {
      const resumed = log.nextLine('hints.resumed');
      await hints.start();
      if (log.lines.some(({ event }) => event === 'hints.unavailable')) await resumed;
    };
    const worker = { hints, heard, log, listen, next: () => waiting.promise };
    workers.push(worker);
    return worker;
  };
  const groups = async () => {
    const admin = kafka.admin();
    await admin.connect();
    try {
      const { groups: all } = await admin.listGroups();
      return all.map((each) => each.groupId).filter((id) => id.startsWith(groupId));
    } finally {
      await admin.disconnect();
    }
  };

  it('are heard by each other process, at once, and by none of those that told them', async () => {
    await createTopic();
    const [one, two, three] = [open('w1'), open('w2'), open('w3')];
    await Promise.all([one, two, three].map((each) => each.listen()));
    const heard = [two.next(), three.next()];
    one.hints.publish(due);
    expect(await Promise.all(heard)).toEqual([due, due]);
    const times: number[] = [];
    for (let again = 1; again <= 5; again += 1) {
      const answer = one.next();
      const begun = performance.now();
      two.hints.publish({ kind: 'connection', connectionId: `conn-${again}` });
      expect(await answer).toEqual({ kind: 'connection', connectionId: `conn-${again}` });
      times.push(performance.now() - begun);
    }
    // The quickest, since a machine may be busy for a while.
    expect(Math.min(...times)).toBeLessThan(1_000);
    expect([one.heard.length, two.heard]).toEqual([5, [due]]);
  });

  it('of before it listened are of no interest, nor is what is no hint', async () => {
    await createTopic();
    const writer = createTopicWriter(kafka);
    const write = (text: string) => writer.write([{ topic, key: null, value: Buffer.from(text) }]);
    await write(JSON.stringify({ from: 'w9', due: ['conn-9.old'], connections: [] }));
    const one = open('w1');
    await one.listen();
    const next = one.next();
    await write('no hint');
    await write(JSON.stringify({ from: 'w9', due: ['conn-9.new'], connections: [] }));
    expect(await next).toEqual({ kind: 'due', scopes: ['conn-9.new'] });
    await writer.close();
  });

  it('leave no group behind', async () => {
    await createTopic();
    const one = open('w1');
    await one.listen();
    expect(await groups()).toEqual([`${groupId}-hints-w1`]);
    await one.hints.stop();
    expect(await groups()).toEqual([]);
  });

  it('are off without their topic: told once, and nothing else is held up by it', async () => {
    const one = open('w1');
    await one.hints.start();
    one.hints.publish(due);
    const warnings = () => [...one.log.lines, ...clientLog.lines].filter(({ level }) => level === 'warn');
    expect(warnings()).toMatchObject([
      { event: 'hints.unavailable', fields: { code: 'TOPIC_MISSING', topic } },
    ]);
    const begun = performance.now();
    await one.hints.stop();
    expect(performance.now() - begun).toBeLessThan(4_000);
    expect(warnings()).toHaveLength(1);
  });

  it('are off while there is no broker: told once, and nothing crashes', async () => {
    const one = open('w1', clientOf(['127.0.0.1:1']));
    const unavailable = one.log.nextLine('hints.unavailable');
    await Promise.all([one.hints.start(), unavailable]);
    one.hints.publish(due);
    await one.hints.stop();
    const warnings = one.log.lines.filter(({ level }) => level === 'warn');
    expect(warnings).toMatchObject([{ fields: { code: 'BROKER_UNAVAILABLE' } }]);
  });
});
