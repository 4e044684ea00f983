import type { CallEvent } from '../wire/crm-http.ts';
import type { ChangeVerdict } from '../domain/record.ts';
import type { DeliveryEvents } from '../delivering/round.ts';
import { startPeriodicLoop, type PeriodicLoop } from '../runtime/periodic-loop.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import { errorFields } from '../runtime/error-fields.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import type { OpenCrmSessions } from './open-crm-sessions.ts';
import { createRecordLog, type RecordLog } from './record-log.ts';

/** What the parts tell while they work, turned into metrics and log lines. */
export interface Observer {
  /** Lines about single records; its keeper flushes it now and then. */
  readonly records: RecordLog;
  readonly delivery: DeliveryEvents;
  onVerdict(kind: string, verdict: ChangeVerdict): void;
  onLetter(code: string): void;
  onCall(provider: string, event: CallEvent): void;
  onError(event: string, error: unknown): void;
  /** A CRM as a whole began or ceased to fail, as far as one budget sees it. */
  onOutage(provider: string, began: boolean): void;
  /** A CRM refuses this service itself (null: no more), as far as one budget sees it: the operator's matter, told once for all its connections. */
  onApplicationRefused(provider: string, code: string | null): void;
}

export function createObserver(
  metrics: Metrics,
  logger: Logger,
  clock: Pick<Clock, 'monotonic'> = systemClock,
): Observer {
  const records = createRecordLog(logger, clock);
  return {
    records,
    delivery: {
      delivered(latencyMs) {
        if (latencyMs !== null) metrics.eventToCrm(latencyMs / 1_000);
      },
      deadLettered(code) {
        metrics.deadLetter('deliver', code);
      },
      stray() {
        metrics.strayRemote();
        logger.warn('delivery.stray_found');
      },
      troubled: records.tell,
    },
    onOutage: (provider, began) => {
      if (began) logger.warn('crm.outage_began', { provider });
      else logger.info('crm.outage_ended', { provider });
    },
    onApplicationRefused: (provider, code) => {
      if (code === null) logger.info('crm.application_accepted', { provider });
      else logger.error('crm.application_refused', { provider, code });
    },
    onVerdict: (kind, verdict) => {
      metrics.event(kind, verdict);
    },
    onLetter: (code) => {
      metrics.deadLetter('decode', code);
      logger.warn('feed.dead_letter', { code });
    },
    onCall: (provider, event) => {
      metrics.crmCall(provider, event.verb, event.outcome, event.ms / 1_000);
      metrics.rateWait(provider, event.waitedMs / 1_000);
    },
    onError: (event, error) => {
      logger.error(event, errorFields(error));
    },
  };
}

const SAMPLE_MS = 5_000;

/** Samples what can only be asked for: the backlog and the breakers. */
export function startSampling(
  store: StateStore,
  sessions: OpenCrmSessions,
  providers: readonly string[],
  metrics: Metrics,
  clock: Clock,
  { records, onError }: Pick<Observer, 'records' | 'onError'>,
): PeriodicLoop {
  return startPeriodicLoop({
    async run() {
      records.flush();
      const { due, dirtySince } = await store.links.backlog(clock.now());
      metrics.dueLinks(due);
      metrics.backlogAge(dirtySince === null ? 0 : (clock.now() - dirtySince) / 1_000);
      for (const provider of providers) {
        metrics.breakers(provider, sessions.breakerStates(provider));
        metrics.refusedApplications(provider, sessions.refusedApplications(provider));
      }
    },
    waitMs: SAMPLE_MS,
    clock,
    onError: (error) => {
      onError('metrics.sample_failed', error);
    },
  });
}
