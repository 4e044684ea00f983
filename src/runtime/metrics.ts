import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { createLabelFolder, METRIC_LABELS, type MetricLabelSets } from './metric-labels.ts';

/** What the program counts and times, for Prometheus. Labels come from fixed sets; no user or connection is one. */
export interface Metrics {
  event(entity: string, outcome: string): void;
  /** From the change in Zena to its acknowledgement by the CRM. */
  eventToCrm(seconds: number): void;
  crmCall(provider: string, verb: string, outcome: string, seconds: number): void;
  /** How long a call waited for its turn under the CRM's limit. */
  rateWait(provider: string, seconds: number): void;
  dueLinks(count: number): void;
  /** Shards of the budgets whose lease this process holds. */
  heldShards(count: number): void;
  /** The age of the oldest work that is due. */
  backlogAge(seconds: number): void;
  /** How many breakers of a provider stand in each state. */
  breakers(
    provider: string,
    counts: { readonly closed: number; readonly open: number; readonly half_open: number },
  ): void;
  /** How many budgets of a provider the CRM refuses for this service's own sake (a key of its operator's). */
  refusedApplications(provider: string, count: number): void;
  deadLetter(kind: string, code: string): void;
  repairedLinks(count: number): void;
  strayRemote(): void;
  run(status: string): void;
  droppedLogField(): void;
  /** Credentials were sealed; the key wrapped one data key under a random nonce. */
  sealing(keyId: string): void;
  /** The text that Prometheus reads. */
  render(): Promise<string>;
  readonly contentType: string;
  /** For further metrics beside these. */
  readonly registry: Registry;
}

export interface MetricsOptions {
  /** Wider sets for some labels. */
  readonly labels?: Partial<MetricLabelSets>;
  /** Memory, CPU and event loop of the process; true by default. */
  readonly processMetrics?: boolean;
}

const DELIVERY_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1_800, 3_600, 21_600, 86_400];
const CALL_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const WAIT_BUCKETS = [0.001, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 3_600];

/** Makes the metrics in a registry of their own. */
export function createMetrics({ labels = {}, processMetrics = true }: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  if (processMetrics) collectDefaultMetrics({ register: registry });
  const fold = createLabelFolder({ ...METRIC_LABELS, ...labels });
  const counters = createCounters(registry);
  const gauges = createGauges(registry);
  const histograms = createHistograms(registry);

  return {
    event: (entity, outcome) => {
      counters.events.inc({ entity: fold('entity', entity), outcome: fold('eventOutcome', outcome) });
    },
    eventToCrm: (seconds) => {
      histograms.eventToCrm.observe(duration(seconds));
    },
    crmCall: (provider, verb, outcome, seconds) => {
      const call = { provider: fold('provider', provider), verb: fold('verb', verb) };
      counters.crmCalls.inc({ ...call, outcome: fold('callOutcome', outcome) });
      histograms.crmCall.observe(call, duration(seconds));
    },
    rateWait: (provider, seconds) => {
      histograms.rateWait.observe({ provider: fold('provider', provider) }, duration(seconds));
    },
    dueLinks: (count) => {
      gauges.dueLinks.set(count);
    },
    heldShards: (count) => {
      gauges.heldShards.set(count);
    },
    backlogAge: (seconds) => {
      gauges.backlogAge.set(duration(seconds));
    },
    breakers: (provider, counts) => {
      for (const [state, count] of Object.entries(counts)) {
        gauges.breakers.set(
          { provider: fold('provider', provider), state: fold('breakerState', state) },
          count,
        );
      }
    },
    refusedApplications: (provider, count) => {
      gauges.refusedApplications.set({ provider: fold('provider', provider) }, count);
    },
    deadLetter: (kind, code) => {
      counters.deadLetters.inc({ kind: fold('deadLetterKind', kind), code: fold('deadLetterCode', code) });
    },
    repairedLinks: (count) => {
      counters.repairedLinks.inc(count);
    },
    strayRemote: () => {
      counters.strayRemotes.inc();
    },
    run: (status) => {
      counters.runs.inc({ status: fold('runStatus', status) });
    },
    droppedLogField: () => {
      counters.droppedLogFields.inc();
    },
    sealing: (keyId) => {
      counters.sealings.inc({ key_id: fold('keyId', keyId) });
    },
    render: () => registry.metrics(),
    contentType: registry.contentType,
    registry,
  };
}

/** A clock that was set back must not make a metric throw or go negative. */
function duration(seconds: number): number {
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}

function createCounters(registry: Registry) {
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name: `crm_sync_${name}`, help, labelNames, registers: [registry] });
  return {
    events: counter('events_total', 'Change events taken in, by what became of them', ['entity', 'outcome']),
    crmCalls: counter('crm_calls_total', 'Calls to CRMs, by how they ended', ['provider', 'verb', 'outcome']),
    deadLetters: counter('dead_letters_total', 'Dead letters written, by cause', ['kind', 'code']),
    repairedLinks: counter(
      'repaired_links_total',
      'Links that the background comparison had to mend; should stay 0',
      [],
    ),
    strayRemotes: counter('stray_remotes_total', 'CRM records known to be duplicates', []),
    runs: counter('runs_total', 'Full syncs and replays that ended, by status', ['status']),
    sealings: counter(
      'sealings_total',
      'Credentials sealed, by the key that wrapped their data key; a key is good for 2^32',
      ['key_id'],
    ),
    droppedLogFields: counter(
      'dropped_log_fields_total',
      'Log fields dropped because they are not on the list',
      [],
    ),
  };
}

function createGauges(registry: Registry) {
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name: `crm_sync_${name}`, help, labelNames, registers: [registry] });
  return {
    dueLinks: gauge('due_links', 'Records that wait for delivery to a CRM', []),
    heldShards: gauge('held_shards', 'Shards of the budgets that this process may act for', []),
    backlogAge: gauge('backlog_age_seconds', 'Age of the oldest delivery that is due', []),
    refusedApplications: gauge(
      'application_refused',
      'Budgets of a CRM that refuses this service itself: its operator has to mend that',
      ['provider'],
    ),
    breakers: gauge('breaker_state', 'Circuit breakers in each state', ['provider', 'state']),
  };
}

function createHistograms(registry: Registry) {
  const histogram = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets: number[],
  ) => new Histogram({ name: `crm_sync_${name}`, help, labelNames, buckets, registers: [registry] });
  return {
    eventToCrm: histogram('event_to_crm_seconds', 'From the change in Zena to the CRM', [], DELIVERY_BUCKETS),
    crmCall: histogram('crm_call_seconds', 'Duration of calls to CRMs', ['provider', 'verb'], CALL_BUCKETS),
    rateWait: histogram(
      'rate_wait_seconds',
      "Waits for a turn under a CRM's limit",
      ['provider'],
      WAIT_BUCKETS,
    ),
  };
}
