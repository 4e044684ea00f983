import { InvalidArgumentError } from 'commander';

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
