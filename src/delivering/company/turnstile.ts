/** Lets so many through at a time, the others in their order. */
export interface Turnstile {
  pass<T>(act: () => Promise<T>): Promise<T>;
}

export function createTurnstile(most: number): Turnstile {
  let within = 0;
  const waiting: (() => void)[] = [];
  return {
    async pass(act) {
      if (within >= most) await new Promise<void>((resolve) => waiting.push(resolve));
      else within += 1;
      try {
        return await act();
      } finally {
        const next = waiting.shift();
        if (next === undefined) within -= 1;
        else next();
      }
    },
  };
}
