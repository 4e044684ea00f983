import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type FakeAnswer,
  type FakeRequest,
  type FakeService,
  problem,
  startFakeService,
} from './fake-service.ts';
import { runOnTerminal } from './run-program.ts';
import { runZenaCrm, startZenaCrm } from './run-zena-crm.ts';

const INTEGRATION = {
  connectionId: 'c-1',
  provider: 'mri_vault',
  status: 'active',
  health: { state: 'healthy', since: '2026-03-01T00:00:00.000Z', reason: null, whoCanFix: 'nobody_needed' },
  counts: { linked: 12, due: 0, waiting: 1, failed: 0 },
  lagSeconds: 0.25,
  lastSyncAt: '2026-03-01T10:20:30.000Z',
};
const RUN = {
  runId: 'r-1',
  status: 'completed',
  contactsSynced: 3,
  propertiesSynced: 2,
  dealsSynced: 1,
  created: 1,
  updated: 0,
  deleted: 0,
  unchanged: 5,
  failed: 0,
  retrying: 0,
  superseded: 0,
  repaired: 0,
  drifted: 0,
  skipped: 0,
  total: 6,
  done: 6,
  createdAt: '2026-03-01T10:20:30.000Z',
  reason: null,
};

describe('the commands of a running service', () => {
  let service: FakeService | undefined;
  afterEach(() => service?.close());

  async function serve(
    answer: (request: FakeRequest, earlier: readonly FakeRequest[]) => FakeAnswer | undefined,
  ): Promise<FakeService> {
    service = await startFakeService(answer);
    return service;
  }

  it.each([['status'], ['connections'], ['runs'], ['records'], ['sync', 'mri_vault']])(
    '%s ends with 4 where nothing answers, and says what to do',
    async (...args) => {
      const { url: gone, close } = await startFakeService(() => undefined);
      await close();
      const env = { ZENA_CRM_URL: gone };
      // In a process of its own: here, what fetch throws is no Error of the test's realm.
      const { code, stdout, stderr } = await runZenaCrm(args, { env });
      expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
      expect(stderr).toBe(
        `error: The service at ${gone} can't be reached: connection refused\n` +
          '       Is it running (zena-crm start), and is ZENA_CRM_URL its address?\n',
      );
    },
  );

  it('takes another program that answers for an unreachable service', async () => {
    const { env } = await serve(() => ({
      headers: { 'content-type': 'text/html' },
      status: 404,
      body: '<h1>',
    }));
    const { code, stderr } = await runOnTerminal(['connections'], { env });
    expect(code).toBe(4);
    expect(stderr).toContain('is not this service (status 404)');
  });

  it('says what was refused, where, and where to read more: exit code 5', async () => {
    const errors = [{ pointer: '/query/limit', code: 'INVALID', detail: 'not a number' }];
    const { env, url } = await serve(() => problem(400, 'VALIDATION_FAILED', 'Not acceptable.', { errors }));
    const { code, stdout, stderr } = await runOnTerminal(['connections'], { env });
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toContain('error: VALIDATION_FAILED: Not acceptable. (/query/limit: not a number)');
    expect(stderr).toContain(`More: ${url}/problems/VALIDATION_FAILED`);
  });

  it('names the token when it is missing, and never shows it', async () => {
    const { url } = await serve(() => problem(401, 'AUTH_REQUIRED', 'Send a token.'));
    const without = await runOnTerminal(['connections'], { env: { ZENA_CRM_URL: url } });
    expect(without.code).toBe(5);
    expect(without.stderr).toContain('Set ZENA_CRM_TOKEN');
    const env = { ZENA_CRM_URL: url, ZENA_CRM_TOKEN: 'secret-token' };
    const wrong = await runOnTerminal(['connections'], { env });
    expect(wrong.stderr).toContain('ZENA_CRM_TOKEN is not accepted');
    expect(wrong.stderr).not.toContain('secret-token');
  });

  it('sends the token, and writes a table, JSON or a line of JSON for each', async () => {
    const { env, requests } = await serve(() => ({ body: { integrations: [INTEGRATION] } }));
    const text = await runOnTerminal(['connections'], { env });
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout.split('\n')).toEqual([
      'CRM        STATUS  HEALTH   LINKED  DUE  WAITING  FAILED     LAG  LAST SYNC',
      'mri_vault  active  healthy      12    0        1       0  250 ms  2026-03-01 10:20:30Z',
      '',
    ]);
    const json = await runOnTerminal(['connections', '--output', 'json'], { env });
    expect(JSON.parse(json.stdout)).toEqual([INTEGRATION]);
    const ndjson = await runOnTerminal(['connections', '--output', 'ndjson'], { env });
    expect(ndjson.stdout).toBe(`${JSON.stringify(INTEGRATION)}\n`);
    expect(requests[0]?.headers.authorization).toBe('Bearer a-token');
  });

  it('status needs no token, and answers 6 where the service is not ready or a CRM needs somebody', async () => {
    let ready = true;
    let workers = problem(403, 'FORBIDDEN', 'This needs an access token with the scope ops:read.');
    let everybodys: FakeAnswer = workers;
    const { env, url } = await serve(({ url: path }) => {
      if (path === '/version') return { body: { version: '1.2.3', mode: 'embedded', store: 's', feed: 'f' } };
      if (path === '/readyz') {
        return ready
          ? { body: { status: 'ready' } }
          : problem(503, 'NOT_READY', 'The store does not answer.');
      }
      if (path === '/api/ops/workers') return workers;
      if (path.startsWith('/api/ops/connections')) return everybodys;
      const health = { ...INTEGRATION.health, state: 'needs_reauth', whoCanFix: 'user' };
      return { body: { integrations: [{ ...INTEGRATION, health }] } };
    });
    const open = await runOnTerminal(['status', '--output', 'json'], { env: { ZENA_CRM_URL: url } });
    expect(open.code).toBe(0);
    expect(JSON.parse(open.stdout)).toMatchObject({ ready: true, integrations: null, problems: [] });
    const signedIn = await runOnTerminal(['status'], { env });
    expect(signedIn.code).toBe(6);
    expect(signedIn.stdout).toMatch(/problem: mri_vault: needs_reauth \(.+\); to be fixed by: user/);
    expect(signedIn.stdout).not.toContain('WORKER');
    const worker = {
      label: 'host-1 17',
      shards: 8,
      draining: false,
      startedAt: RUN.createdAt,
      beatAgeSeconds: 0.4,
    };
    workers = { body: { data: [worker], nextCursor: null } };
    const waiting = { reason: 'PROVIDER_UNAVAILABLE', whoCanFix: 'operator' };
    const theirs = (health: object) => ({ provider: 'mri_vault', health });
    const mine = theirs({ reason: 'CREDENTIALS_REFUSED', whoCanFix: 'user' });
    everybodys = { body: { data: [theirs(waiting), mine, theirs(waiting)], nextCursor: null } };
    const operator = await runOnTerminal(['status'], { env });
    const asked = await runOnTerminal(['doctor', '--output', 'ndjson'], { env });
    for (const text of [operator.stdout, asked.stdout])
      expect(text).toContain('2 connections of mri_vault wait for the operator: PROVIDER_UNAVAILABLE');
    expect(asked.stdout).toContain('unavailableReason');
    expect(operator.stdout).toMatch(/host-1 17 +8 +2026-03-01 10:20:30Z +400 ms ago +works\n/);
    ready = false;
    const sick = await runOnTerminal(['status'], { env: { ZENA_CRM_URL: url } });
    expect(sick.code).toBe(6);
    expect(sick.stdout).toContain('not ready: The store does not answer.');
  });

  it('sync starts a run and leaves it to the service', async () => {
    const { env, requests } = await serve(() => ({ status: 202, body: { ...RUN, status: 'running' } }));
    const { code, stdout } = await runOnTerminal(['sync', 'mri_vault', '--output', 'json'], { env });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ runId: 'r-1', status: 'running' });
    expect(requests).toHaveLength(1);
    expect(requests[0]?.headers['prefer']).toBe('respond-async');
  });

  it('sync --dry-run tells what a sync would do, and starts none', async () => {
    const counts = { unchanged: 4, superseded: 1, skipped: 0, wouldWait: 0, wouldFail: 0, truncated: true };
    const item = { entity: 'contact', reason: null, looksInCrm: false, changes: [{ field: 'email' }] };
    const items = [
      { ...item, entityId: 'c1', title: 'Ada', action: 'create_or_adopt', looksInCrm: true },
      { ...item, entityId: 'c2', title: 'Bea', action: 'update' },
      { ...item, entityId: 'c3', title: 'Cy', action: 'skip', reason: 'superseded', changes: [] },
    ];
    const would = { total: 7, wouldCreateOrAdopt: 1, wouldUpdate: 1, wouldDelete: 0 };
    const { env, requests } = await serve(() => ({ body: { dryRun: true, ...would, ...counts, items } }));
    const { code, stdout } = await runOnTerminal(['sync', 'mri_vault', '--dry-run'], { env });
    expect(code).toBe(0);
    expect(requests.map(({ url }) => url)).toEqual(['/api/integrations/crm/mri_vault/sync?dryRun=true']);
    expect(stdout.split('\n')).toEqual([
      'of 7 records, a sync would create or adopt 1, update 1, delete 0',
      'unchanged 4, superseded 1, skipped 0, waiting 0, failed 0',
      'contact c1 Ada: look in the CRM, then create or adopt',
      'contact c2 Bea: update: email',
      'contact c3 Cy: skip (superseded)',
      '… and more; these are the first.',
      '',
    ]);
  });

  it.each([
    { status: 'completed', exits: 0 },
    { status: 'completed_with_failures', exits: 6 },
    { status: 'cancelled', exits: 6 },
  ])('sync --wait follows the run to its end: $status is exit code $exits', async ({ status, exits }) => {
    const { env } = await serve(({ method }) =>
      method === 'POST' ? { status: 202, body: { ...RUN, status: 'running' } } : { body: { ...RUN, status } },
    );
    const { code, stdout } = await runOnTerminal(['sync', 'mri_vault', '--wait'], { env });
    expect(code).toBe(exits);
    expect(stdout).toContain(`run r-1: ${status.replaceAll('_', ' ')}`);
  });

  it('is interrupted with 130 while it waits', async () => {
    const { env, requests } = await serve(() => ({ body: { ...RUN, status: 'running' } }));
    const running = startZenaCrm(['sync', 'mri_vault', '--wait'], { env });
    while (requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    running.child.kill('SIGINT');
    await expect(running.finished).resolves.toMatchObject({ code: 130, stdout: '', stderr: 'interrupted\n' });
  });

  it('reads a list page by page, of the one CRM that is connected', async () => {
    const record = (id: string) => ({ entity: 'contact', entityId: id, title: `Tāne ${id}`, state: 'dead' });
    const { env, requests } = await serve(({ url }) => {
      if (url.endsWith('/user')) return { body: { integrations: [INTEGRATION] } };
      const second = url.includes('cursor=next');
      const data = [
        { ...record(second ? 'b' : 'a'), remoteId: null, failure: { detail: 'No.', fields: [], code: 'X' } },
      ];
      return { body: { data, nextCursor: second ? null : 'next' } };
    });
    const { code, stdout } = await runOnTerminal(['records', '--state', 'dead', '-q', 'tāne & co'], { env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/contact {2}a {3}Tāne a {2}dead {3}- {7}No\.\ncontact {2}b {3}Tāne b/);
    const [, first] = requests;
    expect(new URL(first?.url ?? '', service?.url).searchParams.get('q')).toBe('tāne & co');
    expect(requests).toHaveLength(3);
  });

  it('asks which CRM is meant where several are connected', async () => {
    const others = [INTEGRATION, { ...INTEGRATION, provider: 'kvcore' }];
    const { env } = await serve(() => ({ body: { integrations: others } }));
    const { code, stderr } = await runOnTerminal(['runs'], { env });
    expect(code).toBe(2);
    expect(stderr).toContain('mri_vault, kvcore');
  });

  it('can not be made to move the cursor of a terminal by what it shows', async () => {
    const title = 'Eve\u001b[2J\u202e';
    const body = {
      data: [{ entity: 'contact', entityId: 'e', title, state: 'linked', remoteId: '1', failure: null }],
    };
    const { env } = await serve(() => ({ body: { ...body, nextCursor: null } }));
    const { stdout } = await runOnTerminal(['records', 'mri_vault'], { env });
    expect(stdout).toContain('Eve ');
    for (const harmful of ['\u001b', '\u202e']) expect(stdout).not.toContain(harmful);
  });

  it('ends quietly when its reader has seen enough', async () => {
    const data = Array.from({ length: 5_000 }, (_, index) => ({ ...RUN, runId: `r-${index}` }));
    const { env } = await serve(() => ({ body: { data, nextCursor: null } }));
    const running = startZenaCrm(['runs', 'mri_vault', '--output', 'ndjson'], { env });
    running.child.stdout.destroy();
    await expect(running.finished).resolves.toMatchObject({ code: 0, stderr: '' });
  });
});
