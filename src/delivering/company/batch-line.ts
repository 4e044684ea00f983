import type { BatchOf, CrmHttp } from '../../connectors/connector.port.ts';
import { effectOfFailure } from '../../domain/deciding/after-failure.ts';
import { weightOf } from '../../domain/json.ts';
import type { AnswerSign, CallOutcome, Failure } from '../../domain/outcome.ts';
import type { CompanyGate, CompanyParts, Together } from './company-parts.ts';

/** One that waits for company. */
export interface Waiting<Item, Done> {
  readonly item: Item;
  /** Names the link that it is for. */
  readonly record: string;
  readonly gate: CompanyGate;
  /** By the verb for one. */
  readonly alone: () => Promise<CallOutcome<Done>>;
  readonly resolve: (outcome: CallOutcome<Done> | PromiseLike<CallOutcome<Done>>) => void;
}

/** What one call carries, bytes as `weightOf` tells them. */
const MOST_BYTES = 1_048_576;

/** So many of the first that one call takes. */
export function firstOf<T extends { readonly item: unknown }>(
  waiting: readonly T[],
  most: number,
  bytes: number = MOST_BYTES,
): readonly T[] {
  const taken: T[] = [];
  let weight = 0;
  for (const one of waiting) {
    weight += weightOf(one.item);
    if (taken.length === most || (taken.length > 0 && weight > bytes)) break;
    taken.push(one);
  }
  return taken;
}

/** A verb of many that ends: each is told how its item did. Never rejects. */
export async function runTogether<Item, Done>(
  parts: CompanyParts,
  verb: BatchOf<Item, Done>,
  judgedAs: 'find' | 'create' | 'update',
  waiting: readonly Waiting<Item, Done>[],
): Promise<void> {
  let left = waiting;
  while (left.length > 1) {
    const together = parts.together(left.map(({ gate }) => gate));
    const since = parts.clock.now();
    const ended = await callTogether(parts, together, (http) =>
      verb.run(
        http,
        left.map(({ item }) => item),
      ),
    );
    const refused = together.refused();
    if (ended.kind === 'withheld' && refused.size > 0) {
      // The others are no part of that.
      tellAll(
        left.filter(({ gate }) => refused.has(gate)),
        ended,
      );
      left = left.filter(({ gate }) => !refused.has(gate));
      continue;
    }
    const [first] = left;
    if (ended.kind !== 'applied' && first !== undefined) {
      const failure = await parts.judge(ended, { verb: judgedAs, since, record: first.record });
      if (!isRefusedTogether(failure)) return tellAll(left, failure);
      break;
    }
    return tellEach(left, ended.kind === 'applied' ? ended.value : [], judgedAs);
  }
  for (const { alone, resolve } of left) resolve(alone());
}

/** Through a session of its own, which asks for all who go. */
export async function callTogether<T>(
  { open }: Pick<CompanyParts, 'open'>,
  together: Together,
  act: (http: CrmHttp) => Promise<CallOutcome<T>>,
): Promise<CallOutcome<T>> {
  const session = await open(together);
  return session.ok ? await act(session.http) : session.failure;
}

/** Nothing of it was taken, and it may be one item's fault: by itself each tells. */
function isRefusedTogether(failure: Failure): boolean {
  const isAboutIt = failure.whose === 'record' || failure.whose === 'request';
  const isRefusal = failure.kind === 'rejected' || failure.kind === 'gone' || failure.kind === 'unauthorised';
  return isRefusal && isAboutIt && effectOfFailure(failure) === 'none';
}

export function tellAll<Item, Done>(waiting: readonly Waiting<Item, Done>[], failure: Failure): void {
  for (const { resolve } of waiting) resolve(failure);
}

function tellEach<Item, Done>(
  waiting: readonly Waiting<Item, Done>[],
  ends: readonly CallOutcome<Done>[],
  verb: 'find' | 'create' | 'update',
): void {
  // Nobody knows which end is whose.
  if (ends.length !== waiting.length) return tellAll(waiting, unexpected(verb));
  waiting.forEach(({ resolve }, index) => {
    resolve(ofRecord(ends[index] ?? unexpected(verb)));
  });
}

/** What is said of one item among others is that record's, unless it says whose; and it was answered, so nothing comes after it. */
export function ofRecord<Done>(end: CallOutcome<Done>): CallOutcome<Done> {
  if (end.kind === 'applied' || end.kind === 'withheld' || end.kind === 'rate_limited') return end;
  const whose = end.kind === 'unauthorised' ? end.whose : (end.whose ?? 'record');
  const judged: Failure = whose === undefined ? end : { ...end, whose };
  return end.kind === 'ambiguous' ? judged : { answer: ANSWERED, ...judged };
}

const ANSWERED: AnswerSign = { status: 400, form: 'json', retryAfterMs: null, limited: false };

function unexpected(verb: 'find' | 'create' | 'update'): Failure {
  const kind = verb === 'create' ? 'ambiguous' : 'retry_later';
  const detail = 'The CRM did not answer each of the records that it was sent.';
  return { kind, code: 'ANSWER_UNEXPECTED', detail, status: null, whose: 'request' };
}
