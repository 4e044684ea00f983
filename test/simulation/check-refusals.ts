import type { World } from './world.ts';

/** What was asked before it began has ended, ms. */
const CALL_ENDS_MS = 5_000;

/** A connection stops only where the CRM, asked about the credentials, refused them; called while nobody has connected anew. */
export async function checkStops({ plan, store, refusedAt }: World): Promise<string[]> {
  const faults: string[] = [];
  for (const { name, host } of plan.users) {
    const connection = await store.raw.connections.findByOwner(name, 'mri_vault');
    if (connection?.status === 'needs_reauth' && !refusedAt.has(host))
      faults.push(`${name} was stopped although nobody refused its credentials`);
  }
  return faults;
}

/**
 * Nothing is given up while something else answers in a CRM's place, and nothing for good that the CRM never refused for good. Called
 * before anybody tries again.
 */
export async function checkGivenUp(world: World): Promise<string[]> {
  const { plan, store, outages, time } = world;
  const start = time.now() - time.elapsed;
  const faults: string[] = [];
  const { items } = await store.raw.deadLetters.list({ kind: 'deliver' }, null, 10_000);
  const refusing = new Set(
    plan.actions.map((action) =>
      action.do === 'event' && action.body !== null && action.body.trait !== 'good' ? action.entityId : null,
    ),
  );
  const isForbidden = plan.actions.some((action) => action.do === 'crm_says' && action.says === 'status_403');
  for (const { entity, entityId, delivery, failedAt, code } of items) {
    const host = plan.users.find(({ name }) => name === delivery?.userId)?.host;
    if (refusing.has(entityId)) continue;
    const at = failedAt - start;
    const during = outages.find(
      (one) => one.host === host && at > one.from + CALL_ENDS_MS && at < Math.min(one.until, plan.until),
    );
    const what = `${entity}/${entityId ?? ''}`;
    // Of a create without a key it may stay unclear for ever whether it was done.
    if (code === 'CREATE_AMBIGUOUS') continue;
    if (during !== undefined) faults.push(`${what} was given up in an outage (${during.says}): ${code}`);
    else if (/^HTTP_4/.test(code) && !isForbidden) faults.push(`${what} was given up at once: ${code}`);
  }
  return faults;
}
