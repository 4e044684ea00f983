import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosStage } from './stage/chaos-stage.ts';
import { differencesOf, type LogModel } from './model/crm-model.ts';

const CONVERGENCE_WITHIN_MS = 240_000;

export interface ConvergenceOptions {
  /** How long equal CRMs are watched for a late write that would make them unequal again. */
  readonly settleMs: number;
  readonly say: (line: string) => void;
}

/** What still differed in the end, and how long it took until nothing did; null: never. */
export interface Convergence {
  readonly lost: readonly string[];
  /** Entities that wait for a person: a create ended without an answer, and there is nothing to find its record by. */
  readonly undecided: readonly string[];
  readonly convergedAfterMs: number | null;
}

/** Waits until every CRM equals the model and stays so. */
export async function converged(
  stage: ChaosStage,
  model: LogModel,
  { say, settleMs }: ConvergenceOptions,
): Promise<Convergence> {
  const began = performance.now();
  let equalSince: number | null = null;
  for (let round = 0; ; round += 1) {
    const differing = await differences(stage, model);
    const undecided = differing.length === 0 ? [] : await undecidedEntities(stage);
    const lost = differing.filter((each) => !undecided.some((id) => each.startsWith(`${id} `)));
    const now = performance.now();
    equalSince = lost.length === 0 ? (equalSince ?? now) : null;
    if (equalSince !== null && now - equalSince >= settleMs) {
      return { lost, undecided, convergedAfterMs: equalSince - began };
    }
    if (lost.length > 0 && now - began > CONVERGENCE_WITHIN_MS)
      return { lost, undecided, convergedAfterMs: null };
    if (round % 10 === 0) say(`${lost.length} records differ`);
    await sleep(1_000);
  }
}

/** What no program can decide, and the design leaves to a person: never a second create. */
export const UNDECIDED = 'CREATE_AMBIGUOUS';

async function undecidedEntities({ service }: ChaosStage): Promise<string[]> {
  const letters = await service.deadLetters();
  return letters.flatMap(({ kind, code, entityId }) =>
    kind === 'deliver' && code === UNDECIDED && entityId !== null ? [entityId] : [],
  );
}

async function differences({ crms, crmOf }: ChaosStage, model: LogModel): Promise<string[]> {
  const found = await Promise.all(
    crms.map(async (crm) => differencesOf(model, (userId) => crmOf(userId) === crm, await crm.records())),
  );
  return found.flat();
}
