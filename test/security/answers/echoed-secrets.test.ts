import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFieldErrors } from '../../../src/wire/parsing/field-errors.ts';
import { plainLetters } from '../../../src/wire/parsing/plain-letters.ts';
import { redactSecrets } from '../../../src/wire/redact-secrets.ts';
import { repeatsSecret } from '../../../src/wire/repeated-secret.ts';
import { SECRET_ECHOES } from '../attacks/secret-echoes.ts';

const KEYS = ['Cn4ry/api+key"7f3a91\\e2', 'sk_live_AbC123xYz', 'a1b2c3d4', '12345678', 'Short1', 'k&y<7>q'];

function said(body: Parameters<typeof readFieldErrors>[0], headers: Record<string, string>, status = 400) {
  const fields = readFieldErrors(body);
  const kind = status === 403 ? 'unauthorised' : 'rejected';
  const outcome = redactSecrets({ kind, code: 'X', detail: '', status, fields }, headers);
  if (!('fields' in outcome) || outcome.fields === undefined) throw new Error(`ended ${outcome.kind}`);
  return outcome.fields;
}
/** Of the sign in which the text was cut. */
const HALF_A_SIGN = /(?:%(?:25)*u?[0-9a-f]{0,3}|&(?:amp;)*#?[0-9a-z]{0,8}|\\[ux]?[0-9a-f]{0,3})…$/i;
const lettersOf = (text: string) => plainLetters(text).letters;
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

const echoes = KEYS.flatMap((key) => SECRET_ECHOES.map(({ how, write }) => ({ key, how, echo: write(key) })));

describe('a CRM that repeats the credentials', () => {
  it.each(echoes)('in what it says of a field: $key, $how', ({ key, echo }) => {
    for (const message of [echo, `The key ${echo} is wrong.`, `a${echo}z`, `Bearer ${echo}`]) {
      for (const status of [400, 403]) {
        const [error] = said({ errors: [{ field: `of ${echo}`, message }] }, bearer(key), status);
        for (const text of [error?.field ?? '', error?.message ?? '']) {
          expect(text).toContain('[redacted]');
          expect(text).not.toContain(echo);
          expect(lettersOf(text)).not.toContain(lettersOf(key));
        }
      }
    }
  });

  it.each(KEYS)('cut in two, wherever it is cut: %s', (key) => {
    for (const { write } of SECRET_ECHOES.filter(
      ({ how }) => !/base64|hex|blanks|marks|throughout/.test(how),
    )) {
      for (let before = 260; before < 299; before += 1) {
        const message = `${'.'.repeat(before)}${write(key)}${'.'.repeat(99)}`;
        const [error] = said({ message }, bearer(key));
        const left = lettersOf((error?.message ?? '').replace(HALF_A_SIGN, '').replaceAll('[redacted]', ''));
        expect(left.length).toBeLessThan(4);
      }
    }
  });

  it('half as a field’s name and half as what is said of it', () => {
    const [key = ''] = KEYS;
    const errors = [{ field: key.slice(0, 9), message: key.slice(9) }];
    expect(said({ errors }, bearer(key))).toEqual([{ field: '[redacted]', message: '[redacted]' }]);
  });

  it('of a user and a password: either of them, and both', () => {
    const pair = 'fka_0a1b2c3d4e5f:pass-9f8e7d';
    const headers = { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
    for (const message of [...pair.split(':'), pair, headers.authorization]) {
      expect(said({ message }, headers)[0]?.message).toContain('[redacted]');
    }
  });

  it('loses nothing else of what it says', () => {
    const messages = [
      'The token is not a bearer’s: a basic one.',
      'e-mail is taken & “ünïcode” %41 \\u0041 …',
    ];
    for (const message of messages) {
      expect(said({ message }, { ...bearer(KEYS[0] ?? ''), accept: 'application/json' })[0]?.message).toBe(
        message,
      );
    }
  });

  it('is found anywhere in any text, and nothing but it is taken out', () => {
    const word = fc.stringMatching(/^[ .,;:!?]{0,20}$/);
    const key = fc.stringMatching(/^[A-Za-z0-9]{8,20}$/);
    const echo = fc.constantFrom(...SECRET_ECHOES);
    fc.assert(
      fc.property(key, word, word, echo, (secret, before, after, { write }) => {
        const [error] = said({ message: `(${before}${write(secret)}${after})` }, bearer(secret));
        expect(error?.message.startsWith('(')).toBe(true);
        expect(lettersOf(error?.message.replaceAll('[redacted]', '') ?? '').length).toBeLessThan(4);
      }),
    );
  });
});

describe('a success that repeats the credentials', () => {
  const answer = (text: string, status = 200) =>
    ({ kind: 'response', status, headers: {}, body: Buffer.from(text) }) as const;
  const key = 'Cn4ry/api+key"7f3a91\\e2';

  it.each(
    SECRET_ECHOES.filter(({ how }) => !/throughout|between|of|in|wide|decimal|hex e|escapes|with/.test(how)),
  )('is one that nobody takes anything from: $how', ({ write }) => {
    const body = JSON.stringify({ id: 'c-1', notes: `x ${write(key)} y` });
    for (const text of [body, `{"id":"${write(key)}"}`])
      expect(repeatsSecret(answer(text), 'read', bearer(key))).toBe(true);
  });

  it('is any other where the key is short enough to stand in a text by chance, and so is a probe’s', () => {
    for (const short of ['password', '12345678', 'Short1', 'sandbox-key'])
      expect(repeatsSecret(answer(`{"notes":"${short}"}`), 'read', bearer(short))).toBe(false);
    expect(repeatsSecret(answer(`{"key":"${key}"}`), 'verify', bearer(key))).toBe(false);
    expect(
      repeatsSecret(answer('{"notes":"Bearer of good news: application/json"}'), 'read', bearer(key)),
    ).toBe(false);
  });
});
