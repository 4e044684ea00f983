import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One instruction, its continuation lines joined, in the order of the file. */
export type Instruction = { name: string; rest: string };

/** Reads a Dockerfile's instructions; comments are left out. */
export const readDockerfile = (folder: string): Instruction[] =>
  readFileSync(join(folder, 'Dockerfile'), 'utf8')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
      return { name, rest };
    });

/** A COPY: what from which stage (undefined: the build's context) to where. */
export type Copy = { from: string | undefined; sources: string[]; target: string };

/** The COPY instructions. */
export const copies = (instructions: Instruction[]): Copy[] =>
  instructions
    .filter(({ name }) => name === 'COPY')
    .map(({ rest }) => {
      const words = rest.split(/\s+/);
      const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
      const paths = words.filter((word) => !word.startsWith('--'));
      return { from, sources: paths.slice(0, -1), target: paths.at(-1) ?? '' };
    });

/** What the ENV instructions set. */
export const imageEnvironment = (instructions: Instruction[]): Record<string, string> =>
  Object.fromEntries(
    instructions
      .filter(({ name }) => name === 'ENV')
      .flatMap(({ rest }) =>
        rest.split(/\s+/).map((pair): [string, string] => {
          const [name = '', ...value] = pair.split('=');
          return [name, value.join('=')];
        }),
      ),
  );
