import type { CrmDialect, KitSettings } from '../../../src/sandbox/kit/crm-dialect.ts';
import { atLeast } from '../../../src/sandbox/kit/control/settings-form.ts';
import { emptyReply, jsonReply } from '../../../src/sandbox/kit/http/http-reply.ts';
import type { ReceivedRequest } from '../../../src/sandbox/kit/http/received-request.ts';
import type { Charge, Limit } from '../../../src/sandbox/kit/limits/rate-limit.ts';

export interface MadeUpSettings extends KitSettings {
  readonly rateLimit: { readonly notes: number } | null;
}

export interface MadeUpDesk {
  /** Puts a person into the bin. */
  bin(id: string): void;
}

const ALL: Limit = { kind: 'window', name: 'global', requests: 3, windowMs: 10_000 };

/**
 * A CRM that is like MRI Vault in nothing: the key is a Basic user's name, forms are taken beside JSON, a person has several
 * keys, limits are counted by context and told with every answer, and errors have a form of their own.
 */
export const madeUpCrm: CrmDialect<'people', MadeUpSettings, MadeUpDesk> = {
  name: 'Made & Up',
  basePath: '/v1',
  collections: {
    people: {
      title: 'People',
      keysOf: ({ emails }) => (Array.isArray(emails) ? emails.map(String) : []),
    },
  },
  settingsForm: {
    defaults: { searchLagMs: 0, rateLimit: null },
    checks: { searchLagMs: atLeast(0), rateLimit: (value) => typeof value === 'object' },
  },
  newId: (_collection, count) => String(count),
  open({ store, keys, settings }) {
    const chargesOf = (path: string, holder: string): Charge[] => {
      const { rateLimit } = settings();
      const charges = rateLimit === null ? [] : [{ limit: ALL, holder }];
      if (rateLimit === null || !path.endsWith('/notes')) return charges;
      const notes: Limit = { kind: 'window', name: 'notes', requests: rateLimit.notes, windowMs: 10_000 };
      return [...charges, { limit: notes, holder }];
    };
    const find = ({ query }: ReceivedRequest) => {
      const asked = new URLSearchParams(query).getAll('email[]');
      return asked.flatMap((email) => store.search('people', email, () => true).map(({ id }) => Number(id)));
    };
    const take = ({ body }: ReceivedRequest) => {
      const form = body.kind === 'text' ? Object.fromEntries(new URLSearchParams(body.text)) : {};
      return store.create('people', { emails: Object.values(form) });
    };
    return {
      api: {
        receive(request) {
          const user = Buffer.from(request.headers.authorization?.replace('Basic ', '') ?? '', 'base64');
          const key = user.toString().replace(/:$/, '');
          const context = request.path.replace('/v1', '');
          return {
            route: `${request.method}.${context.slice(1)}`,
            charges: keys.has(key) ? chargesOf(request.path, key) : [],
            carryOut(left) {
              if (!keys.has(key)) return jsonReply(401, { errorMessage: 'Who?' });
              const told = { 'x-remaining': left.join(',') };
              if (request.method === 'GET') return jsonReply(200, find(request), told);
              return jsonReply(201, { id: Number(take(request).id) }, told);
            },
          };
        },
        refuse: ({ limit, retryAfterMs }) => emptyReply(403, { 'x-limit': `${limit.name} ${retryAfterMs}` }),
      },
      desk: {
        bin: (id) => void store.write('people', id, { emails: [], stage: 'Bin' }),
      },
    };
  },
};
