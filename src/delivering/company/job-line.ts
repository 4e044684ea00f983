import type { CreateItem, CreateJob, JobWait } from '../../connectors/connector.port.ts';
import { effectOfFailure } from '../../domain/deciding/after-failure.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type { CreatedRecord } from '../../domain/remote-record.ts';
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
