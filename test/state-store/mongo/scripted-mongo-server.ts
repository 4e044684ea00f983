import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { BSON, type Document } from 'mongodb';
import { commandOf, eachMessage, OP_QUERY, type Command } from './wire-messages.ts';

const OP_REPLY = 1;
const OP_MSG = 2013;

/** 'cut' ends the connection without an answer, 'silence' leaves it waiting. */
export type Answer = Document | 'cut' | 'silence';

export interface ScriptedMongoServer {
  /** With a database and as many options as the caller adds. */
  url(options?: Record<string, string>): string;
  /** Every command but the handshake's and the monitor's, in order. */
  readonly commands: readonly Command[];
  /** Answers commands of a name; `undefined` lets the default answer stand. */
  answer(name: string, script: (command: Command, count: number) => Answer | undefined): void;
  close(): Promise<void>;
}

/**
 * The primary of a replica set of one, as far as its driver can tell: it takes every write and has nothing. For failures
 * that no server shows at will.
 */
export async function startScriptedMongoServer(): Promise<ScriptedMongoServer> {
  const sockets = new Set<Socket>();
  const commands: Command[] = [];
  const scripts = new Map<string, (command: Command, count: number) => Answer | undefined>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    eachMessage(socket, (message) => respond(socket, message));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;

  const respond = (socket: Socket, message: Buffer): void => {
    const command = commandOf(message);
    const name = Object.keys(command)[0] ?? '';
    if (name.toLowerCase() === 'hello' || name.toLowerCase() === 'ismaster') {
      socket.write(reply(message, hello(host)));
      return;
    }
    commands.push(command);
    const count = commands.filter((each) => name in each).length;
    const answer = scripts.get(name)?.(command, count) ?? defaultAnswer(name, command);
    if (answer === 'cut') socket.destroy();
    else if (answer !== 'silence') socket.write(reply(message, answer));
  };

  return {
    url: (options = {}) =>
      `mongodb://${host}/zena?${String(new URLSearchParams({ replicaSet: 'rs0', ...options }))}`,
    commands,
    answer: (name, script) => void scripts.set(name, script),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function hello(host: string): Document {
  return {
    ok: 1,
    ismaster: true,
    isWritablePrimary: true,
    helloOk: true,
    setName: 'rs0',
    setVersion: 1,
    hosts: [host],
    primary: host,
    me: host,
    logicalSessionTimeoutMinutes: 30,
    minWireVersion: 0,
    maxWireVersion: 21,
    maxBsonObjectSize: 16_777_216,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 100_000,
  };
}

function defaultAnswer(name: string, command: Command): Document {
  const writes = command['updates'] ?? command['deletes'] ?? command['documents'];
  if (Array.isArray(writes)) return { ok: 1, n: writes.length, nModified: writes.length };
  if (name === 'findAndModify') return { ok: 1, value: null };
  if (name === 'listIndexes') return cursor(uniqueIndexes(String(command[name])));
  return name === 'find' || name === 'aggregate' ? cursor([]) : { ok: 1 };
}

function cursor(firstBatch: Document[]): Document {
  return { ok: 1, cursor: { id: BSON.Long.ZERO, ns: 'zena.any', firstBatch } };
}

function uniqueIndexes(collection: string): Document[] {
  if (collection === 'connections')
    return [{ name: 'a', key: { 'owner.id': 1, 'owner.type': 1, provider: 1 }, unique: true }];
  return collection === 'runs' ? [{ name: 'b', key: { openFor: 1 }, unique: true, sparse: true }] : [];
}

function reply(to: Buffer, answer: Document): Buffer {
  const legacy = to.readInt32LE(12) === OP_QUERY;
  const body = BSON.serialize(answer);
  const head = Buffer.alloc(legacy ? 36 : 21);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(to.readInt32LE(4), 8);
  head.writeInt32LE(legacy ? OP_REPLY : OP_MSG, 12);
  if (legacy) head.writeInt32LE(1, 32);
  return Buffer.concat([head, body]);
}
