import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDecodeAgain } from '../../../src/change-feed/codec/decode-again.ts';
import { encodeChangeAsJson } from '../../../src/change-feed/codec/encode-change.ts';
import { changeEnvelope } from '../../../src/domain/events/change-envelope.ts';
import { writeFrame } from '../../../src/change-feed/codec/confluent-frame.ts';
import { createRegistryClient } from '../../../src/change-feed/codec/registry-client.ts';
import { createValueDecoder } from '../../../src/change-feed/codec/value-decoder.ts';
import { createWriterSchemas } from '../../../src/change-feed/codec/writer-schemas.ts';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { loadChangeSchemas } from '../../../src/change-feed/schemas/change-schemas.ts';
import { event } from '../sample-changes.ts';
import { decodeLetter } from '../sample-letters.ts';
import { answer, startFakeRegistry, type FakeRegistry } from './fake-registry.ts';
import { DECODER_LIMITS } from '../../support/decoder-limits.ts';

const plain = createDecodeAgain(createValueDecoder({ ...DECODER_LIMITS, schemas: null }));
const value = encodeChangeAsJson(event('contact', 'c-1', 3));

describe('A letter that is read once more', () => {
  it('keeps the place where its event stood in the log', async () => {
    expect(await plain(decodeLetter(8, { value }))).toEqual({
      ok: true,
      change: { type: 'event', event: event('contact', 'c-1', 3), place: decodeLetter(8).source },
    });
  });

  it('has no place where it came without a log', async () => {
    expect(await plain(decodeLetter(8, { value, source: null }))).toMatchObject({
      ok: true,
      change: { type: 'event', place: null },
    });
  });

  it('that still can not be read says why', async () => {
    expect(await plain(decodeLetter(8))).toMatchObject({ ok: false, code: 'UNREADABLE_VALUE' });
    expect(await plain(decodeLetter(8, { value, key: null }))).toMatchObject({
      ok: false,
      code: 'KEY_INVALID',
    });
  });

  it('is a delete where it has no value: at its place, or not at all', async () => {
    const empty = decodeLetter(8, { value: null });
    expect(await plain(empty)).toEqual({
      ok: true,
      change: { type: 'tombstone', kind: 'contact', entityId: 'c-1', place: empty.source },
    });
    expect(await plain({ ...empty, source: null })).toMatchObject({ ok: false, code: 'UNREADABLE_VALUE' });
  });
});

describe('A letter whose schema was not known', () => {
  let registry: FakeRegistry;
  beforeEach(async () => {
    registry = await startFakeRegistry();
  });
  afterEach(() => registry.close());

  it('is read within 30 s after the schema was registered, and waits while the registry is away', async () => {
    const clock = createVirtualClock();
    const client = createRegistryClient({ url: registry.url, auth: null }, 1_000);
    const schemas = createWriterSchemas({ client, clock, graceMs: [] });
    const decodeAgain = createDecodeAgain(createValueDecoder({ ...DECODER_LIMITS, schemas }));
    const { contact } = loadChangeSchemas();
    const payload = contact.type.toBuffer(changeEnvelope(event('contact', 'c-1', 3)));
    const letter = decodeLetter(8, { value: writeFrame({ schemaId: 5, payload }) });
    expect(await decodeAgain(letter)).toMatchObject({ ok: false, code: 'UNKNOWN_SCHEMA' });
    registry.schemas.set(5, { schema: contact.text });
    await clock.advance(30_000);
    registry.trouble = (_, response) => answer(response, 503, {});
    await expect(decodeAgain(letter)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
    registry.trouble = null;
    expect(await decodeAgain(letter)).toMatchObject({ ok: true, change: { event: { version: 3 } } });
  });
});
