import type { ConnectorKind } from '../connectors/connector.port.ts';
import type { RefusedVerb } from '../domain/deciding/whose-refusal.ts';
import type { CallOutcome } from '../domain/outcome.ts';
import type { Clock } from '../runtime/clock.ts';
import type { JudgeRefusal } from './judge-refusal.ts';

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
  const judged = async <T>(
    verb: RefusedVerb,
    call: () => Promise<CallOutcome<T>>,
  ): Promise<CallOutcome<T>> => {
    const since = clock.now();
    const outcome = await call();
    return outcome.kind === 'applied' ? outcome : await judge(outcome, { verb, since, record });
  };
  const { core } = kind.parts;
  const { delete: remove, changes } = kind;
  return {
    ...kind,
    parts: {
      ...kind.parts,
      core: {
        ...core,
        create: (http, write) => judged('create', () => core.create(http, write)),
        update: (http, remoteId, write) => judged('update', () => core.update(http, remoteId, write)),
      },
    },
    find: (http, key) => judged('find', () => kind.find(http, key)),
    read: (http, remoteId) => judged('read', () => kind.read(http, remoteId)),
    ...(remove && { delete: (http, remoteId) => judged('delete', () => remove(http, remoteId)) }),
    ...(changes && {
      changes: (http, since, limit) => judged('list', () => changes(http, since, limit)),
    }),
  };
}
