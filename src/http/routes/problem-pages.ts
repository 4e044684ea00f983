import { readFile } from 'node:fs/promises';
import { renderMarkdown } from './markdown.ts';
import { plainPage } from './plain-page.ts';
import { PROBLEM_CODES, PROBLEM_TITLES, type ProblemCode } from '../problems/problem.ts';

const FOLDER = new URL('../../../docs/problems/', import.meta.url);

/**
 * The page of each code, as HTML, made of `docs/problems/<code in kebab case>.md`.
 *
 * @throws when a page is missing: better at start than when somebody needs it.
 */
export async function loadProblemPages(): Promise<ReadonlyMap<string, string>> {
  const pages = await Promise.all(PROBLEM_CODES.map(async (code) => [code, await loadPage(code)] as const));
  return new Map(pages);
}

async function loadPage(code: ProblemCode): Promise<string> {
  const file = `${code.toLowerCase().replaceAll('_', '-')}.md`;
  const source = await readFile(new URL(file, FOLDER), 'utf8');
  return plainPage(`${code}: ${PROBLEM_TITLES[code]}`, renderMarkdown(source));
}
