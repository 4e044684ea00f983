import { isEmail } from '../../domain/canonical/email-address.ts';
import { isUsualPlaceholder } from '../../domain/canonical/placeholder-emails.ts';
import type { ConnectorKind, CrmConnector, ParsedCredentials } from '../connector.port.ts';
import type { CredentialField } from '../credential-field.port.ts';
import type { MailTransport } from '../mail-transport.port.ts';
import type { ConnectorMeans, ProviderDefinition } from '../provider-definition.ts';
import { leadMapping } from './lead-mapping.ts';
import { createLeadSender } from './lead-sender.ts';
import { leadMailsPage } from './page.ts';

const SMTP_URL = 'SMTP_URL';
const FROM = 'TOP_PRODUCER_FROM';
const UPDATES = 'mail';

/** One plain address: nothing that a header could be made of. */
const ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;

const KNOWN_GAPS = [
  'Top Producer publishes no interface: contacts go there as lead e-mails by its metadata specification, one way.',
  'A lead is sent once. What changes later isn’t sent, unless the connection asks for one more mail for each change (updates: “mail”), of which Top Producer may make one more lead.',
  'Whether Top Producer made a lead of a mail, and which, is not told: what is there already isn’t looked for, and nothing is deleted.',
  'Two contacts of Zena’s with the same e-mail are one lead.',
  'A contact who wants no contact in some way is not sent: a lead e-mail can’t say so, and Top Producer may write to new leads by itself.',
  'A mail of which the mail server did not say whether it took it is not sent again: a person is told.',
  'A mail that comes back later (a bounce) goes to the operator’s sender address, and isn’t seen here.',
  'Properties and deals are not sent.',
];

const CREDENTIAL_FIELDS: readonly CredentialField[] = [
  {
    name: 'leadEmail',
    label: 'Lead address',
    secret: false,
    required: true,
    kind: 'text',
    help: 'The e-mail address that Top Producer takes your leads in by, as its settings show it.',
  },
  {
    name: 'updates',
    label: 'Changes',
    secret: false,
    required: false,
    kind: 'text',
    help: `“${UPDATES}”: one more e-mail for each change of a contact. Left out: a contact is sent once.`,
  },
];

/** Where the operator's settings are none. */
const NO_MAIL: MailTransport = {
  send: () => Promise.resolve({ kind: 'unsent', code: 'MAIL_SERVER_UNREACHABLE' }),
  verify: () => Promise.resolve({ kind: 'unsent', code: 'MAIL_SERVER_UNREACHABLE' }),
};

/** How it comes into the service. */
export const leadMailsProvider: ProviderDefinition = {
  id: 'top_producer',
  operatorSettings: [
    {
      name: SMTP_URL,
      secret: true,
      required: true,
      help: 'The mail server that lead e-mails are sent by: smtps://user:password@host, or smtp:// where it offers TLS.',
    },
    {
      name: FROM,
      secret: false,
      required: true,
      help: 'The address that lead e-mails are from; mails that come back go there.',
    },
  ],
  page: leadMailsPage,
  create: createLeadMails,
};

/** Top Producer by lead e-mails. Sources of each fact: README.md beside this file. */
export function createLeadMails({ operator, isPlaceholder, openMail }: ConnectorMeans): CrmConnector {
  const from = operator[FROM] ?? '';
  const mail = openMail?.(operator[SMTP_URL] ?? '') ?? NO_MAIL;
  const sender = createLeadSender({ mail: ADDRESS.test(from) ? mail : NO_MAIL, from });
  const contact: ConnectorKind = {
    ...leadMapping(isPlaceholder),
    parts: {
      core: {
        writes: 'replaces',
        create: (http, { fields }) => sender.create(http, fields),
        update: (http, remoteId, { fields }) => sender.update(http, remoteId, fields),
      },
    },
    unsearchable: true,
    find: () => Promise.resolve({ kind: 'applied', value: [] }),
    // One of the same phone is the same where it is called the same.
    agrees: (found, draft) => found['name'] === draft['name'] && draft['name'] !== '',
  };
  return {
    id: 'top_producer',
    credentialFields: CREDENTIAL_FIELDS,
    syncDirections: ['push'],
    kinds: { contact },
    mappingVersion: 'top-producer-mail-1',
    limits: {
      requestsPerSecond: 2,
      maxConcurrent: 2,
      requestsPerDay: null,
      searchLagMs: 0,
      callDeadlineMs: 10_000,
    },
    knownGaps: KNOWN_GAPS,
    account: {
      parse: parseCredentials,
      baseUrl: () => 'https://unused.invalid',
      headers: () => ({}),
      budgetKey: ({ leadEmail = '' }, fingerprint) => `top_producer mail ${fingerprint(leadEmail)}`,
      isNamed: true,
      identify: (_http, { leadEmail = '' }) =>
        Promise.resolve({
          kind: 'applied',
          value: {
            accountKey: `top_producer mail ${leadEmail.toLowerCase()}`,
            label: leadEmail,
            actsAs: null,
          },
        }),
    },
    facts: {
      maxAgeMs: 300_000,
      read: (http, name) =>
        Promise.resolve({
          kind: 'applied',
          value: name === 'updates' ? http.own?.credentials['updates'] === UPDATES : null,
        }),
    },
    authenticate: sender.authenticate,
  };
}

/** Without anything of an operator's: what can be known of it without. */
export const leadMails: CrmConnector = createLeadMails({
  operator: {},
  baseUrl: null,
  isPlaceholder: isUsualPlaceholder,
});

function parseCredentials(input: Readonly<Record<string, unknown>>): ParsedCredentials {
  const { leadEmail, updates, ...others } = input;
  const errors = Object.keys(others).map((field) => ({
    field,
    code: 'UNKNOWN_FIELD',
    detail: 'Top Producer takes leadEmail and updates.',
  }));
  const address = typeof leadEmail === 'string' ? leadEmail.trim() : '';
  if (!ADDRESS.test(address) || !isEmail(address)) {
    errors.push({ field: 'leadEmail', code: 'INVALID', detail: 'One plain e-mail address.' });
  }
  if (updates !== undefined && updates !== UPDATES) {
    errors.push({ field: 'updates', code: 'INVALID', detail: `“${UPDATES}”, or left out.` });
  }
  if (errors.length > 0) return { ok: false, errors };
  const credentials = { leadEmail: address, ...(updates === UPDATES && { updates: UPDATES }) };
  return { ok: true, credentials, instanceUrl: '' };
}
