import { probeChecks } from './dispatch-gate.ts';
import { isRefusal, tellProbe } from './judge-refusal.ts';
import { tellFailure, type DeliveryParts, type Round } from './round.ts';

/** After a probe that failed without opening the breaker, or while another connection's is under way, ms. */
const PROBE_PAUSE_MS = 1_000;
/** Somebody may have asked for a probe at once: so often it is looked up whether one may go. */
const LONGEST_SLEEP_MS = 10_000;

/**
 * Whether the CRM may be called now. While it asked for a pause, or its breaker is open, nothing is claimed: what is due stays
 * in the store, for whoever stops or changes it. When a breaker's time is up, `authenticate` is the probe, never a record.
 */
export async function passCrm(
  parts: Pick<DeliveryParts, 'store' | 'clock'>,
  round: Omit<Round, 'judge'>,
): Promise<boolean> {
  const { clock } = parts;
  const { hold, health, state } = round;
  if (state.asked) {
    state.asked = false;
    hold.askNow();
  }
  const pause = (hold.pausedUntil() ?? 0) - clock.now();
  if (pause > 0) {
    await state.sleep(pause);
    return false;
  }
  const blockedUntil = hold.blockedUntil();
  if (blockedUntil === null) {
    const refusal = await round.endDoubt();
    if (refusal !== null) tellFailure(round, refusal);
    return !state.stale;
  }
  const refusedAs = hold.applicationRefusedAs();
  health.unreachable(refusedAs ?? 'BREAKER_OPEN', refusedAs === null ? 'crm' : 'operator');
  const wait = blockedUntil - clock.now();
  if (wait > 0) {
    await state.sleep(Math.min(wait, LONGEST_SLEEP_MS));
    return false;
  }
  const probed = await hold.probe(probeChecks(parts.store, round));
  if (probed.kind === 'applied') {
    tellProbe(hold, health, probed);
    return true;
  }
  if (probed.kind !== 'unauthorised' || isRefusal(probed)) tellFailure(round, probed);
  const othersProbe = probed.kind === 'withheld' && probed.code === 'BREAKER_OPEN';
  if (hold.blockedUntil() === null || othersProbe) await state.sleep(PROBE_PAUSE_MS);
  return false;
}
