/** What 429 says about when to come back; the last two are wrong on purpose. */
export type RetryAfterStyle = 'seconds' | 'date' | 'absent' | 'absurd' | 'negative';

/** An enforced limit, counted per API key. */
export interface SandboxRateLimit {
  readonly requestsPerSecond: number;
  /** Requests that may come at once after a rest. Default: `requestsPerSecond`, at least 1. */
  readonly burst?: number;
  /** Per UTC day of the sandbox's clock. Default: no daily limit. */
  readonly requestsPerDay?: number;
  /** Default `seconds`. */
  readonly retryAfter?: RetryAfterStyle;
}

/** Behaviour that may be changed while the sandbox runs. */
export interface SandboxSettings {
  /** `number`: ids are JSON numbers on the wire. Changes new records' ids only, so set it before the first record. */
  readonly ids: 'string' | 'number';
  /** What a PUT does to fields that the body leaves out: keep them, or drop them. */
  readonly putMode: 'merge' | 'replace';
  /** 200 with the object, or 204. */
  readonly putAnswer: 'object' | 'empty';
  readonly searchCase: 'exact' | 'insensitive';
  /** How long after a write search still finds the record as it was before, ms of the sandbox's clock. */
  readonly searchLagMs: number;
  /** Refuse unknown fields with 400 instead of keeping them. */
  readonly strict: boolean;
  /** Refuse ids that this CRM does not hold, which is what a leaked Zena id looks like. */
  readonly checkReferences: boolean;
  /** Records per page of a listing. */
  readonly pageSize: number;
  /** null: no limit. */
  readonly rateLimit: SandboxRateLimit | null;
}

export const DEFAULT_SANDBOX_SETTINGS: SandboxSettings = {
  ids: 'string',
  putMode: 'merge',
  putAnswer: 'object',
  searchCase: 'exact',
  searchLagMs: 0,
  strict: false,
  checkReferences: true,
  pageSize: 100,
  rateLimit: null,
};
