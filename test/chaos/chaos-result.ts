import { UNDECIDED } from './converged.ts';
import type { FaultKind } from './fault-schedule.ts';
import type { LetterFindings } from './judge-letters.ts';
import type { LoadCounts } from './model/office-load.ts';

/** How long the system took from a step's end until a later change stood in every CRM; null: not in time. */
export interface Recovery {
  readonly kinds: readonly (FaultKind | 'all-at-the-end')[];
  readonly ms: number | null;
}

/** Everything that a run measured. */
export interface ChaosResult {
  readonly seed: number;
  readonly workers: number;
  readonly crms: number;
  readonly connections: number;
  readonly ranForMs: number;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly load: Readonly<LoadCounts>;
  readonly log: {
    readonly acknowledged: number;
    readonly events: number;
    readonly tombstones: number;
    readonly records: number;
    readonly poisons: number;
  };
  /** Records whose CRM copy differs from the last accepted event, after all that time. */
  readonly lost: readonly string[];
  /** Entities that wait for a person to say whether a create without an answer and without a key was done. */
  readonly undecided: readonly string[];
  readonly convergedAfterMs: number | null;
  readonly writes: { readonly creates: number; readonly writes: number; readonly removes: number };
  readonly staleOverwrites: readonly string[];
  readonly duplicates: readonly string[];
  readonly leakedIds: readonly string[];
  /** Records with a create of unknown end, and what came of each, by what their timeline says next. */
  readonly ambiguous: Readonly<Record<string, number>>;
  readonly letters: LetterFindings;
  readonly recoveries: readonly Recovery[];
  readonly peakRssBytes: number;
  /** Of the largest worker that runs at the end. */
  readonly lastRssBytes: number;
  readonly repairedLinks: number;
  readonly strayRemotes: number;
  readonly workerSurprises: { readonly ended: number; readonly failedStarts: number };
  /** Requests that a CRM refused because they were more than its limit. */
  readonly overLimit: number;
  readonly secretHits: number;
  /** Whatever else must not be. */
  readonly complaints: readonly string[];
}

/** Which promises the run saw broken; empty when all held. */
export function brokenPromises(result: ChaosResult): string[] {
  const unrecovered = result.recoveries.filter(({ ms }) => ms === null).map(({ kinds }) => kinds.join(' + '));
  const undelivered = Object.entries(result.letters.deliver)
    .filter(([code]) => code !== UNDECIDED)
    .map(([code, count]) => `${code}: ${count}`);
  return [
    ...listed('events lost', result.lost),
    ...listed('stale overwrites', result.staleOverwrites),
    ...listed('duplicates', result.duplicates),
    ...listed("Zena's ids in a CRM", result.leakedIds),
    ...listed('dead letters that are not exactly the poison', result.letters.wrong),
    ...listed('dead letters of deliveries', undelivered),
    ...listed('steps without recovery', unrecovered),
    ...(result.secretHits === 0 ? [] : [`secrets in logs: ${result.secretHits}`]),
    ...result.complaints,
  ];
}

const SHOWN = 10;

function listed(what: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const more = items.length > SHOWN ? `\n  … and ${items.length - SHOWN} more` : '';
  return [`${what}: ${items.length}\n  ${items.slice(0, SHOWN).join('\n  ')}${more}`];
}
