/** Who counts together where places are scarce: a budget. Compared by identity. */
export type Sharer = object;

export interface HostPlaces {
  /**
   * A place for one call to the origin; what it answers gives the place back, once. Null where the signal aborts before there is
   * one. Those that wait are served in turns: each sharer's longest waiting call, one sharer after the other.
   */
  take(origin: string, sharer: Sharer, signal: AbortSignal): Promise<(() => void) | null>;
}

interface Host {
  taken: number;
  /** Calls that wait, by sharer; whose turn was longest ago stands first. */
  readonly waiting: Map<Sharer, (() => void)[]>;
}

/** Bounds the calls that are on their way to one origin at a time, and with them its sockets, whoever calls. */
export function createHostPlaces(most: number): HostPlaces {
  const hosts = new Map<string, Host>();

  const release = (origin: string, host: Host): void => {
    const next = nextInTurn(host);
    if (next !== null) return next();
    host.taken -= 1;
    if (host.taken === 0) hosts.delete(origin);
  };
  const placeIn = (origin: string, host: Host): (() => void) => {
    let held = true;
    return () => {
      if (held) release(origin, host);
      held = false;
    };
  };

  return {
    take(origin, sharer, signal) {
      if (signal.aborted) return Promise.resolve(null);
      const host = hosts.get(origin) ?? { taken: 0, waiting: new Map<Sharer, (() => void)[]>() };
      hosts.set(origin, host);
      if (host.taken < most) {
        host.taken += 1;
        return Promise.resolve(placeIn(origin, host));
      }
      return new Promise((resolve) => {
        const onAbort = (): void => {
          leave(host, sharer, go);
          resolve(null);
        };
        const go = (): void => {
          signal.removeEventListener('abort', onAbort);
          resolve(placeIn(origin, host));
        };
        const own = host.waiting.get(sharer);
        if (own === undefined) host.waiting.set(sharer, [go]);
        else own.push(go);
        signal.addEventListener('abort', onAbort, { once: true });
      });
    },
  };
}

/** Takes the next call out of the line, and puts its sharer behind all others. */
function nextInTurn({ waiting }: Host): (() => void) | null {
  for (const [sharer, [next, ...rest]] of waiting) {
    waiting.delete(sharer);
    if (rest.length > 0) waiting.set(sharer, rest);
    if (next !== undefined) return next;
  }
  return null;
}

function leave({ waiting }: Host, sharer: Sharer, go: () => void): void {
  const rest = (waiting.get(sharer) ?? []).filter((each) => each !== go);
  if (rest.length > 0) waiting.set(sharer, rest);
  else waiting.delete(sharer);
}
