import type { CrmAnswer, CrmConnector, CrmHttp, CrmRequest } from '../../src/connectors/connector.port.ts';
import type { CrmSessions, SessionOptions } from '../../src/delivering/crm-sessions.port.ts';
import type { EntityKind } from '../../src/domain/entity.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import type { CallOutcome, Failure } from '../../src/domain/outcome.ts';
import type { CrmFields } from '../../src/domain/remote-record.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { partsConnector, type PartsOptions } from './parts-connector.ts';

export interface PartsRecord {
  readonly id: string;
  readonly kind: EntityKind;
  readonly createdAt: number;
  /** Its core and its tags. */
  fields: CrmFields;
  notes: readonly string[];
  /** What people can enter beside it. */
  rest: CrmFields;
  modifiedAt: number;
}

/** What one call asks for. `part`: `core`, `tags` or `notes`. */
export interface PartsCall {
  readonly verb: CrmRequest['verb'];
  readonly part: string;
  readonly id: string;
  readonly body: JsonObject;
}

/** `lost`: done, and nobody hears of it; `dropped`: it never arrives; `limited`, `refused`: answered so, and not done. */
export type PartsFault = 'none' | 'lost' | 'dropped' | 'limited' | 'refused';

export interface PartsCrm extends CrmSessions {
  readonly connector: () => CrmConnector;
  readonly records: Map<string, PartsRecord>;
  readonly calls: PartsCall[];
  readonly facts: Record<string, Json>;
  /** Chosen anew for each call. */
  fault: (call: PartsCall) => PartsFault;
  /** Right before a call takes effect. */
  before: (call: PartsCall) => Promise<void>;
  /** Whether a create names what has the same e-mail, with what was sent taken into it. */
  dedupes: boolean;
  /** By what a create is told from what is there. */
  dedupeBy: string;
  add(kind: EntityKind, fields: CrmFields, over?: Partial<PartsRecord>): PartsRecord;
  of(kind: EntityKind): PartsRecord[];
  /** Of the one contact. */
  contact(): PartsRecord;
  /** Calls that write, as `verb part`. */
  writes(): string[];
}

const TIMEOUT = { code: 'TIMEOUT', detail: 'No answer in time.', status: null } as const;
const LIMITED: Failure = { kind: 'rate_limited', code: 'HTTP_429', detail: 'slow down', retryAfterMs: 5_000 };
const GONE: Failure = { kind: 'gone', code: 'HTTP_404', detail: 'gone' };
const REFUSED: Failure = {
  kind: 'rejected',
  code: 'REFUSED_BY_CRM',
  detail: 'no',
  status: 422,
  fields: [{ field: 'tags', message: 'no' }],
};
const LATENCY_MS = 20;

/** A CRM of several requests a record, in memory, on the test’s clock, that misbehaves when told to. */
export function createPartsCrm(clock: Clock, options: PartsOptions = {}): PartsCrm {
  const connector = partsConnector(options);
  const { callDeadlineMs } = connector.limits;
  const records = new Map<string, PartsRecord>();
  const crm: PartsCrm = {
    records,
    calls: [],
    facts: {},
    fault: () => 'none',
    before: () => Promise.resolve(),
    dedupes: false,
    dedupeBy: 'email',
    add(kind, fields, over = {}) {
      const id = `p-${records.size + 1}`;
      const at = clock.now();
      const record = { id, kind, createdAt: at, fields, notes: [], rest: {}, modifiedAt: at, ...over };
      records.set(record.id, record);
      return record;
    },
    of: (kind) => [...records.values()].filter((record) => record.kind === kind),
    contact() {
      const [record, ...others] = crm.of('contact');
      if (record === undefined || others.length > 0)
        throw new Error(`${others.length + 1} contacts, not one`);
      return record;
    },
    writes: () =>
      crm.calls
        .filter(({ verb }) => verb === 'create' || verb === 'update' || verb === 'delete')
        .map(({ verb, part }) => `${verb} ${part}`),
    connector: () => connector,
    factsAtHand: (_connection, names) =>
      new Map(names.filter((name) => name in crm.facts).map((name) => [name, crm.facts[name] ?? null])),
    hold: async () => ({
      open: (session) => {
        const http = httpOf(session);
        const read = async (name: string): Promise<CallOutcome<Json>> =>
          (await connector.facts?.read(http, name)) ?? { kind: 'applied', value: null };
        return Promise.resolve({
          ok: true,
          http,
          refreshFact: read,
          async facts(names) {
            const known = new Map<string, Json>();
            for (const name of names) {
              const outcome = await read(name);
              if (outcome.kind !== 'applied') return outcome;
              known.set(name, outcome.value);
            }
            return { kind: 'applied', value: known };
          },
        });
      },
      blockedUntil: () => null,
      pausedUntil: () => null,
      keptForLiveUntil: () => null,
      tellOutage: () => undefined,
      tellForeign: () => false,
      beginTrial: () => () => undefined,
      isOnTrial: () => false,
      applicationRefusedAs: () => null,
      askNow: () => undefined,
      probe: () => Promise.resolve({ kind: 'applied', value: true }),
      release: () => undefined,
    }),
  };

  const httpOf = ({ mayDispatch, mayStillDispatch }: SessionOptions): CrmHttp => ({
    async request(request) {
      const refusal = (await mayDispatch()) ?? mayStillDispatch();
      if (refusal !== null) return { kind: 'withheld', code: refusal, detail: 'held back' };
      const call = callOf(request);
      crm.calls.push(call);
      await crm.before(call);
      const fault = crm.fault(call);
      if (fault === 'limited') return LIMITED;
      if (fault === 'refused') return REFUSED;
      const silence: Failure = { kind: call.verb === 'create' ? 'ambiguous' : 'retry_later', ...TIMEOUT };
      if (fault === 'dropped') {
        await clock.sleep(callDeadlineMs);
        return silence;
      }
      await clock.sleep(LATENCY_MS);
      const answer = carryOut(request, call);
      if (fault !== 'lost') return answer;
      await clock.sleep(callDeadlineMs - LATENCY_MS);
      return silence;
    },
  });

  function carryOut({ path }: CrmRequest, { verb, part, id, body }: PartsCall): CallOutcome<CrmAnswer> {
    if (path[0] === 'facts') return answered(crm.facts[path[1] ?? ''] ?? null);
    const kind = path[0] as EntityKind;
    const record = records.get(id);
    switch (verb) {
      case 'create':
        return answered(made(kind, body));
      case 'find': {
        const [[name = '', value] = []] = Object.entries(body);
        const same = (each: PartsRecord): boolean =>
          String(each.fields[name] ?? '').toLowerCase() === String(value).toLowerCase();
        return answered(crm.of(kind).filter(same).map(shown));
      }
      case 'list':
        return answered(
          crm
            .of(kind)
            .filter(({ modifiedAt }) => modifiedAt >= Number(body['since']))
            .map(shown),
        );
      case 'delete':
        return records.delete(id) ? answered(null) : GONE;
      case 'read':
        if (record === undefined) return GONE;
        return answered(part === 'notes' ? [...record.notes] : shown(record));
      case 'update':
        if (record === undefined) return GONE;
        change(record, part, body);
        return answered(null);
      case 'verify':
        return answered(null);
    }
  }

  function made(kind: EntityKind, body: CrmFields): JsonObject {
    const same = crm.dedupes
      ? crm.of(kind).find(({ fields }) => fields[crm.dedupeBy] === body[crm.dedupeBy])
      : undefined;
    if (same === undefined) return { id: crm.add(kind, body).id, origin: 'created' };
    change(same, 'core', body);
    return { id: same.id, origin: 'existing' };
  }

  function change(record: PartsRecord, part: string, body: JsonObject): void {
    record.modifiedAt = clock.now();
    if (part === 'notes') record.notes = [...record.notes, String(body['note'])];
    else {
      const { rest, ...fields } = body;
      record.fields = { ...record.fields, ...fields };
      // It keeps just what it is sent.
      if (rest !== undefined) record.rest = (rest ?? {}) as CrmFields;
    }
  }

  return crm;
}

function callOf({ verb, path, body }: CrmRequest): PartsCall {
  const [, id = '', part = 'core'] = path;
  return { verb, part, id, body: (body ?? {}) as JsonObject };
}

function shown({ id, createdAt, kind, fields, rest }: PartsRecord): JsonObject {
  const blank = kind === 'contact' ? { name: null, email: null, phone: null, tags: [] } : {};
  return { id, createdAt, fields: { ...blank, ...fields }, rest };
}

function answered(body: Json): CallOutcome<CrmAnswer> {
  return { kind: 'applied', value: { status: 200, headers: {}, body } };
}
