import type { SimPlan } from './sim-plan.ts';

/** Whether a plan still fails in the same way. */
export type StillFails = (plan: SimPlan) => Promise<boolean>;

/** Makes a plan that fails smaller while it fails: fewer actions first, then fewer processes, users and partitions. */
export async function shrinkPlan(plan: SimPlan, stillFails: StillFails, mostTries = 400): Promise<SimPlan> {
  let best = plan;
  let tries = 0;
  const attempt = async (smaller: SimPlan): Promise<boolean> => {
    if (tries >= mostTries) return false;
    tries += 1;
    if (!(await stillFails(smaller))) return false;
    best = smaller;
    return true;
  };
  for (
    let chunk = Math.ceil(best.actions.length / 2);
    chunk >= 1;
    chunk = chunk === 1 ? 0 : Math.ceil(chunk / 2)
  ) {
    for (let at = 0; at < best.actions.length;) {
      const actions = [...best.actions.slice(0, at), ...best.actions.slice(at + chunk)];
      if (!(await attempt({ ...best, actions }))) at += chunk;
    }
  }
  for (const user of plan.users) {
    const users = best.users.filter((other) => other !== user);
    if (users.length > 0 && !JSON.stringify(best.actions).includes(`"${user.name}`))
      await attempt({ ...best, users });
  }
  for (const workers of [1, 2]) if (workers < best.workers) await attempt({ ...best, workers });
  if (best.partitions > 1) await attempt({ ...best, partitions: 1 });
  if (best.lagMs > 0) await attempt({ ...best, lagMs: 0 });
  const last = best.actions.at(-1)?.at ?? 0;
  await attempt({ ...best, until: last + 1_000 });
  return best;
}

/** What a failure is about, apart from ids and times: two of the same kind are the same fault. */
export function kindOfFailure(failures: readonly string[]): string {
  return (failures[0] ?? '')
    .replace(/^at \d+: /, '')
    .replace(/[\d-]*\d[\w.-]*/g, '#')
    .replace(/\b[upcd]#/g, '#')
    .slice(0, 40);
}
