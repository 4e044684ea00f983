import { afterEach, describe, expect, it } from '@jest/globals';
import type { Clock } from '../../src/runtime/clock.ts';
import {
  type FakeAnswer,
  type FakeRequest,
  type FakeService,
  problem,
  startFakeService,
} from './fake-service.ts';
import { type ProgramOptions, runOnTerminal } from './run-program.ts';

const REMEDY = { meaning: 'The CRM refuses it.', whoCanFix: 'user', whatToDo: 'Mend the fields in Zena.' };
const LETTER = {
  id: 'a1b2',
  kind: 'deliver',
  status: 'open',
  code: 'REFUSED_BY_CRM',
  detail: 'The CRM answered 422.',
  remedy: REMEDY,
  entity: 'contact',
  entityId: 'c1',
  userId: 'ava',
  provider: 'mri_vault',
  connectionId: 'k1',
  source: null,
  attempts: 1,
  replays: 2,
  replayWould: 'deliver',
  willFailAgain: true,
  firstFailedAt: '2026-03-01T10:00:00.000Z',
  failedAt: '2026-03-01T10:20:30.000Z',
  linkState: 'dead',
};
const PLAN = {
  planId: 'p-1',
  total: 3,
  toDeliver: 2,
  toDecode: 1,
  superseded: 0,
  parked: 0,
  willFailAgain: 1,
  crmCalls: 4,
  filter: {},
  createdAt: '2026-03-01T10:00:00.000Z',
  expiresAt: '2026-03-01T11:00:00.000Z',
};
const COUNTS = {
  walked: 3,
  delivering: 0,
  delivered: 2,
  failedAgain: 0,
  decoded: 1,
  undecodable: 0,
  superseded: 0,
  parked: 0,
};
const replay = (status: string, counts: object = {}) => ({
  replayId: 'p-1',
  status,
  requestedBy: 'op',
  filter: {},
  plan: PLAN,
  counts: { ...COUNTS, ...counts },
  createdAt: '2026-03-01T10:00:00.000Z',
  startedAt: '2026-03-01T10:00:01.000Z',
  finishedAt: null,
});

let service: FakeService | undefined;
afterEach(() => service?.close());

type Answers = (request: FakeRequest, earlier: readonly FakeRequest[]) => FakeAnswer | undefined;

async function dlq(args: readonly string[], answer: Answers, options: Partial<ProgramOptions> = {}) {
  await service?.close();
  service = await startFakeService(answer);
  const { env, requests } = service;
  const sleepless = { ...({} as Clock), sleep: async () => undefined, now: () => 0, monotonic: () => 0 };
  const run = await runOnTerminal(['dlq', ...args], { env, clock: sleepless, ...options });
  return { ...run, requests };
}

const bodies = (requests: readonly FakeRequest[]): unknown[] =>
  requests
    .filter(({ method }) => method === 'POST')
    .map(({ body }) => (body === '' ? null : JSON.parse(body)));

/** A service that plans, begins and has come to this end. */
const replayService =
  (end: object = replay('completed')): Answers =>
  ({ method, url }) => {
    if (url.endsWith('/plan')) return { body: PLAN };
    if (url.endsWith('/replay')) return { status: 202, body: replay('running', { walked: 0, delivered: 0 }) };
    return method === 'GET' && url === '/api/ops/replays/p-1' ? { body: end } : undefined;
  };

describe('zena-crm dlq list and groups', () => {
  it('asks for what the options choose, and shows a line for each', async () => {
    const args = [
      'list',
      '--code',
      'REFUSED_BY_CRM',
      '--user',
      'ava',
      '--entity-id',
      'c1',
      '--status',
      'open',
    ];
    const answer: Answers = () => ({ body: { data: [LETTER], nextCursor: null } });
    const { code, stdout, requests } = await dlq(args, answer);
    expect(code).toBe(0);
    expect(new URL(requests[0]?.url ?? '', 'http://s').search).toBe(
      '?code=REFUSED_BY_CRM&userId=ava&entityId=c1&status=open&limit=50',
    );
    expect(stdout.split('\n')).toEqual([
      'ID    FAILED                CAUSE           STATUS  RECORD      USER  CRM        REPLAYS  DETAIL',
      'a1b2  2026-03-01 10:20:30Z  REFUSED_BY_CRM  open    contact/c1  ava   mri_vault        2  The CRM answered 422.',
      '',
    ]);
    const ndjson = await dlq(['list', '--output', 'ndjson'], answer);
    expect(ndjson.stdout).toBe(`${JSON.stringify(LETTER)}\n`);
  });

  it('groups say what helps', async () => {
    const group = {
      kind: 'deliver',
      code: 'REFUSED_BY_CRM',
      provider: 'mri_vault',
      count: 12,
      remedy: REMEDY,
      oldestFailedAt: '2026-03-01T10:00:00.000Z',
      newestFailedAt: '2026-03-01T10:20:30.000Z',
    };
    const { stdout } = await dlq(['groups'], () => ({ body: { data: [group], nextCursor: null } }));
    expect(stdout).toMatch(/REFUSED_BY_CRM +mri_vault +12 .* user\n/);
    expect(stdout).toContain('\nREFUSED_BY_CRM: The CRM refuses it.\n  Mend the fields in Zena.\n');
  });

  it('ends with 5 where the token lacks the scope', async () => {
    const { code, stderr } = await dlq(['list'], () => problem(403, 'FORBIDDEN', 'This needs ops:read.'));
    expect(code).toBe(5);
    expect(stderr).toContain('The token lacks a scope for this.');
  });
});

describe('zena-crm dlq show', () => {
  it('shows a refused record with the words of the CRM and what to do', async () => {
    const details = {
      ...LETTER,
      revision: 1,
      fields: [{ field: 'email', message: 'is\u001b[2J taken' }],
      event: null,
      record: { revision: 2, version: 9, deleted: false, userId: 'ava', acceptedAt: LETTER.failedAt },
      link: { remoteId: 'crm-7', attempts: 0, nextAt: null },
      connection: { status: 'paused', health: 'paused', reason: null },
    };
    const { code, stdout, requests } = await dlq(['show', 'a/1'], () => ({ body: details }));
    expect(code).toBe(0);
    expect(requests[0]?.url).toBe('/api/ops/dead-letters/a%2F1');
    expect(stdout).toContain('REFUSED_BY_CRM: The CRM answered 422.\n  email: is taken\n');
    expect(stdout).toMatch(
      /now +link dead; CRM record crm-7; changed in Zena since; connection paused, paused/,
    );
    expect(stdout).toContain('To be fixed by: user. Mend the fields in Zena.');
  });

  it('shows an unreadable event as text where it is one', async () => {
    const event = { keyBase64: null, keyText: null, valueBase64: 'e30=', valueText: '{}', valueBytes: 2 };
    const source = { topic: 'zena.contact.changes', partition: 3, offset: '42' };
    const letter = {
      ...LETTER,
      kind: 'decode',
      userId: null,
      provider: null,
      linkState: null,
      source,
      replayWould: 'decode',
      fields: [],
      revision: null,
      record: null,
      link: null,
      connection: null,
    };
    const shown = await dlq(['show', 'x'], () => ({ body: { ...letter, event } }));
    expect(shown.stdout).toContain('zena.contact.changes, partition 3, offset 42');
    expect(shown.stdout).toMatch(/The event as it came:\n\{\}\n$/);
    const binary = await dlq(['show', 'x'], () => ({
      body: { ...letter, event: { ...event, valueText: null } },
    }));
    expect(binary.stdout).toContain("The event's 2 bytes are in --output json");
  });
});

describe('zena-crm dlq plan', () => {
  it('sends the choice, and says what a replay would do and how to begin it', async () => {
    const args = ['plan', '--kind', 'deliver', '--connection', 'k1', '--parked', '--id', 'a', 'b'];
    const { code, stdout, requests } = await dlq(args, replayService());
    expect(code).toBe(0);
    expect(bodies(requests)).toEqual([
      { kind: 'deliver', connectionId: 'k1', ids: ['a', 'b'], statuses: ['open', 'parked'] },
    ]);
    expect(stdout).toContain('3 dead letters: 2 to deliver, 1 events to read again');
    expect(stdout).toContain('1 of them will most likely fail again');
    expect(stdout).toContain('zena-crm dlq replay p-1');
  });
});

describe('zena-crm dlq replay', () => {
  it('plans, asks, begins and follows to the end', async () => {
    const typed = ['yes'];
    const { code, stdout, stderr, requests } = await dlq(['replay', '--code', 'CONFLICT'], replayService(), {
      typed,
    });
    expect(code).toBe(0);
    expect(bodies(requests)).toEqual([{ code: 'CONFLICT' }, { planId: 'p-1' }]);
    expect(stderr).toContain('3 dead letters: 2 to deliver');
    expect(stderr).toContain('Replay them? [y/N] ');
    expect(stdout).toMatch(/^replay p-1: completed\ndelivered 2,/);
  });

  it('begins nothing where the answer is not yes', async () => {
    for (const typed of [['no'], ['']]) {
      const { code, stdout, stderr, requests } = await dlq(['replay'], replayService(), { typed });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain('Nothing was done.');
      expect(bodies(requests)).toHaveLength(1);
    }
  });

  it('needs --yes without a terminal, and keeps stdout for the answer', async () => {
    const refused = await dlq(['replay'], replayService());
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('Add --yes.');
    expect(bodies(refused.requests)).toHaveLength(1);
    const done = await dlq(['replay', '--yes', '--output', 'json'], replayService());
    expect(done.code).toBe(0);
    expect(JSON.parse(done.stdout)).toEqual(replay('completed'));
  });

  it('ends with 6 where some failed again', async () => {
    const end = replay('completed_with_failures', { delivered: 1, failedAgain: 1 });
    const { code, stdout } = await dlq(['replay', '--yes'], replayService(end));
    expect(code).toBe(6);
    expect(stdout).toContain('failed again 1');
  });

  it('begins a plan that was made before without asking, and need not wait for its end', async () => {
    const { code, stdout, requests } = await dlq(['replay', 'p-1', '--detach'], replayService());
    expect(code).toBe(0);
    expect(requests).toHaveLength(1);
    expect(stdout).toContain('It goes on by itself');
  });

  it('says why a plan can not be begun', async () => {
    const answer = problem(409, 'CONFLICT', 'This plan was begun or cancelled before.', {
      reason: 'plan_used',
    });
    const { code, stderr } = await dlq(['replay', 'p-1'], () => answer);
    expect(code).toBe(5);
    expect(stderr).toContain('This plan was begun or cancelled before.');
  });

  it('begins nothing where nothing would be sent', async () => {
    const answer: Answers = () => ({ body: { ...PLAN, toDeliver: 0, toDecode: 0, superseded: 3 } });
    const { code, stderr, requests } = await dlq(['replay'], answer, { typed: [] });
    expect(code).toBe(0);
    expect(stderr).toContain('nothing was begun');
    expect(requests).toHaveLength(1);
  });

  it('leaves the replay running when it is interrupted, and says so', async () => {
    const stopping = new AbortController();
    const sleep = async () => {
      stopping.abort('SIGINT');
      throw new Error('aborted');
    };
    const clock = { sleep, now: () => 0, monotonic: () => 0 } as unknown as Clock;
    const options = { clock, stop: stopping.signal };
    const { code, stdout, stderr, requests } = await dlq(['replay', '--yes'], replayService(), options);
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toContain('The replay p-1 goes on; zena-crm dlq replays shows it, dlq cancel ends it.');
    expect(requests.some(({ url }) => url.endsWith('/cancel'))).toBe(false);
  });
});

describe('zena-crm dlq replays and cancel', () => {
  it('show how far each is, and end one', async () => {
    const list = await dlq(['replays'], () => ({ body: { data: [replay('running')], nextCursor: null } }));
    expect(list.stdout).toMatch(/p-1 +2026-03-01 10:00:01Z +running +3\/3 +2 +0 +1 +0\n/);
    const { code, stdout, requests } = await dlq(['cancel', 'p-1'], () => ({ body: replay('cancelled') }));
    expect(code).toBe(0);
    expect(requests[0]).toMatchObject({ method: 'POST', url: '/api/ops/replays/p-1/cancel' });
    expect(stdout).toContain('replay p-1: cancelled');
  });
});

describe('zena-crm dlq discard', () => {
  const answer: Answers = ({ url }) =>
    url.includes('/groups')
      ? { body: { data: [{ count: 4 }, { count: 3 }], nextCursor: null } }
      : { body: { discarded: 7 } };

  it('asks with how many, then discards what was named or chosen', async () => {
    const chosen = await dlq(['discard', '--code', 'CONFLICT'], answer, { typed: ['y'] });
    expect(chosen.code).toBe(0);
    expect(chosen.stderr).toContain('Discard 7 dead letters?');
    expect(bodies(chosen.requests)).toEqual([{ code: 'CONFLICT' }]);
    const named = await dlq(['discard', 'a', 'b', '--yes', '--output', 'json'], answer);
    expect(bodies(named.requests)).toEqual([{ ids: ['a', 'b'] }]);
    expect(JSON.parse(named.stdout)).toEqual({ discarded: 7 });
    const all = await dlq(['discard', '--all', '--yes'], answer);
    expect(bodies(all.requests)).toEqual([{ statuses: ['open', 'parked'] }]);
  });

  it('needs a choice, and --yes without a terminal', async () => {
    const nothing = await dlq(['discard', '--yes'], answer);
    expect(nothing.code).toBe(2);
    expect(nothing.requests).toHaveLength(0);
    const unasked = await dlq(['discard', 'a'], answer);
    expect(unasked.code).toBe(2);
    expect(bodies(unasked.requests)).toEqual([]);
  });
});
