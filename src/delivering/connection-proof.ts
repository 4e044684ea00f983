import type { HealthKeeper } from './connection-health.ts';
import type { CrmHold, DispatchChecks } from './crm-sessions.port.ts';

/**
 * Tells whether a connection works apart from one call that failed: another call got through since that one began, or the CRM takes
 * `authenticate` now. One question at a time, whose answer holds for every call that began before it; while the breaker lets nothing
 * through, the connection does not work.
 */
export function createConnectionProof(
  hold: Pick<CrmHold, 'probe' | 'blockedUntil'>,
  health: Pick<HealthKeeper, 'lastSuccessAt' | 'success' | 'failure'>,
  checks: DispatchChecks,
): (since: number) => Promise<boolean> {
  let asking: Promise<void> | null = null;

  async function ask(): Promise<void> {
    const probed = await hold.probe(checks);
    if (probed.kind === 'applied') health.success();
    else health.failure(probed);
  }

  return async (since) => {
    const worked = (): boolean => health.lastSuccessAt !== null && health.lastSuccessAt >= since;
    if (worked()) return true;
    if (hold.blockedUntil() !== null) return false;
    asking ??= ask().finally(() => {
      asking = null;
    });
    await asking;
    return worked();
  };
}
