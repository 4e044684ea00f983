import type { Json } from '../../domain/json.ts';
import type { CallOutcome } from '../../domain/outcome.ts';
import type { AppendingPart, CrmHttp } from '../connector.port.ts';
import { idIn, listAll, tellsAnError, textIn, unexpected } from './vaultre-answers.ts';

/** Notes of a contact, or of a property: each text is one note. */
export function notesPart(pathOf: (remoteId: string) => readonly string[]): AppendingPart {
  return {
    does: 'appends',
    name: 'notes',
    field: 'notes',
    append: (http, remoteId, item) => append(http, [...pathOf(remoteId), 'notes'], item),
    list: (http, remoteId) => list(http, [...pathOf(remoteId), 'notes']),
  };
}

async function append(http: CrmHttp, path: readonly string[], text: string): Promise<CallOutcome<null>> {
  const outcome = await http.request({ verb: 'update', method: 'POST', path, body: { body: text } });
  if (outcome.kind !== 'applied') return outcome;
  const { status, body } = outcome.value;
  return tellsAnError(body) || idIn(body) === null
    ? unexpected('a new note', status)
    : { kind: 'applied', value: null };
}

async function list(http: CrmHttp, path: readonly string[]): Promise<CallOutcome<readonly string[]>> {
  const outcome = await listAll(http, { verb: 'list', path, isOfRecord: true });
  if (outcome.kind !== 'applied') return outcome;
  return { kind: 'applied', value: outcome.value.map((note: Json) => textIn(note, 'body')) };
}
