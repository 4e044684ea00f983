import type { CrmVerb } from '../connectors/connector.port.ts';
import type { CallOutcome, Failure } from '../domain/outcome.ts';
import { sleepUnlessAborted, type Clock } from '../runtime/clock.ts';
import type { DispatchRefusal } from './transport.port.ts';

const LONGEST_TEXT = 300;
/** To end a wait that nobody needs any more. */
const OVER = 'over';

/**
 * One call of a connector that has HTTP of its own. It is asked whether it may, like any other, and has as long as any other; what it throws
 * says nothing of whether it had an effect, nor does one that doesn't end. Whatever still comes after its time comes at its author's risk.
 */
export async function callOwn<T>(
  { clock, deadlineMs }: { readonly clock: Pick<Clock, 'sleep'>; readonly deadlineMs: number },
  verb: CrmVerb,
  mayDispatch: () => Promise<DispatchRefusal | null>,
  act: () => Promise<T>,
): Promise<{ readonly outcome: CallOutcome<T>; readonly isSent: boolean }> {
  const refusal = await mayDispatch();
  if (refusal !== null) {
    const detail = 'Held back before it was sent.';
    return { outcome: { kind: 'withheld', code: refusal, detail }, isSent: false };
  }
  const over = new AbortController();
  const late = sleepUnlessAborted(clock, deadlineMs, over.signal).then((): CallOutcome<T> => {
    const detail = 'The connector did not end within the time allowed for a call.';
    return failure(verb, 'TIMEOUT', detail, null);
  });
  const ended = acted(verb, act);
  const outcome = await Promise.race([ended, late]);
  over.abort(OVER);
  return { outcome, isSent: true };
}

async function acted<T>(verb: CrmVerb, act: () => Promise<T>): Promise<CallOutcome<T>> {
  try {
    return { kind: 'applied', value: await act() };
  } catch (error) {
    return failure(verb, 'CONNECTOR_FAILED', 'The connector ended with an error of its own.', error);
  }
}

function failure(verb: CrmVerb, code: string, detail: string, error: unknown): Failure {
  const message = error === null ? '' : textOf(error);
  const kind = verb === 'create' ? 'ambiguous' : 'retry_later';
  return {
    kind,
    code,
    detail,
    status: null,
    ...(message === '' ? {} : { fields: [{ field: '', message }] }),
  };
}

/** Whoever threw it may have thrown anything. */
function textOf(error: unknown): string {
  try {
    const text = error instanceof Error ? error.message : typeof error === 'string' ? error : '';
    return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
  } catch {
    return '';
  }
}
