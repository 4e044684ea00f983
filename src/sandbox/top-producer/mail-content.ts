import type { JsonObject } from '../../domain/json.ts';

/** What Top Producer reads of a lead e-mail: its tags, and whom it is from and to. */
export function leadIn(source: string, from: string, to: string): JsonObject {
  const [head, body] = splitAt(source);
  const html = htmlIn(head, body);
  const tags = [...html.matchAll(/<meta\s+name="(lead_\w+)"\s+content="([^"]*)"\s*\/?>/gi)];
  return {
    from,
    to,
    subject: decodedWords(headerOf(head, 'subject')),
    messageId: headerOf(head, 'message-id'),
    ...Object.fromEntries(
      tags.map(([, name = '', content = '']) => [name.toLowerCase(), unescaped(content)]),
    ),
  };
}

function splitAt(part: string): readonly [head: string, body: string] {
  const at = part.indexOf('\r\n\r\n');
  return at === -1 ? [part, ''] : [part.slice(0, at), part.slice(at + 4)];
}

/** Folded lines are one. */
function headerOf(head: string, name: string): string {
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const found = lines.find((line) => line.toLowerCase().startsWith(`${name}:`)) ?? '';
  return found.slice(name.length + 1).trim();
}

/** The page of a mail, whatever parts it has; empty: none. */
function htmlIn(head: string, body: string): string {
  const type = headerOf(head, 'content-type');
  const [, boundary] = /boundary="?([^";]+)"?/i.exec(type) ?? [];
  if (boundary !== undefined) {
    const parts = body.split(`--${boundary}`).map((part) => splitAt(part.replace(/^\r\n/, '')));
    return parts.map((part) => htmlIn(...part)).find((html) => html !== '') ?? '';
  }
  if (!/text\/html/i.test(type)) return '';
  const encoding = headerOf(head, 'content-transfer-encoding').toLowerCase();
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  return encoding === 'quoted-printable' ? quotedPrintable(body.replace(/=\r?\n/g, '')) : body;
}

function quotedPrintable(text: string): string {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  const plain = bytes.replace(/=([0-9A-F]{2})/gi, (_sign, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(plain, 'latin1').toString('utf8');
}

function decodedWords(text: string): string {
  return text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_word, how: string, content: string) =>
      how.toLowerCase() === 'b'
        ? Buffer.from(content, 'base64').toString('utf8')
        : quotedPrintable(content.replaceAll('_', ' ')),
    );
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&amp;': '&',
};

function unescaped(text: string): string {
  return text.replace(/&(?:lt|gt|quot|#39|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}
