import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** The part of a Compose service that the tests speak of. */
export type ComposeService = {
  image: string;
  build?: string;
  command?: string[];
  entrypoint?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  healthcheck?: { test?: string[]; disable?: boolean };
  depends_on?: Record<string, { condition: string }>;
  stop_grace_period?: string;
};

/** docker-compose.yml, its merge keys resolved. */
export type ComposeFile = { services: Record<string, ComposeService>; volumes: Record<string, unknown> };

/** The repository's root. */
export const repository = join(import.meta.dirname, '..', '..');

/** Reads docker-compose.yml as Compose does, but leaves `${…}` as it stands. */
export const readComposeFile = (): ComposeFile =>
  parse(readFileSync(join(repository, 'docker-compose.yml'), 'utf8'), { merge: true }) as ComposeFile;

/** Fills in `${NAME:?message}` and `${NAME:-default}` in the environment of a service. */
export const interpolate = (
  environment: Record<string, string>,
  from: Record<string, string>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).map(([name, text]) => [
      name,
      text.replace(/\$\{(\w+):([-?])([^}]*)\}/g, (_match, variable: string, kind: string, rest: string) => {
        const value = from[variable] ?? (kind === '-' ? rest : undefined);
        if (value === undefined) throw new Error(`${variable}: ${rest}`);
        return value;
      }),
    ]),
  );
