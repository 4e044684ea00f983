import { describe, expect, it } from '@jest/globals';
import { readConfig } from '../../src/config/read-config.ts';
import {
  type AllowedHost,
  formatAllowedHost,
  isAllowedHost,
  parseAllowedHost,
} from '../../src/config/allowed-hosts.ts';

const list = (...texts: string[]) =>
  texts.map(parseAllowedHost).filter((entry): entry is AllowedHost => entry !== null);

describe('allowed hosts', () => {
  it.each([
    ['127.0.0.1:4010', '127.0.0.1:4010'],
    ['0x7f.1', '127.0.0.1'],
    ['2130706433:80', '127.0.0.1:80'],
    ['Sandbox.Internal.', 'sandbox.internal'],
    ['[0:0::1]:443', '[::1]:443'],
    ['bücher.example', 'xn--bcher-kva.example'],
  ])('reads %s as %s', (text, canonical) => {
    const [entry] = list(text);
    expect(entry && formatAllowedHost(entry)).toBe(canonical);
  });

  it.each(['', 'http://x', 'a/b', 'u@h', 'a:99999', 'a b', '*.x', 'a?b', 'a#b', 'a\\b', ':80'])(
    'refuses %j',
    (text) => {
      expect(parseAllowedHost(text)).toBeNull();
    },
  );

  it.each([
    ...['127.0.0.1:', 'crm.test:', '[::1]:', 'bücher.example:', '127.0.0.1:0', '[::1]:0', 'crm.test:00'],
    ...[
      'crm.test:080',
      'crm.test:+80',
      'crm.test:65536',
      '[::1]:65536',
      ':443',
      '::1',
      '::1:80',
      'crm.test::80',
    ],
    ...[
      'crm.test:80:81',
      '[::1]80',
      '[::1',
      '::1]',
      '[]',
      '[]:80',
      '.',
      '.:80',
      'crm.test:８０',
      'https://crm.test',
    ],
    ...[
      'crm.test:80/',
      'crm.test/path',
      ' crm.test',
      'crm.test ',
      'crm.test:80 ',
      '*.crm.test',
      '*',
      'crm*.test',
    ],
    ...['crm.test:http', 'a,b', 'u:p@crm.test', '256.1.1.1', '[fe80::1%25eth0]', '[1.2.3.4]'],
  ])('takes %j for no host, least of all with every port', (text) => {
    expect(parseAllowedHost(text)).toBeNull();
  });

  it('are refused by the configuration, with what to write instead', () => {
    const read = readConfig({ ALLOWED_INSTANCE_HOSTS: 'crm.test,127.0.0.1:' }, { require: 'none' });
    expect(read).toMatchObject({
      ok: false,
      faults: [
        {
          name: 'ALLOWED_INSTANCE_HOSTS',
          code: 'INVALID',
          message: expect.stringMatching(/number 2/) as unknown,
          remedy: expect.stringMatching(/port/) as unknown,
        },
      ],
    });
  });

  it('matches the host on every port without a port, on that port alone with one', () => {
    const entries = list('localhost', '127.0.0.1:4010', 'crm.test:443');
    const allowed = (url: string) => isAllowedHost(entries, new URL(url));
    expect(
      ['http://localhost:1', 'https://LOCALHOST./x', 'http://0x7f.1:4010', 'https://crm.test'].map(allowed),
    ).toEqual([true, true, true, true]);
    expect(['http://127.0.0.1:4011', 'http://crm.test', 'http://localhost.evil'].map(allowed)).toEqual([
      false,
      false,
      false,
    ]);
  });
});
