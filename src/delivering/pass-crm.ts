import type { HealthKeeper } from './connection-health.ts';
import type { DeliveryContext } from './round.ts';
import { probeChecks } from './dispatch-gate.ts';
import type { WorkerState } from './worker-state.ts';

/** After a probe that failed without opening the breaker, or while another connection's is under way, ms. */
const PROBE_PAUSE_MS = 1_000;

/**
 * Whether the CRM may be called now. While it asked for a pause, or its breaker is open, nothing is claimed: what is due stays
 * in the store, for whoever stops or changes it. When a breaker's time is up, `authenticate` is the probe, never a record.
 */
export async function passCrm(
  context: DeliveryContext,
  health: HealthKeeper,
  state: WorkerState,
): Promise<boolean> {
  const { hold } = context;
  const pause = (hold.pausedUntil() ?? 0) - context.now();
  if (pause > 0) {
    await state.sleep(pause);
    return false;
  }
  const blockedUntil = hold.blockedUntil();
  if (blockedUntil === null) return true;
  health.unreachable('BREAKER_OPEN');
  const wait = blockedUntil - context.now();
  if (wait > 0) {
    await state.sleep(wait);
    return false;
  }
  const probed = await hold.probe(probeChecks(context));
  if (probed.kind === 'applied') {
    context.onSuccess();
    return true;
  }
  context.onFailure(probed);
  const othersProbe = probed.kind === 'withheld' && probed.code === 'BREAKER_OPEN';
  if (hold.blockedUntil() === null || othersProbe) await state.sleep(PROBE_PAUSE_MS);
  return false;
}
