import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import type { ResolveAll } from '../../../src/wire/guarded-lookup.ts';

/** What one question about a name is answered with; the time to live is 0 throughout. */
export interface DnsAnswer {
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  /** The name that stands in front of the addresses; its own are answered along with it. */
  readonly cname?: string;
}

export interface DnsServer {
  /** As the program resolves, but by this server: every address of both families, or a rejection. */
  readonly resolve: ResolveAll;
  /** Names asked for so far, one entry for each question. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

const TYPES: Readonly<Record<number, 'a' | 'aaaa'>> = { 1: 'a', 28: 'aaaa' };
const [TYPE_A, TYPE_CNAME, TYPE_AAAA] = [1, 5, 28];
const NO_SUCH_NAME = 3;

/**
 * A name server on a free UDP port of 127.0.0.1, which answers each question anew by `zone`: names can change between two
 * questions. A name that `zone` knows nothing of doesn't exist.
 */
export async function startDnsServer(zone: (name: string) => DnsAnswer | null): Promise<DnsServer> {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const { name, type, end } = readQuestion(query);
    asked.push(name);
    socket.send(answerTo(query.subarray(0, end), name, type, zone(name)), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  resolver.setServers([`127.0.0.1:${socket.address().port}`]);
  return {
    asked,
    resolve: async (hostname) => {
      const [four, six] = await Promise.allSettled([
        resolver.resolve4(hostname),
        resolver.resolve6(hostname),
      ]);
      const found = [
        ...(four.status === 'fulfilled' ? four.value.map((address) => ({ address, family: 4 })) : []),
        ...(six.status === 'fulfilled' ? six.value.map((address) => ({ address, family: 6 })) : []),
      ];
      if (found.length === 0 && four.status === 'rejected') throw four.reason as Error;
      return found;
    },
    async close() {
      resolver.cancel();
      socket.close();
      await once(socket, 'close');
    },
  };
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let size = query[at] ?? 0; size > 0; size = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + size));
    at += 1 + size;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function answerTo(question: Buffer, name: string, type: number, zone: DnsAnswer | null): Buffer {
  const records: Buffer[] = [];
  const owner = zone?.cname ?? name;
  if (zone?.cname !== undefined) records.push(recordOf(name, TYPE_CNAME, encodeName(zone.cname)));
  const family = TYPES[type];
  if (family === 'a') {
    for (const address of zone?.a ?? []) records.push(recordOf(owner, TYPE_A, bytesOf(address)));
  }
  if (family === 'aaaa') {
    for (const address of zone?.aaaa ?? []) records.push(recordOf(owner, TYPE_AAAA, bytesOf(address)));
  }
  const head = Buffer.from(question);
  head.writeUInt16BE(0x8180 | (zone === null ? NO_SUCH_NAME : 0), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, ...records]);
}

function recordOf(owner: string, type: number, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([encodeName(owner), fixed, data]);
}

function encodeName(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

/** The bytes of an address in any notation that a host of a URL may have. */
function bytesOf(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const groups = (text: string) =>
    text === '' ? [] : text.split(':').map((part) => Number.parseInt(part, 16));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const words = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Buffer.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}
