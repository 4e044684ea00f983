import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AllowedHost } from '../../src/config/allowed-hosts.ts';
import { checkInstanceUrl, checkTarget } from '../../src/wire/outbound-guard.ts';

const NONE: readonly AllowedHost[] = [];
const codeOf = (text: string, allowed = NONE) => {
  const checked = checkInstanceUrl(text, allowed);
  return checked.ok ? checked.url : checked.code;
};

/** Every way to write an address that is not public, each tried as a host of its own. */
const FORBIDDEN_HOSTS = [
  ...[
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '0',
    '0.0.0.1',
    '10.0.0.1',
    '10.255.255.255',
  ],
  ...[
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0x7f.0x0.0x0.0x1',
    '0177.0.0.1',
    '017700000001',
    '0X7F.1',
    '127.0x1',
  ],
  ...['169.254.169.254', '0xa9fea9fe', '2852039166', '0251.0376.0251.0376', '169.254.0.1', '168.63.129.16'],
  ...[
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '100.127.255.255',
    '100.100.100.200',
  ],
  ...['192.0.0.1', '192.0.0.192', '192.0.2.1', '192.88.99.1', '198.18.0.1', '198.19.255.255', '198.51.100.1'],
  ...[
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '4294967295',
    '3232235521',
  ],
  ...[
    '%31%32%37.0.0.1',
    '127.0.0.%31',
    '１２７.0.0.1',
    '127。0。0。1',
    '①②⑦.0.0.1',
    '𝟏𝟐𝟕.0.0.1',
    '127．0．0．1',
  ],
  ...[
    '[::]',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[0000::0001]',
    '[::127.0.0.1]',
    '[::7f00:1]',
    '[::ffff:127.0.0.1]',
  ],
  ...[
    '[::ffff:7f00:1]',
    '[::FFFF:7F00:0001]',
    '[::ffff:0:127.0.0.1]',
    '[::ffff:169.254.169.254]',
    '[::ffff:10.0.0.1]',
  ],
  ...[
    '[64:ff9b::7f00:1]',
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b::a9fe:a9fe]',
    '[64:ff9b::10.1.2.3]',
    '[64:ff9b:1::7f00:1]',
  ],
  ...['[64:ff9b:1::808:808]', '[2002:7f00:1::]', '[2002:a9fe:a9fe::1]', '[2002:808:808::1]', '[2001::1]'],
  ...[
    '[2001:0:808:808::f7f7:f7f7]',
    '[2001:0:7f00:1::]',
    '[2001:db8::1]',
    '[2001:10::1]',
    '[2001:20::1]',
    '[3fff::1]',
  ],
  ...[
    '[fe80::1]',
    '[febf::1]',
    '[fec0::1]',
    '[fc00::1]',
    '[fd00::1]',
    '[fd00:ec2::254]',
    '[ff02::1]',
    '[ff0e::1]',
  ],
  ...[
    '[100::1]',
    '[100:0:0:1::1]',
    '[5f00::1]',
    '[4000::1]',
    '[8000::1]',
    '[::2]',
    '[1::]',
    '[2620:4f:8000::1]',
  ],
  ...[
    'localhost',
    'LOCALHOST',
    'LocalHost',
    'foo.localhost',
    'router',
    'kubernetes',
    'crm',
    'db.local',
    'printer.lan',
  ],
  ...[
    'metadata.google.internal',
    'ip-10-0-0-1.ec2.internal',
    'kubernetes.default.svc',
    'x.svc.cluster.local',
  ],
  ...[
    'host.docker.internal',
    'nas.home',
    'nas.home.arpa',
    'crm.corp',
    'wiki.intranet',
    'localhost.localdomain',
  ],
  ...['ⓛⓞⓒⓐⓛⓗⓞⓢⓣ', 'ｌｏｃａｌｈｏｓｔ', 'loc%61lhost', 'metadata.google.ⓘnternal', 'lo\u00adcalhost'],
];

describe('the address of a CRM', () => {
  it.each([
    ['https://crm.example.com', 'https://crm.example.com'],
    ['  HTTPS://CRM.Example.com:443/  ', 'https://crm.example.com'],
    ['https://crm.example.com/tenant/7//', 'https://crm.example.com/tenant/7'],
    ['https://crm.example.com/a/../b/%2e%2e/c', 'https://crm.example.com/c'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['https://8.8.8.8', 'https://8.8.8.8'],
    ['https://0x08080808', 'https://8.8.8.8'],
    ['https://[2606:4700:4700:0::1111]', 'https://[2606:4700:4700::1111]'],
    ['https://[64:ff9b::8.8.8.8]', 'https://[64:ff9b::808:808]'],
  ])('%j becomes %s', (text, canonical) => {
    expect(codeOf(text)).toBe(canonical);
  });

  it.each(FORBIDDEN_HOSTS)('https://%s is refused as not public', (host) => {
    expect(codeOf(`https://${host}`)).toBe('HOST_NOT_PUBLIC');
    expect(codeOf(`https://${host}/api?`.slice(0, -1))).toBe('HOST_NOT_PUBLIC');
  });

  it.each([
    ['http://crm.example.com', 'SCHEME_REFUSED'],
    ['ftp://crm.example.com', 'SCHEME_REFUSED'],
    ['file:///etc/passwd', 'URL_INVALID'],
    ['file://host/etc/passwd', 'SCHEME_REFUSED'],
    ['data:text/plain,x', 'URL_INVALID'],
    ['javascript:alert(1)', 'URL_INVALID'],
    ['unix:/var/run/docker.sock', 'URL_INVALID'],
    ['blob:https://crm.example.com/1', 'URL_INVALID'],
    ['//evil.example.com', 'URL_INVALID'],
    ['crm.example.com', 'URL_INVALID'],
    ['https:crm.example.com', 'URL_INVALID'],
    ['https:///crm.example.com', 'URL_INVALID'],
    ['https:\\\\crm.example.com', 'URL_INVALID'],
    ['https://good.com\\@evil.com', 'URL_INVALID'],
    ['https://good.com@evil.com', 'USERINFO_REFUSED'],
    ['https://@evil.com', 'USERINFO_REFUSED'],
    ['https://user:pw@evil.com', 'USERINFO_REFUSED'],
    ['https://good.com%40evil.com', 'URL_INVALID'],
    ['https://crm.example.com?', 'QUERY_REFUSED'],
    ['https://crm.example.com/?a=b', 'QUERY_REFUSED'],
    ['https://crm.example.com#', 'FRAGMENT_REFUSED'],
    ['https://crm.example.com/#a', 'FRAGMENT_REFUSED'],
    ['https://crm.example.com:8443', 'PORT_REFUSED'],
    ['https://crm.example.com:22', 'PORT_REFUSED'],
    ['https://crm.example.com:80', 'PORT_REFUSED'],
    ['https://crm.example.com.', 'URL_INVALID'],
    ['https://localhost.', 'URL_INVALID'],
    ['https://127.0.0.1.', 'HOST_NOT_PUBLIC'],
    ['https://256.1.1.1', 'URL_INVALID'],
    ['https://1.2.3.4.5', 'URL_INVALID'],
    ['https://[::1%25eth0]', 'URL_INVALID'],
    ['https://[fe80::1%eth0]', 'URL_INVALID'],
    ['https://crm.exa\tmple.com', 'URL_INVALID'],
    ['https://crm.example.com/\r\nHost: evil', 'URL_INVALID'],
    ['https://crm.example.com/a b', 'URL_INVALID'],
    ['https://crm.example.com/\u0000', 'URL_INVALID'],
    ['https://*.example.com', 'HOST_NOT_PUBLIC'],
    ['https://-crm.example.com', 'HOST_NOT_PUBLIC'],
    ['https://crm..example.com', 'HOST_NOT_PUBLIC'],
    [`https://${'a'.repeat(64)}.com`, 'HOST_NOT_PUBLIC'],
    [`https://crm.example.com/${'a'.repeat(3_000)}`, 'URL_INVALID'],
    ['', 'URL_INVALID'],
    ['https://', 'URL_INVALID'],
  ])('%j is refused: %s', (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it.each([
    ['office.example.com', 'malformed', 'must begin with https://'],
    ['www.office.example.com/vault', 'malformed', 'must begin with https://'],
    ['https:office.example.com', 'refused', 'must begin with https://'],
    ['127.0.0.1', 'refused', 'must begin with https://'],
    ['office.example.com:8443', 'refused', 'must begin with https://'],
    ['https://office example.com', 'refused', 'must not have spaces'],
    ['https://office.example.com/my office', 'refused', 'must not have spaces'],
    ['https://office.example.com?key=1', 'refused', 'must not have a query'],
    ['https://office.example.com/#/contacts', 'refused', 'must not have a fragment'],
    ['https://office.example.com.', 'refused', 'must not end with a dot'],
    ['https://me:pw@office.example.com', 'refused', 'must not carry a user name'],
    ['http://office.example.com', 'refused', 'must start with https://'],
  ])('%j is told what would do', (text, kind, says) => {
    expect(checkInstanceUrl(text, NONE)).toMatchObject({
      ok: false,
      kind,
      detail: expect.stringContaining(says),
    });
  });

  it.each([
    ['https://a.example.com/%7evault/%2f', 'https://a.example.com/~vault/%2F'],
    ['https://a.example.com/%56ault', 'https://a.example.com/Vault'],
    ['https://a.example.com/%252e', 'https://a.example.com/%252e'],
    ['\u200bhttps://a.example.com\u2060/x\ufeff', 'https://a.example.com/x'],
  ])('%j has one way to be written', (text, canonical) => {
    expect(codeOf(text)).toBe(canonical);
    expect(codeOf(canonical)).toBe(canonical);
  });

  it('is refused without repeating a password', () => {
    const checked = checkInstanceUrl('https://user:hunter2@evil.com', NONE);
    expect(JSON.stringify(checked)).not.toContain('hunter2');
  });

  it('stays the same when checked again', () => {
    fc.assert(
      fc.property(fc.webUrl({ validSchemes: ['https'] }), (text) => {
        const once = checkInstanceUrl(text, NONE);
        if (once.ok) expect(checkInstanceUrl(once.url, NONE)).toEqual(once);
      }),
    );
  });
});

describe('a host on the allow-list', () => {
  const allowed: readonly AllowedHost[] = [
    { host: '127.0.0.1', port: 4010 },
    { host: 'sandbox', port: null },
  ];

  it.each([
    ['http://127.0.0.1:4010', 'http://127.0.0.1:4010'],
    ['http://0x7f.1:4010/base/', 'http://127.0.0.1:4010/base'],
    ['https://2130706433:4010', 'https://127.0.0.1:4010'],
    ['http://sandbox', 'http://sandbox'],
    ['http://SANDBOX:9999', 'http://sandbox:9999'],
  ])('may be plain, private or on another port: %s', (text, canonical) => {
    expect(codeOf(text, allowed)).toBe(canonical);
  });

  it.each([
    ['http://127.0.0.1:4011', 'SCHEME_REFUSED'],
    ['https://127.0.0.1', 'HOST_NOT_PUBLIC'],
    ['http://127.0.0.2:4010', 'SCHEME_REFUSED'],
    ['http://sandbox.evil.com', 'SCHEME_REFUSED'],
    ['http://u:p@sandbox', 'USERINFO_REFUSED'],
    ['http://sandbox?x', 'QUERY_REFUSED'],
    ['ftp://sandbox', 'SCHEME_REFUSED'],
    ['http://sandbox.', 'URL_INVALID'],
  ])('opens nothing else: %s is %s', (text, code) => {
    expect(codeOf(text, allowed)).toBe(code);
  });

  it('is told apart for the call that goes there', () => {
    expect(checkTarget('http://sandbox/a?b=c', allowed)).toMatchObject({ ok: true, exempt: true });
    expect(checkTarget('https://crm.example.com/a?b=c', allowed)).toMatchObject({ ok: true, exempt: false });
  });
});
