import { StoreUnavailable } from '../../state-store.port.ts';

/** Another process has the store's file open. */
export class StoreLocked extends Error {
  override readonly name = 'StoreLocked';
  readonly code = 'STORE_LOCKED';

  constructor(path: string) {
    super(
      `the store ${path} is in use by another process; stop that one or set another DATA_DIR ` +
        '(the lock ends with its process, however that ends)',
    );
  }
}

/** The store's file was written by a newer version of this program. */
export class StoreTooNew extends Error {
  override readonly name = 'StoreTooNew';
  readonly code = 'STORE_TOO_NEW';

  constructor(found: number, known: number) {
    super(
      `the store has schema version ${String(found)}, this program knows up to ${String(known)}: ` +
        'run the version that wrote it, or a newer one',
    );
  }
}

/** Result codes that say the database can't answer now; every other code is a fault of ours and stays an exception as it is. */
const UNAVAILABLE: ReadonlyMap<number, string> = new Map([
  [5, 'SQLITE_BUSY'],
  [6, 'SQLITE_LOCKED'],
  [7, 'SQLITE_NOMEM'],
  [8, 'SQLITE_READONLY'],
  [9, 'SQLITE_INTERRUPT'],
  [10, 'SQLITE_IOERR'],
  [11, 'SQLITE_CORRUPT'],
  [13, 'SQLITE_FULL'],
  [14, 'SQLITE_CANTOPEN'],
  [15, 'SQLITE_PROTOCOL'],
  [26, 'SQLITE_NOTADB'],
]);

/** SQLite's name of a failure that means 'can't answer'; null for any other error. */
export function unavailableCode(error: unknown): string | null {
  const code = errorCode(error);
  if (code === 'ERR_INVALID_STATE') return 'CLOSED';
  if (code !== 'ERR_SQLITE_ERROR' || !hasResultCode(error)) return null;
  // The low byte is the kind; the rest tells where, such as 'I/O error at fsync'.
  return UNAVAILABLE.get(Number(error.errcode) & 0xff) ?? null;
}

/** `StoreUnavailable`, its `cause` SQLite's code, where the database can't answer; any other error as it is. */
export function asStoreError(error: unknown): unknown {
  const code = unavailableCode(error);
  if (code === null) return error;
  return new StoreUnavailable(`the embedded store can't answer: ${code} (${String(error)})`, { cause: code });
}

/** An error's `code`, whichever realm the error comes from. */
export function errorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

function hasResultCode(error: unknown): error is { readonly errcode: unknown } {
  return typeof error === 'object' && error !== null && 'errcode' in error;
}
