import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize, relative, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const FOLDERS = ['bench', 'bin', 'dashboard', 'scripts', 'src', 'test'];
const NOT_OURS = /(^|\/)(node_modules|dist)(\/|$)/;
const SOURCE = /\.(ts|tsx|js|cjs)$/;
/** What a file takes from another: imports of values and types, at once or later, and files that it names to start them. */
const RELATIVE =
  /(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]|new URL\(\s*['"](\.{1,2}\/[^'"]+)['"]|resolve\(\s*['"](\.{1,2}\/[^'"]+)['"]/g;

/** The files of a tree and who takes what from whom. Paths begin at the tree's root and have forward slashes. */
export interface SourceGraph {
  readonly paths: readonly string[];
  readonly linesOf: (path: string) => number;
  readonly textOf: (path: string) => string;
  readonly importsOf: (path: string) => readonly string[];
  readonly importersOf: (path: string) => readonly string[];
}

/** Builds the graph of these sources, by path. */
export function graphOf(sources: ReadonlyMap<string, string>): SourceGraph {
  const imports = new Map<string, Set<string>>();
  const importers = new Map<string, Set<string>>();
  for (const [path, text] of sources) {
    for (const [, ...specifiers] of text.matchAll(RELATIVE)) {
      const specifier = specifiers.find((each) => each !== undefined) ?? '';
      const target = normalize(join(dirname(path), specifier)).replaceAll('\\', '/');
      if (!sources.has(target) || target === path) continue;
      imports.set(path, (imports.get(path) ?? new Set()).add(target));
      importers.set(target, (importers.get(target) ?? new Set()).add(path));
    }
  }
  const textOf = (path: string) => sources.get(path) ?? '';
  return {
    paths: [...sources.keys()],
    textOf,
    linesOf: (path) => textOf(path).replace(/\n$/, '').split('\n').length,
    importsOf: (path) => [...(imports.get(path) ?? [])],
    importersOf: (path) => [...(importers.get(path) ?? [])],
  };
}

/** Reads the sources of this repository. */
export async function readSources(): Promise<ReadonlyMap<string, string>> {
  const paths = (await readPaths()).filter((path) => SOURCE.test(path));
  const texts = await Promise.all(paths.map((path) => readFile(join(ROOT, path), 'utf8')));
  return new Map(paths.map((path, index) => [path, texts[index] ?? '']));
}

/** Every file of the repository's folders, whatever is in it. */
export async function readPaths(): Promise<readonly string[]> {
  const lists = await Promise.all(FOLDERS.map(filesOf));
  return lists.flat().sort();
}

async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(ROOT, folder), { withFileTypes: true });
  const lists = entries.map(async (entry) => {
    const path = relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/');
    if (NOT_OURS.test(path)) return [];
    return entry.isDirectory() ? filesOf(path) : [path];
  });
  return (await Promise.all(lists)).flat();
}

/** Folders with more files than `most`, each counted without its sub-folders. */
export function fullFolders(paths: readonly string[], most: number): readonly string[] {
  const counts = new Map<string, number>();
  for (const path of paths) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > most).map(([folder]) => folder);
}

/**
 * Folders that lean on each other, each folder by itself: a folder that takes something from its sub-folder, which takes
 * something from it, is a circle, too. Each circle as its folders in the order of their names.
 */
export function circlesOfFolders({ paths, importsOf }: SourceGraph, root: string): readonly string[][] {
  const edges = new Map<string, Set<string>>();
  for (const path of paths.filter((each) => each.startsWith(root))) {
    const from = dirname(path);
    const targets = edges.get(from) ?? new Set();
    for (const target of importsOf(path)) {
      if (target.startsWith(root) && dirname(target) !== from) targets.add(dirname(target));
    }
    edges.set(from, targets);
  }
  const reached = new Map([...edges.keys()].map((folder) => [folder, reachedFrom(folder, edges)]));
  const circles = new Map<string, string[]>();
  for (const folder of reached.keys()) {
    const circle = [...(reached.get(folder) ?? [])].filter((other) => reached.get(other)?.has(folder)).sort();
    if (circle.length > 0) circles.set(circle.join(' '), circle);
  }
  return [...circles.values()];
}

function reachedFrom(start: string, edges: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [start];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    for (const next of edges.get(folder) ?? []) {
      if (!reached.has(next)) open.push(next);
      reached.add(next);
    }
  }
  return reached;
}

/** Files of `src` below `lines` lines that one file alone uses, and that no test and no benchmark looks at by itself. */
export function smallFilesOfOne(graph: SourceGraph, lines: number): readonly string[] {
  const outside = /^(test|bench)\/|\.test\.tsx?$/;
  return graph.paths.filter((path) => {
    const importers = graph.importersOf(path);
    return (
      path.startsWith('src/') &&
      graph.linesOf(path) < lines &&
      importers.length === 1 &&
      !importers.some((importer) => outside.test(importer))
    );
  });
}
