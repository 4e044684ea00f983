import type { HttpReply } from './http-reply.ts';

/**
 * The other end of one request: behind a socket, or in the same process. One that has left is no failure: what is sent to it
 * then goes nowhere.
 */
export interface Caller {
  /** Sends a whole answer with its length; nothing where one has begun already. */
  send(reply: HttpReply): void;
  /** Begins an answer that is sent piece by piece. */
  begin(status: number, headers: Readonly<Record<string, string>>): void;
  /** Sends a piece; resolves when there is room for another, or nobody is there any more. */
  push(piece: Uint8Array): Promise<void>;
  end(): void;
  /** It left, or its connection was closed by this side. */
  readonly isGone: boolean;
  /** Calls back once the connection is closed, by whichever side, or the answer is complete. */
  onEnd(listener: () => void): void;
  /** Closes the connection, answered or not. */
  close(): void;
  /** The same, as a connection that breaks. */
  reset(): void;
}
