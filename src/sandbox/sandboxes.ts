import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxKind } from './kit/sandbox.ts';

/** What is started where no CRM is named. */
const FIRST = 'mri_vault';

/**
 * The CRMs that have a sandbox, the one that is started by itself first: each is what a `*-sandbox.ts` beside this file's folders exports
 * as a `SandboxKind`, so that a new one is a folder and no line anywhere.
 */
export const sandboxes: readonly [SandboxKind, ...SandboxKind[]] = await found(import.meta.dirname);

async function found(root: string): Promise<readonly [SandboxKind, ...SandboxKind[]]> {
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const files = folders.flatMap(({ name }) =>
    readdirSync(join(root, name))
      .filter((file) => file.endsWith('-sandbox.ts'))
      .map((file) => `./${name}/${file}`),
  );
  const modules = await Promise.all(files.map(async (file) => (await import(file)) as object));
  const kinds = modules.flatMap((module): unknown[] => Object.values(module)).filter(isKind);
  const [first] = kinds.filter(({ id }) => id === FIRST);
  if (first === undefined) throw new TypeError(`there is no sandbox ${FIRST}`);
  return [first, ...kinds.filter((kind) => kind !== first)];
}

function isKind(value: unknown): value is SandboxKind {
  return typeof value === 'object' && value !== null && 'start' in value && 'provider' in value;
}
