import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/config/read-config.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { startService } from '../../src/service/start-service.ts';
import { programClient } from '../support/program-client.ts';

const JWT_SECRET = randomBytes(32).toString('hex');

/** The whole service on its embedded default, in this process, as a client sees it. */
export interface MeasuredService {
  connect(userId: string, apiKey: string, instanceUrl: string): Promise<void>;
  /** Resolves once the changes are durable and taken in. */
  publish(changes: readonly unknown[]): Promise<void>;
  /** Lines of the log with level `error`. */
  readonly errors: readonly string[];
  stop(): Promise<void>;
}

export async function startMeasuredService(env: Readonly<Record<string, string>>): Promise<MeasuredService> {
  const dataDir = await mkdtemp(join(tmpdir(), 'zena-crm-measure-'));
  const read = readConfig(
    {
      ENCRYPTION_KEY: randomBytes(32).toString('hex'),
      JWT_SECRET,
      DATA_DIR: dataDir,
      PORT: '0',
      ...env,
    },
    { require: 'start' },
  );
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const errors: string[] = [];
  const logger = createLogger({
    level: 'error',
    destination: { write: (line: string) => void errors.push(line) },
  });
  const fatal = (code: string) => void errors.push(`fatal ${code}`);
  const started = await startService(read.config, { role: 'all', logger, onFatal: fatal });
  if (!started.ok) throw new Error(JSON.stringify(started.faults));
  const { service } = started;

  const client = programClient(service.url, JWT_SECRET);
  return {
    errors,
    connect: (userId, apiKey, instanceUrl) => client.connect(userId, { apiKey, instanceUrl }),
    publish: (changes) => client.publish(changes),
    async stop() {
      await service.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
