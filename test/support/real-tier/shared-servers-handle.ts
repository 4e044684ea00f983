/** Set-up and teardown are loaded apart from each other, so what they share hangs on the process' global object. */
type Holder = { zenaCrmEndSharedServers?: (() => Promise<void>) | undefined };

const holder = globalThis as typeof globalThis & Holder;

/** Remembers how to end the servers of this run. */
export const rememberSharedServers = (end: () => Promise<void>): void => {
  holder.zenaCrmEndSharedServers = end;
};

/** Ends the servers of this run, once; nothing to do when there are none. */
export const endSharedServers = async (): Promise<void> => {
  const end = holder.zenaCrmEndSharedServers;
  holder.zenaCrmEndSharedServers = undefined;
  await end?.();
};
