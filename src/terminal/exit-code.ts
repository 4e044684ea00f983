/** What the program's exit codes mean. Fixed: scripts depend on them. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  configuration: 3,
  /** The service, or a server that a command works on, does not answer. */
  unreachable: 4,
  refused: 5,
  /** Done, and problems were found. */
  problems: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
