import { createHash } from 'node:crypto';

/** The consumer key of the connected app whose secret a key of the sandbox is. */
export function clientIdOf(secret: string): string {
  return `3MVG9${createHash('sha256').update(`app ${secret}`).digest('base64url')}`;
}
