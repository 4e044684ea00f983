import type { OutboundRequest, OutboundResult, Transport } from '../../../../src/wire/transport.port.ts';
import type { VendorAnswer } from './kit-subject.ts';
import { type Act, currentAct } from './watched-connector.ts';

/** What befalls a request: `after` its effect, or in its place. */
export type KitFault =
  | { readonly lost: 'TIMEOUT' | 'CONNECTION_LOST'; readonly after: boolean }
  | { readonly answer: VendorAnswer | string; readonly after: boolean };

export interface Strike {
  when(act: Act, request: OutboundRequest): boolean;
  /** How many it strikes; by default one. */
  readonly times?: number;
  /** Absent: the answer is as it is. */
  readonly fault?: KitFault;
  /** Before it goes out, and once it was answered. */
  readonly before?: () => void | Promise<void>;
  readonly then?: () => void | Promise<void>;
}

export interface SentRequest {
  readonly act: Act | null;
  readonly method: string;
  readonly url: string;
  readonly body: string;
}

export interface StruckTransport extends Transport {
  strike(strike: Strike): void;
  calm(): void;
  /** Everything that the engine sent, in order. */
  readonly sent: SentRequest[];
}

/** A way to the sandbox on which things go wrong, told by what the engine was about to do. */
export function createStruckTransport(way: Transport): StruckTransport {
  let strikes: { readonly strike: Strike; left: number }[] = [];
  const sent: SentRequest[] = [];

  const strikeFor = (request: OutboundRequest): Strike | null => {
    const act = currentAct();
    if (act === null) return null;
    const found = strikes.find(({ strike }) => strike.when(act, request));
    if (found === undefined) return null;
    found.left -= 1;
    if (found.left <= 0) strikes = strikes.filter((one) => one !== found);
    return found.strike;
  };

  return {
    sent,
    strike(strike) {
      strikes.push({ strike, left: strike.times ?? 1 });
    },
    calm() {
      strikes = [];
    },
    async send(request) {
      const { method, url, body = '' } = request;
      const strike = strikeFor(request);
      await strike?.before?.();
      const result = await struck(way, request, strike?.fault ?? null);
      if (result.kind !== 'not_sent') sent.push({ act: currentAct(), method, url, body });
      await strike?.then?.();
      return result;
    },
  };
}

async function struck(
  way: Transport,
  request: OutboundRequest,
  fault: KitFault | null,
): Promise<OutboundResult> {
  if (fault === null) return await way.send(request);
  if (fault.after) {
    const result = await way.send(request);
    if (result.kind === 'not_sent') return result;
  } else {
    const refusal = (await request.mayDispatch?.()) ?? null;
    if (refusal !== null) return { kind: 'not_sent', code: refusal, detail: 'Held back.' };
  }
  if ('lost' in fault) return { kind: 'no_answer', code: fault.lost, detail: 'No answer.' };
  return response(fault.answer);
}

function response(answer: VendorAnswer | string): OutboundResult {
  if (typeof answer === 'string') {
    const headers = { 'content-type': 'text/html' };
    return { kind: 'response', status: 503, headers, body: Buffer.from(answer) };
  }
  const { status, headers = {}, body = { message: 'No.' } } = answer;
  return {
    kind: 'response',
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}
