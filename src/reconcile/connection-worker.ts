import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import { scopeOf, type Connection } from '../domain/connection.ts';
import type { RetryPolicy } from '../domain/after-failure.ts';
import { laneShares } from '../domain/lane-shares.ts';
import type { Lane, Link } from '../domain/link.ts';
import type { StateStore } from '../state-store/state-store.ts';
import { createHealthKeeper, type HealthKeeper } from './connection-health.ts';
import type { CrmHold, CrmSessions } from './crm-sessions.ts';
import { deliverLink } from './deliver-link.ts';
import { SEND_MARGIN_MS, type DeliveryContext, type DeliveryEvents } from './delivery-context.ts';
import { readPage } from './gather.ts';
import type { KeyedMutex } from './keyed-mutex.ts';
import type { TimelineWriter } from './timeline-writer.ts';
import { wakeReferrers } from './wake-referrers.ts';

export interface WorkerDependencies {
  readonly store: StateStore;
  readonly sessions: CrmSessions;
  readonly mutex: KeyedMutex;
  readonly timeline: TimelineWriter;
  readonly events: DeliveryEvents;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  readonly random: Random;
  /** This owner's epoch: claims of lower ones belong to processes that are gone. */
  readonly epoch: number;
  readonly onError: (event: string, error: unknown) => void;
  /** The connection's health was written. */
  readonly onHealth: (connectionId: string) => void;
}

/** Works off one connection's due links until none are left. */
export interface ConnectionWorker {
  /** More may have become due. */
  nudge(): void;
  /** Status, credentials or config changed: everything held of it is dropped before the next link. */
  changed(): void;
  /** Takes no new link; resolves when those in hand are settled. */
  stop(): Promise<void>;
  /** Resolves when it has nothing left to do, with whether the connection may be worked on at all. */
  readonly ended: Promise<'idle' | 'not_active'>;
}

/** What a claim covers beyond the first call: waiting for a turn under the limit. */
const CLAIM_SLACK_MS = 10_000;
/** Deliveries in hand for each call that may be on the wire: the others read, plan and write meanwhile. */
const PLACES_A_CALL = 1.5;
/** A store that failed is asked again after this, ms. */
const STORE_PAUSE_MS = 1_000;
/** Another record got through within this time: the connection works, ms. */
const WORKS_WITHIN_MS = 60_000;

export function startConnectionWorker(
  dependencies: WorkerDependencies,
  connectionId: string,
): ConnectionWorker {
  const { clock, store } = dependencies;
  const inFlight = new Set<Promise<void>>();
  let stopping = false;
  let stale = false;
  let nudged = true;
  let turn = 0;
  let wakeUp = Promise.withResolvers<void>();

  const signalWakeUp = (): void => {
    wakeUp.resolve();
    wakeUp = Promise.withResolvers<void>();
  };

  async function work(): Promise<'idle' | 'not_active'> {
    for (;;) {
      stale = false;
      const connection = await store.connections.read(connectionId);
      if (connection === null || connection.status !== 'active' || connection.sealed === null)
        return 'not_active';
      const definition = dependencies.sessions.definition(connection.provider);
      if (definition === null) return 'not_active';
      const hold = dependencies.sessions.hold(connection);
      const health = createHealthKeeper(
        store.connections,
        connection,
        () => clock.now(),
        () => {
          dependencies.onHealth(connectionId);
        },
        (error) => {
          dependencies.onError('health_write_failed', error);
        },
      );
      try {
        const context = contextOf(connection, hold, health);
        await finishWakes(context);
        await drain(context, health, Math.ceil(definition.limits.maxConcurrent * PLACES_A_CALL));
      } finally {
        // Those in hand use this hold and these credentials; the next round opens anew.
        await Promise.all(inFlight);
        await health.settled();
        hold.release();
      }
      if (stopping) return 'idle';
      if (!stale && !nudged) return 'idle';
    }
  }

  function contextOf(connection: Connection, hold: CrmHold, health: HealthKeeper): DeliveryContext {
    const definition = dependencies.sessions.definition(connection.provider);
    if (definition === null) throw new TypeError(`no connector for ${connection.provider}`);
    return {
      ...dependencies,
      connection,
      scope: scopeOf(connection),
      definition,
      hold,
      now: () => clock.now(),
      chance: () => dependencies.random.next(),
      stopping: () => stopping,
      connectionWorks: () =>
        health.lastSuccessAt !== null && clock.now() - health.lastSuccessAt < WORKS_WITHIN_MS,
      onSuccess: () => {
        health.success();
      },
      onMarked: () => {
        nudged = true;
        signalWakeUp();
      },
      onFailure: (failure) => {
        health.failure(failure);
        if (failure.kind === 'unauthorised') stale = true;
        if (failure.kind === 'withheld' && failure.code === 'CONNECTION_CHANGED') stale = true;
      },
    };
  }

  /**
   * Until nothing is due, the connection changed, or the program stops. Links are claimed a handful at a time: when a quarter of
   * the places is free, or at once when something new is due. Where no lane gave all that it was asked for, nothing more is
   * due until somebody says so.
   */
  async function drain(context: DeliveryContext, health: HealthKeeper, places: number): Promise<void> {
    const refill = Math.max(1, Math.floor(places / 4));
    let dry = false;
    while (!stopping && !stale) {
      if (!(await passPause(context.hold)) || !(await passBreaker(context, health))) continue;
      const free = places - inFlight.size;
      if (inFlight.size === 0 || (nudged ? free > 0 : !dry && free >= refill)) {
        nudged = false;
        const { claimed, more } = await claimSome(context, free);
        dry = !more;
        if (claimed.length > 0) await begin(context, claimed);
        else if (inFlight.size === 0 && !nudged) return;
      }
      if (inFlight.size > 0 && !(nudged && inFlight.size < places))
        await Promise.race([...inFlight, wakeUp.promise]);
    }
  }

  /** A CRM that asked to wait is not asked for a turn: what is due stays in the store meanwhile, for whoever stops or changes it. */
  async function passPause(hold: CrmHold): Promise<boolean> {
    const wait = (hold.pausedUntil() ?? 0) - clock.now();
    if (wait <= 0) return true;
    await waitOrWake(wait);
    return false;
  }

  /** A wait that leaves no timer behind when something wakes it. */
  async function waitOrWake(ms: number): Promise<void> {
    const timer = new AbortController();
    await Promise.race([clock.sleep(ms, timer.signal).catch(() => undefined), wakeUp.promise]);
    timer.abort();
  }

  /** While the breaker is open nothing is claimed; when its time is up, `authenticate` is the probe, never a record. */
  async function passBreaker(context: DeliveryContext, health: HealthKeeper): Promise<boolean> {
    const until = context.hold.blockedUntil();
    if (until === null) return true;
    health.unreachable('BREAKER_OPEN');
    const wait = until - clock.now();
    if (wait > 0) {
      await waitOrWake(wait);
      return false;
    }
    const probed = await context.hold.probe();
    if (probed.kind === 'applied') context.onSuccess();
    else context.onFailure(probed);
    if (probed.kind !== 'applied' && context.hold.blockedUntil() === null) await clock.sleep(STORE_PAUSE_MS);
    return probed.kind === 'applied';
  }

  /** `more`: a lane gave all that it was asked for, so it may hold more. */
  async function claimSome(
    context: DeliveryContext,
    free: number,
  ): Promise<{ claimed: Link[]; more: boolean }> {
    const claimed: Link[] = [];
    let more = false;
    turn += 1;
    for (const { lane, upTo } of laneShares(free, turn)) {
      const limit = upTo - claimed.length;
      const now = clock.now();
      const until = now + context.definition.callDeadlineMs + SEND_MARGIN_MS + CLAIM_SLACK_MS;
      const claim = { token: dependencies.random.uuid(), epoch: dependencies.epoch, until };
      const links =
        limit <= 0 ? [] : await store.links.claim({ scope: context.scope, lane, now, limit, claim });
      more ||= links.length >= limit;
      claimed.push(...links);
    }
    return { claimed, more };
  }

  async function begin(context: DeliveryContext, claimed: readonly Link[]): Promise<void> {
    const page = await readPage(context, claimed);
    for (const link of claimed) {
      const delivery = deliverLink(context, link, page)
        .catch(async (error: unknown) => {
          // Its claim runs out and it is taken up again; a store that is away must not be asked in a loop.
          dependencies.onError('delivery_failed', error);
          await clock.sleep(STORE_PAUSE_MS);
        })
        .finally(() => {
          inFlight.delete(delivery);
        });
      inFlight.add(delivery);
    }
  }

  async function finishWakes(context: DeliveryContext): Promise<void> {
    for (;;) {
      const links = await store.links.pendingWakes(context.scope, 100);
      for (const link of links) await wakeReferrers(context, link);
      if (links.length < 100) return;
    }
  }

  const ended = work();
  return {
    nudge() {
      nudged = true;
      signalWakeUp();
    },
    changed() {
      stale = true;
      signalWakeUp();
    },
    async stop() {
      stopping = true;
      signalWakeUp();
      await ended.catch(() => undefined);
    },
    ended,
  };
}
