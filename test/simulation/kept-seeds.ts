import type { SimPlan } from './sim-plan.ts';

/** A history that once went wrong, as small as it could be made. What a seed stands for may change; a plan does not. */
export interface KeptPlan {
  /** What went wrong, and where the cause was. */
  readonly why: string;
  readonly plan: SimPlan;
}

export const KEPT_PLANS: readonly KeptPlan[] = [];
