import { foldCase, settled } from './fold-text.ts';
import { idnHost } from './idn-host.ts';
import { withoutMarks } from './invisible-marks.ts';

const AT = '[@＠﹫]';
/** What is taken off, each at one place, until nothing is left to take off. */
const WRAPPINGS: readonly (readonly [RegExp, string])[] = [
  // `Mary Jones <a@example.com>`, and what chats make of it: `<mailto:a@example.com|a@example.com>`
  [new RegExp(`^.*?[<＜‹]([^<>＜＞‹›]*${AT}[^<>＜＞‹›|]*)(?:\\|[^>]*)?[>＞›].*$`, 'su'), '$1'],
  // Markdown: `[a@example.com](mailto:a@example.com)`
  [new RegExp(`^\\[[^\\]]*\\]\\(([^()]*${AT}[^()]*)\\)$`, 'su'), '$1'],
  // `a@example.com (home)`, `(work) a@example.com`, `Mary Jones (a@example.com)`, `[a@example.com]`
  [new RegExp(`^(\\S*${AT}[^\\s()]+)\\s*\\([^()@]*\\)$`, 'su'), '$1'],
  [new RegExp(`^\\([^()@]*\\)\\s*(\\S*${AT}\\S+)$`, 'su'), '$1'],
  [new RegExp(`^[^@()]*\\(([^()]*${AT}[^()]*)\\)$`, 'su'), '$1'],
  [new RegExp(`^[[{]([^[\\]{}]*${AT}[^[\\]{}]*)[\\]}]$`, 'su'), '$1'],
  // `mailto:b@example.com?subject=Hello`; a colon can't stand in an address otherwise, so `E-mail: a@example.com` is one, too.
  [new RegExp(`^mailto:(?:/+)?([^?]*(?:${AT}|%40)[^?]*)(?:\\?.*)?$`, 'isu'), '$1'],
  [new RegExp(`^[\\p{L}][\\p{L} .-]{0,19}:\\s*([^:"]*${AT}[^:]*)$`, 'su'), '$1'],
  // Quotation marks round it, or the one that a table puts before a text; behind it is none that belongs to it.
  [/^(["“”„'‘’`«])(.*)["“”'‘’`»]$/su, '$2'],
  [new RegExp(`^['‘’\`](?=[^'‘’\`]*${AT})`, 'u'), ''],
  [new RegExp(`(${AT}[^"“”'‘’\`]*)["“”'‘’\`»>＞]+$`, 'u'), '$1'],
  // Several in one entry: the first.
  [new RegExp(`^([^\\s,;，；"]+${AT}[^\\s,;，；"]+)\\s*(?:[,;，；/|]\\s*|\\s+)\\S*${AT}.*$`, 'su'), '$1'],
  [/^[\s,;，；<＜]+/u, ''],
  [/[\s.,;:。，；．｡]+$/u, ''],
  [new RegExp(`\\s*(${AT})\\s*`, 'u'), '$1'],
];

/** More than any e-mail with its wrapping has; what is longer is none, and is not looked through. */
const LONGEST = 1_000;
/** Nor has it so many of these; each is tried as the beginning of a wrapping. */
const MOST_MARKS = 60;
const WRAPPING_MARKS = /[@＠﹫<＜‹([{]/gu;
/** Local part and host; quoted local parts may hold anything. */
const ADDRESS = /^(?:"[^"]+"|[^\s"(),:;<>@[\]\\]+)@(?<host>[^\s"(),:;<>@/\\]+)$/u;
const LABEL = /^[\p{L}\p{N}\p{M}](?:[\p{L}\p{N}\p{M}_-]*[\p{L}\p{N}\p{M}])?$/u;
const LITERAL = /^\[[0-9a-f.:]+\]$/i;

/** What is an address and nothing else, in the letters that nearly all have: none of the rules below changes more of it than its case. */
const PLAIN_ADDRESS = /^[\w+-]+(?:\.[\w+-]+)*@[a-z0-9]+(?:[.-][a-z0-9]+)*$/i;

/** An entry as it is sent: without invisible marks and wrapping (`Mary Jones <a@b>`, `mailto:`, a full stop behind it), otherwise as written. */
export function cleanEmail(entry: string): string {
  if (PLAIN_ADDRESS.test(entry)) return entry;
  const text = withoutMarks(entry).trim();
  return text.length > LONGEST || (text.match(WRAPPING_MARKS)?.length ?? 0) > MOST_MARKS
    ? text
    : settled(text, unwrapped);
}

function unwrapped(text: string): string {
  let inner = text;
  for (const [wrapping, rest] of WRAPPINGS) {
    if (wrapping.test(inner)) inner = decoded(inner, inner.replace(wrapping, rest).trim());
  }
  return inner;
}

/** In a `mailto:` the at sign and others may be written by their number. */
function decoded(before: string, after: string): string {
  if (!/^mailto:/i.test(before) || !after.includes('%')) return after;
  return after.replace(/%(4[01]|2[bdef]|5f)/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** Whether an entry can be an e-mail at all: `n/a` can't. */
export function isEmail(entry: string): boolean {
  const plain = plainForm(entry);
  const host = plain.length > LONGEST ? undefined : ADDRESS.exec(plain)?.groups?.['host'];
  if (host === undefined) return false;
  return LITERAL.test(host) || host.split('.').every((label) => LABEL.test(label));
}

/**
 * An e-mail for comparing: unwrapped, without letter case and width, the host as it is looked up (`bücher.example` is
 * `xn--bcher-kva.example`). Accents, dots and tags of the local part make another mailbox. Never what is sent.
 */
export function compareEmail(entry: string): string {
  const plain = plainForm(entry);
  const at = plain.lastIndexOf('@');
  return at < 0 ? plain : `${plain.slice(0, at)}@${idnHost(plain.slice(at + 1), 'ascii')}`;
}

/** The same with its host in letters, where it has any beyond ASCII: how a CRM may hold it. */
export function readableEmail(entry: string): string {
  const plain = compareEmail(entry);
  const at = plain.lastIndexOf('@');
  return at < 0 ? plain : `${plain.slice(0, at)}@${idnHost(plain.slice(at + 1), 'letters')}`;
}

function plainForm(entry: string): string {
  if (PLAIN_ADDRESS.test(entry)) return entry.toLowerCase();
  return settled(entry, (text) => {
    const folded = foldCase(cleanEmail(text)).replace(/[。｡]/gu, '.');
    return cleanEmail(folded).replace(/\s+/gu, ' ');
  });
}
