import type { Comparison, Condition, Literal, Order, Query, Selected } from './query-tree.ts';
import { errorAt, type SoqlError } from './soql-error.ts';
import { isDateFunction } from './date-functions.ts';
import { isSpan } from './date-spans.ts';
import { tokensOf, type Token } from './tokens.ts';

const AGGREGATES = ['count', 'count_distinct', 'min', 'max', 'sum', 'avg'] as const;
const RESERVED = /^(from|where|group|order|limit|offset|having|for|all|with|using|and|or|not)$/i;
const COMPARISONS: readonly string[] = ['=', '!=', '<>', '<', '<=', '>', '>=', 'like'];

/** Reads a query; throws a SoqlError where it can't. */
export function parseSoql(text: string): Query {
  const reader = createReader(text);
  const query = readQuery(reader);
  if (reader.peek().kind !== 'end') throw reader.unexpected();
  return query;
}

interface Reader {
  peek(ahead?: number): Token;
  next(): Token;
  /** Takes the word or sign if it comes next. */
  take(text: string): boolean;
  /** The same, which must come. */
  expect(text: string): void;
  path(): Token;
  unexpected(): SoqlError;
}

function createReader(text: string): Reader {
  const tokens = tokensOf(text);
  let place = 0;
  const peek = (ahead = 0): Token => tokens[Math.min(place + ahead, tokens.length - 1)] as Token;
  const isNext = (wanted: string): boolean =>
    peek().kind !== 'string' && peek().text.toLowerCase() === wanted.toLowerCase();
  const unexpected = (): SoqlError =>
    errorAt(text, peek().at, 'MALFORMED_QUERY', `unexpected token: '${peek().text}'`);
  const reader: Reader = {
    peek,
    next() {
      const token = peek();
      place += 1;
      return token;
    },
    take(wanted) {
      if (!isNext(wanted)) return false;
      place += 1;
      return true;
    },
    expect(wanted) {
      if (!reader.take(wanted)) throw unexpected();
    },
    path() {
      if (peek().kind !== 'word' || RESERVED.test(peek().text)) throw unexpected();
      return reader.next();
    },
    unexpected,
  };
  return reader;
}

function readQuery(reader: Reader): Query {
  reader.expect('select');
  const select = readList(reader, readSelected);
  reader.expect('from');
  const from = reader.path().text;
  // An alias of the object, as in `FROM Contact c`.
  const alias =
    reader.peek().kind === 'word' && !RESERVED.test(reader.peek().text) ? reader.next().text : null;
  if (reader.take('using')) {
    reader.expect('scope');
    reader.next();
  }
  const where = reader.take('where') ? readCondition(reader) : null;
  if (reader.take('with')) reader.next();
  const groupBy = readAfter(reader, 'group', (each) => readOperand(each).text);
  const having = reader.take('having') ? readCondition(reader) : null;
  const orderBy = readAfter(reader, 'order', readOrder);
  const limit = reader.take('limit') ? readCount(reader) : null;
  const offset = reader.take('offset') ? readCount(reader) : 0;
  const allRows = reader.take('all');
  if (allRows) reader.expect('rows');
  if (reader.take('for')) reader.next();
  const query = { select, from, where, groupBy, having, orderBy, limit, offset, allRows };
  return alias === null ? query : withoutAlias(query, alias);
}

/** `c.Name` is `Name` where the object is called c. */
function withoutAlias(query: Query, alias: string): Query {
  const start = new RegExp(`^(\\w+\\()?${alias}\\.`, 'i');
  const cutPath = (path: string): string => path.replace(start, '$1');
  const cut = <T>(value: T): T => {
    if (Array.isArray(value)) return value.map(cut) as T;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]: [string, unknown]) => [
        name,
        name === 'path' && typeof member === 'string' ? cutPath(member) : cut(member),
      ]),
    ) as T;
  };
  return { ...cut(query), groupBy: query.groupBy.map(cutPath) };
}

function readList<T>(reader: Reader, read: (reader: Reader) => T): T[] {
  const list = [read(reader)];
  while (reader.take(',')) list.push(read(reader));
  return list;
}

function readAfter<T>(reader: Reader, word: string, read: (reader: Reader) => T): T[] {
  if (!reader.take(word)) return [];
  reader.expect('by');
  return readList(reader, read);
}

function readCount(reader: Reader): number {
  const token = reader.peek();
  if (token.kind !== 'number' || !/^\d+$/.test(token.text)) throw reader.unexpected();
  return Number(reader.next().text);
}

function readSelected(reader: Reader): Selected {
  if (reader.take('(')) {
    const query = readQuery(reader);
    reader.expect(')');
    return { kind: 'children', query };
  }
  if (isDateFunction(reader.peek().text) && reader.peek(1).text === '(') {
    const { text: path, at } = readOperand(reader);
    return { kind: 'path', path, alias: readAlias(reader), at };
  }
  const { text, at } = reader.path();
  if (!reader.take('(')) return { kind: 'path', path: text, alias: readAlias(reader), at };
  const how = AGGREGATES.find((name) => name === text.toLowerCase());
  const isFields = text.toLowerCase() === 'fields' && /^(all|standard|custom)$/i.test(reader.peek().text);
  // `ALL` is a word of the language elsewhere.
  const inside = reader.peek().text === ')' ? null : (isFields ? reader.next() : reader.path()).text;
  reader.expect(')');
  if (isFields) {
    return { kind: 'all', which: (inside ?? '').toUpperCase() as 'ALL' | 'STANDARD' | 'CUSTOM' };
  }
  // What only changes how a value is shown.
  if (/^(tolabel|format|convertcurrency)$/i.test(text) && inside !== null)
    return { kind: 'path', path: inside, alias: readAlias(reader), at };
  if (how === undefined || (inside === null && how !== 'count')) throw reader.unexpected();
  return { kind: 'aggregate', how, path: inside, alias: readAlias(reader) };
}

/** A path, or what is made of one: `COUNT(Id)`, `CALENDAR_YEAR(CloseDate)`. */
function readOperand(reader: Reader): { readonly text: string; readonly at: number } {
  const { text, at } = reader.path();
  const isMade = isDateFunction(text) || AGGREGATES.some((name) => name === text.toLowerCase());
  // The zone of whoever asks is UTC here.
  const isZone = text.toLowerCase() === 'converttimezone';
  if (!(isMade || isZone) || !reader.take('(')) return { text, at };
  const inside = readOperand(reader).text;
  reader.expect(')');
  return { text: isZone ? inside : `${text}(${inside})`, at };
}

function readAlias(reader: Reader): string | null {
  const { kind, text } = reader.peek();
  return kind === 'word' && !RESERVED.test(text) ? reader.next().text : null;
}

function readOrder(reader: Reader): Order {
  const { text: path, at } = readOperand(reader);
  const isDescending = !reader.take('asc') && reader.take('desc');
  const isLast = reader.take('nulls') && reader.next().text.toLowerCase() === 'last';
  return { path, at, isDescending, nulls: isLast ? 'last' : 'first' };
}

/** AND and OR can't be mixed without parentheses: verified by what real orgs answer. */
function readCondition(reader: Reader): Condition {
  const parts = [readUnary(reader)];
  const kind = /^(and|or)$/i.exec(reader.peek().text)?.[0]?.toLowerCase() as 'and' | 'or' | undefined;
  if (kind === undefined) return parts[0] as Condition;
  while (reader.take(kind)) parts.push(readUnary(reader));
  if (/^(and|or)$/i.test(reader.peek().text)) throw reader.unexpected();
  return { kind, parts };
}

function readUnary(reader: Reader): Condition {
  if (reader.take('not')) return { kind: 'not', part: readUnary(reader) };
  if (reader.take('(')) {
    const inside = readCondition(reader);
    reader.expect(')');
    return inside;
  }
  return readComparison(reader);
}

function readComparison(reader: Reader): Condition {
  const { text: path, at } = readOperand(reader);
  const isNegated = reader.take('not');
  if (reader.take('in')) {
    reader.expect('(');
    const isQuery = reader.peek().text.toLowerCase() === 'select' && reader.peek().kind === 'word';
    const values = isQuery ? readQuery(reader) : readList(reader, readLiteral);
    reader.expect(')');
    return { kind: 'in', path, at, isNegated, values };
  }
  const sign = reader.peek().text.toLowerCase();
  if (isNegated || !COMPARISONS.includes(sign)) throw reader.unexpected();
  reader.next();
  const by = (sign === '<>' ? '!=' : sign) as Comparison;
  return { kind: 'compare', path, at, by, value: readLiteral(reader) };
}

function readLiteral(reader: Reader): Literal {
  const { kind, text } = reader.peek();
  const literal = literalOf(kind, text);
  if (literal === null) throw reader.unexpected();
  reader.next();
  return literal;
}

function literalOf(kind: Token['kind'], text: string): Literal | null {
  if (kind === 'string') return { kind, text };
  if (kind === 'number') return { kind, number: Number(text) };
  if (kind === 'date') return { kind, text };
  if (kind !== 'word') return null;
  if (/^(true|false)$/i.test(text)) return { kind: 'boolean', is: text.toLowerCase() === 'true' };
  if (/^null$/i.test(text)) return { kind: 'null' };
  return isSpan(text) ? { kind: 'span', name: text.toUpperCase() } : null;
}
