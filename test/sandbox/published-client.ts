import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SandboxKind, StartedSandbox } from '../../src/sandbox/kit/sandbox.ts';

const run = promisify(execFile);

/** A sandbox, and a client that somebody else published for its CRM. */
export interface PublishedClient {
  readonly sandbox: StartedSandbox;
  /** Runs `published-client.py` of a folder. Rejects with what fails in it, as it is told on its error output. */
  runScript(folder: string, ...args: readonly string[]): Promise<{ stdout: string }>;
  close(): Promise<void>;
}

/** `client`: as pip names it, with its exact version. */
export async function startPublishedClient(
  { start }: Pick<SandboxKind, 'start'>,
  client: string,
): Promise<PublishedClient> {
  const place = await mkdtemp(join(tmpdir(), 'zena-crm-client-'));
  await run('python3', ['-m', 'venv', place]);
  await run(join(place, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', client]);
  const sandbox = await start({ port: 0, host: '127.0.0.1', apiKey: 'sandbox-key' });
  return {
    sandbox,
    runScript: (folder, ...args) =>
      run(join(place, 'bin', 'python'), [join(folder, 'published-client.py'), ...args]),
    async close() {
      await sandbox.close();
      await rm(place, { recursive: true, force: true });
    },
  };
}
