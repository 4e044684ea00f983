import type { CreateItem, CreateJob, CrmHttp, JobLook, JobWait } from '../../connectors/connector.port.ts';
import { effectOfFailure } from '../../domain/deciding/after-failure.ts';
import { canonicalJson, type JsonObject } from '../../domain/json.ts';
import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type { CreatedRecord } from '../../domain/remote-record.ts';
import type { Clock } from '../../runtime/clock.ts';
import { callTogether, tellAll, type Waiting } from './batch-line.ts';
import type { CompanyParts } from './company-parts.ts';

/** A job is made, filled and handed in: each may take as long as a call may, and what was written for the first holds for all. */
const CALLS_A_JOB = 4;

const IN_JOB: Failure = {
  kind: 'withheld',
  code: 'IN_JOB',
  detail: 'It went with a job of the CRM, which tells later what became of it.',
};

/**
 * Begins one job for all of these. What finds it again stands in each one's intent before it can take effect: whatever became of it then, they
 * look at it. `refused`: the CRM takes no jobs, and nothing of it took effect.
 */
export async function runJob(
  parts: CompanyParts,
  verb: CreateJob,
  waiting: readonly Waiting<CreateItem, CreatedRecord>[],
): Promise<'ended' | 'refused'> {
  const { clock } = parts;
  const since = clock.now();
  const together = parts.together(
    waiting.map(({ gate }) => gate),
    CALLS_A_JOB,
  );
  let kept = false;
  const keep = async (job: JsonObject): Promise<boolean> => {
    kept = true;
    const lookAgainAt = clock.now();
    const written = await Promise.all(
      waiting.map(({ gate, item }) => gate.keepJob({ job, row: verb.rowOf(item), lookAgainAt })),
    );
    return written.every(Boolean);
  };
  const begun: CallOutcome<JobWait> = await callTogether(parts, together, (http) =>
    verb.begin(
      http,
      waiting.map(({ item }) => item),
      keep,
    ),
  );
  if (kept) {
    if (begun.kind === 'applied')
      for (const { gate } of waiting) gate.lookAt(clock.now() + begun.value.lookInMs);
    tellAll(waiting, IN_JOB);
    return 'ended';
  }
  if (begun.kind === 'applied') {
    // It kept nothing that finds it again: it may do what it was given, and each is looked for.
    tellAll(waiting, { ...IN_JOB, kind: 'ambiguous', code: 'ANSWER_UNEXPECTED', status: null });
    return 'ended';
  }
  const [first] = waiting;
  const failure = await parts.judge(begun, { verb: 'create', since, record: first?.record ?? null });
  if (failure.kind === 'rejected' && effectOfFailure(failure) === 'none') return 'refused';
  tellAll(waiting, failure);
  return 'ended';
}

/** Looks at jobs, one for all who wait for the same one. */
export interface JobLooks {
  look(verb: CreateJob, http: CrmHttp, job: JsonObject): Promise<CallOutcome<JobLook>>;
}

/** Results that are held for those who have not taken theirs yet: of so many jobs. */
const MOST_HELD = 2;

interface Looked {
  readonly ended: Promise<CallOutcome<JobLook>>;
  /** Epoch ms, until when it needs no other look; null while it is under way. */
  until: number | null;
}

export function createJobLooks(clock: Pick<Clock, 'now'>): JobLooks {
  const looked = new Map<string, Looked>();

  const lookNow = (name: string, look: () => Promise<CallOutcome<JobLook>>): Looked => {
    const mine: Looked = { ended: look(), until: null };
    const forget = (): void => {
      if (looked.get(name) === mine) looked.delete(name);
    };
    looked.set(name, mine);
    mine.ended.then((outcome) => {
      if (outcome.kind !== 'applied') return forget();
      const { value } = outcome;
      mine.until = value.state === 'running' ? clock.now() + value.lookInMs : Number.POSITIVE_INFINITY;
    }, forget);
    const [oldest] = looked.keys();
    if (looked.size > MOST_HELD && oldest !== undefined) looked.delete(oldest);
    return mine;
  };

  return {
    async look(verb, http, job) {
      const name = canonicalJson(job);
      const known = looked.get(name);
      const holds = known !== undefined && (known.until === null || known.until > clock.now());
      const { ended, until } = holds ? known : lookNow(name, () => verb.look(http, job));
      const outcome = await ended;
      if (outcome.kind !== 'applied' || outcome.value.state !== 'running' || until === null) return outcome;
      return { kind: 'applied', value: { state: 'running', lookInMs: Math.max(0, until - clock.now()) } };
    },
  };
}
