import type { CrmAnswer, CrmHttp, CrmRequest, CrmVerb, OwnCalls } from '../connectors/connector.port.ts';
import type { CallOutcome, Failure, OutcomeKind } from '../domain/outcome.ts';
import type { Clock } from '../runtime/clock.ts';
import type { CircuitBreaker } from '../budget/circuit-breaker.ts';
import { answerLimits } from './answer-limits.ts';
import { classifyAnswer } from './classify-answer.ts';
import type { ContextTurn, CountedCalls } from '../budget/call-contexts.ts';
import type { DailyQuota } from '../budget/daily-quota.ts';
import type { Departure } from '../budget/departures.ts';
import { redactSecrets } from './redact-secrets.ts';
import { repeatsSecret } from './repeated-secret.ts';
import type { RateLimiter } from '../budget/rate-limiter.ts';
import { isSendableHeader } from './crm-axios.ts';
import { requestUrl } from './request-url.ts';
import { callOwn } from './call-own.ts';
import type { DispatchRefusal, OutboundRequest, OutboundResult, Transport } from './transport.port.ts';
import type { CallPriority } from '../budget/waiting-line.ts';

/** What a metric needs to know of one call; no address, id or text of anybody. */
export interface CallEvent {
  readonly verb: CrmVerb;
  readonly outcome: OutcomeKind;
  /** Null when it was applied. */
  readonly code: string | null;
  /** From dispatch to classified answer; 0 when it was not sent on. */
  readonly ms: number;
  /** In the limiter. */
  readonly waitedMs: number;
}

/** What every call passes, whichever connection it is for. */
export interface CallBudget {
  readonly limiter: RateLimiter;
  readonly breaker: CircuitBreaker;
  /** Absent or null: the CRM counts no days. */
  readonly quota?: Pick<DailyQuota, 'take' | 'told'> | null;
  /** Whose calls they are, of those that share the day's quota. Absent: nobody's in particular. */
  readonly agency?: string;
  /** Absent or null: the CRM counts all requests alike. */
  readonly counted?: CountedCalls | null;
}

/** What is asked before each request goes out. Absent: it may. */
export interface CallChecks {
  /** Once aborted, calls that wait for their turns leave at once, withheld: for its reason, where that is `STOPPING`. */
  readonly over?: AbortSignal;
  readonly mayDispatch?: () => Promise<DispatchRefusal | null>;
  /** After that and after the wait for those that go out before it, right before the first byte. */
  readonly mayStillDispatch?: () => DispatchRefusal | null;
}

export interface SentHeaders {
  readonly all: Readonly<Record<string, string>>;
  /** Names of those that hold nothing secret, in lower case. Absent: all are secret. */
  readonly plain?: readonly string[];
  /** What no answer's words may tell, beside the headers: what a session was opened with. */
  readonly beside?: Readonly<Record<string, string>>;
}

export interface CrmHttpOptions {
  readonly transport: Transport;
  readonly budget: CallBudget;
  /** Canonical, without a slash at the end. */
  readonly baseUrl: string;
  /** The provider's fixed hosts, see `OutboundRequest`. */
  readonly hosts?: readonly string[] | null;
  /** Sent with every call; a request's own win. */
  readonly headers?: SentHeaders;
  /** Total time for a call once its turn has come, ms. */
  readonly deadlineMs: number;
  /** Longest wait for its turn, ms; as long as `deadlineMs` when absent. */
  readonly maxWaitMs?: number;
  readonly priority: CallPriority;
  readonly checks?: CallChecks;
  /** What the connector makes of an answer, where it knows more than `classifyAnswer`; null where it doesn't. */
  readonly classify?: (answer: CrmAnswer, request: CrmRequest) => Failure | null;
  readonly clock: Clock;
  /** Must not throw. */
  readonly onCall?: (event: CallEvent) => void;
}

/** What a connector with HTTP of its own works with. */
export type OwnHttp = Pick<OwnCalls, 'credentials' | 'lifetime'>;

/**
 * The host's side of a connector's calls: limiter, breaker, quota, transport, classification, in this order. Calls of the verb
 * `verify` are the breaker's probe. A 429 pauses the whole budget, and the outcome's `retryAfterMs` is that pause, bounded. A
 * call whose turn doesn't come in time is `rate_limited` too (`BUDGET_PAUSED`, `BUDGET_BUSY`), and so is one that the day's quota
 * holds back (`DAILY_QUOTA_USED`, `QUOTA_UNKNOWN`): the budget pauses for as long, without a lower rate afterwards.
 */
export function createCrmHttp(options: CrmHttpOptions, own?: OwnHttp): CrmHttp {
  const told = <T>(verb: CrmVerb, { outcome, ms, waitedMs }: Done<T>): CallOutcome<T> => {
    const code = outcome.kind === 'applied' ? null : outcome.code;
    options.onCall?.({ verb, outcome: outcome.kind, code, ms, waitedMs });
    return outcome;
  };
  return {
    async request(request) {
      const prepared = prepare(request, options);
      if ('kind' in prepared) return told(request.verb, { outcome: prepared, ms: 0, waitedMs: 0 });
      const place = placeIn(options, request);
      if (place?.ok === false) return told(request.verb, { outcome: full(place), ms: 0, waitedMs: 0 });
      const secrets = secretHeaders(options.headers, prepared);
      let isSent = false;
      const send: Send<CrmAnswer> = async (mayDispatch) => {
        const result = await options.transport.send({
          ...prepared,
          async mayDispatch() {
            const refusal = await mayDispatch();
            if (refusal === null) place?.departed();
            return refusal;
          },
        });
        isSent = result.kind !== 'not_sent';
        return { outcome: outcomeOf(options, request, secrets, result), isSent };
      };
      const done = await callInTurn(options, request.verb, send, own?.lifetime);
      if (!isSent) place?.giveBack();
      return told(request.verb, {
        ...done,
        outcome: redactSecrets(done.outcome, { ...options.headers?.beside, ...secrets }),
      });
    },
    ...(own && { own: ownCalls(options, own, told) }),
  };
}

function ownCalls(
  options: CrmHttpOptions,
  own: OwnHttp,
  told: <T>(verb: CrmVerb, done: Done<T>) => CallOutcome<T>,
): OwnCalls {
  return {
    ...own,
    async call(verb, act) {
      const done = await callInTurn(
        options,
        verb,
        (mayDispatch) => callOwn(options, verb, mayDispatch, act),
        own.lifetime,
      );
      return told(verb, { ...done, outcome: redactSecrets(done.outcome, own.credentials) });
    },
  };
}

/** Whether somebody signs in is asked whatever is used up: nobody asks that often. */
function placeIn({ budget }: CrmHttpOptions, request: CrmRequest): ContextTurn | null {
  return request.verb === 'verify' ? null : (budget.counted?.take(request) ?? null);
}

/** About requests of this kind alone: others go on. */
function full({ context, waitMs }: Extract<ContextTurn, { ok: false }>): Failure {
  const detail = `What the CRM allows of such requests (${context}) is used up for now.`;
  return { kind: 'rate_limited', whose: 'request', code: 'CONTEXT_BUSY', detail, retryAfterMs: waitMs };
}

/** Ends that show that the CRM took the call, whatever it made of it. */
const ANSWERED: ReadonlySet<OutcomeKind> = new Set(['applied', 'rejected', 'gone', 'unauthorised']);

interface Done<T> {
  readonly outcome: CallOutcome<T>;
  readonly ms: number;
  readonly waitedMs: number;
}

/** Sends once it may; `isSent`: something may have gone out. */
type Send<T> = (
  mayDispatch: () => Promise<DispatchRefusal | null>,
) => Promise<{ readonly outcome: CallOutcome<T>; readonly isSent: boolean }>;

/** A listing is one route, which some CRMs don't have: that it fails tells nothing of the rest. */
const gateOf = (verb: CrmVerb, { probe, runAside, run }: CircuitBreaker): CircuitBreaker['run'] =>
  verb === 'verify' ? probe : verb === 'list' ? runAside : run;

async function callInTurn<T>(
  options: CrmHttpOptions,
  verb: CrmVerb,
  send: Send<T>,
  sharer: object | undefined,
): Promise<Done<T>> {
  const { priority, clock, budget } = options;
  const { limiter, breaker } = budget;
  const seen: Seen = { ms: 0, heldBackMs: null, isHeldBack: false };
  const gate = gateOf(verb, breaker);
  const call = (departure: Departure) =>
    gate(() => sendCounted(options, () => send(() => mayLeave(options.checks, departure)), seen));
  // A call that the breaker withholds should not take a turn from one that it would let through.
  if (isWithheldFor(verb, breaker)) return { outcome: await gate(neverCalled), ms: 0, waitedMs: 0 };
  const maxWaitMs = options.maxWaitMs ?? options.deadlineMs;
  const scheduled = await limiter.schedule(priority, call, maxWaitMs, options.checks?.over, sharer);
  const { waitedMs } = scheduled;
  if (!scheduled.ran) {
    if (scheduled.reason === 'left') return { outcome: left(options.checks), ms: 0, waitedMs };
    return { outcome: notInTurn(scheduled.reason, scheduled.retryAfterMs), ms: seen.ms, waitedMs };
  }
  if (seen.heldBackMs !== null) {
    limiter.pauseUntil(clock.now() + seen.heldBackMs);
  }
  if (seen.isHeldBack) return { outcome: scheduled.value, ms: 0, waitedMs };
  return { outcome: tellLimiter(limiter, scheduled.value), ms: seen.ms, waitedMs };
}

function left(checks: CallChecks | undefined): Failure {
  const code = checks?.over?.reason === 'STOPPING' ? 'STOPPING' : 'CONNECTION_CHANGED';
  return { kind: 'withheld', code, detail: 'Held back before its turn came.' };
}

const neverCalled = () => Promise.reject(new TypeError('The breaker withholds it'));

async function mayLeave(
  checks: CallChecks | undefined,
  departure: Departure,
): Promise<DispatchRefusal | null> {
  await departure.approach();
  const refusal = (await checks?.mayDispatch?.()) ?? null;
  if (refusal !== null) return refusal;
  await departure.depart();
  return checks?.mayStillDispatch?.() ?? null;
}

/** What a call tells beside its outcome. */
interface Seen {
  ms: number;
  /** How long the day's quota holds calls back; null when it let this one go. */
  heldBackMs: number | null;
  /** It was held back, perhaps alone. */
  isHeldBack: boolean;
}

async function sendCounted<T>(
  { budget: { quota, agency }, clock, priority }: CrmHttpOptions,
  send: () => ReturnType<Send<T>>,
  seen: Seen,
): Promise<CallOutcome<T>> {
  const turn = (await quota?.take(priority === 'live', agency)) ?? null;
  if (turn?.ok === false) {
    seen.heldBackMs = turn.failure.whose === 'request' ? null : turn.failure.retryAfterMs;
    seen.isHeldBack = true;
    return turn.failure;
  }
  const began = clock.monotonic();
  const { outcome, isSent } = await send();
  if (!isSent) turn?.giveBack();
  seen.ms = clock.monotonic() - began;
  return outcome;
}

function outcomeOf(
  { clock, classify, budget }: CrmHttpOptions,
  asked: CrmRequest,
  secrets: Readonly<Record<string, string>>,
  result: OutboundResult,
): CallOutcome<CrmAnswer> {
  if (result.kind === 'response') budget.quota?.told?.(result);
  const isOfContext = result.kind === 'response' && budget.counted?.told(result, asked) === true;
  if (repeatsSecret(result, asked.verb, secrets)) return repeatedCredentials(asked.verb);
  const outcome = classifyAnswer(
    result,
    asked.verb,
    clock.now(),
    (answer) => classify?.(answer, asked) ?? null,
    asked.answers,
  );
  if (outcome.kind === 'applied') budget.counted?.listed(outcome.value.body, asked);
  return outcome.kind === 'rate_limited' && isOfContext ? { ...outcome, whose: 'request' } : outcome;
}

/** Without its sign: what it says of itself is nothing to go by. */
function repeatedCredentials(verb: CrmVerb): Failure {
  const detail = 'The CRM repeated the credentials in its answer, so nothing of it is taken.';
  const kind = verb === 'create' ? 'ambiguous' : 'retry_later';
  return { kind, code: 'ANSWER_UNEXPECTED', detail, status: null };
}

function isWithheldFor(verb: CrmVerb, breaker: CircuitBreaker): boolean {
  const state = breaker.state();
  return state === 'open' || (state === 'half_open' && verb !== 'verify');
}

function tellLimiter<T>(limiter: RateLimiter, outcome: CallOutcome<T>): CallOutcome<T> {
  // What is full for some requests alone pauses no others.
  if (outcome.kind === 'rate_limited' && outcome.whose === 'request') return outcome;
  if (outcome.kind === 'rate_limited') {
    return { ...outcome, retryAfterMs: limiter.refused(outcome.retryAfterMs) };
  }
  if (ANSWERED.has(outcome.kind)) limiter.accepted();
  return outcome;
}

function notInTurn(reason: 'paused' | 'busy', retryAfterMs: number): Failure {
  const [code, detail] =
    reason === 'paused'
      ? ['BUDGET_PAUSED', 'The CRM asked for a pause, which lasts longer than this call could wait.']
      : ['BUDGET_BUSY', 'Other calls used up what the CRM allows for now.'];
  return { kind: 'rate_limited', code, detail, retryAfterMs };
}

function prepare(request: CrmRequest, options: CrmHttpOptions): OutboundRequest | Failure {
  const url = requestUrl(options.baseUrl, request);
  if (url === null) return unsendable('PATH_REFUSED', 'An id or a search value can’t be part of an address.');
  const headers = { ...lowerCase(options.headers?.all ?? {}), ...lowerCase(request.headers ?? {}) };
  if (!Object.entries(headers).every(([name, value]) => isSendableHeader(name, value))) {
    return unsendable('HEADER_REFUSED', 'A header holds characters that can’t be sent.');
  }
  const { method, body, text } = request;
  const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
  return {
    method,
    url,
    headers,
    ...(sent === undefined ? {} : { body: sent }),
    hosts: options.hosts ?? null,
    // One for each budget.
    sharer: options.budget.limiter,
    bodyLimits: answerLimits(request.verb),
    deadlineMs: options.deadlineMs,
  };
}

function secretHeaders(
  sent: SentHeaders | undefined,
  { headers }: OutboundRequest,
): Readonly<Record<string, string>> {
  const plain = sent?.plain ?? [];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !plain.includes(name)));
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function unsendable(code: string, detail: string): Failure {
  return { kind: 'rejected', code, detail, status: null, fields: [] };
}
