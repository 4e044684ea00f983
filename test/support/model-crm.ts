import type { ConnectorDefinition, ICRMConnector } from '../../src/connectors/connector.port.ts';
import { mriVault } from '../../src/connectors/mri-vault/mri-vault.ts';
import { vaultMapping } from '../../src/connectors/mri-vault/mapping.ts';
import type { EntityKind } from '../../src/domain/entity.ts';
import type { CallOutcome, Failure } from '../../src/domain/outcome.ts';
import type { CrmFields, RemoteHit, RemoteRecord } from '../../src/domain/remote-record.ts';
import type { CrmHold, CrmSessions, SessionOptions } from '../../src/delivering/crm-sessions.port.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { oldestFirst } from '../../src/connectors/mri-vault/wire.ts';

export interface ModelRecord {
  readonly id: string;
  readonly kind: EntityKind;
  readonly createdAt: number;
  readonly visibleAt: number;
  fields: CrmFields;
}

/** What happens to one call; `lost` commits and stays silent, `dropped` never arrives and stays silent. */
export type ModelFault =
  'none' | 'lost' | 'dropped' | 'refused' | 'rate_limited' | 'slow_commit' | 'cut_late';

export interface ModelCrm extends CrmSessions {
  readonly records: Map<string, ModelRecord>;
  readonly calls: { verb: string; kind: EntityKind | null; at: number; id: string | null }[];
  /** Chosen anew for each call. */
  fault: (verb: string) => ModelFault;
  /** Answers to creates and updates of these fields: rejected for good. */
  rejects: (fields: CrmFields) => boolean;
  unauthorised: boolean;
  readonly definitionOf: ConnectorDefinition;
  add(kind: EntityKind, fields: CrmFields, createdAt?: number): string;
  of(kind: EntityKind): ModelRecord[];
  calledSince(index: number, verb?: string): number;
}

const SILENCE: Failure = { kind: 'ambiguous', code: 'TIMEOUT', detail: 'No answer in time.', status: null };
const QUIET: Failure = { kind: 'retry_later', code: 'TIMEOUT', detail: 'No answer in time.', status: null };

/** A CRM of the vault dialect in memory, on the test's clock, that misbehaves when told to. */
export function createModelCrm(clock: Clock, latencyMs = 20): ModelCrm {
  const records = new Map<string, ModelRecord>();
  let nextId = 1;
  const crm: ModelCrm = {
    records,
    calls: [],
    fault: () => 'none',
    rejects: () => false,
    unauthorised: false,
    definitionOf: mriVault,
    definition: (provider) => (provider === mriVault.id ? mriVault : null),
    add(kind, fields, createdAt = clock.now()) {
      const id = `crm-${nextId++}`;
      records.set(id, { id, kind, fields, createdAt, visibleAt: createdAt + mriVault.searchLagMs });
      return id;
    },
    of: (kind) => [...records.values()].filter((record) => record.kind === kind),
    calledSince: (index, verb) =>
      crm.calls.slice(index).filter((call) => verb === undefined || call.verb === verb).length,
    hold: async (): Promise<CrmHold> => ({
      open: (options) => Promise.resolve({ ok: true, connector: connectorOf(options) }),
      blockedUntil: () => null,
      pausedUntil: () => null,
      probe: (checks) => connectorOf({ lane: 'live', ...checks }).authenticate({}),
      release: () => undefined,
    }),
  };

  async function call<T>(
    options: SessionOptions,
    verb: string,
    kind: EntityKind | null,
    id: string | null,
    work: () => CallOutcome<T>,
  ): Promise<CallOutcome<T>> {
    const refusal = (await options.mayDispatch()) ?? options.mayStillDispatch();
    if (refusal !== null) return { kind: 'withheld', code: refusal, detail: 'held back' };
    const writes = verb === 'create';
    crm.calls.push({ verb, kind, at: clock.now(), id });
    if (crm.unauthorised) return { kind: 'unauthorised', code: 'HTTP_401', detail: 'refused', status: 401 };
    const fault = crm.fault(verb);
    if (fault === 'rate_limited') {
      await clock.sleep(latencyMs);
      return { kind: 'rate_limited', code: 'HTTP_429', detail: 'slow down', retryAfterMs: 1_000 };
    }
    if (fault === 'refused')
      return { kind: 'retry_later', code: 'CONNECT_FAILED', detail: 'refused', status: null };
    if (fault === 'dropped') {
      await clock.sleep(mriVault.callDeadlineMs);
      return writes ? SILENCE : QUIET;
    }
    if (fault === 'cut_late') {
      void clock.sleep(mriVault.callDeadlineMs - 1).then(work);
      return writes ? SILENCE : QUIET;
    }
    // What a slow CRM does with a request may take effect any time until the call's deadline, the caller long gone.
    const commitAfter = fault === 'slow_commit' ? mriVault.callDeadlineMs - 1 : latencyMs / 2;
    await clock.sleep(commitAfter);
    const outcome = work();
    if (fault === 'lost' || fault === 'slow_commit') {
      await clock.sleep(mriVault.callDeadlineMs - commitAfter);
      return writes ? SILENCE : QUIET;
    }
    await clock.sleep(latencyMs / 2);
    return outcome;
  }

  function connectorOf(options: SessionOptions): ICRMConnector {
    const create = (kind: EntityKind, fields: CrmFields): Promise<CallOutcome<RemoteRecord>> =>
      call(options, 'create', kind, null, () => {
        if (crm.rejects(fields)) return rejected();
        return { kind: 'applied', value: { id: crm.add(kind, fields), version: null } };
      });
    return {
      authenticate: () => call(options, 'verify', null, null, () => ({ kind: 'applied', value: true })),
      pushContact: (fields) => create('contact', fields),
      pushProperty: (fields) => create('property', fields),
      pushDeal: (fields) => create('deal', fields),
      findExistingRecord: (kind, key) =>
        call(options, 'find', kind, null, () => ({
          kind: 'applied',
          value: oldestFirst(
            crm
              .of(kind)
              .filter((record) => record.visibleAt <= clock.now())
              .filter((record) => vaultMapping.naturalKey(kind, record.fields)?.hash === key.hash)
              .map(hitOf),
          ),
        })),
      updateRecord: (kind, id, fields) =>
        call(options, 'update', kind, id, () => {
          const record = records.get(id);
          if (record === undefined) return { kind: 'gone', code: 'HTTP_404', detail: 'gone' };
          if (crm.rejects(fields)) return rejected();
          record.fields = fields;
          return { kind: 'applied', value: { id, version: null } };
        }),
      deleteRecord: (kind, id) =>
        call(options, 'delete', kind, id, () =>
          records.delete(id)
            ? { kind: 'applied', value: null }
            : { kind: 'gone', code: 'HTTP_404', detail: 'gone' },
        ),
      changedSince: (kind, since) =>
        call(options, 'list', kind, null, () => ({
          kind: 'applied',
          value: crm
            .of(kind)
            .filter((record) => record.createdAt >= since)
            .map(hitOf),
        })),
    };
  }
  return crm;
}

function hitOf(record: ModelRecord): RemoteHit {
  return { id: record.id, version: null, createdAt: record.createdAt, fields: record.fields };
}

function rejected(): Failure {
  return {
    kind: 'rejected',
    code: 'HTTP_400',
    detail: 'bad',
    status: 400,
    fields: [{ field: 'email', message: 'bad' }],
  };
}
