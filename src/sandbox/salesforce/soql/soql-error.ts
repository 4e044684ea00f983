/** A query that can't be run, in the vendor's words. */
export class SoqlError extends Error {
  readonly errorCode: string;

  constructor(errorCode: string, message: string) {
    super(message);
    this.errorCode = errorCode;
  }
}

/** What is wrong at a place of the text, with the piece that it stands in. */
export function errorAt(query: string, at: number, errorCode: string, told: string): SoqlError {
  const from = Math.max(0, at - 20);
  const piece = query.slice(from, at + 20).replace(/\s/g, ' ');
  const pointer = `${' '.repeat(at - from)}^`;
  return new SoqlError(errorCode, `\n${piece}\n${pointer}\nERROR at Row:1:Column:${at + 1}\n${told}`);
}
