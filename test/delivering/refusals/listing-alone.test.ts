import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CrmAnswer } from '../../../src/connectors/connector.port.ts';
import type { CallOutcome } from '../../../src/domain/outcome.ts';
import { contactBody, dealBody, propertyBody } from '../../support/builders.ts';
import { createCoreHarness, type CoreHarness } from '../../support/core-harness.ts';
import { classifyAnswer } from '../../../src/wire/classify-answer.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const HTML = { 'content-type': 'text/html' };
const PAGE = '<html><h1>Not here</h1></html>';
const HOUR_MS = 3_600_000;

type Told = readonly [status: number, headers: Readonly<Record<string, string>>, text: string];

/** As the wire makes it of what was answered. */
function asAnswered([status, headers, text]: Told): CallOutcome<CrmAnswer> {
  const body = new TextEncoder().encode(text);
  return classifyAnswer({ kind: 'response', status, headers, body }, 'list', 0);
}

const ada = (role: string) => contactBody({ name: 'Ada', emails: ['ada@example.test'], phones: [], role });

describe('a listing that alone fails, of a CRM that is well', () => {
  let core: CoreHarness;
  beforeEach(async () => {
    core = await createCoreHarness({ pollEveryMs: 2_000, retryDelaysMs: [1_000, 2_000, 3_000] });
    await core.upsert('c1', ada('buyer'));
    await core.upsert('c2', contactBody({ emails: ['bob@example.test'] }));
    await core.upsert('p1', propertyBody());
    await core.upsert('d1', dealBody({ propertyId: 'p1', contacts: ['c1'] }));
    await core.converge();
    await core.clock.advance(120_000);
  });
  afterEach(async () => {
    expect(core.errors).toEqual([]);
    await core.close();
  });

  async function changeAll(): Promise<void> {
    await core.upsert('c1', ada('vendor'));
    await core.upsert('c2', contactBody({ emails: ['bob@example.test'], role: 'agent' }));
    await core.upsert('p1', propertyBody({ riskOverview: 'Damp' }));
    await core.upsert('d1', dealBody({ propertyId: 'p1', contacts: ['c1'], summary: 'Soon' }));
  }
  const verbs = (since: number) => core.crm.calls.slice(since).map(({ verb }) => verb);
  const person = () => core.crm.of('contact')[0]?.fields;

  it.each<[string, Told]>([
    ['400', [400, JSON_TYPE, '{"message":"bad"}']],
    ['401', [401, JSON_TYPE, '{"message":"no"}']],
    ['403', [403, JSON_TYPE, '{"message":"no"}']],
    ['404', [404, JSON_TYPE, '{"message":"no route"}']],
    ['405', [405, JSON_TYPE, '{"message":"no"}']],
    ['408', [408, JSON_TYPE, '{}']],
    ['500', [500, JSON_TYPE, '{"message":"oops"}']],
    ['501', [501, JSON_TYPE, '{"message":"no"}']],
    ['503 with a time', [503, { ...JSON_TYPE, 'retry-after': '3600' }, '{"message":"no"}']],
    ['404 of a page', [404, HTML, PAGE]],
    ['403 of a page', [403, HTML, PAGE]],
    ['200 of a page', [200, HTML, PAGE]],
    ['a redirect', [302, { location: 'https://elsewhere.test/' }, '']],
    ['a bare list', [200, JSON_TYPE, '[]']],
    ['broken JSON', [200, JSON_TYPE, '{"items": [']],
    ['nothing', [204, {}, '']],
    ['a limit of an hour', [429, { ...JSON_TYPE, 'retry-after': '3600' }, '{}']],
    ['a limit of a second', [429, { ...JSON_TYPE, 'retry-after': '1' }, '{}']],
    ['a 403 that is a limit', [403, { ...JSON_TYPE, 'retry-after': '60' }, '{"code":"REQUEST_LIMIT"}']],
  ])('with %s, stops nobody: each record is read before it is written', async (_, told) => {
    core.crm.answers = ({ verb }) => (verb === 'list' ? asAnswered(told) : null);
    core.crm.edit(core.crm.of('contact')[0]?.id ?? '', { phone: '021 theirs', notes: 'by hand' });
    const since = core.crm.calls.length;
    await changeAll();
    await core.converge(60_000);
    expect(person()).toMatchObject({ type: 'vendor', phone: '021 theirs', notes: 'by hand' });
    expect(core.crm.of('property')[0]?.fields).toMatchObject({ riskOverview: 'Damp' });
    expect(core.crm.of('deal')[0]?.fields).toMatchObject({ summary: 'Soon' });
    expect(verbs(since).filter((verb) => verb === 'read')).toHaveLength(4);
    expect(verbs(since).filter((verb) => verb === 'list').length).toBeLessThanOrEqual(6);
    expect(await core.connection()).toMatchObject({ status: 'active', health: { state: 'healthy' } });
    for (const id of ['c1', 'c2'])
      expect(await core.link('contact', id)).toMatchObject({ attempts: 0, dead: null });
  });

  it('by its silence, stops nobody for longer than a call may last', async () => {
    core.crm.fault = (verb) => (verb === 'list' ? 'dropped' : 'none');
    core.crm.edit(core.crm.of('contact')[0]?.id ?? '', { phone: '021 theirs' });
    await changeAll();
    await core.converge(60_000);
    expect(person()).toMatchObject({ type: 'vendor', phone: '021 theirs' });
    expect((await core.connection()).health.state).toBe('healthy');
  });

  it('page by page for ever, stops nobody for longer than a minute', async () => {
    let pages = 0;
    core.crm.answers = ({ verb }) => {
      if (verb !== 'list') return null;
      pages += 1;
      const body = { items: [], nextCursor: String(pages) };
      return { kind: 'applied', value: { status: 200, headers: {}, body } };
    };
    core.crm.latencyMs = 5_000;
    await core.upsert('c1', ada('vendor'));
    await core.clock.advance(100_000);
    expect(person()).toMatchObject({ type: 'vendor' });
    expect(pages).toBeLessThan(15);
  });

  it('is asked again after ten minutes, and then after twice as long each time', async () => {
    core.crm.lists = false;
    const asked: number[] = [];
    const began = core.clock.now();
    for (let minutes = 0; minutes < 160; minutes += 2) {
      const since = core.crm.calls.length;
      await core.upsert('c1', ada(minutes % 4 === 0 ? 'vendor' : 'agent'));
      await core.clock.advance(120_000);
      if (verbs(since).includes('list')) asked.push(Math.round((core.clock.now() - began) / 60_000) - 2);
    }
    expect(asked).toEqual([0, 12, 34, 76, 158].slice(0, asked.length));
    expect(asked.length).toBeGreaterThanOrEqual(4);
    core.crm.lists = true;
    await core.clock.advance(12 * HOUR_MS);
    const since = core.crm.calls.length;
    await core.upsert('c1', ada('market'));
    await core.converge();
    // What is known from before then is read; from then on looks tell.
    expect(verbs(since)).toEqual(['read', 'update']);
    for (const role of ['other', 'agent']) {
      await core.upsert('c1', ada(role));
      await core.converge();
    }
    expect(verbs(since)).toEqual(['read', 'update', 'list', 'update', 'update']);
  });

  it('and an outage are told apart: what `authenticate` gets as well, everything waits for', async () => {
    const page = asAnswered([503, HTML, PAGE]);
    core.crm.fault = () => 'refused';
    core.crm.answers = () => page;
    const since = core.crm.calls.length;
    await changeAll();
    await core.clock.advance(30_000);
    expect(verbs(since)).not.toContain('read');
    expect((await core.connection()).health.state).toBe('unreachable');
    core.crm.fault = () => 'none';
    core.crm.answers = () => null;
    await core.converge(HOUR_MS);
    expect(person()).toMatchObject({ type: 'vendor' });
    expect(verbs(since)).not.toContain('read');
  });

  it('and refused credentials are told apart', async () => {
    core.crm.unauthorised = true;
    await changeAll();
    await core.clock.advance(10_000);
    expect(await core.connection()).toMatchObject({ status: 'needs_reauth' });
  });
});
