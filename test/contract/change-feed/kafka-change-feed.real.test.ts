import { createKafkaHarness } from '../../change-feed/kafka/kafka-harness.ts';
import { describeChangeFeed } from './change-feed.contract.ts';

describeChangeFeed('Kafka', () => createKafkaHarness({ avro: false }));
describeChangeFeed('Kafka with a schema registry', () => createKafkaHarness({ avro: true }));
