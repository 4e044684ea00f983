import { seededRandom } from '../../src/runtime/seeded-random.ts';

/** What can befall the processes, the CRM and the topics of a chaos run. */
export const FAULT_KINDS = [
  'worker-kill',
  'worker-freeze',
  'worker-stop',
  'worker-added',
  'broker-kill',
  'broker-freeze',
  'store-kill',
  'store-freeze',
  'registry-kill',
  'crm-5xx',
  'crm-timeout-after-commit',
  'crm-rate-limit',
  'crm-truncated',
  'crm-html',
  'crm-slow',
  'crm-reset',
  'crm-freeze',
  'people-delete',
  'poison-burst',
  'hot-record',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** Which worker or CRM, modulo how many there are. */
  readonly target: number;
  /** How long it lasts, or how long what was ended stays away. */
  readonly forMs: number;
}

/** Faults that begin together. The next step begins when they are over, the system has recovered, and `restMs` have passed. */
export interface ChaosStep {
  readonly faults: readonly Fault[];
  readonly restMs: number;
}

/**
 * From and to, ms. A frozen CRM and a slow one stay below the 10 s after which a call is given up: what a CRM does later
 * than that with a request whose caller has left, no client can see.
 */
const LASTS: Readonly<Record<FaultKind, readonly [number, number]>> = {
  'worker-kill': [0, 3_000],
  'worker-freeze': [5_000, 40_000],
  'worker-stop': [0, 3_000],
  'worker-added': [8_000, 20_000],
  'broker-kill': [0, 8_000],
  'broker-freeze': [2_000, 12_000],
  'store-kill': [0, 8_000],
  'store-freeze': [2_000, 15_000],
  'registry-kill': [5_000, 30_000],
  'crm-5xx': [4_000, 15_000],
  'crm-timeout-after-commit': [3_000, 12_000],
  'crm-rate-limit': [4_000, 15_000],
  'crm-truncated': [4_000, 12_000],
  'crm-html': [4_000, 12_000],
  'crm-slow': [4_000, 15_000],
  'crm-reset': [4_000, 12_000],
  'crm-freeze': [2_000, 8_000],
  'people-delete': [0, 0],
  'poison-burst': [0, 0],
  'hot-record': [0, 0],
};

/** What makes a crash or an outage worse when it comes at the same time. */
const COMPANIONS: readonly FaultKind[] = [
  'worker-kill',
  'worker-freeze',
  'crm-timeout-after-commit',
  'crm-5xx',
  'crm-reset',
  'crm-slow',
  'crm-truncated',
  'store-freeze',
];
const PAIRED_SHARE = 0.35;

/** The same steps for the same seed, for ever: rounds in which every kind leads once, in an order of the round's own. */
export function* faultSchedule(seed: number): Generator<ChaosStep, never> {
  const random = seededRandom(seed);
  const fault = (kind: FaultKind): Fault => {
    const [from, to] = LASTS[kind];
    return {
      kind,
      target: Math.floor(random.next() * 1_000),
      forMs: Math.round(from + random.next() * (to - from)),
    };
  };
  for (;;) {
    for (const kind of shuffled(FAULT_KINDS, random.next)) {
      const faults = [fault(kind)];
      if (random.next() < PAIRED_SHARE) {
        const others = COMPANIONS.filter((each) => subjectOf(each) !== subjectOf(kind));
        faults.push(fault(others[Math.floor(random.next() * others.length)] as FaultKind));
      }
      yield { faults, restMs: Math.round(random.next() * 3_000) };
    }
  }
}

/** A worker killed while the CRMs leave creates without an answer, then all that it stands on at once: the least that proves something. */
export const SMOKE_SCHEDULE: readonly ChaosStep[] = [
  [
    brief('worker-kill', 0, 0),
    brief('crm-timeout-after-commit', 0, 4_000),
    brief('crm-reset', 1, 4_000),
    brief('hot-record', 0, 0),
  ],
  [
    brief('people-delete', 0, 0),
    brief('poison-burst', 0, 0),
    brief('broker-kill', 0, 0),
    brief('store-kill', 0, 0),
    brief('registry-kill', 0, 0),
  ],
].map((faults) => ({ faults, restMs: 500 }));

/** Every main fault once and briefly, for a run of a minute. */
export const SHORT_SCHEDULE: readonly ChaosStep[] = [
  [
    brief('crm-timeout-after-commit', 0, 4_000),
    brief('crm-truncated', 1, 4_000),
    brief('poison-burst', 0, 0),
    brief('hot-record', 0, 0),
  ],
  [brief('worker-kill', 0, 0), brief('crm-5xx', 1, 2_000)],
  [brief('broker-kill', 0, 0), brief('crm-slow', 0, 3_000), brief('people-delete', 0, 0)],
  [brief('worker-freeze', 1, 8_000), brief('store-kill', 0, 0), brief('crm-rate-limit', 1, 3_000)],
  [brief('worker-stop', 0, 0), brief('registry-kill', 0, 0), brief('crm-reset', 1, 2_000)],
].map((faults) => ({ faults, restMs: 1_000 }));

/** Two faults of one process can't be had at once. */
function subjectOf(kind: FaultKind): string {
  return kind.slice(0, kind.indexOf('-'));
}

function brief(kind: FaultKind, target: number, forMs: number): Fault {
  return { kind, target, forMs };
}

function shuffled<T>(items: readonly T[], next: () => number): T[] {
  return items
    .map((item) => ({ item, weight: next() }))
    .sort((left, right) => left.weight - right.weight)
    .map(({ item }) => item);
}
