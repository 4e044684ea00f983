/** Who is on the way to a call: what goes together leaves once nobody else is. */
export interface Muster {
  /** One more is on the way, until it leaves. */
  enter(): Attendance;
  readonly isQuiet: boolean;
}

export interface Attendance {
  /** While it waits for something that takes its time, others needn't wait for it. */
  away<T>(wait: () => Promise<T>): Promise<T>;
  stepOut(): void;
  stepIn(): void;
  /** It comes to no call any more. */
  leave(): void;
}

/** Whoever was woken by the one that left comes back within so many steps. */
const STEPS = 30;

/** @param onQuiet called when nobody has been on the way for a moment; must not throw */
export function createMuster(onQuiet: () => void): Muster {
  let onTheirWay = 0;
  let looking = false;

  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    let quiet = 0;
    while (quiet < STEPS && onTheirWay === 0) {
      await Promise.resolve();
      quiet += 1;
    }
    looking = false;
    if (onTheirWay === 0) onQuiet();
  };
  const less = (): void => {
    onTheirWay -= 1;
    if (onTheirWay === 0) void look();
  };

  return {
    get isQuiet() {
      return onTheirWay === 0;
    },
    enter() {
      let out = 0;
      let left = false;
      onTheirWay += 1;
      const attendance: Attendance = {
        stepOut() {
          out += 1;
          if (out === 1 && !left) less();
        },
        stepIn() {
          out -= 1;
          if (out === 0 && !left) onTheirWay += 1;
        },
        leave() {
          if (left) return;
          left = true;
          if (out === 0) less();
        },
        async away(wait) {
          attendance.stepOut();
          try {
            return await wait();
          } finally {
            attendance.stepIn();
          }
        },
      };
      return attendance;
    },
  };
}
