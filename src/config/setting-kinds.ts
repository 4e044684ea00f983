import { Buffer } from 'node:buffer';
import { isIP } from 'node:net';
import { type AllowedHost, formatAllowedHost, parseAllowedHost } from './allowed-hosts.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { formatProxyRange, parseProxyRange, type ProxyRange } from './proxy-ranges.ts';
import { type Secret, secret } from './secret.ts';

/** What a setting's text became, or what was wrong with it. No message repeats a value that may be secret. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly shown: string }
  | { readonly ok: false; readonly message: string; readonly remedy: string };

type Parse<T> = (text: string) => Parsed<T>;

const good = <T>(value: T, shown = String(value)): Parsed<T> => ({ ok: true, value, shown });
const bad = (message: string, remedy: string): Parsed<never> => ({ ok: false, message, remedy });
const split = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const LONGEST = '3650d';
const KEY_BYTES = 32;

function choice<const T extends string>(...choices: readonly T[]): Parse<T> {
  return (text) => {
    const found = choices.find((candidate) => candidate === text.toLowerCase());
    return found === undefined ? bad('is none of its choices', `Use ${choices.join(', ')}.`) : good(found);
  };
}

function duration(least: number): Parse<number> {
  return (text) => {
    const value = parseDuration(text);
    if (value === null) return bad('is not a duration', 'Write 300ms, 60s, 10m, 1h or 7d.');
    if (value < least || value > (parseDuration(LONGEST) ?? 0)) {
      return bad('is out of range', `Use ${formatDuration(least)} to ${LONGEST}.`);
    }
    return good(value, formatDuration(value));
  };
}

/** Parses every part of a comma list and fails with its first fault, naming the part by number. */
function listOf<T>(parse: Parse<T>): Parse<readonly T[]> {
  return (text) => {
    const values: T[] = [];
    const shown: string[] = [];
    for (const [index, part] of split(text).entries()) {
      const parsed = parse(part);
      if (!parsed.ok) return bad(`has an entry (number ${index + 1}) that ${parsed.message}`, parsed.remedy);
      values.push(parsed.value);
      shown.push(parsed.shown);
    }
    return good(values, shown.join(','));
  };
}

function someOf<T>(parse: Parse<T>): Parse<readonly T[]> {
  const list = listOf(parse);
  return (text) => {
    const parsed = list(text);
    return parsed.ok && parsed.value.length === 0
      ? bad('is empty', 'Name at least one, or unset it.')
      : parsed;
  };
}

const port: Parse<number> = (text) =>
  /^\d{1,5}$/.test(text) && Number(text) <= 65_535
    ? good(Number(text))
    : bad('is not a port', 'Use a number from 0 to 65535.');

/** Both stores keep what can't be read; the smaller of the two takes 16 MiB at once. */
const MOST_BYTES = 15_728_640;

const bytes: Parse<number> = (text) =>
  /^[1-9]\d{0,8}$/.test(text) && Number(text) <= MOST_BYTES
    ? good(Number(text))
    : bad('is not a number of bytes', `Use a whole number from 1 to ${MOST_BYTES}.`);

const isHostName = (text: string) =>
  text.length <= 253 && /^[a-z\d_]([\w-]*[a-z\d_])?(\.[a-z\d_]([\w-]*[a-z\d_])?)*\.?$/i.test(text);

const host: Parse<string> = (text) =>
  isIP(text) !== 0 || (isHostName(text) && !/^[\d.]+$/.test(text))
    ? good(text)
    : bad('is not a host', 'Use an IP address or a host name, without scheme and port.');

const broker: Parse<string> = (text) => {
  const match = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(text);
  const name = match?.[1]?.replace(/^\[|\]$/g, '') ?? '';
  const portNumber = Number(match?.[2]);
  return host(name).ok && portNumber > 0 && portNumber <= 65_535
    ? good(text)
    : bad('is not host:port', 'Write kafka-1:9092,kafka-2:9092, without a scheme.');
};

const httpUrl: Parse<string> = (text) => {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol))
    return bad('is not an http address', 'Write https://host/path.');
  if (url.username !== '' || url.password !== '') {
    return bad(
      'carries a user or password',
      'Take them out of the address and use the setting made for them.',
    );
  }
  if (url.search !== '' || url.hash !== '')
    return bad('carries a query or fragment', 'Write https://host/path.');
  return good(url.href.replace(/\/+$/, ''));
};

const jwksUrl: Parse<string> = (text) => {
  const url = URL.parse(text);
  const query = url?.search ?? '';
  const parsed = httpUrl(query === '' ? text : text.replace(query, ''));
  if (!parsed.ok || !url) return parsed;
  const local = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol !== 'https:' && !local) {
    return bad('is plain http', 'Use https: whoever changes these keys on the way can sign any token.');
  }
  return good(url.href, url.origin + url.pathname);
};

const mongodbUrl: Parse<Secret> = (text) =>
  /^mongodb(\+srv)?:\/\/[^/]+\/[^/?#\s]+(\?\S*)?$/.test(text)
    ? good(secret(text))
    : bad('is not a MongoDB address with a database', 'Write mongodb://host:27017/zena-crm-sync.');

const topic: Parse<string> = (text) =>
  /^[\w.-]{1,249}$/.test(text) && text !== '.' && text !== '..'
    ? good(text)
    : bad('is not a topic name', 'Use at most 249 letters, digits, dots, underscores and dashes.');

const encryptionKey: Parse<Secret<Uint8Array>> = (text) => {
  const key = parseEncryptionKey(text);
  return key === null
    ? bad('is not 32 bytes as 64 hex digits or base64', 'Make one with: openssl rand -hex 32')
    : good(secret(key));
};

const hmacSecret: Parse<Secret> = (text) =>
  Buffer.byteLength(text) < 32
    ? bad('is shorter than 32 bytes', 'Make one with: openssl rand -base64 48')
    : good(secret(text));

const basicAuth: Parse<Secret> = (text) =>
  /^[^:\s]+:./.test(text) ? good(secret(text)) : bad('is not user:password', 'Write user:password.');

const pem: Parse<Secret> = (text) =>
  text.includes('-----BEGIN ')
    ? good(secret(text))
    : bad('is not PEM', 'Give PEM text (-----BEGIN …) or the path of a PEM file.');

const allowedHost: Parse<AllowedHost> = (text) => {
  const entry = parseAllowedHost(text);
  return entry === null
    ? bad(
        'is not a host or host:port',
        'Write 127.0.0.1:4010,sandbox.internal, without a scheme; a colon is followed by a port from 1 to 65535.',
      )
    : good(entry, formatAllowedHost(entry));
};

const proxyRange: Parse<ProxyRange> = (text) => {
  const range = parseProxyRange(text);
  return range === null
    ? bad(
        'is not the address of a proxy, or a range of them',
        'Write 10.0.0.5,10.1.0.0/16,fd00::/8; a range has at least 8 fixed bits, since whoever is in it may say who they are.',
      )
    : good(range, formatProxyRange(range));
};

/** An address, `name@`, `@host` or a bare name; a star for the part that is left out is taken, too. */
const placeholderEmail: Parse<string> = (entry) =>
  /^(?:[^\s@*]+@?|[^\s@*]+@\*|\*?@[^\s@*]+|[^\s@*]+@[^\s@*]+)$/.test(entry) && entry.length <= 320
    ? good(entry.toLowerCase().replaceAll('*', ''))
    : bad(
        'is no e-mail or part of one',
        'Write noemail@agency.com, noemail@, @nomail.agency.com or noemail.',
      );

const text: Parse<string> = (value) =>
  value.length <= 1_024 && !/\p{Cc}/u.test(value)
    ? good(value)
    : bad('has control characters or more than 1024 characters', 'Use one line of plain text.');

/** How the text of each kind of setting is read. */
export const SETTING_KINDS = {
  mode: choice('auto', 'embedded', 'servers'),
  text,
  'secret-text': ((value) => good(secret(value))) satisfies Parse<Secret>,
  flag: ((value) => {
    const parsed = choice('true', 'false')(value);
    return parsed.ok ? good(parsed.value === 'true') : parsed;
  }) satisfies Parse<boolean>,
  duration: duration(0),
  /** A duration that must not be zero. */
  period: duration(1),
  durations: someOf(duration(1)),
  port,
  bytes,
  host,
  brokers: someOf(broker),
  'http-url': httpUrl,
  'jwks-url': jwksUrl,
  'mongodb-url': mongodbUrl,
  topic,
  'encryption-key': encryptionKey,
  'encryption-keys': listOf(encryptionKey),
  'hmac-secret': hmacSecret,
  'basic-auth': basicAuth,
  pem,
  'allowed-hosts': listOf(allowedHost),
  proxies: listOf(proxyRange),
  'placeholder-emails': listOf(placeholderEmail),
  'sasl-mechanism': choice('plain', 'scram-sha-256', 'scram-sha-512'),
  'kafka-client': choice('kafkajs'),
  'log-level': choice('debug', 'info', 'warn', 'error', 'silent'),
};

export type SettingKind = keyof typeof SETTING_KINDS;

/** The type of a setting's value, by its kind. */
export type KindValue<K extends SettingKind> =
  ReturnType<(typeof SETTING_KINDS)[K]> extends infer R
    ? R extends { readonly ok: true; readonly value: infer V }
      ? V
      : never
    : never;

/**
 * Decodes an encryption key from 64 hex digits or from base64 (standard or URL-safe, padding optional).
 * Null unless the text is exactly 32 bytes in canonical form: a password is never taken for a key.
 */
function parseEncryptionKey(text: string): Uint8Array | null {
  const trimmed = text.trim();
  if (/^[0-9a-fA-F]{64}$/.test(trimmed)) return Buffer.from(trimmed, 'hex');
  const bare = trimmed.replace(/=$/, '').replaceAll('+', '-').replaceAll('/', '_');
  if (!/^[\w-]{43}$/.test(bare)) return null;
  const decoded = Buffer.from(bare, 'base64url');
  return decoded.length === KEY_BYTES && decoded.toString('base64url') === bare ? decoded : null;
}
