import { contentHash } from '../../domain/content-hash.ts';
import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type { CreatedRecord, CrmFields, RemoteRecord } from '../../domain/remote-record.ts';
import type { CrmHttp, CrmVerb, OwnCalls } from '../connector.port.ts';
import type { MailEnd, MailTransport } from '../mail-transport.port.ts';
import { leadMail, type Letter } from './lead-mail.ts';

/** The operator's mail server, and whom its mails are from. */
export interface Post {
  readonly mail: MailTransport;
  readonly from: string;
}

/** Sends leads to an account's intake address. Each is a mail, and none is sent twice because nobody said what became of it. */
export function createLeadSender({ mail, from }: Post) {
  const domain = from.slice(from.lastIndexOf('@') + 1);

  async function send(
    own: OwnCalls,
    verb: CrmVerb,
    fields: CrmFields,
    letter: Pick<Letter, 'messageId' | 'isUpdate'>,
  ): Promise<CallOutcome<null>> {
    const to = own.credentials['leadEmail'] ?? '';
    const sent = await own.call(verb, () => mail.send(leadMail(fields, { ...letter, to, from })));
    return sent.kind === 'applied' ? ended(sent.value) : sent;
  }

  return {
    async authenticate(http: CrmHttp): Promise<CallOutcome<true>> {
      const asked = await ownOf(http).call('verify', () => mail.verify());
      const end = asked.kind === 'applied' ? ended(asked.value) : asked;
      return end.kind === 'applied' ? { kind: 'applied', value: true } : end;
    },
    async create(http: CrmHttp, fields: CrmFields): Promise<CallOutcome<CreatedRecord>> {
      const { reference } = fields;
      // The same mail has the same name, so that whoever gets it twice can tell.
      const name = typeof reference === 'string' ? reference : `zena-${contentHash(fields)}`;
      const messageId = `${name}@${domain}`;
      const sent = await send(ownOf(http), 'create', fields, { messageId, isUpdate: false });
      return sent.kind === 'applied'
        ? { kind: 'applied', value: { id: messageId, version: null, origin: 'created' } }
        : sent;
    },
    /** Only where the user chose so: one more mail. */
    async update(http: CrmHttp, remoteId: string, fields: CrmFields): Promise<CallOutcome<RemoteRecord>> {
      const [name = '', host = domain] = remoteId.split('@');
      const messageId = `${name}.${contentHash(fields).slice(0, 16)}@${host}`;
      const sent = await send(ownOf(http), 'update', fields, { messageId, isUpdate: true });
      if (sent.kind === 'applied') return { kind: 'applied', value: { id: remoteId, version: null } };
      return sent.kind === 'ambiguous' || sent.code === 'TIMEOUT' || sent.code === 'CONNECTOR_FAILED'
        ? inDoubt('rejected')
        : sent;
    },
  };
}

function ownOf({ own }: CrmHttp): OwnCalls {
  if (own === undefined) throw new TypeError('lead e-mails are sent without a host');
  return own;
}

function ended(end: MailEnd): CallOutcome<null> {
  switch (end.kind) {
    case 'taken':
      return { kind: 'applied', value: null };
    case 'unknown':
      return inDoubt('ambiguous');
    case 'unsent':
      return {
        kind: 'retry_later',
        code: end.code,
        detail:
          end.code === 'MAIL_NOT_ENCRYPTED'
            ? 'The operator’s mail server offers no encryption, so nothing was sent.'
            : 'The operator’s mail server can’t be reached; nothing was sent.',
        status: null,
        whose: 'application',
      };
    case 'refused':
      return refused(end);
  }
}

function inDoubt(kind: 'ambiguous' | 'rejected'): Failure {
  const detail =
    'The mail went out, and the mail server did not say whether it took it: it is not sent again. Look for the lead in Top Producer.';
  return kind === 'ambiguous'
    ? { kind, code: 'MAIL_IN_DOUBT', detail, status: null }
    : { kind, code: 'MAIL_IN_DOUBT', detail, status: null, fields: [], whose: 'record' };
}

/** 4xx asks to come again; a 5xx is about what was refused: our login or address, the account's intake address, or this mail. */
function refused({ at, status }: Extract<MailEnd, { kind: 'refused' }>): Failure {
  const isForGood = status >= 500;
  if (at === 'login' || (at === 'sender' && isForGood))
    return {
      kind: 'retry_later',
      code: at === 'login' ? 'MAIL_LOGIN_REFUSED' : 'MAIL_SENDER_REFUSED',
      detail: `The operator’s mail server refused ${at === 'login' ? 'its login' : 'TOP_PRODUCER_FROM'} (${status}): whoever runs this service can mend that.`,
      status,
      whose: 'application',
    };
  if (at === 'recipient' && isForGood)
    return {
      kind: 'unauthorised',
      code: 'LEAD_ADDRESS_REFUSED',
      detail: `The lead address was refused (${status}): enter the one that Top Producer shows.`,
      status,
      whose: 'account',
    };
  if (isForGood)
    return {
      kind: 'rejected',
      code: 'MAIL_REFUSED',
      detail: `The mail server refused the mail (${status}).`,
      status,
      fields: [],
      whose: 'record',
    };
  const detail = `The mail server asked to come again (${status}).`;
  return { kind: 'retry_later', code: 'MAIL_LATER', detail, status, whose: 'record' };
}
