import type { Readable } from 'node:stream';

/** One change event of a file, as text, and where it stands. */
export interface FileChange {
  readonly text: string;
  /** The line it begins at, from 1; in a JSON array, its place in the array, from 1. */
  readonly line: number;
  /** Null unless the text is no JSON. */
  readonly fault: string | null;
}

/**
 * Reads change events from NDJSON, line by line, or from a JSON array, as a whole: which of the two it is, the first character
 * says. Blank lines are skipped. Throws a SyntaxError where an array is no JSON.
 */
export async function* readChanges(input: Readable): AsyncGenerator<FileChange> {
  let array: string[] | null = null;
  let number = 0;
  for await (const raw of linesOf(input)) {
    number += 1;
    const line = number === 1 ? raw.replace(/^\uFEFF/, '') : raw;
    if (array !== null) array.push(line);
    else if (line.trim() === '') continue;
    else if (line.trimStart().startsWith('[')) array = [line];
    else yield { text: line, line: number, fault: isJson(line) ? null : 'not JSON' };
  }
  if (array === null) return;
  const items = JSON.parse(array.join('\n')) as readonly unknown[];
  for (const [index, item] of items.entries()) {
    yield { text: JSON.stringify(item), line: index + 1, fault: null };
  }
}

/** Only line feeds end a line: U+2028 is a character like any other in JSON. */
async function* linesOf(input: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of input) {
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
