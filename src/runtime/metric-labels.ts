/** The values that each label may take. A label's values are fixed here, so that no input can grow the metrics. */
export const METRIC_LABELS = {
  entity: ['contact', 'property', 'deal'],
  eventOutcome: [
    'stored',
    'stale',
    'tie_won',
    'tie_lost',
    'duplicate',
    'deleted',
    'moved',
    'ignored',
    'rejected',
    'dead_letter',
  ],
  provider: ['mri_vault', 'salesforce', 'top_producer', 'kvcore', 'follow_up_boss'],
  verb: ['authenticate', 'search', 'create', 'update', 'delete', 'get', 'list', 'describe'],
  callOutcome: [
    'applied',
    'unchanged',
    'found',
    'not_found',
    'retry_later',
    'rate_limited',
    'unauthorised',
    'rejected',
    'gone',
    'ambiguous',
    'withheld',
  ],
  breakerState: ['closed', 'open', 'half_open'],
  deadLetterKind: ['decode', 'deliver'],
  deadLetterCode: [
    'INVALID_EVENT',
    'KEY_MISMATCH',
    'UNREADABLE',
    'UNKNOWN_SCHEMA',
    'UNSUPPORTED_SCHEMA',
    'TOO_LARGE',
    'REJECTED',
    'RETRIES_EXHAUSTED',
    'create_ambiguous',
    'gone_again',
  ],
  runStatus: ['running', 'completed', 'completed_with_failures', 'cancelled', 'waiting'],
} as const satisfies Record<string, readonly string[]>;

export type MetricLabel = keyof typeof METRIC_LABELS;

/** The sets of a registry: the ones above, or wider ones given by the program's own constants. */
export type MetricLabelSets = { readonly [L in MetricLabel]: readonly string[] };

/** Finds a value in its label's set, however it is written (`retry-later` is `retry_later`); else `other`. */
export function createLabelFolder(sets: MetricLabelSets): (label: MetricLabel, value: string) => string {
  const spellings = new Map(
    Object.entries(sets).map(([label, values]) => [
      label,
      new Map(values.map((value) => [fold(value), value])),
    ]),
  );
  return (label, value) => spellings.get(label)?.get(fold(value)) ?? 'other';
}

function fold(value: string): string {
  return value.slice(0, 64).toLowerCase().replaceAll('-', '_');
}
