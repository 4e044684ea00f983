import type {
  BatchOf,
  CreateItem,
  CreateJob,
  KindBatch,
  UpdateItem,
} from '../../connectors/connector.port.ts';
import type { EntityKind } from '../../domain/entity.ts';
import type { CallOutcome } from '../../domain/outcome.ts';
import type { CreatedRecord, RemoteHit, RemoteRecord, SoughtKey } from '../../domain/remote-record.ts';
import { NOT_NEEDED } from '../../runtime/clock.ts';
import { firstOf, runTogether, type Waiting } from './batch-line.ts';
import type { CompanyParts } from './company-parts.ts';
import { runJob } from './job-line.ts';
import { createMuster, type Attendance } from './muster.ts';

/** Where calls of one verb wait for each other: those of people's changes by themselves, and all others. */
export interface Desk {
  enter(): Attendance;
  find: Join<SoughtKey, readonly RemoteHit[]>;
  create: Join<CreateItem, CreatedRecord>;
  update: Join<UpdateItem, RemoteRecord>;
}

type Join<Item, Done> = (
  kind: EntityKind,
  batch: KindBatch,
  one: Omit<Waiting<Item, Done>, 'resolve'>,
) => Promise<CallOutcome<Done>>;

/**
 * Longer than this nobody waits for those that are still on their way, ms; and with a create since the last came. What an update was planned by
 * must not grow old: others may write to that record meanwhile.
 */
const PATIENCE_MS = 250;
const CREATE_PATIENCE_MS = 2_000;

type Does = 'look' | 'create' | 'update';

interface Line {
  readonly does: Does;
  readonly leave: (all: boolean) => void;
}

/** @param patient whether creates wait for those of whom nobody knows yet whether they write */
export function createDesk(parts: CompanyParts, patient: boolean): Desk {
  const lines = new Map<string, Line>();
  const leaveAll = (of: Does): void => {
    patience[of].end();
    for (const line of lines.values()) if (line.does === of) line.leave(true);
  };
  const patience: Readonly<Record<Does, Patience>> = {
    look: createPatience(parts.clock, PATIENCE_MS, () => leaveAll('look')),
    update: createPatience(parts.clock, PATIENCE_MS, () => leaveAll('update')),
    create: createPatience(parts.clock, patient ? CREATE_PATIENCE_MS : PATIENCE_MS, () => leaveAll('create')),
  };
  const muster = createMuster({
    onIdle: () => leaveAll('look'),
    onPlanned() {
      leaveAll('update');
      leaveAll('create');
    },
  });

  /** What waits in one line, and how it leaves: `most` at once as soon as they are there. */
  const lineOf = <Item, Done>(name: string, open: () => OpenLine<Item, Done>): OpenLine<Item, Done> => {
    const known = lines.get(name);
    if (known !== undefined) return known as unknown as OpenLine<Item, Done>;
    const line = open();
    lines.set(name, line);
    return line;
  };

  const join = async <Item, Done>(
    line: OpenLine<Item, Done>,
    one: Omit<Waiting<Item, Done>, 'resolve'>,
  ): Promise<CallOutcome<Done>> =>
    await new Promise((resolve) => {
      line.waiting.push({ ...one, resolve });
      line.leave(false);
      if (line.waiting.length === 0) return;
      if (line.does === 'create') patience.create.end();
      patience[line.does].begin();
    });

  const jobs: JobsState = { refused: new Set() };
  return {
    enter: () => muster.enter(),
    find: (kind, { find }, one) =>
      find === undefined
        ? one.alone()
        : join(
            lineOf(`find ${kind}`, () => batchLine(parts, find, 'find')),
            one,
          ),
    update: (kind, { update }, one) =>
      update === undefined
        ? one.alone()
        : join(
            lineOf(`update ${kind}`, () => batchLine(parts, update, 'update')),
            one,
          ),
    create: (kind, { create, createJob }, one) =>
      create === undefined
        ? one.alone()
        : join(
            lineOf(`create ${kind}`, () =>
              createJob === undefined
                ? batchLine(parts, create, 'create')
                : jobLine(parts, kind, { create, createJob, jobs }),
            ),
            one,
          ),
  };
}

/** Runs out once, unless it is ended before. */
interface Patience {
  begin(): void;
  end(): void;
}

function createPatience(clock: CompanyParts['clock'], ms: number, onOut: () => void): Patience {
  let timer: AbortController | null = null;
  return {
    begin() {
      if (timer !== null) return;
      const mine = new AbortController();
      timer = mine;
      clock.sleep(ms, mine.signal).then(onOut, () => undefined);
    },
    end() {
      timer?.abort(NOT_NEEDED);
      timer = null;
    },
  };
}

interface OpenLine<Item, Done> extends Line {
  readonly waiting: Waiting<Item, Done>[];
}

function batchLine<Item, Done>(
  parts: CompanyParts,
  verb: BatchOf<Item, Done>,
  judgedAs: 'find' | 'create' | 'update',
): OpenLine<Item, Done> {
  const waiting: Waiting<Item, Done>[] = [];
  return {
    does: judgedAs === 'find' ? 'look' : judgedAs,
    waiting,
    leave(all) {
      while (waiting.length >= (all ? 1 : verb.most)) {
        const going = waiting.splice(0, firstOf(waiting, verb.most).length);
        void runTogether(parts, verb, judgedAs, going).catch(rejectAll(going));
      }
    },
  };
}

/** A surprise is every delivery's that waits for it. */
function rejectAll<Item, Done>(going: readonly Waiting<Item, Done>[]) {
  return (error: unknown): void => {
    const reason = error instanceof Error ? error : new Error('a call for several ended oddly');
    for (const { resolve } of going) resolve(Promise.reject(reason));
  };
}

interface JobsState {
  /** Kinds whose jobs the CRM refused: they go without until this ends. */
  readonly refused: Set<EntityKind>;
}

/** Creates wait for as many as a job takes, where so many are on their way. */
function jobLine(
  parts: CompanyParts,
  kind: EntityKind,
  {
    create,
    createJob,
    jobs,
  }: {
    readonly create: BatchOf<CreateItem, CreatedRecord>;
    readonly createJob: CreateJob;
    readonly jobs: JobsState;
  },
): OpenLine<CreateItem, CreatedRecord> {
  const line = batchLine(parts, create, 'create');
  const { waiting } = line;
  const goByJob = async (going: readonly Waiting<CreateItem, CreatedRecord>[]): Promise<void> => {
    const left = await runJob(parts, createJob, going);
    if (left === 'ended') return;
    jobs.refused.add(kind);
    waiting.push(...going);
    line.leave(true);
  };
  return {
    does: 'create',
    waiting,
    leave(all) {
      if (jobs.refused.has(kind)) return line.leave(all);
      while (waiting.length >= createJob.most || (all && waiting.length >= createJob.from)) {
        const going = waiting.splice(0, firstOf(waiting, createJob.most, Number.POSITIVE_INFINITY).length);
        void goByJob(going).catch(rejectAll(going));
      }
      if (all) line.leave(true);
    },
  };
}
