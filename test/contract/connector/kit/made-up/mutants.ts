import type { KitCase } from '../../../../../src/connectors/connector-page.ts';
import type {
  ConnectorKind,
  CorePart,
  CreateJob,
  CrmConnector,
  KindBatch,
} from '../../../../../src/connectors/connector.port.ts';
import type { Json, JsonObject } from '../../../../../src/domain/json.ts';
import type { CrmFields } from '../../../../../src/domain/remote-record.ts';
import { madeUp } from './made-up-connector.ts';

const NOT_READ = { kind: 'gone', code: 'GONE', detail: 'It can’t be read.' } as const;

/** The made-up connector, which breaks just one promise: the case of that name must catch it. */
export const MUTANTS: Readonly<Record<KitCase, CrmConnector>> = {
  one_record: withContact(findsNothing),
  answer_lost: withContact((kind) => ({
    ...kind,
    parts: {
      ...kind.parts,
      others: (kind.parts.others ?? []).map((part) =>
        part.does === 'appends' ? { ...part, list: async () => ({ kind: 'applied', value: [] }) } : part,
      ),
    },
  })),
  crash_between: withContact(findsNothing),
  // What the first port led to: two writes in one verb, and the second's failure told as the create's.
  rate_limited: withCore(
    ({ create, ...core }) => ({
      ...core,
      async create(http, write) {
        const made = await create(http, write);
        if (made.kind !== 'applied') return made;
        const body = { text: 'Made by Zena.' };
        const path = ['contacts', made.value.id, 'notes'];
        const noted = await http.request({ verb: 'create', method: 'POST', path, body });
        return noted.kind === 'applied' ? made : noted;
      },
    }),
    findsNothing,
  ),
  deleted: withContact((kind) => ({
    ...kind,
    async read(http, id) {
      const outcome = (await kind.read?.(http, id)) ?? NOT_READ;
      if (outcome.kind === 'gone') await kind.parts.core.create(http, { fields: { name: 'Made again' } });
      return outcome;
    },
  })),
  merged: withContact(findsNothing),
  invisible: {
    ...madeUp,
    classify: ({ status }) =>
      status === 403
        ? { kind: 'unauthorised', whose: 'account', code: 'NO_ACCESS', detail: 'Not allowed.', status }
        : null,
  },
  several_matches: withContact(findsNothing),
  search_lag: { ...madeUp, limits: { ...madeUp.limits, searchLagMs: 0 } },
  taken_meanwhile: withCore(({ create, ...core }) => ({
    ...core,
    async create(http, write) {
      const made = await create(http, write);
      return made.kind === 'applied' ? { ...made, value: { ...made.value, origin: 'created' } } : made;
    },
  })),
  big_ids: withCore(({ create, ...core }) => ({
    ...core,
    async create(http, write) {
      const made = await create(http, write);
      return made.kind === 'applied'
        ? { ...made, value: { ...made.value, id: String(Number(made.value.id)) } }
        : made;
    },
  })),
  odd_ids: withCore(({ update, ...core }) => ({
    ...core,
    update: (http, id, write) => update(http, id.split('?')[0] ?? id, write),
  })),
  unusual_values: withCore(({ create, update, ...core }) => ({
    ...core,
    create: (http, { fields }) => create(http, { fields: plainly(fields) }),
    update: (http, id, write) => update(http, id, { ...write, fields: plainly(write.fields) }),
  })),
  field_limit: withContact(({ refusals: _none, ...kind }) => ({ ...kind, refusals: () => [] })),
  people_keep: withCore((core) => ({
    ...core,
    async update(http, id, { fields }) {
      const outcome = await http.request({
        verb: 'update',
        method: 'PUT',
        path: ['contacts', id],
        body: fields,
      });
      return outcome.kind === 'applied' ? { kind: 'applied', value: { id, version: null } } : outcome;
    },
  })),
  lists_keep: withContact((kind) => ({ ...kind, sharings: { ...kind.sharings, emails: 'value' } })),
  comes_back: withCore(({ create, ...core }) => ({
    ...core,
    create: (http, { fields }) => create(http, { fields: { ...fields, phone: '' } }),
  })),
  not_ours_to_delete: withContact(findsNothing),
  nothing_needless: withContact((kind) => ({
    ...kind,
    fields: (body, context) => ({ ...kind.fields(body, context), phone: String(Math.random()) }),
  })),
  revoked: { ...madeUp, authenticate: () => Promise.resolve({ kind: 'applied', value: true }) },
  stray_401: {
    ...madeUp,
    authenticate: () =>
      Promise.resolve({ kind: 'unauthorised', code: 'NO', detail: 'No.', status: 401, whose: 'account' }),
  },
  maintenance: withoutFacts(
    withCore(
      ({ create, ...core }) => ({
        ...core,
        async create(http, write) {
          const made = await create(http, write);
          if (made.kind === 'applied' || made.kind === 'withheld') return made;
          return { kind: 'rejected', code: 'REJECTED', detail: 'No.', status: 400, fields: [] };
        },
      }),
      findsNothing,
    ),
  ),
  no_secret: tellsItsSecret(),
  // Takes a limit for a success.
  day_quota: withCore(
    ({ create, ...core }) => ({
      ...core,
      async create(http, write) {
        const made = await create(http, write);
        if (made.kind !== 'rate_limited') return made;
        return { kind: 'applied', value: { id: 'soon', version: null, origin: 'created' } };
      },
    }),
    (kind) => findsNothing({ ...kind, parts: { core: kind.parts.core } }),
  ),
  // An end that is given to the wrong record.
  batch_ends: withBatch(({ create, ...batch }) => ({
    ...batch,
    ...(create && {
      create: {
        ...create,
        async run(http, items) {
          const outcome = await create.run(http, items);
          return outcome.kind === 'applied' ? { ...outcome, value: outcome.value.toReversed() } : outcome;
        },
      },
    }),
  })),
  // One that is refused is everybody's.
  batch_bad_item: withBatch(({ create, ...batch }) => ({
    ...batch,
    ...(create && {
      create: {
        ...create,
        async run(http, items) {
          const outcome = await create.run(http, items);
          if (outcome.kind !== 'applied') return outcome;
          const bad = outcome.value.find((end) => end.kind === 'rejected');
          return bad === undefined ? outcome : { ...outcome, value: outcome.value.map(() => bad) };
        },
      },
    }),
  })),
  batch_unheard: withContact(findsNothing),
  // Rows as they come, for records as they went.
  job_rows: withJobs((job) => ({
    ...job,
    async look(http, kept) {
      const outcome = await job.look(http, kept);
      if (outcome.kind !== 'applied' || outcome.value.state !== 'done') return outcome;
      const { rows } = outcome.value;
      const ends = [...rows.values()].toReversed();
      const inOrder = [...rows.keys()].map((row, index) => [row, ends[index] ?? NOT_READ] as const);
      return { kind: 'applied', value: { state: 'done', rows: new Map(inOrder) } };
    },
  })),
  // Kept once it is handed in: whoever dies before that repeats it.
  job_crash: withJobs((job) => ({
    ...job,
    async begin(http, items, keep) {
      let kept: JsonObject = {};
      const begun = await job.begin(http, items, (one) => {
        kept = one;
        return Promise.resolve(true);
      });
      await keep(kept);
      return begun;
    },
  })),
  unsupported: {
    ...madeUp,
    kinds: {
      ...madeUp.kinds,
      property: {
        ...(madeUp.kinds.property as ConnectorKind),
        readsContentOf: ['deal'],
        refusals: () => [{ field: 'deal', code: 'NONE', detail: 'No deal.' }],
      },
    },
  },
};

function withContact(change: (kind: ConnectorKind) => ConnectorKind): CrmConnector {
  const { contact } = madeUp.kinds;
  return { ...madeUp, kinds: { ...madeUp.kinds, ...(contact && { contact: change(contact) }) } };
}

function withBatch(change: (batch: KindBatch) => KindBatch): CrmConnector {
  return withContact((kind) => ({ ...kind, batch: change(kind.batch ?? {}) }));
}

function withJobs(change: (job: CreateJob) => CreateJob): CrmConnector {
  return withBatch(({ createJob, ...batch }) => ({
    ...batch,
    ...(createJob && { createJob: change(createJob) }),
  }));
}

function withCore(
  change: (core: CorePart) => CorePart,
  also: (kind: ConnectorKind) => ConnectorKind = (kind) => kind,
): CrmConnector {
  return withContact((kind) => also({ ...kind, parts: { ...kind.parts, core: change(kind.parts.core) } }));
}

function findsNothing({ batch, ...kind }: ConnectorKind): ConnectorKind {
  const { find: _none, ...others } = batch ?? {};
  return { ...kind, batch: others, find: async () => ({ kind: 'applied', value: [] }) };
}

function plainly(fields: CrmFields): CrmFields {
  const plain = (value: Json): Json => (typeof value === 'string' ? value.replace(/[^ -~]/g, '') : value);
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value ?? null)]));
}

function tellsItsSecret(): CrmConnector {
  let known = '';
  const { account } = madeUp;
  const telling = withCore(({ create, ...core }) => ({
    ...core,
    async create(http, write) {
      const made = await create(http, write);
      return made.kind === 'applied' ? made : { ...made, detail: `Refused with ${known}` };
    },
  }));
  return {
    ...telling,
    account: {
      ...account,
      headers(credentials) {
        known = credentials['key'] ?? '';
        return account.headers(credentials);
      },
    },
  };
}

/** What can't be read of the account is nothing, and it always works. */
function withoutFacts(connector: CrmConnector): CrmConnector {
  return {
    ...connector,
    authenticate: () => Promise.resolve({ kind: 'applied', value: true }),
    facts: { maxAgeMs: 1, read: () => Promise.resolve({ kind: 'applied', value: null }) },
  };
}
