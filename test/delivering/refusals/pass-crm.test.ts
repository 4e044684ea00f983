import { describe, expect, it } from '@jest/globals';
import type { CallOutcome, Failure } from '../../../src/domain/outcome.ts';
import type { DeliveryParts, Round } from '../../../src/delivering/round.ts';
import { passCrm } from '../../../src/delivering/pass-crm.ts';

const NOW = 1_000_000;

/** One look at a CRM whose breaker may be probed, which ends in `probe`; what was slept and told. */
async function look(probe: CallOutcome<true>, blocked: (number | null)[], paused: number | null = null) {
  const slept: number[] = [];
  const failures: Failure[] = [];
  let successes = 0;
  let asked = 0;
  const round = {
    leased: () => true,
    endDoubt: () => Promise.resolve(null),
    health: {
      success: () => (successes += 1),
      failure: (failure: Failure) => failures.push(failure),
      unreachable: () => undefined,
    },
    hold: {
      pausedUntil: () => paused,
      applicationRefusedAs: () => null,
      blockedUntil: () => blocked[Math.min(asked++, blocked.length - 1)] ?? null,
      probe: () => Promise.resolve(probe),
      isOnTrial: () => false,
    },
    state: {
      sleep: (ms: number) => {
        slept.push(ms);
        return Promise.resolve();
      },
    },
  } as unknown as Round;
  const parts = { clock: { now: () => NOW } } as unknown as DeliveryParts;
  return { passed: await passCrm(parts, round), slept, failures, successes };
}

const DOWN: Failure = { kind: 'retry_later', code: 'CONNECT_FAILED', detail: '', status: null };
const WITHHELD: Failure = { kind: 'withheld', code: 'BREAKER_OPEN', detail: '' };

describe('whether a CRM may be called now', () => {
  it('is so while nothing holds it back', async () => {
    expect(await look(DOWN, [null])).toMatchObject({ passed: true, slept: [] });
  });

  it('is not so until a pause is over', async () => {
    expect(await look(DOWN, [null], NOW + 7_000)).toMatchObject({ passed: false, slept: [7_000] });
  });

  it('is not so until an open breaker may be probed, and then depends on the probe', async () => {
    expect(await look(DOWN, [NOW + 9_000])).toMatchObject({ passed: false, slept: [9_000] });
    const probed = await look({ kind: 'applied', value: true }, [NOW, null]);
    expect(probed).toMatchObject({ passed: true, slept: [], successes: 1 });
    const failed = await look(DOWN, [NOW, NOW + 10_000]);
    expect(failed).toMatchObject({ passed: false, slept: [], failures: [DOWN] });
  });

  it('is asked again after a moment where another connection of the budget probes just now', async () => {
    expect(await look(WITHHELD, [NOW])).toMatchObject({ passed: false, slept: [1_000] });
  });
});
