import type { CrmDialect } from '../kit/crm-dialect.ts';
import {
  createSandbox,
  startSandbox,
  type ListeningSandbox,
  type Sandbox,
  type SandboxKind,
  type SandboxOptions,
} from '../kit/sandbox.ts';
import { leadIn } from './mail-content.ts';
import { openSmtpIntake } from './smtp-intake.ts';
import { API_PREFIX, createTopProducerApi, textOf, type TopProducerCollection } from './top-producer-api.ts';
import { TOP_PRODUCER_SETTINGS, type TopProducerSettings } from './top-producer-settings.ts';

export type TopProducerSandboxOptions = SandboxOptions<TopProducerSettings>;

/** A local adapter of the assumed contract in this process. */
export type TopProducerInProcess = Sandbox<TopProducerCollection, TopProducerSettings>;

/** One that listens, with an intake of lead e-mails beside it; the base of its API is its `url` and `/v3`. */
export type TopProducerSandbox = ListeningSandbox<TopProducerCollection, TopProducerSettings> & {
  /** Where lead e-mails are handed in; what came stands in the collection `leads`. */
  readonly smtpUrl: string;
};

/** Opens one that only this process reaches; it takes no mails in. */
export function createTopProducerSandbox(options: TopProducerSandboxOptions = {}): TopProducerInProcess {
  return createSandbox(TOP_PRODUCER_DIALECT, options);
}

/** Starts one that listens. Rejects with the system's error when a port can't be opened. */
export async function startTopProducerSandbox(
  options: TopProducerSandboxOptions = {},
): Promise<TopProducerSandbox> {
  const host = options.host ?? '127.0.0.1';
  const running = await startSandbox(TOP_PRODUCER_DIALECT, options);
  const intake = await openSmtpIntake(host, ({ from, to, source }) => {
    running.seed('leads', [leadIn(source, from, to)]);
  });
  return {
    ...running,
    smtpUrl: `smtp://${new URL(running.url).hostname}:${intake.port}`,
    async close() {
      await intake.close();
      await running.close();
    },
  };
}

export const topProducerSandbox: SandboxKind = {
  id: 'top_producer',
  provider: 'top_producer',
  name: 'Top Producer (assumed contract)',
  async start({ port, host, apiKey, rateLimits = false }) {
    const running = await startTopProducerSandbox({
      port,
      host,
      apiKeys: [apiKey],
      rateLimit: rateLimits ? {} : null,
    });
    const url = `${running.url}${API_PREFIX}`;
    return {
      url,
      credentials: { apiKey },
      env: {
        TOP_PRODUCER_BASE_URL: url,
        ALLOWED_INSTANCE_HOSTS: new URL(url).host,
        SMTP_URL: running.smtpUrl,
        TOP_PRODUCER_FROM: 'zena@sandbox.example',
      },
      close: running.close,
    };
  },
};

const TOP_PRODUCER_DIALECT: CrmDialect<TopProducerCollection, TopProducerSettings, object> = {
  name: 'Top Producer (assumed contract)',
  basePath: API_PREFIX,
  collections: {
    contacts: { title: 'Contacts', keysOf: ({ email }) => [textOf(email)] },
    leads: { title: 'Leads that came by e-mail', keysOf: () => [] },
  },
  settingsForm: TOP_PRODUCER_SETTINGS,
  newId: (collection, count) => `${collection === 'leads' ? 'tpl' : 'tpc'}_${String(count).padStart(6, '0')}`,
  open: (account) => ({ api: createTopProducerApi(account), desk: {} }),
};
