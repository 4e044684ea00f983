import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SimPlan } from './plan/sim-plan.ts';

/** A history that once went wrong, as small as it could be made. What a seed stands for may change; a plan does not. */
export interface KeptPlan {
  /** What went wrong. */
  readonly why: string;
  readonly plan: SimPlan;
}

const FOLDER = join(import.meta.dirname, 'kept');

/** Those in the folder `kept` and the folders in it, a file each. The plan to keep is the one that `npm run simulate` prints for a seed that fails. */
export const KEPT_PLANS: readonly KeptPlan[] = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.json'))
  .sort()
  .map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as KeptPlan);
