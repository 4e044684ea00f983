import type { Link } from '../domain/link.ts';
import { claimLinks } from './claim-links.ts';
import type { HealthKeeper } from './connection-health.ts';
import { deliverLink } from './deliver-link.ts';
import type { DeliveryContext } from './delivery-context.ts';
import { readPage } from './gather.ts';
import { passCrm } from './pass-crm.ts';
import type { WorkerState } from './worker-state.ts';

/** Deliveries in hand for each call that may be on the wire: the others read, plan and write meanwhile. */
const PLACES_A_CALL = 1.5;
/** A store that failed is asked again after this, ms. */
const STORE_PAUSE_MS = 1_000;

/**
 * Delivers until nothing is due, the connection changed, or the program stops. Links are claimed a handful at a time: when a
 * quarter of the places is free, or at once when something new is due. Where no lane gave all that it was asked for, nothing more
 * is due until somebody says so. `inFlight` holds the deliveries in hand; they may outlast this.
 */
export async function drainConnection(
  context: DeliveryContext,
  health: HealthKeeper,
  state: WorkerState,
  inFlight: Set<Promise<void>>,
): Promise<void> {
  const places = Math.ceil(context.definition.limits.maxConcurrent * PLACES_A_CALL);
  const refill = Math.max(1, Math.floor(places / 4));
  let dry = false;
  for (let turn = 1; !state.stopping && !state.stale; turn += 1) {
    if (!(await passCrm(context, health, state))) continue;
    const free = places - inFlight.size;
    if (inFlight.size === 0 || (state.nudged ? free > 0 : !dry && free >= refill)) {
      state.nudged = false;
      const { claimed, more } = await claimLinks(context, free, turn);
      dry = !more;
      if (claimed.length > 0) await begin(context, claimed, state, inFlight);
      else if (isIdle(state, inFlight)) return;
    }
    const mayClaim = state.nudged && inFlight.size < places;
    if (inFlight.size > 0 && !mayClaim) await Promise.race([...inFlight, state.woken()]);
  }
}

/** Asked after an await: a nudge may have come meanwhile. */
function isIdle(state: WorkerState, inFlight: ReadonlySet<unknown>): boolean {
  return inFlight.size === 0 && !state.nudged;
}

async function begin(
  context: DeliveryContext,
  claimed: readonly Link[],
  state: WorkerState,
  inFlight: Set<Promise<void>>,
): Promise<void> {
  const page = await readPage(context, claimed);
  for (const link of claimed) {
    const delivery = deliverLink(context, link, page)
      .catch(async (error: unknown) => {
        // Its claim runs out and it is taken up again; a store that is away must not be asked in a loop.
        context.onError('delivery_failed', error);
        await state.sleep(STORE_PAUSE_MS);
      })
      .finally(() => {
        inFlight.delete(delivery);
      });
    inFlight.add(delivery);
  }
}
