import type { ApiClient } from '../client/api-client.ts';
import { CommandFailure } from '../terminal/command-failure.ts';
import type { Clock } from '../runtime/clock.ts';
import { eventFrames } from './event-frames.ts';

/** An entry of the timeline, as far as the demo shows it. */
export interface TimelineAnswer {
  readonly at: string;
  readonly entity: string;
  readonly entityId: string;
  readonly title: string;
  readonly code: string;
  readonly detail: string;
  readonly changed: readonly string[];
  readonly errors: readonly { readonly field: string; readonly message: string }[];
  readonly latencySeconds: number | null;
}

const RETRY_MS = 500;

/**
 * Calls back with each change that reaches the CRM, or doesn't, until the signal aborts. Resolves once it listens; a
 * connection that breaks is made again where it left off.
 */
export async function followChanges(
  client: ApiClient,
  { clock, signal }: { readonly clock: Pick<Clock, 'sleep'>; readonly signal: AbortSignal },
  onChange: (entry: TimelineAnswer) => void,
): Promise<void> {
  let lastId: string | null = null;
  const open = () => client.open('/api/events', signal, lastId === null ? {} : { 'last-event-id': lastId });
  const read = async (response: Response): Promise<void> => {
    if (response.body === null) return;
    for await (const { id, event, data } of eventFrames(response.body)) {
      lastId = id ?? lastId;
      if (event === 'change') onChange(JSON.parse(data) as TimelineAnswer);
    }
  };
  const follow = async (first: Response): Promise<void> => {
    let response: Response | null = first;
    while (!signal.aborted) {
      try {
        await read(response ?? (await open()));
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof CommandFailure) && !(error instanceof TypeError)) throw error;
      }
      response = null;
      await clock.sleep(RETRY_MS, signal).catch(() => undefined);
    }
  };
  void follow(await open());
}
