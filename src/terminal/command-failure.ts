import type { ExitCode } from './exit-code.ts';

/** Ends a command: one clear line, what to do about it, and the exit code. Holds no secret. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: ExitCode;
  /** What the reader can do; null when the message says it all. */
  readonly remedy: string | null;

  constructor(exitCode: ExitCode, message: string, remedy: string | null = null) {
    super(message);
    this.exitCode = exitCode;
    this.remedy = remedy;
  }
}
