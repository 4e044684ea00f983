/** `MONGODB_URL` can't be used as it stands. The message never quotes it: it may hold a password. */
export class StoreUrlInvalid extends Error {
  override readonly name = 'StoreUrlInvalid';
  readonly code = 'STORE_URL_INVALID';
}

const URL_PARTS = /^mongodb(?:\+srv)?:\/\/[^/?#]+(?:\/([^?#]*))?/;

/**
 * The database that a MongoDB URL names.
 *
 * @throws {StoreUrlInvalid} when it is no MongoDB URL or names none: the driver would silently take `test`.
 */
export function databaseOf(url: string): string {
  const parts = URL_PARTS.exec(url);
  if (parts === null)
    throw new StoreUrlInvalid('not a MongoDB URL: it begins with mongodb:// or mongodb+srv://');
  const database = decoded(parts[1] ?? '');
  if (database === '') {
    throw new StoreUrlInvalid('the MongoDB URL names no database: mongodb://host:27017/DATABASE');
  }
  return database;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new StoreUrlInvalid('the MongoDB URL names a database that is not percent-encoded correctly');
  }
}
