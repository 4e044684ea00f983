import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a connector is called: in routes and stores, and by people. */
export interface ConnectorName {
  readonly id: string;
  readonly name: string;
}

export interface ScaffoldedFile {
  /** Below the checkout's root. */
  readonly path: string;
  readonly text: string;
}

const TEMPLATE = new URL('./template/', import.meta.url);

/** By the template's file, where it goes. */
const FILES: Readonly<Record<string, (folder: string) => string>> = {
  'connector.ts.txt': (folder) => `src/connectors/${folder}/${folder}.ts`,
  'contact-kind.ts.txt': (folder) => `src/connectors/${folder}/contact-kind.ts`,
  'mapping.ts.txt': (folder) => `src/connectors/${folder}/mapping.ts`,
  'wire.ts.txt': (folder) => `src/connectors/${folder}/wire.ts`,
  'page.ts.txt': (folder) => `src/connectors/${folder}/page.ts`,
  'README.md.txt': (folder) => `src/connectors/${folder}/README.md`,
  'sandbox.ts.txt': (folder) => `src/sandbox/${folder}/${folder}-sandbox.ts`,
  'kit.test.ts.txt': (folder) => `test/connectors/${folder}/${folder}-kit.test.ts`,
};

/** Where each connector has its line. */
const LIST = {
  path: 'src/service/create-connectors.ts',
  opens: 'const DEFINITIONS: readonly ProviderDefinition[] = [',
} as const;

/** The files of a new connector that passes its kit as it stands, and the one line that makes it known. Reads `root`, and writes nothing. */
export function scaffoldConnector(root: string, { id, name }: ConnectorName): ScaffoldedFile[] {
  const folder = id.replaceAll('_', '-');
  const pascal = id
    .split('_')
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join('');
  const camel = `${pascal.slice(0, 1).toLowerCase()}${pascal.slice(1)}`;
  const words = { ID: id, NAME: name, FOLDER: folder, PASCAL: pascal, CAMEL: camel, UPPER: id.toUpperCase() };
  const filled = (text: string): string =>
    Object.entries(words).reduce((all, [word, value]) => all.replaceAll(`__${word}__`, value), text);
  const written = Object.entries(FILES).map(([from, to]) => ({
    path: to(folder),
    text: filled(readFileSync(new URL(from, TEMPLATE), 'utf8')),
  }));
  const { path, opens } = LIST;
  const line = `(await import('../connectors/${folder}/${folder}.ts')).${camel}Provider,`;
  return [...written, { path, text: withLine(readFileSync(join(root, path), 'utf8'), opens, line) }];
}

/** The folder that a connector of this id would have, where there is one already. */
export function existingFolder(root: string, id: string): string | null {
  const path = `src/connectors/${id.replaceAll('_', '-')}`;
  return existsSync(join(root, path)) ? path : null;
}

/** Whether a folder is a checkout of this program. */
export function isCheckout(root: string): boolean {
  return existsSync(join(root, LIST.path));
}

export function writeFiles(root: string, files: readonly ScaffoldedFile[]): void {
  for (const { path, text } of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** The list with one line more at its end. */
function withLine(text: string, opens: string, line: string): string {
  const begin = text.indexOf(opens);
  const end = text.indexOf('];', begin);
  if (begin < 0 || end < 0) throw new Error(`there is no list that begins with ${opens}`);
  const list = text.slice(begin + opens.length, end).trimEnd();
  const entries = list === '' || list.endsWith(',') ? list : `${list},`;
  return `${text.slice(0, begin + opens.length)}${entries}\n  ${line}\n${text.slice(end)}`;
}
