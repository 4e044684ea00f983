import { afterEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.ts';
import type { SandboxFault } from '../../../src/sandbox/kit/faults/fault.ts';
import {
  createVaultSandbox,
  startVaultSandbox,
  type VaultInProcess,
} from '../../../src/sandbox/mri-vault/vault-sandbox.ts';
import { createAxiosTransport } from '../../../src/wire/axios-transport.ts';
import type { OutboundRequest, Transport } from '../../../src/wire/transport.port.ts';
import { createSandboxTransport, piecesOf } from '../../support/sandbox-transport.ts';

const NOW = Date.UTC(2026, 0, 1);
/** The HTTP server's own, which no CRM says anything by. */
const SERVER_HEADERS = ['date', 'connection', 'keep-alive', 'transfer-encoding'];
const CONTACT = JSON.stringify({ email: 'a@example.com', notes: 'é'.repeat(50) });

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Reach {
  readonly sandbox: VaultInProcess;
  readonly transport: Transport;
}

async function overSockets(): Promise<Reach> {
  const sandbox = await startVaultSandbox({ clock: { ...systemClock, now: () => NOW } });
  const transport = createAxiosTransport({ allowed: [{ host: '127.0.0.1', port: sandbox.port }] });
  closers.push(() => transport.close(), sandbox.close);
  return { sandbox, transport };
}

function inProcess(): Reach {
  const clock = createVirtualClock(NOW);
  const sandbox = createVaultSandbox({ clock: { ...clock, now: () => NOW } });
  closers.push(sandbox.close);
  return { sandbox, transport: createSandboxTransport(sandbox, clock) };
}

function post(url: string, more: Partial<OutboundRequest> = {}): OutboundRequest {
  return {
    method: 'POST',
    url: `${url}/api/v1/contacts`,
    headers: { authorization: 'Bearer sandbox-key' },
    body: CONTACT,
    deadlineMs: 10_000,
    ...more,
  };
}

/** What the caller gets, what was done, and what the journal says of it. */
async function meet({ sandbox, transport }: Reach, request: OutboundRequest) {
  const result = await transport.send(request);
  const seen =
    result.kind === 'response'
      ? {
          status: result.status,
          headers: Object.fromEntries(
            Object.entries(result.headers).filter(([name]) => !SERVER_HEADERS.includes(name)),
          ),
          body: Buffer.from(result.body).toString(),
        }
      : { kind: result.kind, code: result.code };
  // Of an answer that is cut off, the journal hears when its connection is gone.
  const isWhole = result.kind === 'response';
  const journal = sandbox.requests().map(({ method, path, route, query, body, status }) => ({
    method,
    path,
    route,
    query,
    body,
    status: isWhole ? status : null,
  }));
  return { seen, journal, records: sandbox.records('contacts') };
}

const FAULTS: readonly SandboxFault[] = [
  { kind: 'status', status: 503, body: { error: 'down' }, headers: { 'retry-after': '3' } },
  { kind: 'status', status: 500, body: 'plain text', afterCommit: true },
  { kind: 'status', status: 403 },
  { kind: 'status', status: 204 },
  { kind: 'timeoutBeforeCommit' },
  { kind: 'timeoutAfterCommit' },
  { kind: 'resetBeforeCommit' },
  { kind: 'resetAfterCommit' },
  { kind: 'htmlWith200' },
  { kind: 'page', as: 'text', status: 404 },
  { kind: 'truncatedJson' },
  { kind: 'redirect', location: 'http://127.0.0.1:1/elsewhere' },
  { kind: 'slowDrip', everyMs: 20 },
  { kind: 'gzipBody' },
  { kind: 'hugeBody', bytes: 6 * 1024 * 1024 },
  { kind: 'hugeBody', bytes: 200_000 },
  { kind: 'errorIn200' },
  { kind: 'emptyBody' },
  { kind: 'latency', ms: 20 },
  { kind: 'latency', ms: 20, when: 'after' },
];

/** Those whose answer never ends, so that the deadline does it. */
const SILENT: ReadonlySet<SandboxFault['kind']> = new Set([
  'timeoutBeforeCommit',
  'timeoutAfterCommit',
  'slowDrip',
]);

describe('a request that takes no socket meets what one over sockets meets', () => {
  it.each(FAULTS.map((fault) => [JSON.stringify(fault), fault] as const))('%s', async (_name, fault) => {
    const [far, near] = [await overSockets(), inProcess()];
    for (const { sandbox } of [far, near]) sandbox.misbehave({ fault });
    const more = SILENT.has(fault.kind) ? { deadlineMs: 500 } : {};
    const met = await meet(far, post(far.sandbox.url, more));
    expect(await meet(near, post(near.sandbox.url, more))).toEqual(met);
  });

  it.each<[string, (url: string) => OutboundRequest]>([
    ['a create', (url) => post(url)],
    ['a wrong key', (url) => post(url, { headers: { authorization: 'Bearer wrong' } })],
    ['a body that is not JSON', (url) => post(url, { body: '{"a' })],
    ['a body that is too large', (url) => post(url, { body: JSON.stringify('x'.repeat(1024 * 1024)) })],
    ['a listing', (url) => ({ ...post(url), method: 'GET', url: `${url}/api/v1/contacts?cursor=x%26y` })],
    ['an id of awkward characters', (url) => post(url, { url: `${url}/api/v1/contacts/a%2Fb%3F` })],
    ['the controls', (url) => ({ ...post(url), method: 'GET', url: `${url}/_sandbox/counts` })],
  ])('%s', async (_name, request) => {
    const [far, near] = [await overSockets(), inProcess()];
    const met = await meet(far, request(far.sandbox.url));
    expect(await meet(near, request(near.sandbox.url))).toEqual(met);
  });

  it('nobody, while the CRM is down', async () => {
    const [far, near] = [await overSockets(), inProcess()];
    for (const { sandbox } of [far, near]) await sandbox.down();
    const met = await meet(far, post(far.sandbox.url));
    expect(met.seen).toEqual({ kind: 'not_sent', code: 'CONNECT_FAILED' });
    expect(await meet(near, post(near.sandbox.url))).toEqual(met);
    await near.sandbox.up();
    expect(await meet(near, post(near.sandbox.url))).toMatchObject({ seen: { status: 201 } });
  });
});

describe('a request that takes no socket', () => {
  it('may be held back right before it is sent', async () => {
    const { sandbox, transport } = inProcess();
    const request = post(sandbox.url, { mayDispatch: () => Promise.resolve('LEASE_LOST') });
    expect(await transport.send(request)).toMatchObject({ kind: 'not_sent', code: 'LEASE_LOST' });
    expect(sandbox.requests()).toEqual([]);
  });

  it('has its work done by the clock, though nobody waits for it any more', async () => {
    const clock = createVirtualClock();
    const sandbox = createVaultSandbox({ clock });
    closers.push(sandbox.close);
    sandbox.misbehave({ fault: { kind: 'latency', ms: 9_000 } });
    const request = post(sandbox.url, { deadlineMs: 4_000 });
    const began = clock.monotonic();
    expect(await createSandboxTransport(sandbox, clock).send(request)).toMatchObject({ code: 'TIMEOUT' });
    expect(clock.monotonic() - began).toBe(4_000);
    expect(sandbox.records('contacts')).toEqual([]);
    await clock.advance(5_000);
    expect(sandbox.records('contacts')).toHaveLength(1);
  });

  it('is cut off by a reset of the sandbox', async () => {
    const clock = createVirtualClock();
    const sandbox = createVaultSandbox({ clock });
    closers.push(sandbox.close);
    sandbox.misbehave({ fault: { kind: 'latency', ms: 9_000 } });
    const answer = sandbox.fetch(`${sandbox.url}/api/v1/contacts`, { method: 'POST', body: CONTACT });
    sandbox.reset();
    await expect(answer).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    await clock.advance(9_000);
    expect([sandbox.records('contacts'), clock.sleepers]).toEqual([[], 0]);
  });

  it('ends with a caller who stops reading', async () => {
    const sandbox = createVaultSandbox();
    closers.push(sandbox.close);
    sandbox.misbehave({ fault: { kind: 'hugeBody', bytes: 2 ** 40 } });
    const answer = await sandbox.fetch(`${sandbox.url}/api/v1/deals`);
    for await (const piece of piecesOf(answer)) {
      expect(piece.length).toBe(64 * 1024);
      break;
    }
    sandbox.stopMisbehaving();
    expect((await sandbox.fetch(`${sandbox.url}/_sandbox/counts`)).status).toBe(200);
  });

  it('may be given up before it is made', async () => {
    const sandbox = createVaultSandbox();
    closers.push(sandbox.close);
    const request = sandbox.fetch(`${sandbox.url}/api/v1/deals`, { signal: AbortSignal.abort() });
    await expect(request).rejects.toThrow('aborted');
    expect(sandbox.requests()).toEqual([]);
  });
});
