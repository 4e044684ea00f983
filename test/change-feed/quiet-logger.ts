import type { LogFields } from '../../src/runtime/log-fields.ts';
import type { Logger } from '../../src/runtime/logger.ts';

/** A logger that keeps its lines. */
export function createQuietLogger(): Logger & {
  readonly lines: { level: string; event: string; fields: LogFields }[];
} {
  const lines: { level: string; event: string; fields: LogFields }[] = [];
  const write =
    (level: string) =>
    (event: string, fields: LogFields = {}) => {
      lines.push({ level, event, fields });
    };
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  };
  return { ...logger, lines };
}
