import { generateKeyPairSync, sign } from 'node:crypto';

export interface ServerIdentity {
  readonly key: string;
  readonly cert: string;
}

/** A self-signed certificate for one IPv4 address or name, made here so that no key lies in the repository. */
export function selfSigned(subject: string, validUntil = new Date(Date.now() + 86_400_000)): ServerIdentity {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
  const name = sequence(tlv(0x31, sequence(oid('550403'), tlv(0x0c, Buffer.from('test')))));
  const ipv4 = /^\d+(?:\.\d+){3}$/.test(subject);
  const altName = ipv4
    ? tlv(0x87, Buffer.from(subject.split('.').map(Number)))
    : tlv(0x82, Buffer.from(subject));
  const extensions = sequence(
    sequence(oid('551d11'), tlv(0x04, sequence(altName))),
    sequence(oid('551d13'), tlv(0x04, sequence(tlv(0x01, Buffer.from([0xff]))))),
  );
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    name,
    sequence(utcTime(new Date(Date.now() - 2 * 86_400_000)), utcTime(validUntil)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, extensions),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)]);
  const der = sequence(body, ecdsaWithSha256, tlv(0x03, signature));
  const cert = `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert };
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function oid(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, 'hex'));
}

function utcTime(time: Date): Buffer {
  return tlv(0x17, Buffer.from(`${time.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));
}

function tlv(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
