const KIB = 1_024;

/** What the bodies of a route may have, bytes. Each is a few times what its schema can fill, and no more. */
export const BODY_LIMITS = {
  /** Where no body is taken: room for an empty object, which many clients send, and to say what is wrong. */
  none: 512,
  /** A name or two, such as a one-time code, which is read before anybody is known. */
  names: 2 * KIB,
  settings: 8 * KIB,
  /** A key file may be one of the credentials. */
  credentials: 16 * KIB,
  /** A thousand ids. */
  ids: 320 * KIB,
  changes: 5 * KIB * KIB,
} as const;
