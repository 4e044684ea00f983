import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { salesforceSandbox } from '../../../src/sandbox/salesforce/sf-sandbox.ts';
import type { StartedSandbox } from '../../../src/sandbox/kit/sandbox.ts';

const run = promisify(execFile);
const CLIENT = 'simple-salesforce==1.12.10';

let folder: string;
let sandbox: StartedSandbox;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zena-crm-sf-client-'));
  sandbox = await salesforceSandbox.start({ port: 0, host: '127.0.0.1', apiKey: 'sandbox-key' });
  await run('python3', ['-m', 'venv', folder]);
  await run(join(folder, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', CLIENT]);
}, 240_000);
afterAll(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true, force: true });
});

it('a client that is published makes its record, query and bulk requests', async () => {
  const script = join(import.meta.dirname, 'published-client.py');
  const python = join(folder, 'bin', 'python');
  // What fails in it is told on its error output.
  await expect(run(python, [script, JSON.stringify(sandbox)])).resolves.toMatchObject({ stdout: '' });
}, 120_000);
