import { errorAt } from './soql-error.ts';

export interface Token {
  readonly kind: 'word' | 'string' | 'number' | 'date' | 'sign' | 'bind' | 'end';
  readonly text: string;
  readonly at: number;
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  N: '\n',
  r: '\r',
  R: '\r',
  t: '\t',
  T: '\t',
  b: '\b',
  B: '\b',
  f: '\f',
  F: '\f',
  '"': '"',
  "'": "'",
  '\\': '\\',
};

const PATTERNS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['date', /\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d))?/y],
  ['number', /[+-]?\d+(?:\.\d+)?(?![\w-])/y],
  ['word', /[A-Za-z][\w]*(?:\.[A-Za-z]\w*)*(?::\d+)?/y],
  ['sign', /<=|>=|!=|<>|[=<>(),]/y],
];

/** The pieces of a query. In strings `\_` and `\%` stay as they are: only LIKE tells what they mean. */
export function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < query.length) {
    if (/\s/.test(query[at] ?? '')) {
      at += 1;
      continue;
    }
    const token = query[at] === "'" ? stringAt(query, at) : plainAt(query, at);
    tokens.push(token.token);
    at = token.end;
  }
  return [...tokens, { kind: 'end', text: '<EOF>', at: query.length }];
}

function plainAt(query: string, at: number): { readonly token: Token; readonly end: number } {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const text = pattern.exec(query)?.[0];
    if (text !== undefined) return { token: { kind, text, at }, end: at + text.length };
  }
  throw errorAt(query, at, 'MALFORMED_QUERY', `unexpected token: '${query[at] ?? ''}'`);
}

function stringAt(query: string, start: number): { readonly token: Token; readonly end: number } {
  let text = '';
  for (let at = start + 1; at < query.length; at += 1) {
    const letter = query[at] ?? '';
    if (letter === "'") return { token: { kind: 'string', text, at: start }, end: at + 1 };
    if (letter !== '\\') {
      text += letter;
      continue;
    }
    at += 1;
    const escaped = query[at] ?? '';
    const code = /^u([0-9a-fA-F]{4})/.exec(query.slice(at, at + 5))?.[1];
    if (code !== undefined) {
      text += String.fromCharCode(Number.parseInt(code, 16));
      at += 4;
    } else if (escaped === '_' || escaped === '%') text += `\\${escaped}`;
    else if (ESCAPES[escaped] !== undefined) text += ESCAPES[escaped];
    else
      throw errorAt(
        query,
        at - 1,
        'MALFORMED_QUERY',
        `Invalid string literal: illegal character sequence '\\${escaped}'`,
      );
  }
  throw errorAt(query, start, 'MALFORMED_QUERY', 'unexpected end of query string: missing closing quote');
}
