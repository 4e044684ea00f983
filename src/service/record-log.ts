import type { RecordTrouble } from '../delivering/round.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';

/** Log lines about single records, bounded for each connection; ids and codes, no personal data. */
export interface RecordLog {
  tell(trouble: RecordTrouble): void;
  /** Says how many were left out where their minute is over. */
  flush(): void;
}

export const LINES_A_MINUTE = 20;
const WINDOW_MS = 60_000;

const EVENTS = {
  failed: 'record.failed',
  refused: 'record.refused',
  given_up: 'record.given_up',
} as const;

interface Window {
  readonly endsAt: number;
  readonly provider: string;
  lines: number;
  more: number;
}

/** A connection that is troubled as a whole would fill the log: after some lines its minute ends with their number alone. */
export function createRecordLog(logger: Pick<Logger, 'warn'>, clock: Pick<Clock, 'monotonic'>): RecordLog {
  const windows = new Map<string, Window>();
  const flush = (): void => {
    const now = clock.monotonic();
    for (const [connectionId, { endsAt, provider, more }] of windows) {
      if (endsAt > now) continue;
      windows.delete(connectionId);
      if (more > 0) logger.warn('record.more_troubled', { connectionId, provider, count: more });
    }
  };
  return {
    flush,
    tell({ what, connectionId, provider, kind, entityId, linkId, code }) {
      flush();
      const window = windows.get(connectionId) ?? {
        endsAt: clock.monotonic() + WINDOW_MS,
        provider,
        lines: 0,
        more: 0,
      };
      windows.set(connectionId, window);
      if (window.lines === LINES_A_MINUTE) {
        window.more += 1;
        return;
      }
      window.lines += 1;
      logger.warn(EVENTS[what], { connectionId, provider, entity: kind, entityId, linkId, code });
    },
  };
}
