import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Connection, scopeOf } from '../../../src/domain/connection.ts';
import { recordKey } from '../../../src/domain/entity.ts';
import { linkId } from '../../../src/domain/link.ts';
import type { ZenaRecord } from '../../../src/domain/record.ts';
import { contactBody, propertyBody, record, timelineEntry } from '../../support/builders.ts';
import { type ApiHarness, startApi, USER } from '../api-harness.ts';

const PATH = '/api/integrations/crm/mri_vault/records';

let api: ApiHarness;
let connection: Connection;
beforeEach(async () => {
  api = await startApi();
  connection = await api.connect();
});
afterEach(() => api.close());

async function known(one: ZenaRecord): Promise<void> {
  await api.store.records.write([{ record: one, expectedRevision: 0 }]);
  await api.store.links.markWanted([
    {
      scope: scopeOf(connection),
      connectionId: connection.connectionId,
      userId: USER,
      key: one.key,
      wanted: 1,
      now: Date.now(),
    },
  ]);
}

describe('the records', () => {
  it('are found by name, e-mail, phone, address and id, by entity and by state', async () => {
    await known(
      record(
        'c1',
        contactBody({ name: 'Grace Hopper', emails: ['grace@navy.test'], phones: ['+1 202 555'] }),
      ),
    );
    await known(record('p1', propertyBody({ address: '5 Queen Street' })));
    const ids = async (query: string) => {
      const answer = await api.call('GET', `${PATH}?${query}`);
      expect(answer.status).toBe(200);
      return (answer.json['data'] as { entityId: string }[]).map(({ entityId }) => entityId);
    };
    expect(await ids('q=hopper')).toEqual(['c1']);
    expect(await ids('q=GRACE%40navy')).toEqual(['c1']);
    expect(await ids('q=%2B1202555')).toEqual(['c1']);
    expect(await ids('q=queen')).toEqual(['p1']);
    expect(await ids('q=p1')).toEqual(['p1']);
    expect(await ids('entity=property')).toEqual(['p1']);
    expect((await ids('state=due')).sort()).toEqual(['c1', 'p1']);
    expect(await ids('state=dead')).toEqual([]);
    expect((await ids('q=&state=&entity=')).sort()).toEqual(['c1', 'p1']);
    expect(await ids('q=&state=due&entity=property')).toEqual(['p1']);
    expect(await ids('q=%25')).toEqual([]);
  });

  it('come in pages that do not overlap', async () => {
    for (const id of ['c1', 'c2', 'c3']) await known(record(id, contactBody()));
    const seen: string[] = [];
    let cursor = '';
    do {
      const { json } = await api.call('GET', `${PATH}?limit=1${cursor}`);
      seen.push(...(json['data'] as { entityId: string }[]).map(({ entityId }) => entityId));
      cursor = json['nextCursor'] === null ? '' : `&cursor=${String(json['nextCursor'])}`;
    } while (cursor !== '');
    expect(seen.sort()).toEqual(['c1', 'c2', 'c3']);
  });

  it('refuse unknown filters and cursors of other lists', async () => {
    const foreign = Buffer.from('other.0123456789ab/contact/c1').toString('base64url');
    for (const query of ['entity=person', 'state=gone', `cursor=${foreign}`, 'q=a&q=b', 'sort=name'])
      expect((await api.call('GET', `${PATH}?${query}`)).status).toBe(400);
  });
});

describe('one record', () => {
  it('shows its link, what was last sent and its timeline, newest first', async () => {
    const id = linkId(scopeOf(connection), recordKey('contact', 'c1'));
    await known(record('c1', contactBody({ name: 'Grace Hopper' })));
    await api.store.timeline.append(
      [0, 1, 2].map((n) => timelineEntry(id, n, { code: n === 0 ? 'created' : 'updated' })),
    );
    const answer = await api.call('GET', `${PATH}/contact/c1?limit=2`);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      entity: 'contact',
      entityId: 'c1',
      title: 'Grace Hopper',
      state: 'due',
      version: 1,
      deleted: false,
      remoteId: null,
      failure: null,
      link: { attempts: 0, lane: 'live', lastSent: null, strays: [] },
    });
    const data = answer.json['data'] as { code: string; latencySeconds: number }[];
    expect(data.map(({ code }) => code)).toEqual(['updated', 'updated']);
    expect(data[0]?.latencySeconds).toBe(0.012);
    const rest = await api.call(
      'GET',
      `${PATH}/contact/c1?limit=2&cursor=${String(answer.json['nextCursor'])}`,
    );
    expect((rest.json['data'] as { code: string }[]).map(({ code }) => code)).toEqual(['created']);
  });

  it('shows no duplicate that another record was linked to since', async () => {
    await known(record('c1', contactBody()));
    await known(record('c2', contactBody({ emails: ['other@example.test'] })));
    const has = (id: string, crmId: string) =>
      api.store.links.recordLost(linkId(scopeOf(connection), recordKey('contact', id)), {
        id: crmId,
        version: null,
        origin: 'created',
      });
    for (const crmId of ['crm-1', 'crm-8', 'crm-9']) await has('c1', crmId);
    await has('c2', 'crm-9');
    const { json } = await api.call('GET', `${PATH}/contact/c1`);
    expect(json['link']).toMatchObject({ strays: ['crm-8'] });
  });

  it('that was never to be delivered has no link', async () => {
    await api.store.records.write([{ record: record('c9', contactBody()), expectedRevision: 0 }]);
    const { json } = await api.call('GET', `${PATH}/contact/c9`);
    expect(json).toMatchObject({ state: 'unlinked', link: null, data: [], nextCursor: null });
  });

  it('can have an id of any printable characters', async () => {
    const id = 'a/b?c#d%20&é'.replace('é', '~');
    await known(record(id, contactBody()));
    const { json } = await api.call('GET', `${PATH}/contact/${encodeURIComponent(id)}`);
    expect(json['entityId']).toBe(id);
    const long = 'x/'.repeat(128);
    await known(record(long, contactBody()));
    expect((await api.call('GET', `${PATH}/contact/${encodeURIComponent(long)}`)).json['entityId']).toBe(
      long,
    );
  });

  it('of another user or of an unknown kind is not found', async () => {
    const theirs = record('c2', contactBody(), { userId: 'user-2' });
    await api.store.records.write([{ record: theirs, expectedRevision: 0 }]);
    for (const path of ['contact/c2', 'contact/none', 'person/c1']) {
      expect((await api.call('GET', `${PATH}/${path}`)).status).toBe(404);
      expect((await api.call('POST', `${PATH}/${path}/sync`)).status).toBe(404);
    }
    expect(api.told.nudged).toEqual([]);
  });
});

describe('delivering a record now', () => {
  it('makes it due at once, on the most urgent lane, and wakes the loop', async () => {
    await api.store.records.write([{ record: record('c1', contactBody()), expectedRevision: 0 }]);
    const answer = await api.call('POST', `${PATH}/contact/c1/sync`);
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({ entityId: 'c1', state: 'due' });
    expect(answer.headers.get('location')).toBe(`${PATH}/contact/c1`);
    const id = linkId(scopeOf(connection), recordKey('contact', 'c1'));
    expect((await api.store.links.read([id])).get(id)).toMatchObject({
      lane: 'live',
      notBefore: null,
      marks: 1,
    });
    expect(api.told.nudged).toEqual([scopeOf(connection)]);
  });

  it('is refused while the connection takes no work', async () => {
    await api.store.records.write([{ record: record('c1', contactBody()), expectedRevision: 0 }]);
    await api.patchConnection({ status: 'paused' });
    expect((await api.call('POST', `${PATH}/contact/c1/sync`)).status).toBe(409);
    await api.patchConnection({ status: 'needs_reauth' });
    expect((await api.call('POST', `${PATH}/contact/c1/sync`)).json).toMatchObject({
      code: 'INTEGRATION_FAILED',
    });
  });
});
