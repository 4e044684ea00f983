import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What they become when they are read and mapped all at once is twice the heap: whoever does dies. 200 and 512 MiB, by hand, take minutes. */
const HEAP_MIB = 256;
const CONTACTS = 30;
const BYTES = 4_500_000;

/** What the process tells of its counts. */
interface Told {
  readonly sync: { readonly created: number; readonly retrying: number };
  readonly again: { readonly unchanged: number };
}

/** A CRM that takes everything and keeps nothing of it. */
function startCrm(): Promise<Server> {
  let made = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const path = request.url ?? '';
      const body = path.includes('/search')
        ? []
        : request.method === 'POST'
          ? { id: `crm-${String((made += 1))}` }
          : path.includes('modifiedSince')
            ? { items: [], nextCursor: null }
            : {};
      response.writeHead(request.method === 'POST' ? 201 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(server);
    });
  });
}

describe('an office whose records are as large as earlier versions took them', () => {
  let folder = '';
  let crm: Server;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'large-office-'));
    crm = await startCrm();
  });
  afterAll(async () => {
    crm.closeAllConnections();
    crm.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is previewed, synced and listed within a heap that can’t hold it', async () => {
    const program = fileURLToPath(new URL('large-office.ts', import.meta.url));
    const url = `http://127.0.0.1:${String((crm.address() as AddressInfo).port)}`;
    const heap = `--max-old-space-size=${String(HEAP_MIB)}`;
    const args = ['--disable-warning=ExperimentalWarning', heap, program, folder, url];
    const child = spawn(process.execPath, [...args, String(CONTACTS), String(BYTES)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err = (err + chunk.toString()).slice(-2_000)));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toMatchObject({
      connected: 201,
      preview: { status: 200, total: CONTACTS, wouldCreateOrAdopt: CONTACTS },
      sync: { failed: 0 },
      // However large they are: a list reads nothing of them but what it shows.
      lists: Array.from({ length: 30 }, () => [200, CONTACTS, null]),
      again: { status: 200 },
    });
    // On a loaded machine one may run into the deadline of its call: it goes on by itself.
    const { sync, again } = JSON.parse(out) as Told;
    expect(sync.created + sync.retrying).toBe(CONTACTS);
    expect(again.unchanged).toBe(sync.created);
  }, 300_000);
});
