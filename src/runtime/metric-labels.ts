/** The values that each label may take. A label's values are fixed here, so that no input can grow the metrics. */
export const METRIC_LABELS = {
  entity: ['contact', 'property', 'deal'],
  eventOutcome: [
    'accepted',
    'tie_won',
    'tie_lost',
    'stale',
    'repeated',
    'tombstone_unknown',
    'tombstone_behind',
  ],
  /** Ids of CRMs; the program adds them. */
  provider: [],
  verb: ['verify', 'find', 'read', 'create', 'update', 'delete', 'list'],
  callOutcome: [
    'applied',
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
  /** Why a record was given up; the program adds why an event can't be read. */
  deadLetterCode: [
    'REFUSED_BY_CRM',
    'CONFLICT',
    'ACCESS_FORBIDDEN',
    'OWNED_BY_ANOTHER',
    'NO_STAGE',
    'REDIRECT_REFUSED',
    'PATH_REFUSED',
    'HEADER_REFUSED',
    'RETRIES_EXHAUSTED',
    'CREATE_AMBIGUOUS',
    'ADDRESS_NOT_CLEAR',
    'SUBURB_UNKNOWN',
    'PROPERTY_MISSING',
    'GONE_AGAIN',
    'TAKEN_IN_CRM',
    'PLAN_DID_NOT_END',
    'PROCESS_DIED',
  ],
  /** Ids of encryption keys; the program adds those of its configuration. */
  keyId: [],
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
