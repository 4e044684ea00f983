import type { Json, JsonObject } from '../../../domain/json.ts';
import type { CallOutcome } from '../../../domain/outcome.ts';
import type { CrmHttp, CrmVerb } from '../../connector.port.ts';
import { apiPath, isObject, notAnAbsence, objectsIn, textIn, unexpected } from './wire.ts';

/** A text as SOQL takes it, quoted. */
export function soqlText(text: string): string {
  const escaped = text
    .replace(/[\\'"]/g, '\\$&')
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    .replace(/\t/g, '\\t');
  return `'${escaped}'`;
}

/** A beginning of a text, for `LIKE`: what it holds stands for itself. */
export function soqlBeginning(text: string): string {
  const quoted = soqlText(text).slice(1, -1).replace(/[%_]/g, '\\$&');
  return `'${quoted}%'`;
}

export function isAnyOf(field: string, texts: readonly string[]): string {
  const [only = ''] = texts;
  return texts.length === 1
    ? `${field} = ${soqlText(only)}`
    : `${field} IN (${texts.map(soqlText).join(', ')})`;
}

/** Far more than one question finds. */
const MOST_PAGES = 50;

/** All rows of a query, page by page, or `most` of them. One that was cut short is never taken for all that there is. */
export async function queryAll(
  http: CrmHttp,
  verb: Extract<CrmVerb, 'find' | 'read' | 'list'>,
  soql: string,
  most = Number.POSITIVE_INFINITY,
): Promise<CallOutcome<readonly JsonObject[]>> {
  const rows: JsonObject[] = [];
  let path = apiPath('query');
  let query: Readonly<Record<string, string>> = { q: soql };
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const outcome = await http.request({ verb, method: 'GET', path, query });
    if (outcome.kind !== 'applied') return notAnAbsence(outcome);
    const { status, body } = outcome.value;
    if (status !== 200 || !isObject(body) || !isRows(body['records'])) return unexpected('a query', status);
    rows.push(...objectsIn(body['records']));
    if (body['done'] === true || rows.length >= most) return { kind: 'applied', value: rows };
    const next = nextPath(textIn(body, 'nextRecordsUrl'));
    if (next === null) return unexpected('a query without its end', status);
    path = next;
    query = {};
  }
  return unexpected('a query without an end', 200);
}

function isRows(value: Json | undefined): boolean {
  return Array.isArray(value) && (value as readonly Json[]).every(isObject);
}

/** `/services/data/v68.0/query/01g…-2000`. */
function nextPath(url: string): readonly string[] | null {
  return /^\/services\/data\/v[\d.]+\/query\/[\w-]+$/.test(url) ? url.slice(1).split('/') : null;
}
