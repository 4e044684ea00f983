import type { Random } from '../../../src/runtime/random.ts';
import type { SimTime } from './sim-time.ts';
import type { Trace } from './trace.ts';
import type { TimerOwner } from './virtual-timers.ts';

/** Where in a call to the outside a process dies: before it begins, or when its effect stands and nobody has seen the answer. */
export type DeathPoint = 'before' | 'after';

/** The life of one simulated process: nothing of it runs on once it is dead, and nothing runs while it is frozen. */
export interface ProcessLife extends TimerOwner {
  readonly name: string;
  readonly frozen: boolean;
  /** Elapsed ms of its last thaw. */
  readonly thawedAt: number;
  /** What a call to the outside (store, log, CRM, topic) goes through. The effect does not depend on the process any more. */
  call<T>(what: string, latencyMs: number, effect: () => Promise<T>): Promise<T>;
  /** Dies at the `calls`th call to the outside from now. */
  dieIn(calls: number, point: DeathPoint): void;
  /** Does not die at a call any more. */
  spare(): void;
  die(why: string): void;
  freeze(ms: number): void;
  thaw(): void;
  /** Called once it is dead, or frozen, or thawed. */
  onChange(listener: () => void): void;
}

export interface LifeParts {
  readonly time: SimTime;
  readonly random: Random;
  readonly trace: Trace;
}

export function createProcessLife(name: string, { time, trace, random }: LifeParts): ProcessLife {
  const waiting: (() => void)[] = [];
  const answers: (() => void)[] = [];
  const listeners: (() => void)[] = [];
  let dead = false;
  let frozen = false;
  let thawedAt = Number.NEGATIVE_INFINITY;
  let fuse: { left: number; point: DeathPoint } | null = null;

  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  const die = (why: string): void => {
    if (dead) return;
    dead = true;
    waiting.length = 0;
    answers.length = 0;
    trace(`${name} dies ${why}`);
    trace.count('process died');
    changed();
  };
  /** True when the process dies at this point of this call. */
  const burns = (point: DeathPoint, what: string): boolean => {
    if (fuse === null || (point === 'before' && (fuse.left -= 1) > 0)) return false;
    if (fuse.left > 0 || fuse.point !== point) return false;
    die(`${point} ${what}`);
    return true;
  };
  const resume = (action: () => void): void => {
    if (dead) return;
    if (frozen) waiting.push(action);
    else action();
  };
  const hear = (action: () => void): void => {
    if (dead) return;
    if (frozen) answers.push(action);
    else action();
  };

  return {
    name,
    get dead() {
      return dead;
    },
    get frozen() {
      return frozen;
    },
    get thawedAt() {
      return thawedAt;
    },
    resume,
    call: <T>(what: string, latencyMs: number, effect: () => Promise<T>) =>
      new Promise<T>((resolve, reject) => {
        // What a dead process began never ends: nobody is there to see it.
        if (dead || burns('before', what)) return;
        const answer = (action: () => void): void => {
          if (dead || burns('after', what)) return;
          // Now and then the answer takes its time too.
          if (random.next() < 0.8) hear(action);
          else time.after(random.next() * 8, () => hear(action));
        };
        const begin = (): void => {
          effect().then(
            (value) => answer(() => resolve(value)),
            (error: Error) => answer(() => reject(error)),
          );
        };
        if (latencyMs <= 0) begin();
        else time.after(latencyMs, begin);
      }),
    spare() {
      fuse = null;
    },
    dieIn(calls, point) {
      fuse = { left: calls, point };
    },
    die,
    freeze(ms) {
      if (dead || frozen) return;
      frozen = true;
      trace(`${name} freezes for ${ms} ms`);
      trace.count('process frozen');
      changed();
      time.after(ms, () => this.thaw());
    },
    thaw() {
      if (dead || !frozen) return;
      frozen = false;
      thawedAt = time.elapsed;
      trace(`${name} thaws`);
      changed();
      // Each with a turn of its own: timers in the order in which they ran out, answers from outside in any between them.
      const timers = waiting.splice(0);
      timers.forEach((action, index) => time.after(index, () => resume(action)));
      for (const action of answers.splice(0))
        time.after(random.next() * (timers.length + 3), () => resume(action));
    },
    onChange: (listener) => void listeners.push(listener),
  };
}
