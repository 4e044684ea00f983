import type { ChangeEvent } from '../../src/domain/change-event.ts';
import type { VaultSandbox } from '../../src/sandbox/mri-vault/vault-sandbox.ts';
import { eventually } from '../support/running-service.ts';
import { COLLECTIONS } from './office.ts';
import type { ProgramApi } from './program-api.ts';

/** Requests that are on their way when a program is killed. */
export interface InTheAir {
  /** What becomes of the requests, as the sandbox calls it. */
  readonly fault: { readonly kind: 'timeoutAfterCommit' | 'timeoutBeforeCommit' } | Latency;
  readonly method: 'POST' | 'PUT';
  readonly events: readonly ChangeEvent[];
}

interface Latency {
  readonly kind: 'latency';
  readonly ms: number;
}

/** Resolves when each of the requests has reached the CRM. */
export async function sendIntoTheAir(
  api: ProgramApi,
  sandbox: Pick<VaultSandbox, 'misbehave'>,
  { fault, method, events }: InTheAir,
): Promise<void> {
  const rules = events.map(({ kind }) =>
    sandbox.misbehave({ match: { method, path: `/${COLLECTIONS[kind]}` }, times: 1, fault }),
  );
  await api.publish(events);
  await eventually(() => {
    const struck = rules.filter((rule) => rule.hits() > 0).length;
    if (struck < rules.length) throw new Error(`${struck} of ${rules.length} requests are in the air`);
  });
}
