import { userOf } from './sim-connector.ts';
import { Buffer } from 'node:buffer';
import type { OutboundRequest, OutboundResult, Transport } from '../../../src/wire/transport.port.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { Random } from '../../../src/runtime/random.ts';
import { markerText } from './content-marker.ts';
import { isFromProxy, isSaidTo, saidBy, type CrmSaying, type Saying } from './crm-sayings.ts';
import { JOBS, MANY } from './sim-company.ts';
import { requestsIn, rowsIn, type CompanyServer } from './company-server.ts';
import type { CrmAccount, ServerAnswer, ServerRequest } from './crm-server.ts';
import type { ProcessLife } from '../time/process-life.ts';
import type { SimTime } from '../time/sim-time.ts';
import type { Trace } from '../time/trace.ts';

/**
 * What may become of a call. Up to `limited_absurdly` it has no effect. `late` takes effect right before the call's deadline,
 * `cut_late` too, though the connection ended long before.
 */
export const CALL_FATES = [
  'refused',
  'dropped',
  'broken_off_before',
  'failed_before',
  'limited',
  'limited_absurdly',
  'page_instead',
  'slow',
  'answerless',
  'late',
  'cut_late',
  'broken_off',
  'failed_after',
  'truncated',
  'without_id',
  'unauthorised',
] as const;
export type CallFate = (typeof CALL_FATES)[number];

/** For a while, some calls to an account end badly. */
export interface CrmTrouble {
  readonly until: number;
  readonly host: string;
  readonly rate: number;
  readonly fates: readonly CallFate[];
}

/** A request as it is put on the wire. */
export interface Dispatch {
  readonly process: string;
  readonly apiKey: string;
  readonly host: string;
  readonly method: string;
  readonly path: readonly string[];
  /** Elapsed ms when the transport was given it. */
  readonly askedAt: number;
  /** False for the check of credentials that somebody entered, which may come from any process. */
  readonly forWork: boolean;
  /** Elapsed ms of its process's last thaw. */
  readonly thawedAt: number;
}

export interface CrmWireParts {
  readonly time: SimTime;
  readonly random: Random;
  readonly trace: Trace;
  readonly accounts: ReadonlyMap<string, CrmAccount>;
  readonly onDispatch: (dispatch: Dispatch, body: JsonObject | null) => void;
  /** One of several that go in one request. Absent: nobody wants to know. */
  readonly onAsked?: (dispatch: Dispatch, body: JsonObject | null) => void;
  /** By host, where the CRM takes several requests in one. */
  readonly companies?: ReadonlyMap<string, CompanyServer>;
  readonly onUncertain: (dispatch: Dispatch, body: JsonObject | null) => void;
  /** The CRM made an answer that shows what it holds; what this returns is called when the process has it. */
  readonly onShow: (dispatch: Dispatch, served: ServerAnswer) => (life: ProcessLife) => void;
  /** Somebody was told that the credentials are refused. */
  readonly onRefused: (dispatch: Dispatch) => void;
}

export interface CrmWire {
  /** The way out of one process. */
  transportOf(life: ProcessLife, forWork: boolean): Transport;
  trouble(trouble: CrmTrouble): void;
  say(saying: CrmSaying): void;
  /** Ends all troubles. */
  calm(): void;
}

/** The network between processes and CRM accounts: latency, loss, and answers that say something else than what was done. */
export function createCrmWire(parts: CrmWireParts): CrmWire {
  const { time, random } = parts;
  let troubles: CrmTrouble[] = [];
  let sayings: { readonly saying: CrmSaying; left: number }[] = [];

  const fateOf = (host: string): CallFate | 'fine' => {
    if (troubles.length === 0) return 'fine';
    troubles = troubles.filter(({ until }) => until > time.elapsed);
    for (const trouble of troubles) {
      if (trouble.host !== host || random.next() >= trouble.rate) continue;
      return trouble.fates[Math.floor(random.next() * trouble.fates.length)] ?? 'fine';
    }
    return 'fine';
  };

  const saidTo = (host: string, method: string, path: readonly string[]): Saying | null => {
    sayings = sayings.filter(({ saying, left }) => left > 0 && saying.until > time.elapsed);
    const one = sayings.find(
      ({ saying }) =>
        saying.host === host && saying.from <= time.elapsed && isSaidTo(saying.to, method, path),
    );
    if (one === undefined) return null;
    one.left -= 1;
    return one.saying.says;
  };

  return {
    transportOf: (life, forWork) => ({
      send: (request) => send(parts, { life, forWork }, request, { fateOf, saidTo }),
    }),
    trouble: (trouble) => void troubles.push(trouble),
    say: (saying) => void sayings.push({ saying, left: saying.times ?? Number.POSITIVE_INFINITY }),
    calm() {
      troubles = [];
      sayings = [];
    },
  };
}

interface Misfortunes {
  fateOf(host: string): CallFate | 'fine';
  saidTo(host: string, method: string, path: readonly string[]): Saying | null;
}

async function send(
  parts: CrmWireParts,
  { life, forWork }: { readonly life: ProcessLife; readonly forWork: boolean },
  request: OutboundRequest,
  { fateOf, saidTo }: Misfortunes,
): Promise<OutboundResult> {
  const { time, random, trace } = parts;
  const askedAt = time.elapsed;
  const deadline = askedAt + request.deadlineMs;
  const url = new URL(request.url);
  const fate = await life.call('connect', random.next() * 20, () => Promise.resolve(fateOf(url.host)));
  if (fate !== 'fine') trace.count(`crm ${fate}`);
  if (fate === 'refused') return notSent('CONNECT_FAILED');
  const refusal = await askInTime(parts, life, request, deadline);
  if (refusal !== null) return notSent(refusal);
  const dispatch: Dispatch = {
    process: life.name,
    apiKey: (request.headers['authorization'] ?? '').replace('Bearer ', ''),
    host: url.host,
    method: request.method,
    path: url.pathname.split('/').slice(3).map(decodeURIComponent),
    askedAt,
    forWork,
    thawedAt: life.thawedAt,
  };
  const body = request.body === undefined ? null : (JSON.parse(request.body) as JsonObject);
  const { method, path, apiKey } = dispatch;
  const asked = { method, path, body, askedAt, query: url.search.slice(1), user: userOf(apiKey) };
  const said = saidTo(url.host, dispatch.method, dispatch.path);
  const what = `${url.host}${url.pathname}${url.search}`;
  trace(`${life.name} ${request.method} ${what} ${said ?? fate} ${markerText(body)}`);
  if (body !== null) trace.detail(() => `carrying: ${JSON.stringify(body)}`);
  parts.onDispatch(dispatch, body);
  if (path[0] === MANY) trace.count('batch');
  if (path[0] === JOBS && path[2] !== undefined) trace.count(`job: ${path[2]}`);
  for (const each of [...requestsIn(asked), ...rowsIn(asked)])
    parts.onAsked?.({ ...dispatch, method: each.method, path: each.path }, each.body);
  if (said === null ? UNCERTAIN.has(fate) : isFromProxy(said)) {
    parts.onUncertain(dispatch, body);
    for (const each of requestsIn(asked))
      parts.onUncertain({ ...dispatch, method: each.method, path: each.path }, each.body);
  }
  if (said !== null) {
    trace.count(`crm says ${said}`);
    if (saysUnauthorised(said)) parts.onRefused(dispatch);
    return await life.call('hear', random.next() * 40, () => Promise.resolve(saidBy(said)));
  }
  if (fate === 'unauthorised') parts.onRefused(dispatch);
  const account = parts.accounts.get(url.host);
  const serve = (): Served => {
    const shows: Served['show'][] = [];
    const one = (within: ServerRequest): ServerAnswer => {
      const answer = account?.handle(within) ?? { status: 404, body: {} };
      shows.push(parts.onShow({ ...dispatch, method: within.method, path: within.path }, answer));
      return answer;
    };
    const answer = parts.companies?.get(url.host)?.handle(asked, one) ?? one(asked);
    return { answer, show: (to) => shows.forEach((show) => show(to)) };
  };
  return await carry(parts, life, fate, serve, deadline);
}

/** What the CRM did, and whom to tell once its answer is there. */
interface Served {
  readonly answer: ServerAnswer;
  readonly show: (life: ProcessLife) => void;
}

function saysUnauthorised(said: Saying): boolean {
  return said === 'status_401' || said === 'status_403' || said === 'limit_403';
}

const UNCERTAIN: ReadonlySet<string> = new Set<CallFate>([
  ...(['dropped', 'broken_off_before', 'failed_before', 'page_instead', 'answerless', 'late'] as const),
  ...(['cut_late', 'broken_off', 'failed_after', 'truncated', 'without_id'] as const),
]);

async function askInTime(
  { time }: CrmWireParts,
  life: ProcessLife,
  { mayDispatch }: OutboundRequest,
  deadline: number,
) {
  if (mayDispatch === undefined) return null;
  const late = new Promise<'DEADLINE_BEFORE_SEND'>((resolve) => {
    time.after(deadline - time.elapsed, () => life.resume(() => resolve('DEADLINE_BEFORE_SEND')));
  });
  return await Promise.race([mayDispatch(), late]);
}

function notSent(code: Extract<OutboundResult, { kind: 'not_sent' }>['code']): OutboundResult {
  return { kind: 'not_sent', code, detail: 'Not sent.' };
}

/** What happens once the request is on the wire: it does not need its process any more. */
function carry(
  { time, random, trace }: CrmWireParts,
  life: ProcessLife,
  fate: CallFate | 'fine',
  serve: () => Served,
  deadline: number,
): Promise<OutboundResult> {
  const left = deadline - time.elapsed;
  return new Promise((resolve) => {
    let answered = false;
    const answer = (inMs: number, make: () => OutboundResult): void => {
      time.after(inMs, () => {
        if (answered) return;
        answered = true;
        life.resume(() => resolve(make()));
      });
    };
    const isLate = fate === 'late' || fate === 'cut_late';
    const effectAt = isLate ? left - 1 : random.next() * (fate === 'slow' ? left * 0.9 : 40);
    let served: Served = { answer: { status: 500, body: {} }, show: () => undefined };
    if (!NOT_SERVED.has(fate)) {
      time.after(effectAt, () => {
        served = serve();
        trace(`crm ${served.answer.status} for ${life.name}`);
      });
    }
    answer(left, () => ({ kind: 'no_answer', code: 'TIMEOUT', detail: 'No answer in time.' }));
    const soon = Math.min(left - 0.5, (isLate ? 0 : effectAt) + 1 + random.next() * 30);
    if (SILENT.has(fate)) return;
    answer(soon, () => {
      if (fate === 'fine' || fate === 'slow') served.show(life);
      return resultOf(fate, served.answer);
    });
  });
}

const SILENT: ReadonlySet<string> = new Set<CallFate>(['dropped', 'answerless', 'late']);

const NOT_SERVED: ReadonlySet<string> = new Set<CallFate>([
  ...(['dropped', 'broken_off_before', 'failed_before', 'page_instead'] as const),
  ...(['limited', 'limited_absurdly', 'unauthorised'] as const),
]);

function resultOf(fate: CallFate | 'fine', served: ServerAnswer): OutboundResult {
  switch (fate) {
    case 'broken_off':
    case 'broken_off_before':
    case 'cut_late':
      return { kind: 'no_answer', code: 'CONNECTION_LOST', detail: 'The connection ended.' };
    case 'failed_before':
    case 'failed_after':
      return response(503, { error: 'unavailable' });
    case 'limited':
      return response(429, {}, { 'retry-after': '2' });
    case 'limited_absurdly':
      return response(429, {}, { 'retry-after': '-99999999' });
    case 'page_instead':
      return { ...response(200, undefined), body: Buffer.from('<html>Sign in</html>'), headers: PAGE };
    case 'truncated':
      return { ...response(200, undefined), body: Buffer.from('{"id": "c'), headers: JSON_TYPE };
    case 'without_id':
      return response(served.status, {});
    case 'unauthorised':
      return response(401, {});
    default:
      return response(served.status, served.body);
  }
}

const PAGE = { 'content-type': 'text/html' };
const JSON_TYPE = { 'content-type': 'application/json' };

function response(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const bytes = body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body));
  return { kind: 'response' as const, status, headers: { ...JSON_TYPE, ...headers }, body: bytes };
}
