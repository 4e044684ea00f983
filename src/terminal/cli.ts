import type { Readable } from 'node:stream';
import type { Clock } from '../runtime/clock.ts';

/** Where text goes. */
export interface TextOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** What a command sees of the process. */
export interface Cli {
  /** Handed on to the readers of the configuration. */
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Data. */
  readonly stdout: TextOutput;
  /** Everything that is said about it. */
  readonly stderr: TextOutput;
  /** Aborts when the process is asked to stop. */
  readonly stop: AbortSignal;
  readonly clock: Clock;
}
