/** Why a start was refused, with what to do about it. Exit code 3: the configuration; 1: the surroundings. */
export interface StartFault {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly exitCode: 1 | 3;
}

/** Thrown while composing; becomes a `StartFault`. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused';
  readonly code: string;
  readonly remedy: string;

  constructor(code: string, message: string, remedy: string) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }
}

interface KnownFault {
  readonly message: string;
  readonly remedy: string;
  readonly exitCode: 1 | 3;
}

const KNOWN: Readonly<Record<string, KnownFault>> = {
  STORE_LOCKED: {
    message: 'Another process uses the embedded store.',
    remedy: 'Stop the other service, or set DATA_DIR to a folder of its own.',
    exitCode: 1,
  },
  STORE_TOO_NEW: {
    message: 'The embedded store was written by a newer version.',
    remedy: 'Start that version or a later one, or set DATA_DIR to another folder.',
    exitCode: 1,
  },
  STORE_UNAVAILABLE: {
    message: 'The state store does not answer.',
    remedy: 'Check MONGODB_URL (or DATA_DIR) and that the server runs and may be reached.',
    exitCode: 1,
  },
  DATABASE_NAME_MISSING: {
    message: 'MONGODB_URL names no database.',
    remedy: 'Add it after the host: mongodb://host:27017/zena_crm',
    exitCode: 3,
  },
  EADDRINUSE: {
    message: 'The port is taken.',
    remedy: 'Set PORT to a free one, or stop what listens there.',
    exitCode: 1,
  },
  EACCES: {
    message: 'The folder or the port may not be used.',
    remedy: 'Check the rights on DATA_DIR, and that PORT is above 1023.',
    exitCode: 1,
  },
};

/** Null: a fault that nobody foresaw, which must be thrown on. */
export function startFaultOf(error: unknown): StartFault | null {
  if (error instanceof StartRefused) {
    return { code: error.code, message: error.message, remedy: error.remedy, exitCode: 3 };
  }
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  if ('remedy' in error && typeof error.remedy === 'string') {
    return { code: error.code, message: error.message, remedy: error.remedy, exitCode: 1 };
  }
  const known = KNOWN[error.code];
  return known === undefined ? null : { code: error.code, ...known };
}
