import type { Json, JsonObject } from '../../../domain/json.ts';
import { recordWire } from '../records/record-values.ts';
import type { RestCall } from './rest-call.ts';
import type { SfObject } from '../schema/objects.ts';
import { fieldOf } from '../schema/schema.ts';
import { isVisible, shownText, type HeldRecord, type SfOrg } from '../org/sf-org.ts';
import { NOT_ALLOWED, ok, type SfReply } from '../org/sf-reply.ts';
import { SoqlError } from '../soql/soql-error.ts';

/** `/search`: words in any text of the objects that are asked for. What was written within the lag isn't found (well known). */
export function searchReply(org: SfOrg, { method, query, version, caller }: RestCall): SfReply {
  if (method !== 'GET') return NOT_ALLOWED(method);
  const text = query.get('q') ?? '';
  const found =
    /^\s*FIND\s*\{((?:\\.|[^}\\])*)\}(?:\s+IN\s+(\w+)\s+FIELDS)?(?:\s+RETURNING\s+([\s\S]+?))?(?:\s+LIMIT\s+(\d+))?\s*$/i.exec(
      text,
    );
  if (found === null)
    throw new SoqlError(
      'MALFORMED_SEARCH',
      'No search term found. The search term must be enclosed in braces.',
    );
  const [
    ,
    term = '',
    scope = 'ALL',
    returning = 'Contact(Id), Account(Id), Opportunity(Id)',
    limit = '2000',
  ] = found;
  const words = term.replace(/\\(.)/g, '$1').toLowerCase().split(/\s+/).filter(Boolean);
  if (words.join('').length < 2)
    throw new SoqlError('MALFORMED_SEARCH', 'search term must be longer than one character');
  const { searchLagMs } = org.settings();
  const records: JsonObject[] = [];
  for (const [, name = '', inside] of returning.matchAll(/(\w+)(?:\(([^)]*)\))?/g)) {
    const object = org.schema().object(name);
    if (object === null) throw new SoqlError('INVALID_TYPE', `sObject type '${name}' is not supported.`);
    const fields = (inside ?? 'Id')
      .replace(/\s+(WHERE|ORDER|LIMIT)\b[\s\S]*$/i, '')
      .split(',')
      .flatMap((field) => fieldOf(object, field.trim()) ?? []);
    const held = org.store
      .all(object.name)
      .filter(({ updatedAt }) => updatedAt <= org.now() - searchLagMs)
      .map((record): HeldRecord => ({ object, record, removedAt: null }))
      .filter((each) => isVisible(org, caller, each) && hasWords(each, words, object, scope));
    records.push(...held.map((each) => recordWire(org, each, version, fields)));
  }
  return ok({ searchRecords: records.slice(0, Number(limit)) as Json });
}

function hasWords(
  { record }: HeldRecord,
  words: readonly string[],
  object: SfObject,
  scope: string,
): boolean {
  const texts = Object.entries(record.fields)
    .filter(([name]) => isInScope(fieldOf(object, name)?.type, name, scope.toUpperCase()))
    .map(([, value]) => shownText(value).toLowerCase());
  return words.every((word) => texts.some((text) => wordPattern(word).test(text)));
}

function isInScope(type: string | undefined, name: string, scope: string): boolean {
  if (scope === 'EMAIL') return type === 'email';
  if (scope === 'PHONE') return type === 'phone';
  if (scope === 'NAME') return /Name$/.test(name);
  return type !== 'reference';
}

function wordPattern(word: string): RegExp {
  const pattern = word
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`(^|[^\\p{L}\\p{N}])${pattern}`, 'u');
}
