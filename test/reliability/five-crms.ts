import { clientIdOf } from '../../src/sandbox/salesforce/oauth/client-id.ts';
import { startFubSandbox } from '../../src/sandbox/follow-up-boss/fub-sandbox.ts';
import type { JournalEntry } from '../../src/sandbox/kit/journal/journal.ts';
import type { MisbehaviourRule } from '../../src/sandbox/kit/faults/misbehaviour.ts';
import { startKvcoreSandbox } from '../../src/sandbox/kvcore/kvcore-sandbox.ts';
import { startVaultSandbox } from '../../src/sandbox/mri-vault/vault-sandbox.ts';
import { startSfSandbox } from '../../src/sandbox/salesforce/sf-sandbox.ts';
import { startTopProducerSandbox } from '../../src/sandbox/top-producer/top-producer-sandbox.ts';

export const FIVE = ['mri_vault', 'follow_up_boss', 'kvcore', 'salesforce', 'top_producer'] as const;
export type FiveProvider = (typeof FIVE)[number];

/** `down` refuses connections, `slow` answers late, `limiting` answers 429. */
export type Sickness = 'down' | 'slow' | 'limiting';

/** A contact as each of the five has it: the last name, by the e-mail. */
export interface HeldName {
  readonly email: string;
  readonly lastName: string;
}

/** One of the five, whichever: what a test needs to know of it. */
export interface FiveCrm {
  readonly url: string;
  /** What a user enters to connect it. */
  readonly credentials: Readonly<Record<string, string>>;
  contacts(): readonly HeldName[];
  /** API requests so far. */
  calls(): number;
  onRequest(notify: (entry: JournalEntry) => void): () => void;
  sicken(sickness: Sickness, options?: SickOptions): Promise<void>;
  heal(): Promise<void>;
  close(): Promise<void>;
}

export interface SickOptions {
  /** Default 1,500. */
  readonly slowMs?: number;
  /** Default 1. */
  readonly retryAfterSeconds?: number;
}

export interface FiveCrms {
  readonly of: Readonly<Record<FiveProvider, FiveCrm>>;
  /** What a service needs to reach them. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const KEY = 'sandbox-key';

/** The sandboxes of all five, each on a port of its own, with one valid key each. */
export async function startFiveCrms(): Promise<FiveCrms> {
  const options = { apiKeys: [KEY] };
  const [vault, fub, kvcore, org, topProducer] = await Promise.all([
    startVaultSandbox(options),
    startFubSandbox(options),
    startKvcoreSandbox(options),
    startSfSandbox(options),
    startTopProducerSandbox(options),
  ]);
  const client = { clientId: clientIdOf(KEY), clientSecret: KEY };
  const of = {
    mri_vault: crmOf(vault, { apiKey: KEY, instanceUrl: vault.url }, () =>
      vault.records('contacts').map((one) => held(one['email'], one['lastName'])),
    ),
    follow_up_boss: crmOf(fub, { apiKey: KEY }, () =>
      fub.records('people').map((one) => held(firstValue(one['emails']), one['lastName'])),
    ),
    kvcore: crmOf(kvcore, { apiToken: KEY }, () =>
      kvcore.records('contacts').map((one) => held(one['email'], one['last_name'])),
    ),
    salesforce: crmOf(org, client, () =>
      org.records('Contact').map((one) => held(one['Email'], one['LastName'])),
    ),
    top_producer: crmOf(topProducer, { apiKey: KEY }, () =>
      topProducer.records('contacts').map((one) => held(one['email'], one['lastName'])),
    ),
  };
  const hosts = Object.values(of).map(({ url }) => new URL(url).host);
  return {
    of,
    env: {
      FUB_BASE_URL: `${fub.url}/v1`,
      FUB_SYSTEM: 'Zena-CRM-Sync',
      FUB_SYSTEM_KEY: 'known',
      KVCORE_BASE_URL: `${kvcore.url}/v2/public`,
      SALESFORCE_LOGIN_URL: org.url,
      TOP_PRODUCER_BASE_URL: `${topProducer.url}/v3`,
      ALLOWED_INSTANCE_HOSTS: hosts.join(','),
    },
    async close() {
      await Promise.all(Object.values(of).map((crm) => crm.close()));
    },
  };
}

/** What the sandboxes have in common here. */
interface Controls {
  readonly url: string;
  requests(): readonly unknown[];
  onRequest(notify: (entry: JournalEntry) => void): () => void;
  misbehave(rule: MisbehaviourRule): unknown;
  stopMisbehaving(): unknown;
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

function crmOf(
  sandbox: Controls,
  credentials: Readonly<Record<string, string>>,
  contacts: () => readonly HeldName[],
): FiveCrm {
  let calls = 0;
  let isDown = false;
  sandbox.onRequest(() => {
    calls += 1;
  });
  return {
    url: sandbox.url,
    credentials,
    contacts,
    calls: () => calls,
    onRequest: sandbox.onRequest,
    async sicken(sickness, { slowMs = 1_500, retryAfterSeconds = 1 } = {}) {
      if (sickness === 'down') {
        isDown = true;
        await sandbox.down();
      } else if (sickness === 'slow') sandbox.misbehave({ fault: { kind: 'latency', ms: slowMs } });
      else {
        const headers = { 'retry-after': String(retryAfterSeconds) };
        sandbox.misbehave({ fault: { kind: 'status', status: 429, headers } });
      }
    },
    async heal() {
      sandbox.stopMisbehaving();
      if (isDown) await sandbox.up();
      isDown = false;
    },
    close: sandbox.close,
  };
}

function held(email: unknown, lastName: unknown): HeldName {
  return { email: String(email), lastName: String(lastName) };
}

function firstValue(list: unknown): unknown {
  return Array.isArray(list) ? (list[0] as { readonly value?: unknown } | undefined)?.value : undefined;
}
