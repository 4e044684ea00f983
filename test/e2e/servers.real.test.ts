import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { changeEnvelope } from '../../src/domain/events/change-envelope.ts';
import { writeFrame } from '../../src/change-feed/codec/confluent-frame.ts';
import { vaultFields } from '../../src/connectors/mri-vault/mapping.ts';
import type { ChangeEvent } from '../../src/domain/change-event.ts';
import { recordKey, type EntityBody, type RecordKey } from '../../src/domain/entity.ts';
import { loadChangeSchemas, type ChangeTopics } from '../../src/change-feed/schemas/change-schemas.ts';
import { registerSchemas } from '../../src/change-feed/schemas/register-schemas.ts';
import { createSubjectRegistry } from '../../src/change-feed/schemas/subject-registry.ts';
import type { VaultCollection } from '../../src/sandbox/mri-vault/vault-record.ts';
import { produceWithKcat } from '../support/real-tier/kcat.ts';
import { realTier, withDatabase } from '../support/real-tier/real-tier.ts';
import { createTopics } from '../support/real-tier/topics.ts';
import { eventually, startRunningService, type RunningService } from '../support/running-service.ts';
import { officeEvents, ZENA_ID_MARK, type OfficePlan } from './office-events.ts';

const PLAN: OfficePlan = { users: 5, contacts: 60, properties: 25, deals: 15, versions: 5, seed: 42 };
const RECORDS = PLAN.users * (PLAN.contacts + PLAN.properties + PLAN.deals);
const COLLECTIONS = { contact: 'contacts', property: 'properties', deal: 'deals' } as const satisfies Record<
  string,
  VaultCollection
>;

describe('the service on Kafka, a schema registry and a MongoDB server', () => {
  const run = `e2e${Date.now().toString(36)}`;
  const topics: ChangeTopics = {
    contact: `${run}.contacts`,
    property: `${run}.properties`,
    deal: `${run}.deals`,
  };
  const payloads: string[] = [];
  let running: RunningService;

  beforeAll(async () => {
    const { kafkaBrokers, schemaRegistryUrl, mongodbUrl } = realTier();
    await createTopics(
      kafkaBrokers,
      Object.values(topics).map((topic) => ({ topic, numPartitions: 6 })),
    );
    running = await startRunningService(
      {
        MODE: 'servers',
        KAFKA_BROKERS: kafkaBrokers.join(','),
        KAFKA_GROUP_ID: run,
        SCHEMA_REGISTRY_URL: schemaRegistryUrl,
        MONGODB_URL: withDatabase(mongodbUrl, run),
        TOPIC_CONTACTS: topics.contact,
        TOPIC_PROPERTIES: topics.property,
        TOPIC_DEALS: topics.deal,
      },
      { apiKeys: Array.from({ length: PLAN.users }, (_, index) => `agent-key-${index + 1}`) },
    );
    running.sandbox.onRequest((request) => {
      payloads.push(JSON.stringify([request.path, request.query, request.body]));
    });
  }, 60_000);
  afterAll(async () => {
    await running.stop();
  }, 30_000);

  const produce = async (events: readonly ChangeEvent[]): Promise<void> => {
    const schemas = loadChangeSchemas();
    const registry = createSubjectRegistry({ url: realTier().schemaRegistryUrl, auth: null });
    const registered = await registerSchemas({ registry, schemas, topics });
    if (!registered.ok) throw new Error(registered.message);
    const ids = new Map(registered.subjects.map(({ subject, schemaId }) => [subject, schemaId]));
    for (const kind of ['contact', 'property', 'deal'] as const) {
      const schemaId = ids.get(`${topics[kind]}-value`) as number;
      await produceWithKcat({
        brokers: realTier().kafkaBrokers,
        topic: topics[kind],
        messages: events
          .filter((event) => event.kind === kind)
          .map((event) => ({
            key: event.entityId,
            value: writeFrame({ schemaId, payload: schemas[kind].type.toBuffer(changeEnvelope(event)) }),
          })),
      });
    }
  };

  it('makes the CRM equal to the last state of 500 records after 2,500 Avro events from another client', async () => {
    for (let user = 1; user <= PLAN.users; user += 1) {
      const connected = await running.call(
        'POST',
        '/api/integrations/crm/mri_vault/connect',
        { credentials: { apiKey: `agent-key-${user}`, instanceUrl: running.sandbox.url } },
        { userId: `user-${user}` },
      );
      expect(connected.status).toBe(201);
    }
    const events = officeEvents(PLAN);
    expect(events).toHaveLength(2_500);
    await produce(events);

    await eventually(() => {
      expect(total(running)).toBe(RECORDS);
    }, 240_000);
    const last = lastStates(events);
    await eventually(() => {
      expect(unequal(running, last)).toEqual([]);
    }, 120_000);
    expect(total(running)).toBe(RECORDS);
    expect(payloads.filter((payload) => payload.includes(ZENA_ID_MARK))).toEqual([]);

    const synced = await running.call('POST', '/api/integrations/crm/mri_vault/sync', undefined, {
      userId: 'user-1',
    });
    expect(synced.body).toMatchObject({
      success: true,
      created: 0,
      updated: 0,
      failed: 0,
      contactsSynced: PLAN.contacts,
      propertiesSynced: PLAN.properties,
      dealsSynced: PLAN.deals,
    });
  }, 420_000);
});

function total({ sandbox }: RunningService): number {
  return (
    sandbox.records('contacts').length +
    sandbox.records('properties').length +
    sandbox.records('deals').length
  );
}

function lastStates(events: readonly ChangeEvent[]): Map<RecordKey, ChangeEvent> {
  const last = new Map<RecordKey, ChangeEvent>();
  for (const event of events) {
    const key = recordKey(event.kind, event.entityId);
    if ((last.get(key)?.version ?? -1) < event.version) last.set(key, event);
  }
  return last;
}

/** What names a record in the CRM without any of Zena's ids. */
function nameOf(fields: Readonly<Record<string, unknown>>): string {
  return String(fields['email'] ?? fields['address'] ?? fields['summary']);
}

/** The names of the records whose CRM copy differs from Zena's last state. */
function unequal({ sandbox }: RunningService, last: ReadonlyMap<RecordKey, ChangeEvent>): string[] {
  const byName = new Map<string, Readonly<Record<string, unknown>>>();
  for (const collection of Object.values(COLLECTIONS)) {
    for (const record of sandbox.records(collection)) byName.set(nameOf(record), record);
  }
  const remoteId = (key: RecordKey): string | null => {
    const body = last.get(key)?.body;
    if (!body) return null;
    return (byName.get(nameOf(vaultFields(body, () => null)))?.['id'] as string | undefined) ?? null;
  };
  const different: string[] = [];
  for (const [key, event] of last) {
    const wanted = vaultFields(event.body as EntityBody, remoteId);
    const stored = byName.get(nameOf(wanted));
    const equal = Object.entries(wanted).every(
      ([name, value]) => JSON.stringify(stored?.[name]) === JSON.stringify(value),
    );
    if (!equal) different.push(key);
  }
  return different;
}
