import type { RequestListener } from 'node:http';
import { targetOf } from '../kit/answer-request.ts';
import { CONTROL_PREFIX, controlReply, type SandboxControls } from '../kit/control/control-api.ts';
import { errorReply, sendReply } from '../kit/http/http-reply.ts';
import type { JournalEntry } from '../kit/journal/journal.ts';
import { openListener } from '../kit/http/listener.ts';
import { createRecordDesk, type RecordDesk } from '../kit/records/record-desk.ts';
import { createSandboxParts, type SandboxParts, type VaultSandboxOptions } from '../kit/sandbox-parts.ts';

/** A running sandbox. Everything but `down`, `up` and `close` takes effect at once. */
export interface VaultSandbox extends RecordDesk, SandboxControls {
  /** The `instanceUrl`: origin without a path. It stays the same over `down` and `up`. */
  readonly url: string;
  readonly port: number;
  addKey(apiKey: string): void;
  /** From now on the key gets 401, a request that is being delayed too. */
  revokeKey(apiKey: string): void;
  /** Calls back as each API request arrives, before it is answered; the answer takes the listener away. */
  onRequest(listener: (entry: JournalEntry) => void): () => void;
  /** The CRM is unreachable: stops accepting and closes every connection; waiting work is not done. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

function originOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

function controlsOf(parts: SandboxParts): SandboxControls & RecordDesk {
  const { store, journal, limiter, misbehaviours } = parts;
  return {
    ...createRecordDesk(store, () => parts.clock.now()),
    settings: parts.settings,
    counts: () => journal.counts(),
    overLimit: () => limiter.refused(),
    requests: () => journal.entries(),
    writes: (after) => parts.writes.after(after),
    configure: parts.configure,
    misbehave: (rule) => misbehaviours.add(rule),
    misbehaviours: () => misbehaviours.active(),
    stopMisbehaving(id) {
      if (id !== undefined) return misbehaviours.remove(id);
      misbehaviours.clear();
      return true;
    },
    reset: parts.reset,
  };
}

function requestListener(parts: SandboxParts, controls: SandboxControls): RequestListener {
  return (request, response) => {
    const answer = async (): Promise<void> => {
      const target = targetOf(request);
      if (target.path !== CONTROL_PREFIX && !target.path.startsWith(`${CONTROL_PREFIX}/`)) {
        await parts.answer(request, response, target);
        return;
      }
      const reply = await controlReply(request, target, controls);
      if (reply) sendReply(response, reply);
    };
    answer().catch((error: unknown) => {
      // A defect of the sandbox (or of a listener) shows at the caller, and does not end the process.
      sendReply(response, errorReply(500, `The sandbox failed: ${String(error)}`));
    });
  };
}

/**
 * Starts a local MRI Vault: the vault dialect over records in memory, with faults on request, and the same controls under
 * `/_sandbox/`. Rejects with the system's error when the port can't be opened.
 */
export async function startVaultSandbox(options: VaultSandboxOptions = {}): Promise<VaultSandbox> {
  const host = options.host ?? '127.0.0.1';
  const parts = createSandboxParts(options);
  const controls = controlsOf(parts);
  const listener = await openListener(requestListener(parts, controls), options.port ?? 0, host);

  async function down(): Promise<void> {
    parts.inFlight.drop();
    await listener.down();
  }

  return {
    ...controls,
    url: originOf(host, listener.port),
    port: listener.port,
    addKey: (apiKey) => void parts.keys.add(apiKey),
    revokeKey: (apiKey) => void parts.keys.delete(apiKey),
    onRequest: (notify) => parts.journal.onRequest(notify),
    down,
    up: () => listener.up(),
    close: down,
  };
}
