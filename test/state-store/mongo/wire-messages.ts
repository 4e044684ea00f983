import type { Socket } from 'node:net';
import { BSON, type Document } from 'mongodb';

/** The form of a driver's first message to a server; every other is an OP_MSG. */
export const OP_QUERY = 2004;

/** A command as it was sent, its document sequences put back into it. */
export type Command = Document;

/** Cuts what a driver sends into whole messages. */
export function eachMessage(socket: Socket, take: (message: Buffer) => void): void {
  let waiting = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= 4 && waiting.length >= waiting.readInt32LE(0)) {
      const length = waiting.readInt32LE(0);
      take(waiting.subarray(0, length));
      waiting = waiting.subarray(length);
    }
  });
}

function documentAt(bytes: Buffer, offset: number): { document: Document; end: number } {
  const end = offset + bytes.readInt32LE(offset);
  return { document: BSON.deserialize(bytes.subarray(offset, end)), end };
}

/** The command in a message. */
export function commandOf(message: Buffer): Command {
  if (message.readInt32LE(12) === OP_QUERY) {
    const nameEnd = message.indexOf(0, 20);
    return documentAt(message, nameEnd + 1 + 8).document;
  }
  let command: Command = {};
  let offset = 20;
  while (offset < message.length) {
    const kind = message[offset];
    offset += 1;
    if (kind === 0) {
      const { document, end } = documentAt(message, offset);
      command = { ...document, ...command };
      offset = end;
    } else {
      const sectionEnd = offset + message.readInt32LE(offset);
      const nameEnd = message.indexOf(0, offset + 4);
      const documents: Document[] = [];
      for (let at = nameEnd + 1; at < sectionEnd;) {
        const { document, end } = documentAt(message, at);
        documents.push(document);
        at = end;
      }
      command = { ...command, [message.toString('utf8', offset + 4, nameEnd)]: documents };
      offset = sectionEnd;
    }
  }
  return command;
}
