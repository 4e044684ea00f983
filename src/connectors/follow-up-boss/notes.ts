import type { AppendingPart } from '../connector.port.ts';
import { ESCAPED_IN_NOTES } from './assumed.ts';
import { NOTES } from './person-mapping.ts';
import { readAll, readText, sentId } from './wire.ts';

/** Each note of Zena's is one of the person's there. */
export const notesPart: AppendingPart = {
  does: 'appends',
  name: NOTES,
  field: NOTES,
  async append(http, remoteId, item) {
    const body = { personId: sentId(remoteId), body: item };
    const outcome = await http.request({ verb: 'create', method: 'POST', path: ['notes'], body });
    return outcome.kind === 'applied' ? { kind: 'applied', value: null } : outcome;
  },
  async list(http, remoteId) {
    const query = { personId: remoteId };
    const found = await readAll(http, { verb: 'find', path: ['notes'], query });
    if (found.kind !== 'applied') return found;
    const theirs = found.value.filter(
      ({ personId }) => personId === undefined || String(personId as number) === remoteId,
    );
    return { kind: 'applied', value: theirs.map(({ body }) => plainNote(readText(body))) };
  },
};

/** As it was written, where it comes back as a page's text. */
function plainNote(body: string): string {
  return body
    .replace(/<br\s*\/?>/gi, '\n')
    .replace(/&(?:[a-z]+|#\d+);/gi, (entity) => ESCAPED_IN_NOTES[entity.toLowerCase()] ?? entity);
}
