import { signal } from '@preact/signals';

/** `ended`: there was a session and the service knows it no more. */
export type Session = 'unknown' | 'signing-in' | 'signed-in' | 'signed-out' | 'ended';

/** Whether the cookie, which this page can't read, is good. */
export const session = signal<Session>('unknown');

/** Whether the last request got an answer. */
export const reachable = signal(true);
