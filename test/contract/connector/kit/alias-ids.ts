import { ENTITY_KINDS, type EntityKind } from '../../../../src/domain/entity.ts';
import type { Json } from '../../../../src/domain/json.ts';
import type { OutboundRequest, Transport } from '../../../../src/wire/transport.port.ts';
import type { KitCrm } from './kit-subject.ts';

/** Members of an answer that name records: `id`, `contactId`, `owners`, … */
const NAMES_RECORDS =
  /^id$|id$|ids$|^(?:vendors|buyers|contacts|owners|purchasers|people|property|contact)$/i;
const MARK = 'big-number:';

/**
 * The same CRM with other ids, each the n-th of its kind: in addresses, bodies and answers. One whose ids are numbers answers numbers that no
 * double holds.
 */
export function aliasing(way: Transport, crm: KitCrm, alias: (count: number) => string): Transport {
  const known = () => {
    const pairs = ENTITY_KINDS.flatMap((kind) => [...aliasesOf(crm, kind, alias)]);
    return { out: new Map(pairs), back: new Map(pairs.map(([id, other]) => [other, id])) };
  };
  return {
    async send(request) {
      const result = await way.send(asReal(request, known().back));
      if (result.kind !== 'response') return result;
      const text = Buffer.from(result.body).toString('utf8');
      let body: Json;
      try {
        body = JSON.parse(text) as Json;
      } catch (error) {
        if (error instanceof SyntaxError) return result;
        throw error;
      }
      const renamed = JSON.stringify(rename(body, known().out)).replaceAll(
        new RegExp(`"${MARK}(\\d+)"`, 'g'),
        '$1',
      );
      const { 'content-length': _length, ...headers } = result.headers;
      return { ...result, headers, body: Buffer.from(renamed) };
    },
  };
}

/** What records of a kind are called instead, by their ids; no two of all kinds alike. */
export function aliasesOf(
  crm: KitCrm,
  kind: EntityKind,
  alias: (count: number) => string,
): ReadonlyMap<string, string> {
  const first = ENTITY_KINDS.indexOf(kind) * 1_000;
  return new Map(crm.records(kind).map(({ id }, index) => [id, alias(first + index)]));
}

function asReal(request: OutboundRequest, back: ReadonlyMap<string, string>): OutboundRequest {
  const url = new URL(request.url);
  const real = (segment: string): string => back.get(segment) ?? segment;
  const path = url.pathname
    .split('/')
    .map((segment) => encodeURIComponent(real(decodeURIComponent(segment))));
  for (const [name, value] of [...url.searchParams]) {
    if (back.has(value)) url.searchParams.set(name, back.get(value) ?? value);
  }
  url.pathname = path.join('/');
  const { body } = request;
  return {
    ...request,
    url: url.href,
    // A form, or a table, names no records.
    ...(body !== undefined &&
      /^\s*[[{]/.test(body) && { body: JSON.stringify(restore(parsedExactly(body), back)) }),
  };
}

function rename(value: Json, out: ReadonlyMap<string, string>, isId = false): Json {
  if (Array.isArray(value)) return value.map((one: Json) => rename(one, out, isId));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name,
        rename(member ?? null, out, NAMES_RECORDS.test(name)),
      ]),
    );
  }
  if (!isId || (typeof value !== 'string' && typeof value !== 'number')) return value;
  const other = out.get(String(value));
  if (other === undefined) return value;
  return typeof value === 'number' ? `${MARK}${other}` : other;
}

function restore(value: Json, back: ReadonlyMap<string, string>): Json {
  if (Array.isArray(value)) return value.map((one: Json) => restore(one, back));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, restore(member ?? null, back)]),
    );
  }
  if (typeof value !== 'string') return value;
  // What came as a number is one there, too.
  if (value.startsWith(MARK)) return Number(back.get(value.slice(MARK.length)) ?? value.slice(MARK.length));
  return back.get(value) ?? value;
}

/** With numbers that no double holds as marked texts. */
function parsedExactly(text: string): Json {
  const marked = text.replaceAll(
    /("(?:[^"\\]|\\.)*")|(?<![\d.])(\d{16,})(?![\d.])/g,
    (_all, quoted, figures) => (typeof quoted === 'string' ? quoted : `"${MARK}${String(figures)}"`),
  );
  return JSON.parse(marked) as Json;
}
