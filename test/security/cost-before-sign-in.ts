// What an unknown caller costs, in this process's own time: `npm run security:cost`. Ends with 1 where a request costs more than it may.
import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { startApi } from '../http/api-harness.ts';

const MOST_MS = 1;
/** Where a mebibyte comes that nobody reads: the network's own work, which whoever sends it has as well. */
const MOST_THROWN_AWAY_MS = 2.5;
const REQUESTS = 300;

interface Attack {
  readonly name: string;
  readonly request: string;
}

const request = (line: string, headers: readonly string[], body = '') =>
  [`${line} HTTP/1.1`, 'host: x', ...headers, `content-length: ${Buffer.byteLength(body)}`, '', body].join(
    '\r\n',
  );
const json = 'content-type: application/json';
const members = (bytes: number) =>
  JSON.stringify(Object.fromEntries(Array.from({ length: Math.floor(bytes / 11) }, (_, n) => [`m${n}`, 1])));
const CRM = '/api/integrations/crm';
const fill = (bytes: number, part: string) => part.repeat(Math.floor(bytes / part.length));

const ATTACKS: readonly Attack[] = [
  { name: 'nothing at all', request: request('GET /api/integrations/crm/user', []) },
  {
    name: 'a session of unknown members, as large as it may be',
    request: request('POST /api/session', [json], members(2_000)),
  },
  {
    name: 'a session of 1 MiB of unknown members',
    request: request('POST /api/session', [json], members(2 ** 20)),
  },
  { name: 'a session of nesting', request: request('POST /api/session', [json], fill(2_000, '[')) },
  {
    name: 'a wrong code',
    request: request('POST /api/session', [json], JSON.stringify({ code: 'x'.repeat(512) })),
  },
  {
    name: 'connect with 1 MiB of unknown members',
    request: request(`POST ${CRM}/mri_vault/connect`, [json], members(2 ** 20)),
  },
  { name: 'changes of 1 MiB', request: request('POST /api/changes', [json], members(2 ** 20)) },
  {
    name: 'a token of 8 KiB',
    request: request('GET /api/events', [`authorization: Bearer ${fill(8_000, 'eyJhbGciOiJIUzI1NiJ9.')}`]),
  },
  {
    name: 'a token of 15 KiB',
    request: request('GET /api/events', [`authorization: Bearer ${fill(15_000, 'x')}`]),
  },
  {
    name: 'a token with a wrong signature',
    request: request('GET /api/events', [
      `authorization: Bearer eyJhbGciOiJIUzI1NiJ9.${fill(7_000, 'e30')}.x`,
    ]),
  },
  { name: '15 KiB of cookies', request: request('GET /api/events', [`cookie: ${fill(15_000, 'a=%41;')}`]) },
  {
    name: 'a wrong session, many times',
    request: request('GET /api/events', [`cookie: ${fill(15_000, 'zena_crm_session=x;')}`]),
  },
  {
    name: '15 KiB of small headers',
    request: request(
      'GET /api/events',
      Array.from({ length: 1_900 }, (_, n) => `${n.toString(36)}: x`),
    ),
  },
  { name: '15 KiB of query', request: request(`GET /api/events?${fill(15_000, 'a=%41&')}`, []) },
  {
    name: '15 KiB of query for a page of everybody',
    request: request(`GET /livez?${fill(15_000, 'a=%41&')}`, []),
  },
  { name: '15 KiB of path', request: request(`GET ${fill(15_000, '/a%41')}`, []) },
  {
    name: '15 KiB of path within a route',
    request: request(`GET ${CRM}/mri_vault/records/contact/${fill(15_000, '%41')}`, []),
  },
  {
    name: 'a long key for repetitions',
    request: request(`POST ${CRM}/mri_vault/sync`, [`idempotency-key: ${fill(15_000, 'k')}`]),
  },
  {
    name: 'a long chain of proxies',
    request: request('GET /api/events', [`x-forwarded-for: ${fill(15_000, '1.1.1.1,')}`]),
  },
  { name: 'the description of the API', request: request('GET /openapi.json', []) },
  { name: 'whether it is ready', request: request('GET /readyz', []) },
  { name: 'a page of a problem', request: request('GET /problems/RATE_LIMITED', []) },
];

/** Sends one request after the other, each on a connection of its own, and tells when all are answered. */
async function attack({ port, bytes, times }: { port: number; bytes: string; times: number }): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    const answered = Promise.race([once(socket, 'data'), once(socket, 'close')]);
    socket.write(bytes);
    await answered.catch(() => undefined);
    socket.destroy();
  }
}

async function main(): Promise<void> {
  const api = await startApi({ trustProxy: [{ address: '127.0.0.0', prefix: 8, family: 'ipv4' }] });
  const port = Number(new URL(api.url).port);
  const run = async (bytes: string, times: number) => {
    const before = process.threadCpuUsage();
    const worker = new Worker(new URL(import.meta.url), { workerData: { port, bytes, times } });
    await once(worker, 'message');
    const { user, system } = process.threadCpuUsage(before);
    await worker.terminate();
    return (user + system) / 1_000 / times;
  };
  let dear = 0;
  for (const { name, request: bytes } of ATTACKS) {
    await run(bytes, 100);
    const ms = await run(bytes, REQUESTS);
    const most = bytes.length > 2 ** 19 ? MOST_THROWN_AWAY_MS : MOST_MS;
    if (ms > most) dear += 1;
    console.log(`${ms.toFixed(2).padStart(6)} ms ${ms > most ? 'TOO MUCH' : 'held    '} ${name}`);
  }
  await api.close();
  process.exitCode = dear === 0 ? 0 : 1;
}

if (isMainThread) await main();
else {
  await attack(workerData as Parameters<typeof attack>[0]);
  parentPort?.postMessage('done');
}
