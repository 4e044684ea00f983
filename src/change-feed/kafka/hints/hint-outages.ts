import { errorFields } from '../../../runtime/error-fields.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { isProtocolError, TOPIC_MISSING } from '../connection/protocol-error.ts';

/** Told how an attempt went (null: well); answers how long to wait before the next one, ms. */
export type Attempted = (error: unknown) => number;

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** A topic that is missing is made by a person, if ever. */
const TOPIC_WAIT_MS = 60_000;

/** Keeps what is wrong with the hints: the log hears once of each cause, and once that there are hints again. */
export function createHintOutages(log: Logger, topic: string): { of(part: string): Attempted } {
  const down = new Map<string, string>();
  return {
    of(part) {
      let failures = 0;
      return (error) => {
        if (error === null) {
          failures = 0;
          if (down.delete(part) && down.size === 0) log.info('hints.resumed', { topic });
          return 0;
        }
        failures += 1;
        const code = isProtocolError(error, TOPIC_MISSING) ? 'TOPIC_MISSING' : 'BROKER_UNAVAILABLE';
        if (![...down.values()].includes(code))
          log.warn('hints.unavailable', { topic, code, ...errorFields(error) });
        down.set(part, code);
        if (code === 'TOPIC_MISSING') return TOPIC_WAIT_MS;
        return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 10));
      };
    },
  };
}
