import type { Change, LogPlace } from '../../../src/domain/change-event.ts';
import type { EntityKind } from '../../../src/domain/entity.ts';
import type { Random } from '../../../src/runtime/random.ts';
import type { ProcessLife } from '../time/process-life.ts';
import type { SimTime } from '../time/sim-time.ts';
import type { Trace } from '../time/trace.ts';
import { runningProcess } from '../time/virtual-timers.ts';

/** One message as it lies in the log; null: nobody can read it. */
export interface LogMessage {
  readonly place: LogPlace;
  readonly kind: EntityKind;
  readonly entityId: string;
  readonly change: Change | null;
}

/** A consumer's right to partitions, for as long as its generation lasts. */
export interface Membership {
  readonly generation: number;
  readonly partitions: readonly number[];
  /** True once the group moved on and this member knows. */
  ended: boolean;
}

export interface EventLog {
  readonly partitions: readonly (readonly LogMessage[])[];
  append(kind: EntityKind, entityId: string, change: (place: LogPlace) => Change | null): LogMessage;
  /** Joins the group; `assigned` hears of each generation. Returns how to leave. */
  join(life: ProcessLife, assigned: (membership: Membership) => void): () => void;
  /** Messages from the committed offset, or from `position`; waits while there are none. */
  fetch(
    life: ProcessLife,
    membership: Membership,
    partition: number,
    position: number | null,
  ): Promise<Fetched>;
  /** False: the generation is over, nothing was recorded. */
  commit(life: ProcessLife, membership: Membership, partition: number, next: number): Promise<boolean>;
  heartbeat(life: ProcessLife, membership: Membership): Promise<boolean>;
  /** Everything is committed. */
  readonly isDone: boolean;
}

export interface Fetched {
  readonly from: number;
  readonly messages: readonly LogMessage[];
}

export interface EventLogParts {
  readonly time: SimTime;
  readonly random: Random;
  readonly trace: Trace;
  readonly partitions: number;
}

const TOPIC = 'zena.changes';
/** A member that gives no sign of life this long is out, ms. */
const SESSION_MS = 6_000;

interface Member {
  readonly life: ProcessLife;
  readonly assigned: (membership: Membership) => void;
  membership: Membership | null;
}

/** A log with one consumer group, as a broker keeps it: at least once, generations, and members that are lost. */
export function createEventLog({ time, random, trace, partitions: count }: EventLogParts): EventLog {
  const partitions = Array.from({ length: count }, (): LogMessage[] => []);
  const committed = partitions.map(() => 0);
  const waiting = new Set<() => void>();
  let members: Member[] = [];
  let generation = 0;
  let rebalancing = false;

  const rebalance = (): void => {
    generation += 1;
    if (rebalancing) return;
    rebalancing = true;
    // The old members stop at their own next heartbeat; the new assignment takes a moment.
    time.after(200 + random.next() * 1_500, () => {
      rebalancing = false;
      generation += 1;
      const now = generation;
      trace.count('rebalance');
      const shuffled = [...members].sort((a, b) => a.life.name.localeCompare(b.life.name));
      shuffled.forEach((member, index) => {
        const mine = partitions.map((_, at) => at).filter((at) => at % shuffled.length === index);
        const membership: Membership = { generation: now, partitions: mine, ended: false };
        member.life.resume(() => {
          // What a frozen member was told meanwhile comes in any order.
          if ((member.membership?.generation ?? 0) > membership.generation) return;
          if (member.membership !== null) member.membership.ended = true;
          member.membership = membership;
          runningProcess.run(member.life, () => member.assigned(membership));
        });
      });
    });
    for (const wake of waiting) wake();
  };
  const expel = (member: Member): void => {
    if (!members.includes(member)) return;
    members = members.filter((other) => other !== member);
    rebalance();
  };
  const isCurrent = ({ generation: mine }: Membership): boolean => mine === generation;

  const fetch = async (membership: Membership, partition: number, position: number | null) => {
    for (;;) {
      const from = position ?? committed[partition] ?? 0;
      const log = partitions[partition] ?? [];
      if (!isCurrent(membership) || from < log.length) {
        const most = 1 + Math.floor(random.next() * 12);
        return { from, messages: isCurrent(membership) ? log.slice(from, from + most) : [] };
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          resolve();
        };
        waiting.add(wake);
      });
    }
  };

  return {
    partitions,
    append(kind, entityId, change) {
      const partition = partitionOf(`${kind}/${entityId}`, count);
      const log = partitions[partition] as LogMessage[];
      const place = { topic: TOPIC, partition, offset: String(log.length) };
      const message = { place, kind, entityId, change: change(place) };
      log.push(message);
      for (const wake of waiting) wake();
      return message;
    },
    join(life, assigned) {
      const member: Member = { life, assigned, membership: null };
      members.push(member);
      rebalance();
      let stalls = 0;
      life.onChange(() => {
        const stall = ++stalls;
        if (!life.dead && !life.frozen) {
          if (!members.includes(member)) {
            members.push(member);
            rebalance();
          }
          return;
        }
        time.after(SESSION_MS, () => {
          if (stall === stalls) expel(member);
        });
      });
      return () => {
        stalls += 1;
        expel(member);
      };
    },
    fetch: (life, membership, partition, position) =>
      life.call('log.fetch', random.next() * 10, () => fetch(membership, partition, position)),
    commit: (life, membership, partition, next) =>
      life.call('log.commit', random.next() * 10, () => {
        if (!isCurrent(membership)) return Promise.resolve(false);
        committed[partition] = Math.max(next, committed[partition] ?? 0);
        return Promise.resolve(true);
      }),
    heartbeat: (life, membership) =>
      life.call('log.heartbeat', random.next() * 5, () => Promise.resolve(isCurrent(membership))),
    get isDone() {
      return partitions.every((log, at) => (committed[at] ?? 0) >= log.length);
    },
  };
}

function partitionOf(key: string, count: number): number {
  let hash = 7;
  for (const letter of key) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0;
  return Math.abs(hash) % count;
}
