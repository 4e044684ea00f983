import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CrmAnswer, CrmRequest } from '../../../src/connectors/connector.port.ts';
import { connectorCaller, type ConnectorCaller } from '../../support/connector-caller.ts';
import { vaultNaturalKey } from '../../../src/connectors/mri-vault/vault-key.ts';
import { mriVault } from '../../../src/connectors/mri-vault/mri-vault.ts';
import { oldestFirst } from '../../../src/connectors/mri-vault/wire.ts';
import type { EntityKind } from '../../../src/domain/entity.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { CallOutcome } from '../../../src/domain/outcome.ts';
import type { CrmFields, NaturalKey, RemoteHit } from '../../../src/domain/remote-record.ts';
import { applied } from '../../contract/connector/connector-contract.ts';
import { openSandboxAccount, type SandboxAccount } from '../sandbox-account.ts';

const ada = {
  firstName: 'Ada',
  lastName: 'L',
  email: 'ada@example.test',
  phone: '',
  type: 'buyer',
  notes: '',
};

function keyOf(kind: EntityKind, fields: CrmFields): NaturalKey {
  return vaultNaturalKey(kind, fields) as NaturalKey;
}

describe('the vault dialect', () => {
  let account: SandboxAccount;
  let client: ConnectorCaller;
  beforeEach(() => {
    account = openSandboxAccount(mriVault);
    client = account.connect();
  });
  afterEach(() => account.close());
  const searches = (): unknown[] =>
    account.sandbox
      .requests()
      .filter((request) => request.path.endsWith('/search'))
      .map((request) => request.query);

  it('calls the documented verbs, with the key as a bearer token and JSON', async () => {
    await client.authenticate();
    const { id } = applied(await client.create('contact', ada));
    await client.find('contact', keyOf('contact', ada));
    await client.update('contact', id, ada);
    await client.changes('contact', 0, 10);
    await client.delete('contact', id);
    const sent = account.sandbox.requests();
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /api/v1/auth/verify',
      'POST /api/v1/contacts',
      'GET /api/v1/contacts/search',
      `PUT /api/v1/contacts/${id}`,
      'GET /api/v1/contacts',
      `DELETE /api/v1/contacts/${id}`,
    ]);
    expect(sent[2]?.query).toEqual({ email: 'ada@example.test' });
    expect(sent[4]?.query).toEqual({ modifiedSince: '1970-01-01T00:00:00.000Z' });
    for (const { headers } of sent) expect(headers.authorization).toBe('Bearer sandbox-key');
    expect(sent[1]?.headers['content-type']).toContain('application/json');
    expect(sent[1]?.body).toEqual(ada);
  });

  it('tells how long a limited CRM asked to wait', async () => {
    const fault = { kind: 'status', status: 429, headers: { 'retry-after': '7' } } as const;
    account.sandbox.misbehave({ times: 1, fault });
    const limited = await client.create('contact', ada);
    if (limited.kind !== 'rate_limited') throw new Error(`ended ${limited.kind}`);
    // The pause that the budget really makes: never shorter than told.
    expect(limited.retryAfterMs).toBeGreaterThanOrEqual(7_000);
    expect(limited.retryAfterMs).toBeLessThan(8_000);
  });

  it('tells which fields the CRM refused', async () => {
    expect(await client.create('contact', { ...ada, email: 'no address' })).toMatchObject({
      kind: 'rejected',
      status: 400,
      fields: [{ field: 'email', message: 'must be an e-mail address' }],
    });
  });

  it('takes a create that was answered without an id for one that may have been done', async () => {
    for (const fault of [{ kind: 'emptyBody' }, { kind: 'errorIn200', afterCommit: true }] as const) {
      account.sandbox.misbehave({ times: 1, fault });
      expect(await client.create('contact', ada)).toMatchObject({
        kind: 'ambiguous',
        code: 'ANSWER_WITHOUT_ID',
      });
    }
    expect(account.sandbox.records('contacts')).toHaveLength(2);
  });

  it('takes an update that was answered without a body as done, to the record that it named', async () => {
    const { id } = applied(await client.create('contact', ada));
    account.sandbox.configure({ putAnswer: 'empty' });
    expect(await client.update('contact', id, ada)).toEqual({
      kind: 'applied',
      value: { id, version: null },
    });
  });

  it('follows a record that the CRM merged into another', async () => {
    const gone = applied(await client.create('contact', ada)).id;
    const kept = applied(await client.create('contact', ada)).id;
    account.sandbox.mergeRecords('contacts', kept, gone, 'alias');
    expect(applied(await client.update('contact', gone, ada)).id).toBe(kept);
  });

  it.each(['a/b', '../deals', 'a?b=c', 'a#b', 'a b', '100%', 'é', 'search'])(
    'sends an id like %s as one segment',
    async (id) => {
      expect(await client.update('contact', id, ada)).toMatchObject({ kind: 'gone' });
      expect(account.sandbox.requests().at(-1)?.path).toBe(`/api/v1/contacts/${encodeURIComponent(id)}`);
    },
  );

  it.each(['..', '.', ''])('sends nothing for the id "%s", which would climb', async (id) => {
    expect(await client.update('contact', id, ada)).toMatchObject({ code: 'PATH_REFUSED' });
    expect(await client.delete('contact', id)).toMatchObject({ code: 'PATH_REFUSED' });
    expect(account.sandbox.requests()).toEqual([]);
  });

  it('sends a search value as one parameter', async () => {
    const key = keyOf('contact', { email: 'a&b=c#d+e@example.test' });
    await client.find('contact', key);
    expect(searches()).toEqual([{ email: 'a&b=c#d+e@example.test' }]);
  });

  it.each<[EntityKind, 'contacts' | 'properties' | 'deals', CrmFields, CrmFields, unknown]>([
    [
      'contact',
      'contacts',
      { email: 'ada@example.test' },
      { email: ' ADA@Example.Test ' },
      { email: 'ada@example.test' },
    ],
    [
      'property',
      'properties',
      { address: '12 High Street' },
      { address: ' 12 high st' },
      { address: '12 High Street' },
    ],
    [
      'deal',
      'deals',
      { propertyId: '7', stage: 'under offer' },
      { propertyId: '7', stage: ' Under  Offer' },
      { propertyId: '7', stage: 'under offer' },
    ],
  ])(
    'looks for a %s as it is written, then once more normalised',
    async (kind, collection, held, asked, second) => {
      const [there] = account.sandbox.seed(collection, [held]);
      const hits = applied(await client.find(kind, keyOf(kind, asked)));
      expect(hits.map((hit) => hit.id)).toEqual([there?.id]);
      expect(searches()).toHaveLength(2);
      expect(searches()[1]).toEqual(second);
    },
  );

  it('asks once where the first answer has a match, or the normalised value is the same', async () => {
    await client.find('contact', keyOf('contact', ada));
    account.sandbox.seed('contacts', [{ email: 'BEA@example.test' }]);
    await client.find('contact', keyOf('contact', { email: 'BEA@example.test' }));
    expect(searches()).toEqual([{ email: 'ada@example.test' }, { email: 'BEA@example.test' }]);
  });

  it('gives the oldest match first, in whichever order the CRM answers', async () => {
    const seeded = account.sandbox.seed('contacts', [
      { ...ada, createdAt: '2020-01-03T00:00:00Z' },
      { ...ada, createdAt: '2020-01-01T00:00:00Z' },
      { ...ada, createdAt: '2020-01-02T00:00:00Z' },
    ]);
    const hits = applied(await client.find('contact', keyOf('contact', ada)));
    expect(hits.map((hit) => hit.id)).toEqual([seeded[1]?.id, seeded[2]?.id, seeded[0]?.id]);
  });

  it('reads a listing to its end, page by page, and refuses one that is longer than asked for', async () => {
    account.sandbox.configure({ pageSize: 2 });
    account.sandbox.seed('contacts', [ada, ada, ada, ada, ada]);
    expect(applied(await client.changes('contact', 0, 100))).toHaveLength(5);
    expect(await client.changes('contact', 0, 3)).toMatchObject({
      kind: 'retry_later',
      code: 'ANSWER_UNEXPECTED',
    });
  });
});

/** Answers the requests one after the other, the last one for ever. */
function scripted(...answers: readonly Json[]) {
  const requests: CrmRequest[] = [];
  const client = connectorCaller(mriVault, {
    async request(request): Promise<CallOutcome<CrmAnswer>> {
      const body = answers[Math.min(requests.length, answers.length - 1)] ?? null;
      requests.push(request);
      return { kind: 'applied', value: { status: 200, headers: {}, body } };
    },
  });
  return { client, requests };
}

describe('answers of a CRM that the documents do not foresee', () => {
  const key = keyOf('contact', ada);

  it('to a search: a hit that carries another key is no hit, one that carries none is taken', async () => {
    const { client } = scripted([
      { id: 1, email: 'other@example.test' },
      { id: 2, email: ' Ada@EXAMPLE.test' },
      { id: 3 },
      { id: 4, email: null },
    ]);
    const hits = applied(await client.find('contact', key));
    expect(hits.map((hit) => hit.id)).toEqual(['2', '3', '4']);
  });

  it('to a search for a deal: numbers and texts are the same id', async () => {
    const { client } = scripted([
      { id: 'd1', propertyId: 7, stage: 'OFFER' },
      { id: 'd2', propertyId: 8, stage: 'offer' },
      { id: 'd3', propertyId: '7', stage: 'settled' },
    ]);
    const deal = keyOf('deal', { propertyId: '7', stage: 'offer' });
    expect(applied(await client.find('deal', deal)).map((hit) => hit.id)).toEqual(['d1']);
  });

  it.each<[Json]>([
    [null],
    [{}],
    [{ items: [] }],
    ['none'],
    [[{ email: 'ada@example.test' }]],
    [[null]],
    [[[]]],
  ])('to a search: %j is a failure', async (body) => {
    expect(await scripted(body).client.find('contact', key)).toMatchObject({
      kind: 'retry_later',
      code: 'ANSWER_UNEXPECTED',
    });
  });

  it.each<[string, readonly Json[]]>([
    ['the same cursor again', [{ items: [{ id: 1 }], nextCursor: 'a' }]],
    ['cursors in a circle', ['a', 'b', 'a', 'b'].map((nextCursor) => ({ items: [], nextCursor }))],
    ['a cursor of another kind', [{ items: [{ id: 1 }], nextCursor: { at: 5 } }]],
    ['items without ids', [{ items: [{}], nextCursor: null }]],
    ['no items', [{ nextCursor: null }]],
    ['a bare array', [[]]],
  ])('to a listing: %s is a failure, not its end', async (_what, answers) => {
    const { client, requests } = scripted(...answers, answers.at(-1) as Json);
    expect(await client.changes('contact', 0, 1_000)).toMatchObject({ code: 'ANSWER_UNEXPECTED' });
    expect(requests.length).toBeLessThanOrEqual(200);
  });

  it('to a search: hundreds of hits are no answer to a question for one, whatever they carry', async () => {
    for (const email of ['ada@example.test', 'other@example.test', null]) {
      const hits = (count: number) => Array.from({ length: count }, (_, id) => ({ id, email }));
      expect(await scripted(hits(501)).client.find('contact', key)).toMatchObject({
        kind: 'retry_later',
        code: 'ANSWER_UNEXPECTED',
      });
      const found = applied(await scripted(hits(500)).client.find('contact', key));
      expect(found.length).toBe(email === 'other@example.test' ? 0 : 500);
    }
  });

  it('to a search: what is far longer than a key isn’t compared', async () => {
    // As long as is compared: each of these once took 10 ms and more.
    for (const email of ['<@'.repeat(10_000), '<@'.repeat(499), '(@'.repeat(499), '[@'.repeat(499)]) {
      const hits = Array.from({ length: 500 }, (_, id) => ({ id, email }));
      expect(applied(await scripted(hits).client.find('contact', key))).toEqual([]);
    }
  });

  const readOf = (body: Json) =>
    mriVault.kinds.contact?.read?.(
      { request: () => Promise.resolve({ kind: 'applied', value: { status: 200, headers: {}, body } }) },
      'c',
    );

  it('to a read or a search: more lines than are ever compared are a failure', async () => {
    for (const notes of ['a\n'.repeat(6_000), '\r'.repeat(6_000), 'a'.repeat(600_000)]) {
      const record = { id: 'c', notes };
      expect(await readOf(record)).toMatchObject({ code: 'ANSWER_UNEXPECTED' });
      expect(await scripted([record]).client.find('contact', key)).toMatchObject({
        code: 'ANSWER_UNEXPECTED',
      });
      expect(await scripted(record).client.update('contact', 'c', ada)).toEqual({
        kind: 'applied',
        value: { id: 'c', version: null },
      });
    }
    const notes = 'a line of theirs\n'.repeat(4_000);
    expect(await readOf({ id: 'c', notes })).toMatchObject({ kind: 'applied' });
  });

  it('to a listing: it ends where it goes round, and after so many pages, records and bytes', async () => {
    const endless = (bytes: number, items: readonly Json[]) => {
      let asked = 0;
      const client = connectorCaller(mriVault, {
        request: () => {
          asked += 1;
          const body = { items, nextCursor: String(asked) };
          return Promise.resolve({ kind: 'applied', value: { status: 200, headers: {}, body, bytes } });
        },
      });
      return { client, asked: () => asked };
    };
    const pages = endless(100, []);
    expect(await pages.client.changes('contact', 0, 1_000)).toMatchObject({ code: 'ANSWER_UNEXPECTED' });
    expect(pages.asked()).toBeLessThanOrEqual(200);
    const records = endless(100, [{ id: 1 }, { id: 2 }]);
    expect(await records.client.changes('contact', 0, 20)).toMatchObject({ code: 'ANSWER_UNEXPECTED' });
    expect(records.asked()).toBe(10);
    const bytes = endless(2 ** 20, [{ id: 1 }]);
    expect(await bytes.client.changes('contact', 0, 1_000)).toMatchObject({ code: 'ANSWER_UNEXPECTED' });
    expect(bytes.asked()).toBe(16);
    const { client, requests } = scripted(
      ...['a', 'b', 'a'].map((nextCursor) => ({ items: [], nextCursor })),
    );
    expect(await client.changes('contact', 0, 1_000)).toMatchObject({ code: 'ANSWER_UNEXPECTED' });
    expect(requests.length).toBe(3);
  });

  it('to a listing: a cursor that fills an address is none', async () => {
    const { client, requests } = scripted({ items: [], nextCursor: 'x'.repeat(2_049) });
    expect(await client.changes('contact', 0, 1_000)).toMatchObject({ code: 'ANSWER_UNEXPECTED' });
    expect(requests.length).toBe(1);
  });

  it('to a listing: a number is a cursor too', async () => {
    const { client, requests } = scripted({ items: [{ id: 1 }], nextCursor: 2 }, { items: [{ id: 2 }] });
    const hits = applied(await client.changes('contact', 0, 10));
    expect(hits.map((hit) => hit.id)).toEqual(['1', '2']);
    expect(requests[1]?.query).toMatchObject({ cursor: '2' });
  });

  it.each<[Json]>([
    [{ error: 'locked' }],
    [{ errors: [{ message: 'x' }] }],
    [{ success: false }],
    [{ error: {} }],
  ])('to an update or a delete: %j is no success', async (body) => {
    expect(await scripted(body).client.update('contact', 'c', ada)).toMatchObject({
      kind: 'retry_later',
    });
    expect(await scripted(body).client.delete('contact', 'c')).toMatchObject({ kind: 'retry_later' });
  });

  it.each<[Json]>([[null], [{}], [{ success: true }], [{ errors: [], error: null }], ['ok']])(
    'to an update: %j is a success for the id that was named',
    async (body) => {
      expect(await scripted(body).client.update('contact', 'c', ada)).toEqual({
        kind: 'applied',
        value: { id: 'c', version: null },
      });
    },
  );

  it.each<[Json, string]>([
    [0, '0'],
    [12, '12'],
    ['9007199254740993', '9007199254740993'],
    [' x ', ' x '],
  ])('to a create: the id %j is kept as text', async (id, text) => {
    expect(await scripted({ id }).client.create('contact', ada)).toMatchObject({ value: { id: text } });
  });

  it.each<[Json]>([[''], [null], [true], [{}], [[]], ['x'.repeat(513)]])(
    'to a create: %j is no id',
    async (id) => {
      expect(await scripted({ id }).client.create('contact', ada)).toMatchObject({ kind: 'ambiguous' });
    },
  );
});

describe('the order of matches', () => {
  const hit = (id: string, createdAt: number | null): RemoteHit => ({
    id,
    createdAt,
    version: null,
    fields: {},
  });

  it('is one and the same for any order of the answer', () => {
    const hits = [hit('9', 1), hit('5', null), hit('1', 2), hit('10', 2), hit('a', null), hit('01', 2)];
    const expected = ['9', '01', '1', '10', '5', 'a'];
    for (let turn = 0; turn < hits.length; turn += 1) {
      const turned = [...hits.slice(turn), ...hits.slice(0, turn)];
      expect(oldestFirst(turned).map(({ id }) => id)).toEqual(expected);
      expect(oldestFirst(turned.reverse()).map(({ id }) => id)).toEqual(expected);
    }
  });
});
