import { describe, expect, it } from '@jest/globals';
import avro from 'avsc';
import type { RegistryClient, WriterSchema } from '../../../src/change-feed/codec/registry-client.ts';
import { RegistryUnavailable } from '../../../src/change-feed/codec/registry-unavailable.ts';
import { createWriterSchemas } from '../../../src/change-feed/codec/writer-schemas.ts';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.ts';

const schema: WriterSchema = { type: avro.Type.forSchema('string') };

/** A registry that knows the ids below 1,000 and counts what it is asked. */
function createCountingClient(
  fetchSchema: RegistryClient['fetchSchema'] = (id) => Promise.resolve(id < 1_000 ? schema : null),
) {
  const asked: number[] = [];
  const client: RegistryClient = {
    fetchSchema(id) {
      asked.push(id);
      return fetchSchema(id);
    },
  };
  return { client, asked };
}

describe("The writers' schemas", () => {
  it('asks once for an id that many want at the same time, and never again', async () => {
    const { client, asked } = createCountingClient();
    const schemas = createWriterSchemas({ client, clock: createVirtualClock() });
    await Promise.all(Array.from({ length: 50 }, async () => schemas.find(7)));
    expect(schemas.find(7)).toBe(schema);
    expect(asked).toEqual([7]);
  });

  it('asks for an unknown id a few times within a second, then not for 30 s', async () => {
    const clock = createVirtualClock();
    const { client, asked } = createCountingClient();
    const schemas = createWriterSchemas({ client, clock });
    const first = schemas.find(1_000);
    await clock.advance(1_000);
    expect(await first).toMatchObject({ code: 'UNKNOWN_SCHEMA' });
    expect(asked).toEqual([1_000, 1_000, 1_000]);
    await clock.advance(28_000);
    expect(schemas.find(1_000)).toMatchObject({ code: 'UNKNOWN_SCHEMA' });
    expect(asked.length).toBe(3);
    await clock.advance(2_000);
    const again = schemas.find(1_000);
    await clock.advance(1_000);
    await again;
    expect(asked.length).toBeGreaterThan(3);
  });

  it('remembers the ids used last, no more than its capacity', async () => {
    const { client, asked } = createCountingClient();
    const schemas = createWriterSchemas({ client, clock: createVirtualClock(), capacity: 2 });
    for (const id of [1, 2, 1, 3]) await schemas.find(id);
    expect(schemas.find(1)).toBe(schema);
    expect(asked).toEqual([1, 2, 3]);
    await schemas.find(2);
    expect(asked).toEqual([1, 2, 3, 2]);
  });

  it('paces a flood of unknown ids without a letter for a good one and without holding up what it remembers', async () => {
    const clock = createVirtualClock();
    const { client, asked } = createCountingClient();
    const schemas = createWriterSchemas({ client, clock, lookupsPerSecond: 50 });
    await schemas.find(1);
    const flood = (async () => {
      for (let id = 1_000; id < 2_000; id += 1) await schemas.find(id);
      return schemas.find(2);
    })();
    await clock.advance(10_000);
    expect(asked.length).toBeLessThan(600);
    expect(schemas.find(1)).toBe(schema);
    await clock.advance(60_000);
    expect(await flood).toBe(schema);
  });

  it('remembers no failure: the next one who wants the id asks again', async () => {
    let away = true;
    const { client } = createCountingClient(() => {
      return away ? Promise.reject(new RegistryUnavailable('away')) : Promise.resolve(schema);
    });
    const schemas = createWriterSchemas({ client, clock: createVirtualClock() });
    await expect(schemas.find(7)).rejects.toThrow('away');
    away = false;
    expect(await schemas.find(7)).toBe(schema);
  });

  it('gives up on a look-up after its deadline, as a registry that is away', async () => {
    const clock = createVirtualClock();
    const { client } = createCountingClient(() => Promise.withResolvers<never>().promise);
    const schemas = createWriterSchemas({ client, clock });
    const found = Promise.resolve(schemas.find(7));
    const outcome = found.catch((error: unknown) => error);
    await clock.advance(7_000);
    expect(await outcome).toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  });
});
