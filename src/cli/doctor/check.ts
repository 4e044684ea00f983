/** What one look found. */
export interface CheckResult {
  readonly check: string;
  /** `caution`: works, and is probably not meant; `skipped`: nothing to look at. */
  readonly status: 'ok' | 'caution' | 'problem' | 'skipped';
  readonly detail: string;
  /** What to do; null where nothing is needed. */
  readonly remedy: string | null;
}

export function ok(check: string, detail: string): CheckResult {
  return { check, status: 'ok', detail, remedy: null };
}

export function skipped(check: string, detail: string): CheckResult {
  return { check, status: 'skipped', detail, remedy: null };
}

export function caution(check: string, detail: string, remedy: string | null): CheckResult {
  return { check, status: 'caution', detail, remedy };
}

export function problem(check: string, detail: string, remedy: string | null): CheckResult {
  return { check, status: 'problem', detail, remedy };
}
