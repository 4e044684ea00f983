import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type FakeAnswer,
  type FakeRequest,
  type FakeService,
  problem,
  startFakeService,
} from './fake-service.ts';
import { runOnTerminal } from './run-program.ts';

const [NEW, OLD, LOST] = ['a'.repeat(16), 'b'.repeat(16), 'c'.repeat(16)];

interface Counts {
  readonly fresh: number;
  readonly old: number;
  readonly canary?: string;
  readonly lost?: number;
}

/** What the service answers where so many connections are under each key. */
function statusOf({ fresh, old, canary = OLD, lost = 0 }: Counts) {
  const key = (keyId: string, role: string, connections: number) => ({
    keyId,
    role,
    connections,
    earlierForm: 0,
    canary: canary === keyId,
    needed: role === 'current' || connections > 0 || canary === keyId,
  });
  return {
    currentKeyId: NEW,
    keys: [
      key(NEW, 'current', fresh),
      key(OLD, 'retired', old),
      ...(lost === 0 ? [] : [key(LOST, 'missing', lost)]),
    ],
    toReseal: old + lost,
    rotated: old + lost === 0 && canary === NEW,
  };
}
const DONE = statusOf({ fresh: 3, old: 0, canary: NEW });

let service: FakeService | undefined;
afterEach(() => service?.close());

/** Runs the command against a service that has this status, and answers the steps of a rotation one by one. */
async function keys(args: readonly string[], status: object, steps: readonly FakeAnswer[] = []) {
  await service?.close();
  const rest = [...steps];
  service = await startFakeService(({ method, url }) => {
    if (method === 'GET' && url === '/api/ops/keys') return { body: status };
    return method === 'POST' && url === '/api/ops/keys/rotate' ? rest.shift() : undefined;
  });
  const { env, requests } = service;
  const run = await runOnTerminal(['keys', ...args], { env });
  return { ...run, asked: bodies(requests) };
}

const bodies = (requests: readonly FakeRequest[]): unknown[] =>
  requests.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body) as unknown);

const step = (resealed: number, over: object = {}): FakeAnswer => ({
  body: { resealed, unreadable: 0, nextCursor: null, status: null, ...over },
});

describe('zena-crm keys status', () => {
  it('shows what needs each key, and that a rotation is to come', async () => {
    const { code, stdout } = await keys(['status'], statusOf({ fresh: 1, old: 2 }));
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'KEY               ROLE     CONNECTIONS  EARLIER FORM  CANARY  NEEDED',
      `${NEW}  current            1             0  -       yes`,
      `${OLD}  retired            2             0  yes     yes`,
      '',
      '2 connections are to be sealed anew: zena-crm keys rotate',
      '',
    ]);
  });

  it('names the keys that may be taken away', async () => {
    const { code, stdout } = await keys(['status'], DONE);
    expect(code).toBe(0);
    expect(stdout).toContain('Everything is sealed under the current key.');
    expect(stdout).toContain(`May be taken out of ENCRYPTION_KEYS_RETIRED: ${OLD}\n`);
    expect(JSON.parse((await keys(['status', '--output', 'json'], DONE)).stdout)).toEqual(DONE);
  });

  it('does not call it done while the canary alone is left', async () => {
    const { stdout } = await keys(['status'], statusOf({ fresh: 2, old: 0 }));
    expect(stdout).toContain('0 connections and the canary are to be sealed anew');
    expect(stdout).not.toContain('May be taken out');
  });

  it('ends with 6 where a key is missing, and says what to do', async () => {
    const { code, stdout } = await keys(['status'], statusOf({ fresh: 1, old: 0, lost: 2 }));
    expect(code).toBe(6);
    expect(stdout).toContain(`problem: ${LOST} is not here, and 2 connections need it. Add it to`);
  });
});

describe('zena-crm keys rotate', () => {
  it('goes step by step to the end and shows how the keys stand then', async () => {
    const { code, stdout, stderr, asked } = await keys(['rotate'], statusOf({ fresh: 0, old: 3 }), [
      step(2, { nextCursor: 'conn-2' }),
      step(1, { status: DONE }),
    ]);
    expect(code).toBe(0);
    expect(asked).toEqual([
      { keyId: NEW, cursor: null },
      { keyId: NEW, cursor: 'conn-2' },
    ]);
    expect(stderr).toBe('2 of 3 connections sealed anew\n3 of 3 connections sealed anew\n');
    expect(stdout).toMatch(/^3 connections sealed anew\n/);
    expect(stdout).toContain(`May be taken out of ENCRYPTION_KEYS_RETIRED: ${OLD}`);
  });

  it('goes over the connections again where others wrote under the older key meanwhile', async () => {
    const { code, asked, stdout } = await keys(
      ['rotate', '--output', 'json'],
      statusOf({ fresh: 0, old: 2 }),
      [step(2, { status: statusOf({ fresh: 2, old: 1 }) }), step(1, { status: DONE })],
    );
    expect(code).toBe(0);
    expect(asked).toHaveLength(2);
    expect(JSON.parse(stdout)).toEqual({ resealed: 3, unreadable: 0, status: DONE });
  });

  it('gives up after a few passes where a process goes on sealing with the older key', async () => {
    const always = Array.from({ length: 9 }, () => step(1, { status: statusOf({ fresh: 2, old: 1 }) }));
    const { code, asked } = await keys(['rotate'], statusOf({ fresh: 0, old: 2 }), always);
    expect(code).toBe(6);
    expect(asked).toHaveLength(5);
  });

  it('ends with 6 where credentials do not open, and does not try them for ever', async () => {
    const left = statusOf({ fresh: 1, old: 0, lost: 2 });
    const { code, stdout, asked } = await keys(['rotate'], left, [step(0, { unreadable: 2, status: left })]);
    expect(code).toBe(6);
    expect(asked).toHaveLength(1);
    expect(stdout).toContain("problem: the credentials of 2 connections don't open");
  });

  it('says how to go on where a step fails', async () => {
    const away = problem(503, 'NOT_READY', 'The state store does not answer.');
    const steps = [step(2, { nextCursor: 'conn-2' }), away];
    const { code, stderr } = await keys(['rotate'], statusOf({ fresh: 0, old: 3 }), steps);
    expect(code).toBe(4);
    expect(stderr).toContain('What was sealed anew stays so; zena-crm keys rotate goes on with the rest.');
  });

  it('ends with 5 where another process has another current key, or the token may not', async () => {
    const other = problem(409, 'CONFLICT', 'This key is not the one that seals here.');
    expect((await keys(['rotate'], statusOf({ fresh: 0, old: 3 }), [other])).code).toBe(5);
    const forbidden = problem(403, 'FORBIDDEN', 'This needs ops:write.');
    expect((await keys(['rotate'], statusOf({ fresh: 0, old: 3 }), [forbidden])).code).toBe(5);
  });
});
