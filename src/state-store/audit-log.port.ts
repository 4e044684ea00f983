import type { AuditAct, AuditEntry } from '../domain/audit-entry.ts';
import type { Page } from '../domain/page.ts';

export interface AuditFilter {
  /** Who acted. */
  readonly userId?: string;
  readonly act?: AuditAct;
  readonly resourceId?: string;
  /** At or after this time, epoch ms. */
  readonly from?: number;
  /** Before this time, epoch ms. */
  readonly to?: number;
}

/** Port: what was done, by whom. Entries are added and dropped by age, never changed. */
export interface AuditLog {
  append(entry: AuditEntry): Promise<void>;
  /** Latest first, then by id. */
  list(filter: AuditFilter, cursor: string | null, limit: number): Promise<Page<AuditEntry>>;
  /** Deletes entries of before this time (epoch ms). */
  prune(before: number): Promise<number>;
}
