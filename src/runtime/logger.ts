import { type DestinationStream, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';
import { isLogField, type LogFields } from './log-fields.ts';
import { escapeUnprintable } from './escape-unprintable.ts';
import { scrub } from './scrub.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Writes events as JSON lines. `event` is a constant such as `worker.started`, never made from data. */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A logger whose every line carries these fields too. */
  child(fields: LogFields): Logger;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Where the lines go: `stderrDestination()` in the program. */
  readonly destination: DestinationStream;
  /** Hears of every field that was dropped because it is not on the list. */
  readonly onDroppedField?: () => void;
}

const LONGEST_VALUE = 500;
const LONGEST_STACK = 4_000;
const LONGEST_LIST = 50;

/** The second wall: names under which libraries carry secrets, should an object ever pass the first. */
const REDACTED = [
  'authorization',
  'cookie',
  'apiKey',
  'accessToken',
  'password',
  'secret',
  'token',
  'credentials',
  'headers',
  'config',
  'request',
  'response',
];

/**
 * Makes a logger that writes only the fields of the allow-list, scrubbed and limited in length. It never throws
 * on account of a value.
 */
export function createLogger({
  level,
  destination,
  onDroppedField = () => undefined,
}: LoggerOptions): Logger {
  const root = pino(
    {
      level,
      base: null,
      messageKey: 'event',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[secret]' },
    },
    // A log is read on terminals, too.
    { write: (line) => destination.write(escapeUnprintable(line)) },
  );
  return wrap(root, onDroppedField);
}

function wrap(target: PinoLogger, onDroppedField: () => void): Logger {
  const safe = (fields: LogFields) => safeFields(fields, target.isLevelEnabled('debug'), onDroppedField);
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, fields: LogFields = {}) => {
      if (target.isLevelEnabled(level)) target[level](safe(fields), scrub(event, LONGEST_VALUE));
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => wrap(target.child(safe(fields)), onDroppedField),
  };
}

function safeFields(
  fields: LogFields,
  withStack: boolean,
  onDroppedField: () => void,
): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries<unknown>(fields)) {
    if (value === undefined || (name === 'errorStack' && !withStack)) continue;
    const safe = isLogField(name)
      ? safeValue(value, name === 'errorStack' ? LONGEST_STACK : LONGEST_VALUE)
      : undefined;
    if (safe === undefined) onDroppedField();
    else kept[name] = safe;
  }
  return kept;
}

/** Undefined for what is no plain value: the type forbids it, a cast doesn't. */
function safeValue(value: unknown, longest: number): unknown {
  if (typeof value === 'string') return scrub(value, longest);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'bigint') return value.toString();
  if (!Array.isArray(value)) return undefined;
  return value
    .slice(0, LONGEST_LIST)
    .map((part) => safeValue(part, longest))
    .filter((part) => part !== undefined && !Array.isArray(part));
}
