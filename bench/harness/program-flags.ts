import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const PROGRAM = fileURLToPath(new URL('../../bin/zena-crm.js', import.meta.url));

/** The flags of Node that the program is started with, as its first line says. */
export function programFlags(): string[] {
  const [first = ''] = readFileSync(PROGRAM, 'utf8').split('\n', 1);
  const [, flags] = first.split(' node');
  if (flags === undefined) throw new Error(`${PROGRAM} does not begin with how to start it: ${first}`);
  return flags.split(' ').filter((flag) => flag !== '');
}
