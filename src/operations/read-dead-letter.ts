import type { Connection } from '../domain/connection.ts';
import { shown, type ShownLetter } from './list-dead-letters.ts';
import { done, NO_SUCH_THING, type OperationOutcome } from './operation-failure.ts';
import type { OperationPorts } from './operation-ports.ts';

/** One letter with all that helps to mend it. The only answer that holds an event's original bytes and the CRM's own words. */
export interface DeadLetterDetails extends ShownLetter {
  /** Null: it is about no connection, or there is none any more. */
  readonly connection: Pick<Connection, 'status' | 'health'> | null;
}

export async function readDeadLetter(
  ports: OperationPorts,
  id: string,
): Promise<OperationOutcome<DeadLetterDetails>> {
  const letter = await ports.store.deadLetters.read(id);
  const [judged] = letter === null ? [] : await ports.replays.judge([letter]);
  if (letter === null || judged === undefined) return NO_SUCH_THING;
  const { delivery } = letter;
  const connection = delivery === null ? null : await ports.store.connections.read(delivery.connectionId);
  return done({ ...shown(ports, judged), connection });
}
