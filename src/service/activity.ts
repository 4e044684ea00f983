/** Tells who listens that a user's timeline grew in this process. Only a hint: other processes' entries are found by polling. */
export interface Activity {
  subscribe(userId: string, listener: () => void): () => void;
  tell(userId: string): void;
}

export function createActivity(): Activity {
  const listeners = new Map<string, Set<() => void>>();
  return {
    subscribe(userId, listener) {
      const set = listeners.get(userId) ?? new Set();
      listeners.set(userId, set.add(listener));
      return () => {
        set.delete(listener);
        if (set.size === 0) listeners.delete(userId);
      };
    },
    tell(userId) {
      for (const listener of listeners.get(userId) ?? []) listener();
    },
  };
}
