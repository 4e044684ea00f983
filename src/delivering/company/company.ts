import type {
  ConnectorKind,
  CrmConnector,
  CrmHttp,
  CrmVerb,
  KindBatch,
} from '../../connectors/connector.port.ts';
import type { EntityKind } from '../../domain/entity.ts';
import { callLane } from '../../domain/deciding/lane-shares.ts';
import type { Link } from '../../domain/link.ts';
import { createDesk, type Desk } from './desk.ts';
import type { CompanyGate, CompanyParts } from './company-parts.ts';
import { createJobLooks } from './job-line.ts';
import type { Attendance } from './muster.ts';
import { trialSize } from './trial-size.ts';

/** Deliveries of one connection that go to the CRM together, where it takes many records in one call. */
export interface Company {
  /** As many records as one call takes are worth claiming at once. */
  readonly page: number;
  /** Where there are more than that due: as many as a job takes; null: the CRM has no jobs. */
  readonly jobPage: number | null;
  /** These are about to begin: until the answer is called, nothing leaves without them. */
  gather(links: readonly Link[]): Gathering;
  /** One of them begins. */
  join(link: Link, gate: CompanyGate): Member;
}

export interface Gathering {
  away<T>(wait: () => Promise<T>): Promise<T>;
  end(): void;
}

/** One delivery among others. */
export interface Member {
  /** Its own calls: while they take their time, the others don't wait for it. */
  http(http: CrmHttp): CrmHttp;
  /** Its kind, with verbs that go together with the others'. */
  kind(kind: ConnectorKind): ConnectorKind;
  readonly attendance: Attendance;
}

/** A record that failed so often goes by itself: it may be what the others fail for. */
const FAILED_IN_COMPANY = 2;
/** Of those that may be on the wire by themselves, some more wait for their turn there. */
const PLACES_A_CALL = 1.5;

/** However many a job takes: what is in hand at once is held at once. */
const MOST_IN_HAND = 4_000;
/** What a write is decided by. */
const LOOKS: ReadonlySet<CrmVerb> = new Set(['find', 'read', 'list']);

type Group = 'live' | 'rest';

export function createCompany(
  { kinds, limits }: Pick<CrmConnector, 'kinds' | 'limits'>,
  parts: CompanyParts,
): Company | null {
  const batches = Object.values(kinds).flatMap(({ batch }) => (batch === undefined ? [] : [batch]));
  if (batches.length === 0) return null;
  const desks: Readonly<Record<Group, Desk>> = {
    live: createDesk(parts, false),
    rest: createDesk(parts, true),
  };
  const jobLooks = createJobLooks(parts.clock);
  const turnstile = createTurnstile(Math.ceil(limits.maxConcurrent * PLACES_A_CALL));
  const sizes = batches.flatMap(({ find, create, update }) => [find, create, update]);
  const jobs = batches.flatMap(({ createJob }) => createJob?.most ?? []);

  return {
    page: Math.max(1, ...sizes.map((verb) => verb?.most ?? 0)),
    jobPage: jobs.length === 0 ? null : Math.min(MOST_IN_HAND, Math.max(...jobs)),
    gather(links) {
      const groups = new Set(links.map(groupOf));
      const held = [...groups].map((group) => desks[group].enter());
      return {
        away: (wait) => awayFrom(held, wait),
        end: () => {
          for (const attendance of held) attendance.leave();
        },
      };
    },
    join(link, gate) {
      const group = groupOf(link);
      const desk = desks[group];
      const attendance = desk.enter();
      const through = group === 'live' ? <T>(act: () => Promise<T>) => act() : turnstile.pass;
      const goesAlone = link.attempts >= FAILED_IN_COMPANY || trialSize(link, true) === 1;
      return {
        attendance,
        http: (http) => ({
          ...http,
          request: (request) =>
            attendance.away(LOOKS.has(request.verb) ? 'look' : 'other', () =>
              through(() => http.request(request)),
            ),
        }),
        kind: (kind) =>
          kind.batch === undefined
            ? kind
            : inCompany(kind, kind.batch, { link, gate, attendance, desk, goesAlone, jobLooks }),
      };
    },
  };
}

function groupOf(link: Pick<Link, 'lane' | 'nextAt' | 'dirtySince'>): Group {
  return callLane(link) === 'live' ? 'live' : 'rest';
}

async function awayFrom<T>(held: readonly Attendance[], wait: () => Promise<T>): Promise<T> {
  for (const attendance of held) attendance.stepOut('other');
  try {
    return await wait();
  } finally {
    for (const attendance of held) attendance.stepIn();
  }
}

interface InCompany {
  readonly link: Link;
  readonly gate: CompanyGate;
  readonly attendance: Attendance;
  readonly desk: Desk;
  readonly goesAlone: boolean;
  readonly jobLooks: ReturnType<typeof createJobLooks>;
}

function inCompany(
  kind: ConnectorKind,
  batch: KindBatch,
  { link, gate, attendance, desk, goesAlone, jobLooks }: InCompany,
): ConnectorKind {
  const { createJob } = batch;
  const jobs: Pick<KindBatch, 'createJob'> =
    createJob === undefined
      ? {}
      : {
          createJob: {
            ...createJob,
            look: (http, job) => attendance.away('other', () => jobLooks.look(createJob, http, job)),
          },
        };
  const withJobs: ConnectorKind = { ...kind, batch: jobs };
  if (goesAlone) return withJobs;
  const { core } = kind.parts;
  const who = { record: link.id, gate };
  const of: EntityKind = link.kind;
  return {
    ...withJobs,
    find: (http, key) =>
      attendance.away('look', () =>
        desk.find(of, batch, { ...who, item: key, alone: () => kind.find(http, key) }),
      ),
    parts: {
      ...kind.parts,
      core: {
        ...core,
        create: (http, write) =>
          attendance.away('other', () =>
            desk.create(of, batch, {
              ...who,
              item: { ...write, record: link.key },
              alone: () => core.create(http, write),
            }),
          ),
        update: (http, remoteId, write) =>
          attendance.away('other', () =>
            desk.update(of, batch, {
              ...who,
              item: { ...write, remoteId },
              alone: () => core.update(http, remoteId, write),
            }),
          ),
      },
    },
  };
}

/** Lets so many through at a time, the others in their order. */
interface Turnstile {
  pass<T>(act: () => Promise<T>): Promise<T>;
}

function createTurnstile(most: number): Turnstile {
  let within = 0;
  const waiting: (() => void)[] = [];
  return {
    async pass(act) {
      if (within >= most) await new Promise<void>((resolve) => waiting.push(resolve));
      else within += 1;
      try {
        return await act();
      } finally {
        const next = waiting.shift();
        if (next === undefined) within -= 1;
        else next();
      }
    },
  };
}
