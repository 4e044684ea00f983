/** One address that a user may enter and that must lead nowhere. `PORT` stands for the port of a real listener. */
export interface AddressAttack {
  readonly class: string;
  readonly url: string;
}

/** Texts between blanks. */
const words = (text: string) => text.trim().split(/\s+/);
const attacks = (name: string, urls: readonly string[]): AddressAttack[] =>
  urls.map((url) => ({ class: name, url }));
const hosts = (name: string, list: readonly string[]): AddressAttack[] =>
  attacks(
    name,
    list.map((host) => `https://${host}`),
  );

const LOOPBACK_NOTATIONS = words(`
  127.0.0.1 127.0.0.2 127.1 127.0.1 127.255.255.254 127.65535 127.16777215 0 0.0.0.0 0.1 2130706433 2130706434
  017700000001 0177.0.0.1 0177.1 0177.0.1 00177.0000.0.01 127.0.0.01 0x7f000001 0x7F000001 0X7f000001 0x7f.1
  0x7f.0.0.1 0x7f.0x0.0x0.0x1 0x7f.0x1 127.0x000001 0x7f.0.1 0177.0x0.0.1 127.0x0.00.1 0x0000007f.1
  00000000177.1 0x7f.00.0x00.001 0x
`);
const PRIVATE_NOTATIONS = words(`
  10.0.0.1 10.1 167772161 0xa000001 012.0.0.1 012.1 0xa.0x0.0x0.0x1 172.16.0.1 172.31.255.254 2886729729
  0xac100001 0254.020.0.1 192.168.0.1 192.168.1 3232235521 0xc0a80001 0300.0250.0.1 100.64.0.1 100.127.255.254
  1681915905 0x64400001 198.18.0.1 198.19.255.254 192.0.0.1 192.0.2.1 198.51.100.7 203.0.113.7 192.88.99.1
  192.31.196.1 192.52.193.1 192.175.48.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 4294967295 0xffffffff
  037777777777
`);
const METADATA = words(`
  169.254.169.254 169.254.43518 169.16689662 2852039166 0xa9fea9fe 0xa9.0xfe.0xa9.0xfe 0251.0376.0251.0376
  025177524776 169.254.170.2 169.254.0.1 100.100.100.200 168.63.129.16 0xa83f8110 192.0.0.192 [fd00:ec2::254]
  [::ffff:169.254.169.254] [::ffff:a9fe:a9fe] [64:ff9b::169.254.169.254] [64:ff9b::a9fe:a9fe]
  [2002:a9fe:a9fe::1] [fe80::a9fe:a9fe] [::169.254.169.254] [fd20:ce::254] [64:ff9b::168.63.129.16]
  metadata.google.internal METADATA.google.INTERNAL instance-data.ec2.internal metadata.internal
  ip-10-0-0-1.eu-west-1.compute.internal metadata instance-data metadata.platformequinix.internal
`);
const IPV6 = words(`
  [::1] [::] [0:0:0:0:0:0:0:1] [0000:0000:0000:0000:0000:0000:0000:0001] [::0:1] [0::1] [::0.0.0.1] [fc00::1]
  [fd00::1] [fdff:ffff::1] [fe80::1] [febf::1] [fec0::1] [ff02::1] [ff0e::1] [100::1] [2001:db8::1] [2001:10::1]
  [2001:20::1] [3fff::1] [5f00::1] [4000::1] [2620:4f:8000::1] [1::]
`);
const WRAPPED_IPV4 = words(`
  [::ffff:127.0.0.1] [::ffff:7f00:1] [::FFFF:7F00:0001] [0:0:0:0:0:ffff:127.0.0.1] [::ffff:10.0.0.1]
  [::ffff:0:127.0.0.1] [::ffff:0:7f00:1] [::127.0.0.1] [::7f00:1] [::ffff:8.8.8.8] [::8.8.8.8]
  [64:ff9b::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::10.0.0.1] [64:ff9b::192.168.0.1] [64:ff9b:1::7f00:1]
  [64:ff9b:1:fffe::8.8.8.8] [64:ff9b:0:0:0:1:7f00:1] [2002:7f00:1::] [2002:7f00:1::1] [2002:a00:1::1]
  [2002:c0a8:1::1] [2002:808:808::1] [2001::1] [2001:0:7f00:1::] [2001:0:808:808:0:0:80ff:fffe]
  [2001:0:4136:e378:8000:63bf:80ff:fffe] [fe80::5efe:127.0.0.1] [fe80::200:5efe:127.0.0.1]
  [2606:4700::5efe:127.0.0.1] [2606:4700:1:2:0:5efe:10.0.0.1] [2606:4700:1:2:200:5efe:c0a8:1]
`);
const ZONES = words(`
  [fe80::1%eth0] [fe80::1%25eth0] [::1%lo] [::1%25lo] [::1%251] [fe80::1%2525eth0] [::1%00]
  [::ffff:127.0.0.1%25lo] [::1 ::1] [::1]] [[::1]] ::1 [v1.::1] [::1]. [127.0.0.1]
`);
const DISGUISED = [
  ...words(`
  １２７.0.0.1 １２７．０．０．１ 127。0。0。1 127｡0｡0｡1 ①②⑦.⓪.⓪.① 𝟏𝟐𝟕.0.0.1 𝟙𝟚𝟟.𝟘.𝟘.𝟙 1２7.0.0.１ ²130706433
  %31%32%37.0.0.1 127%2e0%2e0%2e1 127.0.0.%31 %6cocalhost loc%61lhost %E2%91%A0②⑦.0.0.1 0%78%37f.1 ⓛⓞⓒⓐⓛⓗⓞⓢⓣ
  ｌｏｃａｌｈｏｓｔ LOCALHOſT ⓜetadata.google.ⓘnternal localhost。 metadata。google。internal 169。254。169。254
`),
  'lo\u00adcalhost',
  'local\u200bhost',
  '127.0.0.1\u00ad',
  '\ufeff127.0.0.1',
];
const LOCAL_NAMES = words(`
  localhost LOCALHOST localhost. localhost.. a.localhost localhost.localdomain ip6-localhost loopback router
  gateway kubernetes db redis mongodb kafka.kafka.svc kubernetes.default.svc
  kubernetes.default.svc.cluster.local x.svc.cluster.local host.docker.internal gateway.docker.internal
  printer.local nas.lan nas.home nas.home.arpa wiki.corp wiki.intranet db.private vault.service.internal
`);
const OTHER_SCHEMES = words(`
  http://crm.attack.test http://127.0.0.1:PORT http://localhost:PORT http://[::1]:PORT HTTP://127.1:PORT
  ftp://127.0.0.1:PORT file:///etc/passwd file://127.0.0.1/etc/passwd gopher://127.0.0.1:PORT/_x
  dict://127.0.0.1:PORT data:application/json,{} javascript:alert(1) blob:https://127.0.0.1/x
  unix:/var/run/docker.sock ws://127.0.0.1:PORT http://unix:/var/run/docker.sock:/x ldap://127.0.0.1:PORT
  jar:https://127.0.0.1!/ about:blank https //127.0.0.1:PORT 127.0.0.1:PORT wss://127.0.0.1:PORT
  netdoc:///etc/passwd urn:127.0.0.1 https:127.0.0.1 https:/127.0.0.1 https:///127.0.0.1
`);
const PORTS = [
  ...words(`
  https://127.0.0.1:PORT https://localhost:PORT https://[::1]:PORT https://2130706433:PORT
  https://crm.attack.test:PORT https://crm.attack.test:22 https://crm.attack.test:80 https://crm.attack.test:0
  https://crm.attack.test:8443 https://crm.attack.test:65536 https://crm.attack.test:443443
  https://crm.attack.test:-1 https://crm.attack.test:0x1bb https://crm.attack.test:６379 https://127.0.0.1:443
  https://127.0.0.1:00443
`),
  'https://crm.attack.test:4 43',
];
const CONFUSED = [
  ...words(`
  https://crm.attack.test@127.0.0.1:PORT https://crm.attack.test:443@127.0.0.1:PORT https://user:pw@127.0.0.1
  https://@127.0.0.1 https://crm.attack.test%40127.0.0.1 https://127.0.0.1#@crm.attack.test
  https://crm.attack.test#@127.0.0.1 https://crm.attack.test?@127.0.0.1 https://127.0.0.1?x
  https://127.0.0.1;crm.attack.test https://127.0.0.1,crm.attack.test https://127.0.0.1&crm.attack.test
  https://127.0.0.1%00.attack.test https://127.0.0.1%0d%0a.attack.test https://127.0.0.1%09
  https://127.0.0.1/..//crm.attack.test https://127.0.0.1. https://2130706433. https://0x7f.1.
  https://127.0.0.1.. https://.127.0.0.1 https://256.0.0.1 https://1.2.3.4.5 https://0x100000000
  https://4294967296 https://127.0.0.1.1 https://08.0.0.1 https://*.attack.test https://-crm.attack.test
  https://crm..attack.test https://crm_attack https://<127.0.0.1> https://{127.0.0.1}
`),
  'https://crm.attack.test\\@127.0.0.1:PORT',
  'https://127.0.0.1:PORT\\@crm.attack.test',
  'https://127.0.0.1 crm.attack.test',
  'https:\\\\127.0.0.1',
  'https:/\\127.0.0.1',
  'https://\\127.0.0.1',
  'https://127.0.0.1\t',
  'https://127.0.0.1\t.attack.test',
  'https://12\t7.0.0.1',
  'https://127.0.0.1\r\nHost: crm.attack.test',
  'https://127.0.0.1\n',
  'ht\ntps://127.0.0.1',
  '\u0000https://127.0.0.1',
  'https://127.0.0.1\u0000.attack.test',
];

/** Each is refused by its text alone: nothing is resolved, nothing is connected. */
export const ADDRESS_ATTACKS: readonly AddressAttack[] = [
  ...hosts('loopback, every notation', LOOPBACK_NOTATIONS),
  ...hosts('private and special ranges', PRIVATE_NOTATIONS),
  ...hosts('cloud metadata', METADATA),
  ...hosts('IPv6', IPV6),
  ...hosts('IPv4 wrapped in IPv6', WRAPPED_IPV4),
  ...hosts('zone ids and broken brackets', ZONES),
  ...hosts('full width, circled, percent-encoded, invisible', DISGUISED),
  ...hosts('names of a private network', LOCAL_NAMES),
  ...attacks('other schemes', OTHER_SCHEMES),
  ...attacks('ports', PORTS),
  ...attacks('confused parsers', CONFUSED),
];
