import { AsyncLocalStorage } from 'node:async_hooks';
import type {
  ConnectorKind,
  ConnectorParts,
  CrmConnector,
  KindBatch,
  LaterPart,
} from '../../../../src/connectors/connector.port.ts';
import { ENTITY_KINDS, type EntityKind } from '../../../../src/domain/entity.ts';

/** What the engine asks a connector for, while a request of it is on the wire. */
export interface Act {
  readonly kind: EntityKind | null;
  /** `core`, or a later part's name; null: of no part. */
  readonly part: string | null;
  readonly does: 'create' | 'write' | 'look' | 'delete' | 'verify';
}

const acting = new AsyncLocalStorage<Act>();

/** What is being done where this is asked; null: nothing of the engine's. */
export function currentAct(): Act | null {
  return acting.getStore() ?? null;
}

/** The same connector, which tells the transport what each request is for. */
export function watched(connector: CrmConnector): CrmConnector {
  const kinds = Object.fromEntries(
    ENTITY_KINDS.flatMap((kind) => {
      const known = connector.kinds[kind];
      return known === undefined ? [] : [[kind, watchedKind(kind, known)] as const];
    }),
  );
  const { facts } = connector;
  return {
    ...connector,
    kinds,
    ...(facts && { facts: { ...facts, read: during({ kind: null, part: null, does: 'look' }, facts.read) } }),
    authenticate: during({ kind: null, part: null, does: 'verify' }, connector.authenticate),
  };
}

function watchedKind(kind: EntityKind, known: ConnectorKind): ConnectorKind {
  const look: Act = { kind, part: null, does: 'look' };
  return {
    ...known,
    parts: watchedParts(kind, known.parts),
    find: during(look, known.find),
    ...(known.read && { read: during(look, known.read) }),
    ...(known.changes && { changes: during(look, known.changes) }),
    ...(known.delete && { delete: during({ kind, part: null, does: 'delete' }, known.delete) }),
    ...(known.batch && { batch: watchedBatch(kind, known.batch) }),
  };
}

function watchedBatch(kind: EntityKind, { find, create, update, createJob }: KindBatch): KindBatch {
  const look: Act = { kind, part: null, does: 'look' };
  const make: Act = { kind, part: 'core', does: 'create' };
  const write: Act = { kind, part: 'core', does: 'write' };
  return {
    ...(find && { find: { ...find, run: during(look, find.run) } }),
    ...(create && { create: { ...create, run: during(make, create.run) } }),
    ...(update && { update: { ...update, run: during(write, update.run) } }),
    ...(createJob && {
      createJob: {
        ...createJob,
        begin: during({ ...make, part: 'job' }, createJob.begin),
        look: during({ ...look, part: 'job' }, createJob.look),
      },
    }),
  };
}

function watchedParts(kind: EntityKind, { core, others }: ConnectorParts): ConnectorParts {
  return {
    core: {
      ...core,
      create: during({ kind, part: 'core', does: 'create' }, core.create),
      update: during({ kind, part: 'core', does: 'write' }, core.update),
    },
    ...(others && { others: others.map((part) => watchedPart(kind, part)) }),
  };
}

function watchedPart(kind: EntityKind, part: LaterPart): LaterPart {
  const write: Act = { kind, part: part.name, does: 'write' };
  if (part.does === 'replaces') return { ...part, write: during(write, part.write) };
  const look: Act = { kind, part: part.name, does: 'look' };
  return {
    ...part,
    append: during(write, part.append),
    ...(part.list && { list: during(look, part.list) }),
  };
}

function during<A extends unknown[], R>(act: Act, call: (...args: A) => Promise<R>) {
  return (...args: A): Promise<R> => acting.run(act, () => call(...args));
}
