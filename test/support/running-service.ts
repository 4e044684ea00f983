import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeToken } from '../../src/auth/token-maker.ts';
import type { Scope } from '../../src/auth/principal.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { secret } from '../../src/config/secret.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { startVaultSandbox, type VaultSandbox } from '../../src/sandbox/mri-vault/vault-sandbox.ts';
import type { VaultSandboxOptions } from '../../src/sandbox/mri-vault/vault-sandbox.ts';
import { DECLARED_SETTINGS } from '../../src/service/create-connectors.ts';
import { startService, type Service, type ServiceOptions } from '../../src/service/start-service.ts';

export interface RunningService {
  readonly service: Service;
  readonly sandbox: VaultSandbox;
  readonly logs: string[];
  /** Calls the service as a user; the body is parsed JSON, or text where it is none. */
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Answer>;
  connect(userId?: string): Promise<Answer>;
  stop(): Promise<void>;
}

export interface CallOptions {
  readonly redirect?: 'manual';
  readonly userId?: string;
  readonly scopes?: readonly Scope[];
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- an answer's shape is what the tests look at
  readonly body: any;
}

/** What the service's tokens are signed with. */
export const JWT_SECRET = 'a test secret that is long enough to be one';

/**
 * The real service on free ports and a folder of its own (or the `DATA_DIR` that it is given, which stays), with a sandbox CRM that
 * it may call. Throws with the faults where it refuses to start.
 */
export async function startRunningService(
  env: Readonly<Record<string, string>> = {},
  sandboxOptions: VaultSandboxOptions = {},
  options: Pick<ServiceOptions, 'resolve' | 'withoutKeys'> = {},
): Promise<RunningService> {
  const ownDir = env['DATA_DIR'] === undefined ? await mkdtemp(join(tmpdir(), 'zena-crm-test-')) : null;
  const dataDir = ownDir ?? env['DATA_DIR'] ?? '';
  const sandbox = await startVaultSandbox(sandboxOptions);
  const logs: string[] = [];
  const read = readConfig(
    {
      ENCRYPTION_KEY: randomBytes(32).toString('hex'),
      JWT_SECRET,
      DATA_DIR: dataDir,
      PORT: '0',
      ALLOWED_INSTANCE_HOSTS: new URL(sandbox.url).host,
      ...env,
    },
    { require: 'start', declared: DECLARED_SETTINGS },
  );
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const logger = createLogger({
    level: 'debug',
    destination: { write: (line: string) => void logs.push(line) },
  });
  const started = await startService(read.config, {
    ...options,
    role: 'all',
    logger,
    onFatal: (code) => {
      logs.push(`fatal ${code}`);
    },
  });
  if (!started.ok) {
    await sandbox.close();
    throw new Error(JSON.stringify(started.faults));
  }
  const { service } = started;

  async function call(
    method: string,
    path: string,
    body?: unknown,
    options: CallOptions = {},
  ): Promise<Answer> {
    const token = await makeToken(
      {
        secret: secret(JWT_SECRET),
        userId: options.userId ?? 'user-1',
        scopes: options.scopes ?? [],
        ttlMs: 600_000,
        issuer: null,
        audience: null,
      },
      systemClock,
    );
    const response = await fetch(new URL(path, service.url), {
      method,
      ...(options.redirect && { redirect: options.redirect }),
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      body: json && text !== '' ? JSON.parse(text) : text,
    };
  }

  return {
    service,
    sandbox,
    logs,
    call,
    connect: (userId = 'user-1') =>
      call(
        'POST',
        '/api/integrations/crm/mri_vault/connect',
        { credentials: { apiKey: 'sandbox-key', instanceUrl: sandbox.url } },
        { userId },
      ),
    async stop() {
      await service.stop();
      await sandbox.close();
      if (ownDir !== null) await rm(ownDir, { recursive: true, force: true });
    },
  };
}

/** Resolves once `check` holds; the last failure is thrown when it does not within `withinMs`. */
export async function eventually<T>(check: () => T | Promise<T>, withinMs = 30_000): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
