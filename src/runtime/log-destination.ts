import { Buffer } from 'node:buffer';
import { fstatSync, write } from 'node:fs';
import { Socket } from 'node:net';

/** Where log lines go; made so that a full disk or a reader that stopped reading costs lines, never the program. */
export interface LogDestination {
  write(line: string): void;
  /** Resolves when every line so far is written or lost; a stuck reader can delay it for ever, so bound the wait. */
  flush(): Promise<void>;
  /** How many lines were thrown away. */
  readonly lost: number;
}

type WriteChunk = (chunk: Buffer, done: (error: Error | null | undefined) => void) => void;

const MOST_BUFFERED_BYTES = 4 * 1024 * 1024;
const RETRY_MS = 20;

/** Writes to a file descriptor, standard error by default, without ever waiting for it. */
export function stderrDestination(fileDescriptor = 2): LogDestination {
  const writeChunk = isPipe(fileDescriptor) ? pipeWriter(fileDescriptor) : fileWriter(fileDescriptor);
  let lines: string[] = [];
  let bytes = 0;
  let lost = 0;
  let writing = false;
  let flushed: (() => void)[] = [];

  const pump = () => {
    if (lines.length === 0) {
      for (const resolve of flushed) resolve();
      flushed = [];
      return;
    }
    const batch = lines;
    const size = bytes;
    lines = [];
    writing = true;
    writeChunk(Buffer.from(batch.join('')), (error) => {
      // There is nowhere left to report a log that can't be written; the count is what remains.
      if (error) lost += batch.length;
      bytes -= size;
      writing = false;
      pump();
    });
  };

  return {
    write(line) {
      if (bytes + line.length > MOST_BUFFERED_BYTES) {
        lost++;
        return;
      }
      lines.push(line);
      bytes += line.length;
      if (!writing) pump();
    },
    flush: () =>
      new Promise((resolve) => {
        flushed.push(resolve);
        if (!writing) pump();
      }),
    get lost() {
      return lost;
    },
  };
}

function isPipe(fileDescriptor: number): boolean {
  const stat = fstatSync(fileDescriptor);
  return stat.isFIFO() || stat.isSocket();
}

/** A pipe is written without blocking: a thread stuck in a write would keep the process from exiting. */
function pipeWriter(fileDescriptor: number): WriteChunk {
  const socket = new Socket({ fd: fileDescriptor, readable: false, writable: true });
  // Every write hears of its own error; without a listener the same error would end the process.
  socket.on('error', () => undefined);
  return (chunk, done) => {
    socket.write(chunk, done);
  };
}

function fileWriter(fileDescriptor: number): WriteChunk {
  const writeChunk: WriteChunk = (chunk, done) => {
    write(fileDescriptor, chunk, (error, written) => {
      if (error?.code === 'EAGAIN') setTimeout(writeChunk, RETRY_MS, chunk, done);
      else if (error || written === chunk.length) done(error);
      else writeChunk(chunk.subarray(written), done);
    });
  };
  return writeChunk;
}
