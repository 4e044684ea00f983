import { InvalidArgumentError, Option } from 'commander';
import { OUTPUT_FORMATS, type OutputFormat } from '../../terminal/output.ts';

export interface OutputOptions {
  readonly output: OutputFormat;
}

/** The option of every command that answers with data. */
export function outputOption(): Option {
  return new Option('--output <format>', 'how to write the answer').choices(OUTPUT_FORMATS).default('text');
}

/** Parses the option `--limit`. */
export function parseLimit(text: string): number {
  const limit = /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null;
  if (limit === null) throw new InvalidArgumentError('A whole number from 1 on.');
  return limit;
}

/** Parses a TCP port; 0 takes a free one. */
export function parsePort(text: string): number {
  const port = readPort(text);
  if (port === null) throw new InvalidArgumentError('A port is a whole number from 0 to 65535.');
  return port;
}

/** A TCP port, or null for a text that is none. */
export function readPort(text: string): number | null {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : null;
}
