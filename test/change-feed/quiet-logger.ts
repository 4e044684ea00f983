import type { LogFields } from '../../src/runtime/log-fields.ts';
import type { Logger } from '../../src/runtime/logger.ts';

export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly fields: LogFields;
}

/** A logger that keeps its lines and tells of each. */
export interface QuietLogger extends Logger {
  readonly lines: readonly LogLine[];
  /** Resolves with the next line of an event. */
  nextLine(event: string): Promise<LogLine>;
}

export function createQuietLogger(): QuietLogger {
  const lines: LogLine[] = [];
  const waiting: { readonly event: string; readonly resolve: (line: LogLine) => void }[] = [];
  const write =
    (level: string) =>
    (event: string, fields: LogFields = {}) => {
      const line = { level, event, fields };
      lines.push(line);
      for (const each of waiting) if (each.event === event) each.resolve(line);
    };
  const logger: QuietLogger = {
    lines,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
    nextLine: (event) =>
      new Promise((resolve) => {
        waiting.push({ event, resolve });
      }),
  };
  return logger;
}
