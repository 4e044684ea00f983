import { describe, expect, it } from '@jest/globals';
import {
  FAULT_KINDS,
  faultSchedule,
  SHORT_SCHEDULE,
  SMOKE_SCHEDULE,
  type ChaosStep,
} from './fault-schedule.ts';

function first(count: number, seed: number): ChaosStep[] {
  const steps = faultSchedule(seed);
  return Array.from({ length: count }, () => steps.next().value);
}

describe('the schedule of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(first(100, 7)).toEqual(first(100, 7));
    expect(first(100, 7)).not.toEqual(first(100, 8));
  });

  it('has every kind lead once in each round', () => {
    const steps = first(FAULT_KINDS.length * 2, 3);
    for (const round of [steps.slice(0, FAULT_KINDS.length), steps.slice(FAULT_KINDS.length)]) {
      expect(round.map(({ faults }) => faults[0]?.kind).sort()).toEqual([...FAULT_KINDS].sort());
    }
  });

  it('has some faults come together, never two of one process', () => {
    const together = first(200, 5).filter(({ faults }) => faults.length > 1);
    expect(together.length).toBeGreaterThan(30);
    for (const { faults } of together) {
      const subjects = faults.map(({ kind }) => kind.split('-')[0]);
      expect(new Set(subjects).size).toBe(faults.length);
    }
  });

  it('keeps what a CRM delays below the time after which its caller gives up', () => {
    const frozen = first(500, 11).flatMap(({ faults }) => faults.filter(({ kind }) => kind === 'crm-freeze'));
    expect(frozen.length).toBeGreaterThan(10);
    expect(Math.max(...frozen.map(({ forMs }) => forMs))).toBeLessThan(10_000);
  });

  it('kills in its shortest form each process once', () => {
    const kinds = SMOKE_SCHEDULE.flatMap(({ faults }) => faults.map(({ kind }) => kind));
    expect(kinds.filter((kind) => kind.endsWith('-kill')).sort()).toEqual(
      FAULT_KINDS.filter((kind) => kind.endsWith('-kill')).sort(),
    );
  });

  it('has in its short form each fault of a process once', () => {
    const kinds = SHORT_SCHEDULE.flatMap(({ faults }) => faults.map(({ kind }) => kind));
    expect(new Set(kinds).size).toBe(kinds.length);
    expect(kinds).toEqual(
      expect.arrayContaining([
        'worker-kill',
        'worker-freeze',
        'worker-stop',
        'broker-kill',
        'store-kill',
        'registry-kill',
      ]),
    );
  });
});
