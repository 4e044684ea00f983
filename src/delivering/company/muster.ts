/** Who is on the way to a call: what goes together leaves once nobody else is. */
export interface Muster {
  /** One more is on the way, until it leaves. */
  enter(): Attendance;
}

/** What it waits for meanwhile: `look`, for what decides about its write; `other`, for anything after which the others needn't wait for it. */
export type Absence = 'look' | 'other';

export interface Attendance {
  away<T>(why: Absence, wait: () => Promise<T>): Promise<T>;
  stepOut(why: Absence): void;
  stepIn(): void;
  /** It comes to no call any more. */
  leave(): void;
}

export interface Quiet {
  /** Nobody is on the way to a look: those who look, or wait to, may. Must not throw. */
  readonly onIdle: () => void;
  /** Nor does anybody look: those who wait to write are all that there are. Must not throw. */
  readonly onPlanned: () => void;
}

/** Whoever was woken by the one that left comes back within so many steps. */
const STEPS = 30;

export function createMuster({ onIdle, onPlanned }: Quiet): Muster {
  let busy = 0;
  let looking = 0;
  let watching = false;

  const watch = async (): Promise<void> => {
    if (watching) return;
    watching = true;
    for (let steps = 0; steps < STEPS && busy === 0; steps += 1) await Promise.resolve();
    watching = false;
    if (busy > 0) return;
    onIdle();
    if (looking === 0) onPlanned();
  };
  const look = (): void => {
    if (busy === 0) void watch();
  };

  return {
    enter() {
      let depth = 0;
      let why: Absence = 'other';
      let left = false;
      busy += 1;
      const count = (by: 1 | -1): void => {
        if (left) return;
        if (depth === 0) busy += by;
        else if (why === 'look') looking += by;
      };
      const attendance: Attendance = {
        stepOut(reason) {
          if (depth > 0) {
            depth += 1;
            return;
          }
          count(-1);
          [depth, why] = [1, reason];
          count(1);
          look();
        },
        stepIn() {
          if (depth > 1) {
            depth -= 1;
            return;
          }
          count(-1);
          depth = 0;
          count(1);
        },
        leave() {
          count(-1);
          left = true;
          look();
        },
        async away(reason, wait) {
          attendance.stepOut(reason);
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
