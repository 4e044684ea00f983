import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type { AppendingPart, CrmHttp } from '../connector.port.ts';
import { NO_HASHTAG, NOTE_TITLE, TOO_EARLY_STATUSES, TOO_EARLY_TRIES, TOO_EARLY_WAIT_MS } from './assumed.ts';
import { readContactById } from './contact-client.ts';
import { NOTES } from './contact-wire.ts';
import { readAll, readText, tellsAnError, unreadable } from './wire.ts';

/** Contacts of which it is remembered that they took no notes yet. */
const MOST_REMEMBERED = 10_000;

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&#039;': "'",
  '&nbsp;': ' ',
  '&amp;': '&',
};

/** Each note of Zena's is one of the contact's there: a PUT without an id makes one. */
export function createNotesPart(): AppendingPart {
  /** By contact, how often it took none. */
  const refused = new Map<string, number>();

  /** A contact that was just made takes none for a while, which is no failure; one that is there, and never does, is one. */
  async function judged(http: CrmHttp, remoteId: string, failure: Failure): Promise<Failure> {
    const isTooEarly = TOO_EARLY_STATUSES.includes(failure.answer?.status ?? 0);
    if (!isTooEarly || (failure.kind !== 'rejected' && failure.kind !== 'gone')) return failure;
    const there = await readContactById(http, remoteId);
    if (there.kind !== 'applied') return there;
    const tries = (refused.get(remoteId) ?? 0) + 1;
    refused.delete(remoteId);
    if (tries > TOO_EARLY_TRIES) return asRejected(failure);
    refused.set(remoteId, tries);
    for (const [oldest] of refused) if (refused.size > MOST_REMEMBERED) refused.delete(oldest);
    return {
      kind: 'rate_limited',
      whose: 'request',
      code: 'NOTES_NOT_YET',
      detail: 'kvCORE takes no notes of a contact that was just made: it waits.',
      retryAfterMs: TOO_EARLY_WAIT_MS,
    };
  }

  return {
    does: 'appends',
    name: NOTES,
    field: NOTES,
    async append(http, remoteId, item) {
      const outcome = await http.request({
        verb: 'create',
        method: 'PUT',
        path: [...pathOf(remoteId)],
        body: { title: NOTE_TITLE, details: withoutTags(item) },
      });
      if (outcome.kind !== 'applied') return await judged(http, remoteId, outcome);
      refused.delete(remoteId);
      const { status, body } = outcome.value;
      return tellsAnError(body) ? unreadable('a note', status) : { kind: 'applied', value: null };
    },
    list: listNotes,
  };
}

/** The contact is there: it is the note that isn't taken. */
function asRejected(failure: Failure): Failure {
  if (failure.kind !== 'gone') return failure;
  const { code, detail, answer } = failure;
  return {
    kind: 'rejected',
    code,
    detail,
    status: answer?.status ?? null,
    fields: [],
    whose: 'record',
    ...(answer && { answer }),
  };
}

async function listNotes(http: CrmHttp, remoteId: string): Promise<CallOutcome<readonly string[]>> {
  const found = await readAll(http, { verb: 'find', path: pathOf(remoteId), query: {} });
  if (found.kind !== 'applied') return found;
  const texts = found.value.map(({ details }) => plain(readText(details)).replaceAll(NO_HASHTAG, '#'));
  return { kind: 'applied', value: texts };
}

function pathOf(remoteId: string): readonly string[] {
  return ['contact', remoteId, 'action', 'note'];
}

/** What stands behind a # would become a tag of the contact's. */
function withoutTags(text: string): string {
  return text.replace(/#(?=[\p{L}\p{N}_])/gu, NO_HASHTAG);
}

/** As it was written, where it comes back as a page's text. */
function plain(text: string): string {
  return text
    .replace(/<br\s*\/?>/gi, '\n')
    .replace(/&(?:[a-z]+|#\d+);/gi, (entity) => ENTITIES[entity.toLowerCase()] ?? entity);
}
