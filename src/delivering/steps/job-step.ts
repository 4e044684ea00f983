import type { JobLook } from '../../connectors/connector.port.ts';
import { contentHash } from '../../domain/content-hash.ts';
import { IN_DOUBT, NOTHING_OURS, type CrmCopy } from '../../domain/crm-copy.ts';
import { laterFields, withoutFields } from '../../domain/deciding/later-parts.ts';
import type { CreateIntent, IntentJob } from '../../domain/link.ts';
import { newFields } from '../../domain/merging/merge-fields.ts';
import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type { CreatedRecord } from '../../domain/remote-record.ts';
import { created, isConflict, noteMade } from './create-step.ts';
import { failed, type Delivery, type Learned, type StepOf, type StepResult } from './delivery.ts';
import { partFacts } from './kind-parts.ts';
import type { StepParts } from './step-parts.ts';

/** What became of a create that went with a job. A row that nobody knows is looked for like a create without an answer. */
export async function lookAtJob(
  parts: StepParts,
  delivery: Delivery,
  { job }: StepOf<'look_at_job'>,
): Promise<StepResult> {
  const { intent } = delivery.link;
  if (intent === null) throw new TypeError('a job of no create');
  const looked = await look(delivery, job);
  if (looked.kind !== 'applied' && looked.kind !== 'gone') return failed(looked);
  parts.health.success();
  const now = parts.clock.now();
  if (looked.kind === 'applied' && looked.value.state === 'running')
    return stillRunning(intent, job, now + looked.value.lookInMs);
  const row =
    looked.kind === 'applied' && looked.value.state === 'done' ? looked.value.rows.get(job.row) : undefined;
  // From here on it is a create as any other.
  const { job: _over, ...alone } = { ...intent, sentUntil: Math.max(intent.sentUntil, now) };
  if (row === undefined) return { learned: { intent: alone, quietUntil: null } };
  if (row.kind === 'applied') return await madeByJob(parts, delivery, alone, row.value);
  return notMade(row, alone, parts);
}

async function look({ kind, http }: Delivery, { job }: IntentJob): Promise<CallOutcome<JobLook>> {
  const verb = kind?.batch?.createJob;
  // The connector has none any more, or not of this kind.
  return verb === undefined ? { kind: 'applied', value: { state: 'gone' } } : await verb.look(http, job);
}

function stillRunning(intent: CreateIntent, job: IntentJob, lookAgainAt: number): StepResult {
  return {
    learned: { intent: { ...intent, job: { ...job, lookAgainAt } } },
    end: { kind: 'in_job', lookAgainAt },
  };
}

/** Where Zena still says what was sent, it is a create that was answered; else the next plan reads it, and writes what came since. */
async function madeByJob(
  parts: StepParts,
  delivery: Delivery,
  intent: CreateIntent,
  row: CreatedRecord,
): Promise<StepResult> {
  const { draft } = delivery.desired;
  const facts = delivery.kind === null ? [] : partFacts(delivery.kind);
  const later = laterFields(facts);
  if (draft !== null && delivery.kind !== null && row.origin === 'created') {
    const merged = newFields(draft.fields, delivery.kind.sharings);
    const isSame = contentHash(withoutFields(merged.fields, later)) === intent.bodyHash;
    const left = merged.differs.filter((name) => later.includes(name));
    if (isSame) return await created(parts, delivery, { do: 'create', draft, merged, left }, row);
  }
  const { id, version, origin } = row;
  const isOurs = origin === 'created';
  const remote = { id, version, origin: isOurs ? ('created' as const) : ('adopted' as const) };
  const copy = isOurs ? copyOfSent(intent, later.length > 0) : null;
  const known = { remote, keyHash: intent.keyHash, copy };
  const detail = 'The CRM had it already; that record is used.';
  return {
    learned: { ...known, intent: null, shadow: null, quietUntil: null },
    ...(isOurs
      ? {}
      : {
          seen: { existing: new Set([...delivery.seen.existing, id]) },
          notes: [{ code: 'adopted', detail }],
        }),
    ...(await noteMade(parts, delivery, known)),
  };
}

function copyOfSent({ share }: CreateIntent, hasMore: boolean): CrmCopy {
  const ours = share ?? NOTHING_OURS;
  const unfinished = hasMore && { unfinished: true as const };
  return { held: null, heldAt: IN_DOUBT, ours, before: null, ...unfinished };
}

function notMade(
  failure: Failure,
  intent: CreateIntent,
  { connector }: Pick<StepParts, 'connector'>,
): StepResult {
  if (failure.kind === 'ambiguous') {
    const quietUntil = intent.sentUntil + connector.limits.searchLagMs;
    return { learned: { intent }, end: { kind: 'uncertain', failure, quietUntil } };
  }
  const learned: Learned = { intent: null };
  return isConflict(failure) ? { learned, end: { kind: 'look_again', failure } } : failed(failure, learned);
}
