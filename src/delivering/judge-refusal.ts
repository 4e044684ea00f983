import type { ConnectorKind, CrmHttp, LaterPart } from '../connectors/connector.port.ts';
import {
  asJudged,
  asksAuthenticate,
  whoseRefusal,
  type RefusalVerdict,
  type RefusedVerb,
  type VerifyAnswer,
} from '../domain/deciding/whose-refusal.ts';
import { isForeign, type AnswerSign, type CallOutcome, type Failure } from '../domain/outcome.ts';
import type { Clock } from '../runtime/clock.ts';
import type { HealthKeeper } from './connection-health.ts';
import type { CrmHold, DispatchChecks } from './crm-sessions.port.ts';

/** The call that failed. */
export interface JudgedCall {
  readonly verb: RefusedVerb;
  /** When it began, epoch ms: what got through after that shows that the connection works. */
  readonly since: number;
  /** Names the record that it was for; null where it was for none of them, and so tells nothing of the others. */
  readonly record: string | null;
}

/**
 * Says whose a failure is, and makes it what follows from that: `gone`, `rejected` and `unauthorised` are only what is left of them once
 * the CRM was asked about itself. May ask `authenticate`, once for all who wait for the answer; asks nothing where the failure speaks for
 * itself, or was judged before. What is nobody's but the CRM's stops the whole budget until a probe.
 */
export type JudgeRefusal = (failure: Failure, call: JudgedCall) => Promise<Failure>;

export interface Judge {
  readonly judge: JudgeRefusal;
  /** Asks about credentials that were in doubt while the CRM wanted a pause: the refusal, or null where there is none. */
  endDoubt(): Promise<Failure | null>;
}

type JudgingHold = Pick<CrmHold, 'probe' | 'blockedUntil' | 'tellOutage' | 'tellForeign' | 'isOnTrial'>;
type JudgingHealth = Pick<HealthKeeper, 'lastSuccessAt' | 'success' | 'verified' | 'failure' | 'unreachable'>;

/** Where `authenticate` says nothing of the CRM (it was held back, or is limited itself), nobody counts anything. */
const UNKNOWN: RefusalVerdict = { whose: 'outage', follows: 'wait' };
const RECORDS_OWN: RefusalVerdict = { whose: 'record', follows: 'attempt' };

export function createJudge(hold: JudgingHold, health: JudgingHealth, checks: DispatchChecks): Judge {
  let asking: Promise<CallOutcome<true>> | null = null;
  let inDoubt = false;

  async function probe(): Promise<CallOutcome<true>> {
    const probed = await hold.probe(checks);
    tellProbe(hold, health, probed);
    return probed;
  }

  async function verifyNow(since: number, status: number | null): Promise<Verified> {
    const worked = (): boolean => health.lastSuccessAt !== null && health.lastSuccessAt > since;
    if (worked()) return WELL;
    if (hold.blockedUntil() !== null) return { verify: 'unreachable', ours: null };
    asking ??= probe().finally(() => {
      asking = null;
    });
    const probed = await asking;
    if (worked() || probed.kind === 'applied') return WELL;
    const verify = verifyAnswerOf(probed, status);
    return { verify, ours: verify === 'application' ? probed : null };
  }

  return {
    async judge(failure, { verb, since, record }) {
      const known = ownersOf(failure);
      if (known !== null) {
        if (failure.kind === 'rate_limited' && failure.answer?.status === 403) inDoubt = true;
        return known;
      }
      const answer = signOf(failure);
      const { verify, ours } = asksAuthenticate(answer)
        ? await verifyNow(since, answer?.status ?? null)
        : WELL;
      if (verify === null) return asJudged(failure, UNKNOWN);
      const isStrange = verify === 'well' && answer !== null && isForeign(answer);
      const othersToo = isStrange && record !== null && hold.tellForeign(record);
      // An answer that is none for the connector alone, which knows what it asked for.
      const ofApplication = failure.whose === 'application';
      const verdict = whoseRefusal({ answer, verb, verify, othersToo, ofApplication }) ?? RECORDS_OWN;
      if (verdict.whose === 'outage') {
        hold.tellOutage({ atLeastMs: answer?.retryAfterMs ?? null, isHidden: verify === 'well' });
        health.unreachable(failure.code, 'crm');
      }
      if (ours === null) return asJudged(failure, verdict);
      hold.tellOutage({ atLeastMs: null, isHidden: false });
      return asJudged(failure, verdict, ours);
    },
    async endDoubt() {
      if (!inDoubt) return null;
      inDoubt = false;
      const probed = await probe();
      return probed.kind !== 'applied' && isRefusal(probed) ? probed : null;
    },
  };
}

/** What `authenticate` says; null: it could not be asked. */
interface Verified {
  readonly verify: VerifyAnswer | null;
  /** Where it is this service that is refused: how. */
  readonly ours: Failure | null;
}

const WELL: Verified = { verify: 'well', ours: null };

/** What a probe says of the connection. It got through only as far as it goes: a route that is down is down all the same. */
export function tellProbe(
  hold: Pick<CrmHold, 'isOnTrial'>,
  health: Pick<HealthKeeper, 'success' | 'verified' | 'failure'>,
  probed: CallOutcome<true>,
): void {
  if (probed.kind === 'applied') {
    if (hold.isOnTrial()) health.verified();
    else health.success();
  } else if (probed.kind !== 'unauthorised' || isRefusal(probed)) health.failure(probed);
}

/** A page or a text that says 401 is something before the CRM. */
export function isRefusal({ kind, answer }: Failure): boolean {
  return kind === 'unauthorised' && (answer === undefined || !isForeign(answer));
}

function verifyAnswerOf(probed: Failure, status: number | null): VerifyAnswer | null {
  if (probed.whose === 'application') return 'application';
  if (probed.kind === 'withheld' || probed.kind === 'rate_limited') return null;
  if (isRefusal(probed)) return 'refused';
  const got = probed.answer?.status ?? ('status' in probed ? probed.status : null);
  if (got !== null && got === status) return 'same';
  return probed.answer !== undefined && isForeign(probed.answer) ? 'foreign' : 'unreachable';
}

/** A failure that needs no judging: of our own making, of a limit, or judged before. */
function ownersOf(failure: Failure): Failure | null {
  // What the connector takes for a refusal of this service is asked about like any other.
  if (failure.whose === 'application' && failure.kind !== 'retry_later' && failure.kind !== 'ambiguous')
    return null;
  if (failure.whose !== undefined || failure.kind === 'withheld') return failure;
  if (failure.kind === 'rate_limited') return { ...failure, whose: 'account' };
  if (failure.answer !== undefined) return null;
  // Refused before it was sent: a path or a header that can't be, credentials that don't open.
  if (failure.kind === 'rejected' && failure.status === null) return { ...failure, whose: 'record' };
  if (failure.kind === 'unauthorised' && failure.status === 0) return { ...failure, whose: 'account' };
  return null;
}

/** The answer, where the connector kept it to itself: as the CRM's own, with the status that its kind tells of. */
function signOf(failure: Failure): AnswerSign | null {
  if (failure.answer !== undefined) return failure.answer;
  const status = failure.kind === 'gone' ? 404 : 'status' in failure ? failure.status : null;
  if (status === null || status < 300) return null;
  return { status, form: 'json', retryAfterMs: null, limited: false };
}

/**
 * A kind whose verbs end in judged failures alone: whoever takes a step can believe what it is told. What is no refusal of a request's
 * (a success, a call that was held back) stays as it is.
 *
 * @param record names the record that the calls are for
 */
export function judgedKind(
  kind: ConnectorKind,
  judge: JudgeRefusal,
  record: string,
  clock: Pick<Clock, 'now'>,
): ConnectorKind {
  const judged: Judged = async (verb, call) => {
    const since = clock.now();
    const outcome = await call();
    // A listing is one route, whoever asks for it.
    const about = verb === 'list' ? null : record;
    return outcome.kind === 'applied' ? outcome : await judge(outcome, { verb, since, record: about });
  };
  const { core, others } = kind.parts;
  const { read, delete: remove, changes } = kind;
  return {
    ...kind,
    parts: {
      ...kind.parts,
      core: {
        ...core,
        create: (http, write) => judged('create', () => core.create(http, write)),
        update: (http, remoteId, write) => judged('update', () => core.update(http, remoteId, write)),
      },
      ...(others && { others: others.map((part) => judgedPart(part, judged)) }),
    },
    find: (http, key) => judged('find', () => kind.find(http, key)),
    ...(read && { read: (http, remoteId, only) => judged('read', () => read(http, remoteId, only)) }),
    ...(remove && { delete: (http, remoteId) => judged('delete', () => remove(http, remoteId)) }),
    ...(changes && {
      changes: (http, since, limit) => judged('list', () => changes(http, since, limit)),
    }),
  };
}

type Judged = <T>(verb: RefusedVerb, call: () => Promise<CallOutcome<T>>) => Promise<CallOutcome<T>>;

function judgedPart(part: LaterPart, judged: Judged): LaterPart {
  if (part.does === 'replaces') {
    return { ...part, write: (http, id, write) => judged('update', () => part.write(http, id, write)) };
  }
  const { list } = part;
  return {
    ...part,
    append: (http, id, item) => judged('update', () => part.append(http, id, item)),
    ...(list && { list: (http: CrmHttp, id: string) => judged('read', () => list(http, id)) }),
  };
}
