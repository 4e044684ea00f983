import type { ServerResponse } from 'node:http';

/**
 * Aborts when the caller has gone before the answer was complete. A request's own `close` event won't do: it comes as soon as
 * the body was read.
 */
export function clientSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}
