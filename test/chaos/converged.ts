import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosStage } from './chaos-stage.ts';
import { differencesOf, type LogModel } from './crm-model.ts';

const CONVERGENCE_WITHIN_MS = 240_000;

export interface ConvergenceOptions {
  /** How long equal CRMs are watched for a late write that would make them unequal again. */
  readonly settleMs: number;
  readonly say: (line: string) => void;
}

/** What still differed in the end, and how long it took until nothing did; null: never. */
export interface Convergence {
  readonly lost: readonly string[];
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
    const lost = await differences(stage, model);
    const now = performance.now();
    equalSince = lost.length === 0 ? (equalSince ?? now) : null;
    if (equalSince !== null && now - equalSince >= settleMs) {
      return { lost, convergedAfterMs: equalSince - began };
    }
    if (lost.length > 0 && now - began > CONVERGENCE_WITHIN_MS) return { lost, convergedAfterMs: null };
    if (round % 10 === 0) say(`${lost.length} records differ`);
    await sleep(1_000);
  }
}

async function differences({ crms, crmOf }: ChaosStage, model: LogModel): Promise<string[]> {
  const found = await Promise.all(
    crms.map(async (crm) => differencesOf(model, (userId) => crmOf(userId) === crm, await crm.records())),
  );
  return found.flat();
}
