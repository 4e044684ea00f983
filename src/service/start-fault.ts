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
  readonly exitCode: 1 | 3;

  constructor(code: string, message: string, remedy: string, exitCode: 1 | 3 = 3) {
    super(message);
    this.code = code;
    this.remedy = remedy;
    this.exitCode = exitCode;
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
  STORE_URL_INVALID: {
    message: 'MONGODB_URL is no address of a MongoDB database.',
    remedy: 'It names the database after the host: mongodb://host:27017/zena_crm',
    exitCode: 3,
  },
  INDEX_MISSING: {
    message: 'The database lacks an index that keeps records from being doubled.',
    remedy:
      'Allow this user to create indexes, or drop the index of the same name that differs, and start again.',
    exitCode: 1,
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
    const { code, message, remedy, exitCode } = error;
    return { code, message, remedy, exitCode };
  }
  if (!hasCode(error)) return null;
  if (typeof error.remedy === 'string') {
    return { code: error.code, message: String(error.message), remedy: error.remedy, exitCode: 1 };
  }
  const known = KNOWN[error.code];
  return known === undefined ? null : { code: error.code, ...known };
}

/** Told by what it carries: errors of the system come from another realm than ours where tests run. */
function hasCode(error: unknown): error is { code: string; message?: unknown; remedy?: unknown } {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string';
}
