import { describe, expect, it } from '@jest/globals';
import { readConfig } from '../../src/config/read-config.ts';
import { formatProxyRange, parseProxyRange } from '../../src/config/proxy-ranges.ts';

describe('the proxies that are trusted', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1/32', '192.0.2.1'],
    ['::1', '::1'],
    ['[::1]', '::1'],
    ['FD00:0::/8', 'fd00::/8'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
  ])('%s is read as %s', (text, shown) => {
    const range = parseProxyRange(text);
    expect(range && formatProxyRange(range)).toBe(shown);
  });

  it.each([
    ...['', 'true', '1', 'all', '*', 'loopback', 'proxy.internal', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1'],
    ...[
      '10.0.0.0/08',
      '10.0.0.0/8/8',
      '10.0.0',
      '0x7f.1',
      '10.0.0.1:80',
      '[::1]:80',
      'fe80::1%eth0',
      'fd00::/129',
    ],
    // Everybody: whoever calls could say who they are.
    ...['0.0.0.0/0', '::/0', '0.0.0.0/1', '::ffff:0.0.0.0/96', '::ffff:10.0.0.1/104'],
  ])('%j is refused', (text) => {
    expect(parseProxyRange(text)).toBeNull();
  });

  it('are a setting, none by default', () => {
    const read = (text?: string) =>
      readConfig({ ...(text !== undefined && { TRUST_PROXY: text }) }, { require: 'none' });
    expect(read()).toMatchObject({ ok: true, config: { trustProxy: [] } });
    expect(read(' 10.0.0.0/8 , ::1 ')).toMatchObject({
      ok: true,
      config: {
        trustProxy: [
          { address: '10.0.0.0', prefix: 8, family: 'ipv4' },
          { address: '::1', prefix: 128, family: 'ipv6' },
        ],
      },
    });
    expect(read('10.0.0.0/8,true')).toMatchObject({
      ok: false,
      faults: [
        { name: 'TRUST_PROXY', code: 'INVALID', message: expect.stringMatching(/number 2/) as unknown },
      ],
    });
  });
});
