import type { RealTier } from '../../test/support/real-tier/real-tier.ts';
import { startPart } from '../harness/part.ts';
import type { PublishInput } from '../parts/core.ts';
import type { Arrival, CrmContact, CrmOptions } from '../parts/crm.ts';
import { contactFaults, lastingFaults } from './crm-stage.ts';
import { startFleet } from './worker-fleet.ts';

/** So many workers with a CRM of their own, at which each of many users has an account. */
export interface ScaleStage {
  readonly pids: Readonly<Record<'workers' | 'crm', readonly number[]>>;
  /** Changes every contact once; resolves when the CRM has them. When each call came that changed something, ms. */
  changeAll(): Promise<readonly number[]>;
  faults(): Promise<string[]>;
  close(): Promise<void>;
}

export interface ScaleStageOptions {
  readonly workers: number;
  readonly connections: number;
  readonly contactsAConnection: number;
  readonly partitions: number;
  readonly crmMs: number;
}

/** MRI Vault's own limits: each connection has them for itself. */
const LIMITS = { requestsPerSecond: 50, maxConcurrent: 16 };

export async function openScaleStage(tier: RealTier, options: ScaleStageOptions): Promise<ScaleStage> {
  const { connections, contactsAConnection, partitions } = options;
  const apiKeys = Array.from({ length: connections }, (_, index) => `key-${index}`);
  const crm = await startPart('crm', {
    apiKeys,
    latencyMs: options.crmMs,
    rateLimit: null,
  } satisfies CrmOptions);
  const { value: instanceUrl } = await crm.ask<string>('url');
  const fleet = await startFleet(tier, { ...LIMITS, partitions, crmUrls: [instanceUrl] });
  await fleet.resize(options.workers);
  await fleet.connect(apiKeys.map((apiKey, index) => ({ userId: `user-${index}`, apiKey, instanceUrl })));
  const contacts = connections * contactsAConnection;
  let version = 0;
  const changes = (): PublishInput[] =>
    apiKeys.map((_, index) => ({
      userId: `user-${index}`,
      from: index * contactsAConnection,
      to: (index + 1) * contactsAConnection,
      versions: [version, version],
    }));
  return {
    pids: { workers: fleet.workers.map(({ pid }) => pid), crm: [crm.pid] },
    async changeAll() {
      version += 1;
      await crm.ask('arrivals');
      await fleet.during(async () => {
        await fleet.publish(changes());
        await crm.ask('written', contacts);
      });
      const { value: arrivals } = await crm.ask<Arrival[]>('arrivals');
      return arrivals.filter(({ email }) => email !== null).map(({ at }) => at);
    },
    async faults() {
      const found = await lastingFaults(async () => {
        const { value: held } = await crm.ask<CrmContact[]>('contacts');
        return contactFaults(held, contacts, () => version);
      });
      return [...found, ...(await fleet.errors()).slice(0, 3)];
    },
    async close() {
      await fleet.close();
      await crm.close();
    },
  };
}
