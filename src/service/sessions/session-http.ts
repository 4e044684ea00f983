import type { CrmAnswer, CrmHttp } from '../../connectors/connector.port.ts';
import type { CallOutcome } from '../../domain/outcome.ts';
import type { KeptSession } from './session-bag.ts';

export interface SessionHttpParts {
  /** One that still lasts. `over`: the CRM said of this one that it doesn't. */
  readonly current: (over: KeptSession | null) => Promise<CallOutcome<KeptSession>>;
  readonly through: (session: KeptSession) => CrmHttp;
}

/** Requests through whatever session lasts; where an answer says that it doesn't, once more through the next. */
export function createSessionHttp({ current, through }: SessionHttpParts): CrmHttp {
  return {
    async request(request) {
      const first = await current(null);
      if (first.kind !== 'applied') return first;
      const outcome = await through(first.value).request(request);
      if (!saysItIsOver(outcome)) return outcome;
      const next = await current(first.value);
      return next.kind === 'applied' ? await through(next.value).request(request) : next;
    },
  };
}

/** The CRM took nothing of it: 401, or what the connector knows to be the account's refusal. */
function saysItIsOver(outcome: CallOutcome<CrmAnswer>): boolean {
  return outcome.kind === 'unauthorised' && (outcome.status === 401 || outcome.whose === 'account');
}
