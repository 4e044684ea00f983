import { afterEach, describe, expect, it } from '@jest/globals';
import { NOTHING_ERASED } from '../../src/state-store/erasure-store.port.ts';
import { type FakeRequest, type FakeService, problem, startFakeService } from './fake-service.ts';
import { type ProgramOptions, runOnTerminal } from './run-program.ts';

const CRM = { where: 'crm', goneBy: null, detail: 'Nothing was sent to a CRM.' };
const TOPIC = { where: 'dead_letter_topic', goneBy: '2026-03-15T10:00:00.000Z', detail: 'By retention.' };
const STANDING = { ...NOTHING_ERASED, records: 3, connections: 1 };
const answerOf = (over: object) => ({
  userId: 'ava',
  dryRun: false,
  complete: true,
  removed: NOTHING_ERASED,
  remaining: NOTHING_ERASED,
  storeFiles: 'overwritten',
  elsewhere: [CRM, TOPIC],
  ...over,
});
const COUNTED = answerOf({ dryRun: true, complete: false, remaining: STANDING, storeFiles: null });

let service: FakeService | undefined;
afterEach(() => service?.close());

/** Runs `zena-crm erase` against a service that counts, and then removes in two calls. */
async function erase(args: readonly string[], options: Partial<ProgramOptions> = {}) {
  await service?.close();
  service = await startFakeService(({ body }: FakeRequest, earlier) => {
    const { dryRun } = JSON.parse(body) as { dryRun: boolean };
    if (dryRun) return { body: COUNTED };
    const first = !earlier.some((one) => one.body.includes('"dryRun":false'));
    return first
      ? {
          body: answerOf({
            complete: false,
            storeFiles: null,
            removed: { ...NOTHING_ERASED, records: 3 },
            remaining: { ...NOTHING_ERASED, connections: 1 },
          }),
        }
      : { body: answerOf({ removed: { ...NOTHING_ERASED, connections: 1 } }) };
  });
  const run = await runOnTerminal(['erase', ...args], { env: service.env, ...options });
  return { ...run, asked: service.requests.map(({ url, body }) => [url, JSON.parse(body)] as const) };
}

describe('zena-crm erase', () => {
  it('shows what a dry run counts and removes nothing', async () => {
    const { code, stdout, asked } = await erase(['--user', 'ava', '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^3 records, 1 connections with their credentials would be removed\n/);
    expect(stdout).toContain('crm: Nothing was sent to a CRM.');
    expect(asked).toEqual([['/api/ops/erase', { userId: 'ava', dryRun: true }]]);
  });

  it('does nothing without a terminal and without --yes', async () => {
    const { code, stderr, asked } = await erase(['--user', 'ava']);
    expect(code).toBe(2);
    expect(stderr).toContain('Add --yes.');
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['no', 1, 1],
    ['y', 0, 3],
  ])('asks on a terminal, shows the counts first, and takes %s for an answer', async (typed, exit, calls) => {
    const { code, stderr, asked } = await erase(['--user', 'ava'], { typed: [typed] });
    expect(code).toBe(exit);
    expect(stderr).toContain('Of ava 3 records, 1 connections with their credentials would be removed.');
    expect(asked).toHaveLength(calls);
  });

  it('calls until nothing is left, and says what was removed and what goes when elsewhere', async () => {
    const { code, stdout, stderr } = await erase(['--user', 'ava', '--yes']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^3 records, 1 connections with their credentials removed\nNo copy is left/);
    expect(stdout).toContain('dead letter topic (gone by 2026-03-15 10:00:00Z): By retention.');
    expect(stderr).toContain('3 records removed so far; 1 connections with their credentials to go');
    const json = await erase(['--user', 'ava', '--yes', '--output', 'json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      complete: true,
      removed: { records: 3, connections: 1 },
    });
  });

  it('needs a user, and ends with 5 where the token lacks the scope', async () => {
    expect((await erase([])).code).toBe(2);
    await service?.close();
    service = await startFakeService(() => problem(403, 'FORBIDDEN', 'The scope is missing.'));
    const refused = await runOnTerminal(['erase', '--user', 'ava', '--yes'], { env: service.env });
    expect(refused.code).toBe(5);
  });
});
