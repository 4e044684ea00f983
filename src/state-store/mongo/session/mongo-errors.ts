import { MongoBulkWriteError, MongoError, MongoNetworkError, MongoServerError } from 'mongodb';
import { StoreUnavailable } from '../../state-store.port.ts';

/** The driver's own failures that mean 'no answer'; those of the network are told by their class. */
const UNAVAILABLE_NAMES: ReadonlySet<string> = new Set([
  'MongoServerSelectionError',
  'MongoWaitQueueTimeoutError',
  'MongoOperationTimeoutError',
  'MongoTopologyClosedError',
  'MongoNotConnectedError',
  'MongoClientClosedError',
  'MongoServerClosedError',
  'MongoPoolClosedError',
  'MongoStalePrimaryError',
  'MongoExpiredSessionError',
  'MongoWriteConcernError',
]);

/** The server's codes that mean 'not now' or 'not for you'; every other code is a fault of ours and stays an exception. */
const UNAVAILABLE_CODES: ReadonlySet<number> = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  13, // Unauthorized
  18, // AuthenticationFailed
  50, // MaxTimeMSExpired
  64, // WriteConcernTimeout
  79, // UnknownReplWriteConcern
  89, // NetworkTimeout
  91, // ShutdownInProgress
  100, // UnsatisfiableWriteConcern
  112, // WriteConflict
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  189, // PrimarySteppedDown
  202, // NetworkInterfaceExceededTimeLimit
  262, // ExceededTimeLimit
  391, // ReauthenticationRequired
  462, // IngressRequestRateLimitExceeded
  8000, // AtlasError: authentication
  9001, // SocketException
  10058, // LegacyNotPrimary
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
  14031, // OutOfDiskSpace
]);

const DUPLICATE_KEY = 11_000;

export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY;
}

/** Of two that make a document at once, servers may refuse one; the second time it is there. */
export async function againIfRefused<T>(upsert: () => Promise<T>): Promise<T> {
  try {
    return await upsert();
  } catch (error) {
    if (isDuplicateKey(error)) return upsert();
    throw error;
  }
}

/**
 * Whether every write of a bulk that failed did so by a duplicate key. Where the majority did not take the others, the driver
 * reports that and no failed writes.
 */
export function isDuplicateKeysOnly(error: unknown): error is MongoBulkWriteError {
  if (!(error instanceof MongoBulkWriteError)) return false;
  const failures = [error.writeErrors].flat();
  return failures.length > 0 && failures.every((failure) => failure.code === DUPLICATE_KEY);
}

/** `StoreUnavailable` where the server can't answer; any other error as it is. */
export function asStoreError(error: unknown): unknown {
  return error instanceof MongoError && meansUnavailable(error) ? unavailable(error) : error;
}

function meansUnavailable(error: MongoError): boolean {
  if (error instanceof MongoNetworkError || UNAVAILABLE_NAMES.has(error.name)) return true;
  if (error.hasErrorLabel('RetryableWriteError') || error.hasErrorLabel('SystemOverloadedError')) return true;
  if (UNAVAILABLE_CODES.has(Number(error.code))) return true;
  return error instanceof MongoBulkWriteError && bulkMeansUnavailable(error);
}

function bulkMeansUnavailable(error: MongoBulkWriteError): boolean {
  const failures = [error.writeErrors].flat();
  // The driver hides a failure of its own, such as a cut connection, in a bulk error that has neither code nor failed writes.
  if (failures.length === 0 && error.code === undefined) return true;
  return failures.some((failure) => UNAVAILABLE_CODES.has(failure.code));
}

/** What the driver's error says in a few words: the error itself carries the documents that were sent. */
function unavailable(error: MongoError): StoreUnavailable {
  const cause = new Error(error.message);
  cause.name = error.name;
  const code = error.code === undefined ? '' : ` ${String(error.code)}`;
  return new StoreUnavailable(`MongoDB can't answer: ${error.name}${code} (${error.message})`, { cause });
}
