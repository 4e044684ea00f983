import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type FakeAnswer,
  type FakeRequest,
  type FakeService,
  problem,
  startFakeService,
} from './fake-service.ts';
import { runOnTerminal } from './run-program.ts';
import { runZenaCrm } from './run-zena-crm.ts';

const change = (index: number, note = '') => ({ entity: 'contact', entityId: `c-${index}`, note });
const ndjson = (items: readonly unknown[]) => items.map((item) => `${JSON.stringify(item)}\n`).join('');
const takeAll = ({ body }: FakeRequest): FakeAnswer => {
  const items = JSON.parse(body) as unknown[];
  return { status: 202, body: { accepted: items.length - 1, stale: 1, rejected: [] } };
};

describe('zena-crm import', () => {
  let service: FakeService | undefined;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zena-import-'));
  });
  afterEach(() => service?.close());
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function importText(
    text: string | Buffer,
    answer: Parameters<typeof startFakeService>[0] = takeAll,
    options: readonly string[] = ['--output', 'json'],
  ) {
    service = await startFakeService(answer);
    const file = join(folder, 'changes');
    await writeFile(file, text);
    return runOnTerminal(['import', file, ...options], { env: service.env });
  }

  it('sends NDJSON in requests of at most 1,000 changes, in order, and sums up', async () => {
    const { code, stdout } = await importText(
      ndjson(Array.from({ length: 2_001 }, (_, index) => change(index))),
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ accepted: 1_998, stale: 3, rejected: [] });
    const sent = service?.requests.map(({ body }) => JSON.parse(body) as { entityId: string }[]) ?? [];
    expect(sent.map(({ length }) => length)).toEqual([1_000, 1_000, 1]);
    expect(sent.flat().map(({ entityId }) => entityId)).toEqual(
      Array.from({ length: 2_001 }, (_, index) => `c-${index}`),
    );
  });

  it('keeps each request within 5 MiB', async () => {
    const note = 'é'.repeat(600_000);
    await importText(
      ndjson([change(1, note), change(2, note), change(3, note), change(4, note), change(5, note)]),
    );
    const sizes = service?.requests.map(({ body }) => Buffer.byteLength(body)) ?? [];
    expect(sizes).toHaveLength(2);
    for (const size of sizes) expect(size).toBeLessThanOrEqual(5 * 1_024 * 1_024);
  });

  it('takes a JSON array, a byte order mark, Windows line ends and blank lines', async () => {
    const array = await importText(`\uFEFF${JSON.stringify([change(1), change(2)], null, 2)}`);
    expect(JSON.parse(array.stdout)).toMatchObject({ accepted: 1, stale: 1 });
    await service?.close();
    const windows = await importText(
      `\uFEFF${JSON.stringify(change(1))}\r\n\r\n${JSON.stringify(change(2))}\r\n`,
    );
    expect(JSON.parse(windows.stdout)).toMatchObject({ accepted: 1, stale: 1 });
  });

  it('tells the line of each change that was rejected, by it or by the service: exit code 6', async () => {
    const text = `${JSON.stringify(change(1))}\nnot json\n\n${JSON.stringify(change(2))}\n${JSON.stringify(change(3))}\n`;
    const { code, stdout } = await importText(
      text,
      () => ({
        status: 202,
        body: { accepted: 2, rejected: [{ index: 1, code: 'INVALID_EVENT', message: '/version: missing' }] },
      }),
      [],
    );
    expect(code).toBe(6);
    expect(stdout).toBe(
      'accepted 2, rejected 2\n2: INVALID_JSON /: not JSON\n4: INVALID_EVENT /version: missing\n',
    );
  });

  it('goes on after a request that was rejected as a whole, and answers 5 where nothing was taken', async () => {
    const errors = [{ pointer: '/0/version', code: 'INVALID_EVENT', detail: 'not a number' }];
    const { code, stdout } = await importText(ndjson([change(1)]), () =>
      problem(422, 'VALIDATION_FAILED', 'None.', { reason: 'all_rejected', errors }),
    );
    expect(code).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({
      accepted: 0,
      rejected: [{ line: 1, code: 'INVALID_EVENT', message: '/version: not a number' }],
    });
  });

  const lines = [change(1), change(2, 'José'), change(3)];
  it.each([
    ['Windows-1252 or Latin-1', Buffer.from(ndjson(lines), 'latin1'), 2],
    ['Windows-1252 in a JSON array', Buffer.from(JSON.stringify(lines, null, 1), 'latin1'), 10],
    ['UTF-16 with a mark', Buffer.from(`\uFEFF${ndjson(lines)}`, 'utf16le'), 1],
    ['UTF-16 with a mark, big-endian', Buffer.from(`\uFEFF${ndjson(lines)}`, 'utf16le').swap16(), 1],
    ['UTF-16 without one', Buffer.from(ndjson(lines), 'utf16le'), 1],
    ['a text cut within a character', Buffer.from(ndjson([change(1, 'José')])).subarray(0, -4), 1],
    [
      'a bad line after a thousand good ones',
      Buffer.concat([
        Buffer.from(ndjson(Array.from({ length: 1_500 }, () => change(1)))),
        Buffer.from([0xe9, 0x0a]),
      ]),
      1_501,
    ],
  ])('f1: refuses %s with the line, and sends nothing of it', async (_what, bytes, line) => {
    const { code, stdout, stderr } = await importText(bytes);
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toContain(`: line ${line} `);
    expect(stderr).toContain('Nothing was sent. Save it as UTF-8.');
    expect(service?.requests).toEqual([]);
    await service?.close();
    const piped = await runOnTerminal(['import', '-'], { env: service?.env ?? {}, stdin: bytes });
    expect(piped.code).toBe(5);
    expect(piped.stderr).toContain(`: line ${line} `);
  });

  it('takes characters of any script, whole where the file is read in parts, and marks at any line', async () => {
    const note = 'Māngere 日本 🏡'.repeat(20_000);
    await importText(ndjson([change(1, note), change(2)]).replaceAll(/^/gm, '\uFEFF'));
    const sent = service?.requests.map(({ body }) => JSON.parse(body) as { note: string }[]).flat() ?? [];
    expect(sent.map((each) => each.note)).toEqual([note, '']);
  });

  it('sends a request again when the service asks to wait', async () => {
    const { code } = await importText(ndjson([change(1)]), (request, earlier) =>
      earlier.length === 0
        ? { ...problem(503, 'NOT_READY', 'Soon.'), headers: { 'retry-after': '0' } }
        : takeAll(request),
    );
    expect(code).toBe(0);
    expect(service?.requests).toHaveLength(2);
  });

  it('says how far it came when the service breaks off', async () => {
    const text = ndjson(Array.from({ length: 1_001 }, (_, index) => change(index)));
    const { code, stdout, stderr } = await importText(text, (request, earlier) =>
      earlier.length === 0 ? takeAll(request) : problem(403, 'FORBIDDEN', 'No more.'),
    );
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toContain('taken up to 1000; sending it again is harmless');
    expect(stderr).toContain('error: FORBIDDEN: No more.');
  });

  it('reads standard input, and says so of a file that is not there', async () => {
    service = await startFakeService(takeAll);
    const { env } = service;
    const piped = await runZenaCrm(['import', '-'], { env, stdin: ndjson([change(1), change(2)]) });
    expect(piped).toMatchObject({ code: 0, stdout: 'accepted 1, stale 1, rejected 0\n' });
    const absent = await runOnTerminal(['import', join(folder, 'absent')], { env });
    expect(absent.code).toBe(1);
    expect(absent.stderr).toContain("can't be read (ENOENT)");
  });
});
