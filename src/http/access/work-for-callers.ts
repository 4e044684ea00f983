import { workFor } from '../../runtime/loop-turns.ts';
import type { App } from '../base/app-types.ts';

/** What a request sets off is done for its caller: that user's share of the event loop. After its body, which comes with the connection. */
export function registerCallersWork(app: App): void {
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.principal === null) done();
    else workFor(request.principal.userId, done);
  });
}
