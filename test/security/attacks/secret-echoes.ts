import { encodingsOf } from '../canaries.ts';

/** A way in which a CRM may repeat a secret. */
export interface SecretEcho {
  readonly how: string;
  readonly write: (secret: string) => string;
}

const each = (write: (char: string, code: number) => string) => (secret: string) =>
  Array.from(secret, (char) => write(char, char.codePointAt(0) ?? 0)).join('');
const hex = (code: number, digits = 2) => code.toString(16).padStart(digits, '0');
const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '"': '&quot;',
  "'": '&apos;',
  '<': '&lt;',
  '>': '&gt;',
  '+': '&plus;',
  '/': '&sol;',
  '=': '&equals;',
  '-': '&hyphen;',
  _: '&lowbar;',
  '\\': '&bsol;',
  '.': '&period;',
  '!': '&excl;',
};
const named = each((char) => NAMED[char] ?? char);
const json = (secret: string) => JSON.stringify(secret).slice(1, -1);

export const SECRET_ECHOES: readonly SecretEcho[] = [
  ...encodingsOf('').map(([how], at): SecretEcho => ({
    how,
    write: (secret) => encodingsOf(secret)[at]?.[1] ?? '',
  })),
  { how: 'lower case', write: (secret) => secret.toLowerCase() },
  { how: 'upper case', write: (secret) => secret.toUpperCase() },
  { how: 'capitals', write: (secret) => secret.charAt(0).toUpperCase() + secret.slice(1).toLowerCase() },
  { how: 'lower-case percent', write: (secret) => encodeURIComponent(secret).toLowerCase() },
  { how: 'percent throughout', write: each((_, code) => `%${hex(code)}`) },
  { how: 'percent of percent', write: (secret) => encodeURIComponent(encodeURIComponent(secret)) },
  { how: 'percent with u', write: each((_, code) => `%u${hex(code, 4)}`) },
  { how: 'named entities', write: named },
  { how: 'decimal entities', write: each((_, code) => `&#${code};`) },
  { how: 'decimal entities with noughts', write: each((_, code) => `&#${String(code).padStart(6, '0')};`) },
  { how: 'hex entities', write: each((_, code) => `&#x${hex(code)};`) },
  { how: 'upper-case hex entities', write: each((_, code) => `&#X${hex(code).toUpperCase()};`) },
  { how: 'entities of entities', write: (secret) => named(named(secret)) },
  { how: 'escapes throughout', write: each((_, code) => `\\u${hex(code, 4)}`) },
  { how: 'upper-case escapes', write: each((_, code) => `\\u${hex(code, 4).toUpperCase()}`) },
  { how: 'short escapes', write: each((_, code) => `\\x${hex(code)}`) },
  { how: 'escaped slashes', write: (secret) => json(secret).replaceAll('/', '\\/') },
  { how: 'JSON in an address', write: (secret) => encodeURIComponent(json(secret)) },
  { how: 'an address in a page', write: (secret) => named(encodeURIComponent(secret)) },
  { how: 'blanks between', write: each((char) => `${char} `) },
  { how: 'line ends between', write: (secret) => `${secret.slice(0, 5)}\r\n${secret.slice(5)}` },
  { how: 'escaped line ends between', write: (secret) => `${secret.slice(0, 5)}\\r\\n${secret.slice(5)}` },
  { how: 'dashes between', write: each((char) => `${char}-`) },
  { how: 'invisible marks between', write: each((char) => `${char}\u200b`) },
  {
    how: 'wide letters',
    write: each((char, code) => (code > 0x20 ? String.fromCodePoint(code + 0xfee0) : char)),
  },
  { how: 'upper-case hex', write: (secret) => Buffer.from(secret).toString('hex').toUpperCase() },
  {
    how: 'base64 in lines',
    write: (secret) => Buffer.from(secret).toString('base64').replace(/.{6}/g, '$&\n'),
  },
  {
    how: 'base64 in an address',
    write: (secret) => encodeURIComponent(Buffer.from(secret).toString('base64')),
  },
];
