import type { Json } from '../../domain/json.ts';
import type { CrmFields } from '../../domain/remote-record.ts';
import type { OutboundMail } from '../mail-transport.port.ts';

/** The version of the vendor's metadata specification. */
const VERSION = '1.0';

/** Whom leads are said to come from. */
const SOURCE = 'Zena';

/** Tags of the specification, by mapped field; what is empty is left out. */
const TAGS = {
  type: 'lead_type',
  name: 'lead_name',
  email: 'lead_email',
  phone: 'lead_phone',
  message: 'lead_message',
  tag: 'lead_tag',
} as const;

/** Of the plain text, for readers of mails that don't read tags. */
const LINES = { name: 'Name', email: 'Email', phone: 'Phone', message: 'Notes' } as const;

export interface Letter {
  readonly to: string;
  readonly from: string;
  /** Without its angle brackets. */
  readonly messageId: string;
  /** It was sent before, and something of it is another now. */
  readonly isUpdate: boolean;
}

/** A contact as a lead e-mail, by the Metadata Specification for Real Estate Lead Emails. Nothing of a value ends a tag or a line. */
export function leadMail(fields: CrmFields, { to, from, messageId, isUpdate }: Letter): OutboundMail {
  const said = (field: string): string => oneLine(fields[field]);
  const tags: [name: string, content: string][] = [
    ['lead_information_version', VERSION],
    ['lead_source', SOURCE],
    ...Object.entries(TAGS).map(([field, tag]): [string, string] => [tag, said(field)]),
  ];
  const lines = [
    `Source: ${SOURCE}`,
    ...Object.entries(LINES).map(([field, label]) => (said(field) === '' ? '' : `${label}: ${said(field)}`)),
  ].filter((line) => line !== '');
  const head = tags
    .filter(([, content]) => content !== '')
    .map(([name, content]) => `<meta name="${name}" content="${escaped(content)}">`);
  return {
    to,
    from,
    messageId,
    subject: `${isUpdate ? 'Changed lead' : 'New lead'}: ${said('name') || said('email') || said('phone')}`,
    text: `${lines.join('\n')}\n`,
    html: `<!DOCTYPE html>
<html><head>
<meta charset="utf-8">
${head.join('\n')}
<title>${isUpdate ? 'Changed lead' : 'New lead'}</title>
</head><body>
${lines.map((line) => `<p>${escaped(line)}</p>`).join('\n')}
</body></html>
`,
  };
}

function oneLine(value: Json | undefined): string {
  return typeof value === 'string' ? value.replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim() : '';
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}
