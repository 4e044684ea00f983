import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createValueDecoder } from '../../../src/change-feed/codec/value-decoder.ts';
import type { ChangeEvent } from '../../../src/domain/change-event.ts';
import { DECODER_LIMITS } from '../../support/decoder-limits.ts';
import { runOnTerminal } from '../../cli/run-program.ts';
import { type ApiHarness, startApi } from '../api-harness.ts';

const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const envelope = {
  eventId: 'e-1',
  occurredAt: '2026-01-01T00:00:00Z',
  userId: 'user-1',
  entityId: 'x-1',
  version: 1,
  operation: 'UPSERT',
};
const contact = {
  name: 'José Māngere',
  emails: ['a@example.test'],
  phones: [],
  role: 'buyer',
  relationshipNotes: [],
};
const change = (over: object = {}) => ({ entity: 'contact', ...envelope, contact, ...over });
const withContact = (over: object) => change({ contact: { ...contact, ...over } });
const property = (date: unknown) => ({
  entity: 'property',
  ...envelope,
  property: { address: '1 High St', vendors: [], buyers: [], milestones: [{ type: 'auction', date }] },
});
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const ahead = (ms: number) => Date.now() + ms;
const milestone = (date: number, day?: string) => ({
  body: {
    property: { milestones: [{ type: 'auction', date, ...(day !== undefined && { day }), notes: null }] },
  },
});
const NINE = Date.UTC(2026, 2, 1, 9);

/** An event's bytes, and what is to become of it by any way: what it says, or the code of its refusal. */
const ODD: readonly (readonly [string, Buffer, object | string])[] = [
  ['a byte order mark', Buffer.concat([BOM, json(change())]), { body: { contact } }],
  [
    'two marks and white space',
    Buffer.concat([BOM, BOM, Buffer.from(' \t'), json(change())]),
    { body: { contact } },
  ],
  ['another offset', json(change({ occurredAt: '2026-03-01T09:00:00.000+0000' })), { occurredAt: NINE }],
  [
    'hours and minutes as one',
    json(change({ occurredAt: '2026-03-01T22:00:00.000+1300' })),
    { occurredAt: NINE },
  ],
  ['hours alone', json(change({ occurredAt: '2026-03-01T22:00+13' })), { occurredAt: NINE }],
  [
    'lower case',
    json(change({ occurredAt: '2026-03-01t09:00:00.1234567890123z' })),
    { occurredAt: NINE + 123 },
  ],
  ['a day that was told', json(property('2026-03-01T22:00+13:00')), milestone(NINE, '2026-03-01')],
  ['a day that was not told', json(property('2026-03-01T09:00Z')), milestone(NINE)],
  ['a day as a number', json(property(NINE)), milestone(NINE)],
  ['a day alone', json(property('2026-03-01')), milestone(Date.UTC(2026, 2, 1), '2026-03-01')],
  [
    'nulls',
    json({
      ...withContact({ emails: null, phones: null, relationshipNotes: null, attributes: null }),
      origin: null,
    }),
    { origin: 'zena', body: { contact: { emails: [], phones: [], relationshipNotes: [], attributes: {} } } },
  ],
  [
    'lists that are left out',
    json(change({ contact: { name: 'A', role: '' } })),
    { body: { contact: { emails: [] } } },
  ],
  ['fields that nobody knows', json(withContact({ extra: { deep: [1] } })), { body: { contact } }],
  ['an attribute of an odd name', json(withContact({ attributes: { toString: 'x' } })), { entityId: 'x-1' }],
  [
    'an escaped character',
    Buffer.from(JSON.stringify(change()).replace('é', '\\u00e9')),
    { body: { contact } },
  ],
  ['a time of tomorrow', json(change({ occurredAt: ahead(80_000_000) })), { version: 1 }],
  ['a time of next week', json(change({ occurredAt: ahead(7 * 86_400_000) })), 'IMPLAUSIBLE_TIME'],
  ['microseconds', json(change({ occurredAt: 1_700_000_000_000_000 })), 'IMPLAUSIBLE_TIME'],
  ['nanoseconds', json(change({ occurredAt: 1_700_000_000_000_000_000 })), 'IMPLAUSIBLE_TIME'],
  [
    'a milestone of the year 57982',
    json(property('2026-01-01T00:00Z'.replace('2026', '9999'))),
    'IMPLAUSIBLE_TIME',
  ],
  ['a milestone of 1899', json(property('1899-12-31')), 'IMPLAUSIBLE_TIME'],
  ['a time without a zone', json(change({ occurredAt: '2026-03-01T09:00:00' })), 'INVALID_EVENT'],
  ['a day that there is not', json(property('2026-02-30')), 'INVALID_EVENT'],
  ['half a character', json(withContact({ name: '\ud800' })), 'INVALID_EVENT'],
  ['an id with a space', json(change({ userId: 'a b' })), 'INVALID_EVENT'],
  ['an id of 257 bytes', json(change({ accountId: 'x'.repeat(257) })), 'INVALID_EVENT'],
  ['more than 256 KiB', json(withContact({ relationshipNotes: ['x'.repeat(262_144)] })), 'TOO_LARGE'],
  ['more than 256 KiB of what nobody knows', json(change({ extra: 'é'.repeat(131_072) })), 'TOO_LARGE'],
  ['nearly 256 KiB', json(withContact({ relationshipNotes: ['x'.repeat(261_000)] })), { version: 1 }],
  ['a text cut short', json(change()).subarray(0, -9), 'INVALID_JSON'],
  ['Windows-1252', Buffer.from(JSON.stringify(change()).replace('ā', 'a'), 'latin1'), 'refused'],
  [
    'bytes that are no UTF-8',
    Buffer.from(json(change()).toString('latin1').replace('Jos', 'Jos\xff'), 'latin1'),
    'refused',
  ],
];

/** What became of an event: itself, or why it was refused; a whole body or file may be, for its bytes. */
type Fate = ChangeEvent | string;

describe('An odd event comes to the same by Kafka, POST and import', () => {
  let api: ApiHarness;
  let folder: string;
  beforeAll(async () => {
    api = await startApi();
    folder = await mkdtemp(join(tmpdir(), 'zena-odd-'));
  });
  afterAll(async () => {
    await api.close();
    await rm(folder, { recursive: true, force: true });
  });

  const published = (): ChangeEvent | null => {
    const last = api.feed.published.splice(0).at(-1);
    return last?.type === 'event' ? last.event : null;
  };
  const byKafka = async (bytes: Buffer): Promise<Fate> => {
    const decode = createValueDecoder({ ...DECODER_LIMITS, schemas: null });
    const place = { topic: 'changes', partition: 0, offset: '1' };
    const kind = bytes.includes('"entity":"property"') ? 'property' : 'contact';
    const decoded = await decode(kind, { place, key: Buffer.from('x-1'), value: bytes });
    if (decoded.type === 'letter') return decoded.detail.endsWith('UTF-8') ? 'refused' : decoded.code;
    return decoded.change.type === 'event' ? decoded.change.event : 'tombstone';
  };
  const byPost = async (body: Buffer, type: string): Promise<Fate> => {
    const response = await fetch(`${api.url}/api/changes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await api.token('m', 'changes:write')}`, 'content-type': type },
      body: new Uint8Array(body),
    });
    const answer = (await response.json()) as { errors?: { code: string }[]; code?: string };
    if (response.status === 400) return 'refused';
    return published() ?? answer.errors?.[0]?.code ?? `${response.status}`;
  };
  const byImport = async (bytes: Buffer): Promise<Fate> => {
    const file = join(folder, 'changes.ndjson');
    await writeFile(file, bytes);
    const env = { ZENA_CRM_URL: api.url, ZENA_CRM_TOKEN: await api.token('m', 'changes:write') };
    const { code, stdout } = await runOnTerminal(['import', file, '--output', 'json'], { env });
    if (code === 5 && stdout === '') return 'refused';
    const { rejected } = JSON.parse(stdout) as { rejected: { line: number; code: string }[] };
    expect(rejected.map(({ line }) => line)).toEqual(rejected.length === 0 ? [] : [1]);
    return published() ?? rejected[0]?.code ?? `${code}`;
  };

  it.each(ODD)('e5, e6: %s', async (_name, bytes, expected) => {
    const marks = bytes.subarray(0, bytes.lastIndexOf(BOM) < 0 ? 0 : bytes.lastIndexOf(BOM) + 3);
    const array = Buffer.concat([marks, Buffer.from('['), bytes.subarray(marks.length), Buffer.from(']')]);
    const fates = {
      kafka: await byKafka(bytes),
      ndjson: await byPost(bytes, 'application/x-ndjson'),
      import: await byImport(bytes),
      // A JSON array that is none is refused whole.
      ...(expected !== 'INVALID_JSON' && { array: await byPost(array, 'application/json') }),
    };
    for (const fate of Object.values(fates)) {
      if (typeof expected === 'string')
        expect(fates).toMatchObject({ kafka: expected, ndjson: expected, import: expected });
      else expect(fate).toMatchObject(expected);
      expect(fate).toEqual(fates.kafka);
    }
  });
});
