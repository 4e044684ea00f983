import { Buffer, isUtf8 } from 'node:buffer';

/** One change event of a file, as text, and where it stands. */
export interface FileChange {
  readonly text: string;
  /** The line it begins at, from 1; in a JSON array, its place in the array, from 1. */
  readonly line: number;
  /** Null unless the text is no JSON. */
  readonly fault: string | null;
}

/** A line that is no text in UTF-8. What was read of it with other characters in place would be other names. */
export class UnreadableLine extends Error {
  override readonly name = 'UnreadableLine';
  /** From 1. */
  readonly line: number;

  constructor(line: number, fault: string) {
    super(`line ${line} ${fault}`);
    this.line = line;
  }
}

/**
 * Reads change events from NDJSON, line by line, or from a JSON array, as a whole: which of the two it is, the first character
 * says. Blank lines and byte order marks are skipped. Throws a SyntaxError where an array is no JSON, and `UnreadableLine`.
 */
export async function* readChanges(input: AsyncIterable<unknown>): AsyncGenerator<FileChange> {
  let array: string[] | null = null;
  let number = 0;
  for await (const line of linesOf(input)) {
    number += 1;
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

/** Reads to the end. Throws `UnreadableLine` at the first line that is no text in UTF-8. */
export async function checkText(input: AsyncIterable<unknown>): Promise<void> {
  const lines = linesOf(input);
  while ((await lines.next()).done !== true);
}

/** Only line feeds end a line: U+2028 is a character like any other in JSON. */
async function* linesOf(input: AsyncIterable<unknown>): AsyncGenerator<string> {
  let begun: Uint8Array[] = [];
  let number = 0;
  for await (const chunk of input) {
    const bytes = chunk as Uint8Array;
    let from = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, from)) {
      yield textOf(Buffer.concat([...begun, bytes.subarray(from, end)]), (number += 1));
      [begun, from] = [[], end + 1];
    }
    begun.push(bytes.subarray(from));
  }
  const rest = Buffer.concat(begun);
  if (rest.length > 0) yield textOf(rest, number + 1);
}

const LINE_FEED = 0x0a;
const UTF_16 = ['fffe', 'feff'];

function textOf(bytes: Buffer, line: number): string {
  if (line === 1 && UTF_16.includes(bytes.toString('hex', 0, 2))) throw new UnreadableLine(line, 'is UTF-16');
  // In UTF-8 no JSON has a zero byte; in UTF-16 without a mark every second one is.
  if (bytes.includes(0)) throw new UnreadableLine(line, 'holds zero bytes, as UTF-16 does');
  if (!isUtf8(bytes)) throw new UnreadableLine(line, 'is no UTF-8; it may be Windows-1252 or Latin-1');
  return bytes.toString('utf8').replace(/^\uFEFF+/, '');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
