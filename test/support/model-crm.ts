import type { CrmAnswer, CrmHttp, CrmRequest } from '../../src/connectors/connector.port.ts';
import { mriVault } from '../../src/connectors/mri-vault/mri-vault.ts';
import { isNamed } from '../../src/domain/connection.ts';
import { vaultNaturalKey } from '../../src/connectors/mri-vault/vault-key.ts';
import type { EntityKind } from '../../src/domain/entity.ts';
import type { CallOutcome, Failure } from '../../src/domain/outcome.ts';
import type { CrmFields } from '../../src/domain/remote-record.ts';
import type { CrmHold, CrmSessions, SessionOptions } from '../../src/delivering/crm-sessions.port.ts';
import { createForeignAnswers } from '../../src/budget/foreign-answers.ts';
import { createProbeWaits } from '../../src/budget/probe-waits.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { COLLECTIONS } from '../../src/connectors/mri-vault/wire.ts';
import { LANES, type Lane } from '../../src/domain/link.ts';
import { ENTITY_KINDS } from '../../src/domain/entity.ts';
import type { Json } from '../../src/domain/json.ts';

export interface ModelRecord {
  readonly id: string;
  readonly kind: EntityKind;
  readonly createdAt: number;
  readonly visibleAt: number;
  fields: CrmFields;
  modifiedAt: number;
}

/** What happens to one call; `failed` commits and answers 500 as its own, `lost` commits and stays silent, `dropped` never arrives and stays silent. */
export type ModelFault =
  'none' | 'lost' | 'failed' | 'dropped' | 'refused' | 'rate_limited' | 'slow_commit' | 'cut_late';

export interface ModelCrm extends CrmSessions {
  readonly records: Map<string, ModelRecord>;
  readonly calls: { verb: string; kind: EntityKind | null; at: number; id: string | null }[];
  /** Chosen anew for each call. */
  fault: (verb: string) => ModelFault;
  /** As `fault`, by what a call is about; asked first, while it is set. */
  faultOf: ((call: { readonly verb: string; readonly fields: CrmFields }) => ModelFault) | null;
  /** Answers to creates and updates of these fields: rejected for good. */
  rejects: (fields: CrmFields) => boolean;
  unauthorised: boolean;
  /** Whether a search shows a record's key alone, so that the rest of it has to be read. */
  findsInPart: boolean;
  /** Whether a search finds a key only as it is written there. */
  findsExactly: boolean;
  /** Answers in the place of the CRM, where it isn't null: nothing is done then. */
  answers: (call: ModelCall) => CallOutcome<CrmAnswer> | null;
  /** Whether a PUT leaves what it doesn't name. */
  merges: boolean;
  /** Whether the answer to a PUT shows the record. */
  echoes: boolean;
  /** What it makes of fields that it takes. */
  keeps: (fields: CrmFields) => CrmFields;
  /** What a search or a list shows of a record. */
  hits: (fields: CrmFields) => CrmFields;
  /** Whether it can list what was changed. */
  lists: boolean;
  /** How long a call lasts, ms. */
  latencyMs: number;
  /** How far its clock is behind the test's, ms. */
  behindMs: number;
  /** Where it tells its time: in a `Date` of each answer, in an `updatedAt` of each record. */
  tells: { readonly date: boolean; readonly updatedAt: boolean };
  /** Records that people merged into others, by id: they are shown for them. */
  readonly mergedInto: Map<string, string>;
  add(kind: EntityKind, fields: CrmFields, createdAt?: number): string;
  /** People write into a record. */
  edit(id: string, fields: CrmFields): void;
  of(kind: EntityKind): ModelRecord[];
  calledSince(index: number, verb?: string): number;
}

export interface ModelCall {
  readonly verb: CrmRequest['verb'];
  readonly kind: EntityKind | null;
  readonly id: string;
}

const SILENCE: Failure = { kind: 'ambiguous', code: 'TIMEOUT', detail: 'No answer in time.', status: null };
const QUIET: Failure = { kind: 'retry_later', code: 'TIMEOUT', detail: 'No answer in time.', status: null };
const FAILED = {
  code: 'CRM_FAILED',
  detail: 'The CRM answered 500.',
  status: 500,
  answer: { status: 500, form: 'json', retryAfterMs: null, limited: false },
} as const;
export const GONE: Failure = { kind: 'gone', code: 'HTTP_404', detail: 'gone' };
const REJECTED: Failure = {
  kind: 'rejected',
  code: 'HTTP_400',
  detail: 'bad',
  status: 400,
  fields: [{ field: 'email', message: 'bad' }],
};
const { searchLagMs, callDeadlineMs } = mriVault.limits;

export interface ModelCrmOptions {
  /** How long a call lasts, ms; 20. */
  readonly latencyMs?: number;
  /** Calls begin so far apart, those of urgent lanes first, ms; 0. */
  readonly callEveryMs?: number;
}

/** Canonical forms take their time, and a search asks for all of them. */
const KEYS = new WeakMap<CrmFields, string | undefined>();

function keyOf({ kind, fields }: ModelRecord): string | undefined {
  if (!KEYS.has(fields)) KEYS.set(fields, vaultNaturalKey(kind, fields)?.hash);
  return KEYS.get(fields);
}

/** A CRM of the vault dialect in memory, on the test's clock, that misbehaves when told to. */
export function createModelCrm(clock: Clock, options: ModelCrmOptions = {}): ModelCrm {
  const { callEveryMs = 0 } = options;
  const turns = createCallTurns(clock, callEveryMs);
  // What the budget keeps of an outage, without a breaker that counts.
  const waits = createProbeWaits({ clock, random: { next: () => 0 }, requestsPerDay: null });
  const foreign = createForeignAnswers();
  let blockedUntil: number | null = null;
  const records = new Map<string, ModelRecord>();
  let nextId = 1;
  const crm: ModelCrm = {
    records,
    calls: [],
    fault: () => 'none',
    faultOf: null,
    rejects: () => false,
    unauthorised: false,
    findsInPart: false,
    findsExactly: false,
    answers: () => null,
    merges: false,
    echoes: false,
    keeps: (fields) => fields,
    hits: (fields) => fields,
    lists: true,
    behindMs: 0,
    latencyMs: options.latencyMs ?? 20,
    tells: { date: false, updatedAt: false },
    mergedInto: new Map(),
    connector: (of) => (isNamed(mriVault, of) ? mriVault : null),
    add(kind, fields, createdAt = clock.now()) {
      const id = `crm-${nextId++}`;
      records.set(id, {
        id,
        kind,
        fields,
        createdAt,
        visibleAt: createdAt + searchLagMs,
        modifiedAt: createdAt,
      });
      return id;
    },
    edit(id, fields) {
      const record = records.get(id);
      if (record === undefined) throw new Error(`people edit ${id}, which is not there`);
      record.fields = { ...record.fields, ...fields };
      record.modifiedAt = clock.now();
    },
    of: (kind) => [...records.values()].filter((record) => record.kind === kind),
    calledSince: (index, verb) =>
      crm.calls.slice(index).filter((call) => verb === undefined || call.verb === verb).length,
    factsAtHand: (_connection, names) => new Map(names.map((name) => [name, null])),
    hold: async (): Promise<CrmHold> => ({
      open: (options) =>
        Promise.resolve({
          ok: true,
          http: httpOf(options),
          facts: () => Promise.resolve({ kind: 'applied', value: new Map() }),
          refreshFact: () => Promise.resolve({ kind: 'applied', value: null }),
        }),
      blockedUntil: () => blockedUntil,
      pausedUntil: () => null,
      keptForLiveUntil: () => null,
      tellOutage({ atLeastMs }) {
        blockedUntil ??= clock.now() + Math.max(waits.next(), atLeastMs ?? 0);
      },
      tellForeign: (record) => foreign.note(record),
      beginTrial: () => () => undefined,
      isOnTrial: () => false,
      applicationRefusedAs: () => null,
      askNow() {
        waits.beginAnew();
        if (blockedUntil !== null) blockedUntil = clock.now();
      },
      async probe(checks) {
        const probed = await mriVault.authenticate(httpOf({ lane: 'live', ...checks }));
        if (probed.kind === 'applied') blockedUntil = null;
        else if (blockedUntil !== null) blockedUntil = clock.now() + waits.next();
        return probed;
      },
      release: () => undefined,
    }),
  };

  const httpOf = (options: SessionOptions): CrmHttp => ({
    async request(request) {
      if (callEveryMs > 0) await turns.wait(options.lane);
      const { verb, path } = request;
      const id = verb === 'update' || verb === 'delete' || verb === 'read' ? (path[1] ?? null) : null;
      crm.calls.push({ verb, kind: kindOf(request), at: clock.now(), id });
      const fault = crm.fault(verb);
      // Nothing is on the wire without a connection.
      const refusal =
        fault === 'refused' ? null : ((await options.mayDispatch()) ?? options.mayStillDispatch());
      if (refusal !== null) {
        crm.calls.pop();
        return { kind: 'withheld', code: refusal, detail: 'held back' };
      }
      const outcome = await call(request, fault);
      if (outcome.kind === 'applied' && request.verb !== 'verify') {
        waits.beginAnew();
        foreign.clear();
      }
      return outcome;
    },
  });

  async function call(request: CrmRequest, usual: ModelFault): Promise<CallOutcome<CrmAnswer>> {
    const { verb } = request;
    const silence = verb === 'create' ? SILENCE : QUIET;
    if (crm.unauthorised) return { kind: 'unauthorised', code: 'HTTP_401', detail: 'refused', status: 401 };
    const fields = (request.body ?? {}) as CrmFields;
    const told = crm.faultOf?.({ verb, fields }) ?? 'none';
    const fault = told === 'none' ? usual : told;
    if (fault === 'rate_limited') {
      await clock.sleep(crm.latencyMs);
      return { kind: 'rate_limited', code: 'HTTP_429', detail: 'slow down', retryAfterMs: 1_000 };
    }
    if (fault === 'refused')
      return { kind: 'retry_later', code: 'CONNECT_FAILED', detail: 'refused', status: null };
    if (fault === 'dropped') {
      await clock.sleep(callDeadlineMs);
      return silence;
    }
    if (fault === 'cut_late') {
      void clock.sleep(callDeadlineMs - 1).then(() => carryOut(request));
      return silence;
    }
    // What a slow CRM does with a request may take effect any time until the call's deadline, the caller long gone.
    const commitAfter = fault === 'slow_commit' ? callDeadlineMs - 1 : crm.latencyMs / 2;
    await clock.sleep(commitAfter);
    const outcome = carryOut(request);
    if (fault === 'lost' || fault === 'slow_commit') {
      await clock.sleep(callDeadlineMs - commitAfter);
      return silence;
    }
    await clock.sleep(crm.latencyMs / 2);
    if (fault !== 'failed') return outcome;
    return { kind: verb === 'create' ? 'ambiguous' : 'retry_later', ...FAILED };
  }

  const isWritten = ({ fields }: ModelRecord, query: Readonly<Record<string, string>>): boolean =>
    Object.entries(query).every(([name, value]) => fields[name] === value);

  function carryOut(request: CrmRequest): CallOutcome<CrmAnswer> {
    const { verb, path, query = {} } = request;
    if (verb === 'verify') return answered(200, { valid: true });
    const kind = kindOf(request) ?? 'contact';
    const fields = (request.body ?? {}) as CrmFields;
    const id = path[1] ?? '';
    const answer = crm.answers({ verb, kind, id });
    if (answer !== null) return answer;
    switch (verb) {
      case 'create':
        return crm.rejects(fields) ? REJECTED : answered(201, told(crm.add(kind, crm.keeps(fields))));
      case 'find': {
        const key = vaultNaturalKey(kind, query)?.hash;
        const visible = crm.of(kind).filter((record) => record.visibleAt <= clock.now());
        return answered(
          200,
          visible
            .filter((record) => keyOf(record) === key)
            .filter((record) => !crm.findsExactly || isWritten(record, query))
            .map((record) => (crm.findsInPart ? inPart(record) : asHit(record))),
        );
      }
      case 'read': {
        const record = records.get(crm.mergedInto.get(id) ?? id);
        return record === undefined ? GONE : answered(200, shown(record));
      }
      case 'update': {
        const record = records.get(id);
        if (record === undefined) return GONE;
        if (crm.rejects(fields)) return REJECTED;
        record.fields = crm.merges ? { ...record.fields, ...crm.keeps(fields) } : crm.keeps(fields);
        record.modifiedAt = clock.now();
        return answered(200, crm.echoes ? shown(record) : told(id));
      }
      case 'delete':
        return records.delete(id) ? answered(204, null) : GONE;
      case 'list': {
        if (!crm.lists) return GONE;
        const since = Date.parse(query['modifiedSince'] ?? '');
        const items = crm.of(kind).filter((record) => record.modifiedAt - crm.behindMs >= since);
        return answered(200, { items: items.map(asHit), nextCursor: null });
      }
    }
  }

  function asHit(record: ModelRecord): CrmFields {
    return shown({ ...record, fields: crm.hits(record.fields) });
  }

  function told(id: string): CrmFields {
    const record = records.get(id);
    return record === undefined ? { id } : { id, ...stamped(record) };
  }

  function stamped({ modifiedAt }: ModelRecord): CrmFields {
    return crm.tells.updatedAt ? { updatedAt: new Date(modifiedAt - crm.behindMs).toISOString() } : {};
  }

  function shown(record: ModelRecord): CrmFields {
    const { id, createdAt, fields } = record;
    return { ...fields, id, createdAt, ...stamped(record) };
  }

  function answered(status: number, body: Json): CallOutcome<CrmAnswer> {
    const headers = crm.tells.date ? { date: new Date(clock.now() - crm.behindMs).toUTCString() } : {};
    return { kind: 'applied', value: { status, headers, body } };
  }

  return crm;
}

function kindOf({ path }: CrmRequest): EntityKind | null {
  return ENTITY_KINDS.find((kind) => COLLECTIONS[kind] === path[0]) ?? null;
}

const KEY_FIELDS = ['email', 'address', 'propertyId', 'stage'];

function inPart(record: ModelRecord): CrmFields {
  const key = Object.entries(record.fields).filter(([name]) => KEY_FIELDS.includes(name));
  return { ...Object.fromEntries(key), id: record.id, createdAt: record.createdAt };
}

/** Calls leave one by one, those of the most urgent lane first: what a budget's limiter does. */
function createCallTurns(clock: Clock, everyMs: number) {
  const waiting: { readonly urgency: number; readonly go: () => void }[] = [];
  let running = false;
  let lastAt = Number.NEGATIVE_INFINITY;
  const run = async (): Promise<void> => {
    running = true;
    while (waiting.length > 0) {
      await clock.sleep(Math.max(0, lastAt + everyMs - clock.now()));
      const first = Math.min(...waiting.map(({ urgency }) => urgency));
      const [next] = waiting.splice(
        waiting.findIndex(({ urgency }) => urgency === first),
        1,
      );
      lastAt = clock.now();
      next?.go();
    }
    running = false;
  };
  return {
    wait: (lane: Lane) =>
      new Promise<void>((resolve) => {
        waiting.push({ urgency: LANES.indexOf(lane), go: resolve });
        if (!running) void run();
      }),
  };
}
