import assert from 'node:assert/strict';
import type {
  AccountSession,
  ConnectorCredentials,
  CrmConnector,
  CrmHttp,
} from '../../../../src/connectors/connector.port.ts';
import type { SealedCredentials } from '../../../../src/domain/connection.ts';
import {
  recordKey,
  type EntityBody,
  type EntityKind,
  type RecordKey,
} from '../../../../src/domain/entity.ts';
import type { Json } from '../../../../src/domain/json.ts';
import { draftOf, type Draft } from '../../../../src/domain/mapping.ts';
import type { CallOutcome } from '../../../../src/domain/outcome.ts';
import { type CrmSessionParts, openCrmSessions } from '../../../../src/service/open-crm-sessions.ts';
import { createCrmHttp, type CallEvent } from '../../../../src/wire/crm-http.ts';
import type { Transport } from '../../../../src/wire/transport.port.ts';
import { budgetsWithoutWait, unhurried } from '../../../support/budgets-without-wait.ts';
import { createCoreHarness, type CoreHarness } from '../../../support/core-harness.ts';
import { createSandboxTransport } from '../../../support/sandbox-transport.ts';
import { fingerprintsOf } from '../../../support/sealers.ts';
import { KIT_IDS, type KindSamples, type KitCrm, type KitSubject } from './kit-subject.ts';
import { createStruckTransport, type StruckTransport } from './struck-transport.ts';
import { watched } from './watched-connector.ts';

/** Long, and nothing that a CRM would say by itself. */
export const KIT_SECRET = 'kit-secret-8d1f0c5a7e';

/** Longer than all retries and waits of one record, ms. */
const MOST_MS = 20 * 60_000;

export interface KitRunOptions {
  readonly lagging?: boolean;
  readonly unique?: boolean;
  readonly requestsPerDay?: number;
  /** Of so many creates together a job is worth one; as the connector says. */
  readonly jobsFrom?: number;
  /** Processes that may die with a record in hand; as many as like. */
  readonly mostStarts?: number;
  /** Stands between the faults and the sandbox. */
  readonly between?: (way: Transport, crm: KitCrm) => Transport;
}

/** The whole core over a connector and its sandbox, on a virtual clock. */
export interface KitRun {
  readonly core: CoreHarness;
  readonly crm: KitCrm;
  readonly wire: StruckTransport;
  readonly calls: CallEvent[];
  readonly definition: CrmConnector;
  /** The connector's own conversation, beside the engine's. */
  readonly http: CrmHttp;
  samples(kind: EntityKind): KindSamples;
  /** What the CRM should hold for a body, with what its references came to. */
  draft(body: EntityBody): Promise<Draft>;
  /** Takes in what a record of this kind refers to, and lets it get there. */
  prepare(kind: EntityKind): Promise<void>;
  /** Takes a body in under its kind's kit id, and lets it get there. */
  deliver(body: EntityBody): Promise<void>;
  /** Somebody made such a record in the CRM before. */
  someoneMakes(body: EntityBody): Promise<void>;
  /** How many records of a kind there are in the CRM. */
  count(kind: EntityKind): number;
  /** Fails unless the record of this kind is as Zena says, whole, and nothing is left to do. */
  mustBeDelivered(body: EntityBody): Promise<void>;
  close(): Promise<void>;
}

export function applied<T>(outcome: CallOutcome<T>): T {
  assert.equal(outcome.kind, 'applied', JSON.stringify(outcome));
  return (outcome as { readonly value: T }).value;
}

function definitionOf(given: CrmConnector, { requestsPerDay, jobsFrom }: KitRunOptions): CrmConnector {
  const limits = { ...given.limits, ...(requestsPerDay !== undefined && { requestsPerDay }) };
  if (jobsFrom === undefined) return { ...given, limits };
  const kinds = Object.fromEntries(
    Object.entries(given.kinds).map(([name, kind]) => {
      const createJob = kind.batch?.createJob;
      if (createJob === undefined) return [name, kind];
      return [name, { ...kind, batch: { ...kind.batch, createJob: { ...createJob, from: jobsFrom } } }];
    }),
  );
  return { ...given, limits, kinds };
}

export async function openKitRun(subject: KitSubject, options: KitRunOptions = {}): Promise<KitRun> {
  const definition = definitionOf(subject.definition, options);
  const calls: CallEvent[] = [];
  const made: { crm?: KitCrm; wire?: StruckTransport } = {};
  const parsedOf = (crm: KitCrm) => {
    const parsed = definition.account.parse(crm.credentials);
    assert.ok(parsed.ok, JSON.stringify(parsed));
    return parsed.credentials;
  };
  const core = await createCoreHarness({
    retryDelaysMs: [1_000, 2_000, 4_000, 8_000, 16_000, 32_000],
    pollEveryMs: 2_000,
    ...(options.mostStarts !== undefined && { mostStarts: options.mostStarts }),
    connection: {
      provider: definition.id,
      ...(definition.dialect !== undefined && { dialect: definition.dialect }),
    },
    sessions: ({ clock, store }) => {
      const crm = subject.open({
        clock,
        secret: KIT_SECRET,
        searchLagMs: options.lagging === true ? (subject.searchLagMs ?? definition.limits.searchLagMs) : 0,
        unique: options.unique ?? false,
      });
      const way = createSandboxTransport({ fetch: (...args) => crm.fetch(...args) }, clock);
      const wire = createStruckTransport(options.between?.(way, crm) ?? way);
      Object.assign(made, { crm, wire });
      crm.attach?.(wire);
      return openCrmSessions({
        connectors: [watched(definition)],
        budgets: budgetsWithoutWait(clock),
        clock,
        onCall: (_provider, event) => calls.push(event),
        transport: wire,
        ...vaultOf(() => parsedOf(crm), store),
        fingerprints: fingerprintsOf('store'),
      });
    },
  });
  const { crm, wire } = made as Required<typeof made>;
  return runOver(subject, definition, { core, crm, wire, calls, http: ownHttp(definition, crm, wire, core) });

  function ownHttp(of: CrmConnector, at: KitCrm, over: Transport, { clock }: CoreHarness): CrmHttp {
    const credentials = parsedOf(at);
    const { account } = of;
    const through = ({ baseUrl, headers }: Pick<AccountSession, 'baseUrl' | 'headers'>): CrmHttp =>
      createCrmHttp(
        {
          transport: over,
          budget: unhurried(clock),
          deadlineMs: of.limits.callDeadlineMs,
          clock,
          priority: 'live',
          baseUrl,
          headers: { all: headers, plain: account.plainHeaders ?? [] },
          ...(of.classify && { classify: of.classify }),
        },
        { credentials, lifetime: through },
      );
    const plain = through({ baseUrl: account.baseUrl(credentials), headers: account.headers(credentials) });
    if (account.open === undefined) return plain;
    const open = account.open;
    // Each time anew: hours pass between two of them.
    return {
      ...plain,
      request: async (request) =>
        await through(applied(await open(plain, credentials, null))).request(request),
    };
  }
}

/** Nothing is sealed but sessions, and those so that nobody reads them. */
function vaultOf(
  credentials: () => ConnectorCredentials,
  { connections }: Pick<CoreHarness['store'], 'connections'>,
): Pick<CrmSessionParts, 'vault' | 'kept'> {
  const sealed = { v: 2, keyId: 'kit', nonce: '', tag: '', wrapped: '' } as const;
  return {
    vault: {
      open: (_context, { keyId, data }: SealedCredentials) =>
        Promise.resolve({
          ok: true,
          credentials:
            keyId === 'kit'
              ? (JSON.parse(Buffer.from(data, 'base64').toString()) as ConnectorCredentials)
              : credentials(),
        }),
    },
    kept: {
      connections,
      tag: 'kit',
      seal: (_context, opened) =>
        Promise.resolve({
          ok: true,
          sealed: { ...sealed, data: Buffer.from(JSON.stringify(opened)).toString('base64') },
        }),
    },
  };
}

type Opened = Pick<KitRun, 'core' | 'crm' | 'wire' | 'calls' | 'http'>;

function runOver({ samples, name }: KitSubject, definition: CrmConnector, opened: Opened): KitRun {
  const { core, crm, http } = opened;
  const of = (kind: EntityKind): KindSamples => {
    const given = samples[kind];
    assert.ok(given, `${name} gives no samples of a ${kind}`);
    return given;
  };

  async function draft(body: EntityBody): Promise<Draft> {
    const mapping = definition.kinds[body.kind];
    assert.ok(mapping);
    const remote = new Map<RecordKey, string>();
    for (const kind of ['contact', 'property'] as const) {
      const id = (await core.link(kind, KIT_IDS[kind]))?.remote?.id;
      if (id !== undefined) remote.set(recordKey(kind, KIT_IDS[kind]), id);
    }
    const facts = new Map<string, Json>();
    for (const fact of mapping.factsFor?.(body) ?? []) {
      facts.set(
        fact,
        definition.facts === undefined ? null : applied(await definition.facts.read(http, fact)),
      );
    }
    return draftOf(body, mapping, {
      resolve: (key) => remote.get(key) ?? null,
      timeZone: 'UTC',
      facts,
      referred: (key) => (key === recordKey('property', KIT_IDS.property) ? of('property').full : null),
    });
  }

  const run: KitRun = {
    ...opened,
    definition,
    samples: of,
    draft,
    async prepare(kind) {
      const before =
        kind === 'contact'
          ? []
          : kind === 'property'
            ? (['contact'] as const)
            : (['contact', 'property'] as const);
      for (const one of before) {
        const body = samples[one]?.full;
        if (body !== undefined) await run.deliver(body);
      }
    },
    async deliver(body) {
      await core.upsert(KIT_IDS[body.kind], body);
      await core.converge(MOST_MS);
    },
    async someoneMakes(body) {
      const { fields } = await draft(body);
      if (crm.seed?.(body.kind, fields) === true) return;
      const { create } = definition.kinds[body.kind]?.parts.core ?? {};
      assert.ok(create);
      applied(await create(http, { fields }));
    },
    count: (kind) => crm.records(kind).length,
    async mustBeDelivered(body) {
      await mustBeDelivered(run, body);
    },
    close: () => core.close(),
  };
  return run;
}

async function mustBeDelivered({ core, definition, http, draft }: KitRun, body: EntityBody): Promise<void> {
  const { kind } = body;
  const link = await core.link(kind, KIT_IDS[kind]);
  const history = async () => `${kind}: ${(await core.codes(kind, KIT_IDS[kind])).join(', ')}`;
  assert.ok(link, 'it has no link');
  assert.equal(link.dead, null, `${await history()} ${JSON.stringify(link.dead)}`);
  assert.equal(link.intent, null, await history());
  assert.equal(link.nextAt, null, await history());
  assert.ok(link.remote, await history());
  assert.ok(link.shadow, await history());
  assert.deepEqual(core.errors, []);
  const read = definition.kinds[kind]?.read;
  if (read === undefined) return;
  const { fields } = await draft(body);
  const hit = applied(await read(http, link.remote.id));
  for (const [name, sent] of Object.entries(fields)) {
    // What is shared has people's in it; what is added to is in a list of its own.
    if (definition.kinds[kind]?.sharings[name] !== undefined) continue;
    assert.ok(
      isSame(sent, hit.fields[name] ?? null),
      `${name}: ${JSON.stringify(sent)} came back as ${JSON.stringify(hit.fields[name])}`,
    );
  }
}

/** Whether a CRM shows what was sent: as text, nothing in any of its forms. */
export function isSame(sent: Json, shown: Json): boolean {
  return plain(sent) === plain(shown);
}

function plain(value: Json): string {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return '';
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map((one: Json) => plain(one)).join(',')}]`;
  const members = Object.entries(value).map(([name, member]) => [name, plain(member ?? null)] as const);
  return `{${members
    .filter(([, text]) => text !== '')
    .sort()
    .map(([name, text]) => `${name}:${text}`)
    .join(',')}}`;
}
