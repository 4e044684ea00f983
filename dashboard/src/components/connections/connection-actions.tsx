import type { Signal } from '@preact/signals';
import { useSignal } from '@preact/signals';
import { api } from '../../api/api.ts';
import type { Answer, Problem } from '../../api/problem.ts';
import type { Integration } from '../../api/types.ts';
import { refreshIntegrations } from '../../state/connections.ts';
import { connectHref } from '../../state/route.ts';
import { startSync } from '../../state/runs.ts';
import { durationInWords } from '../../words/duration.ts';
import { ActionButton } from '../action-button.tsx';
import { DisconnectDialog } from './disconnect-dialog.tsx';
import { Notice, ProblemNotice } from '../notice.tsx';

/** What the last thing that was asked for came to. */
export type ActionOutcome = { readonly done: string } | { readonly problem: Problem };

interface ConnectionActionsProps {
  readonly integration: Integration;
  readonly crm: string;
  readonly isSyncing: boolean;
  readonly outcome: Signal<ActionOutcome | null>;
}

export function ConnectionActions({ integration, crm, isSyncing, outcome }: ConnectionActionsProps) {
  const { provider, status, health } = integration;
  // Nothing can be asked of it before the operator has given what is missing.
  const isSpeaking = health.reason !== 'PROVIDER_UNAVAILABLE';
  const isAsking = useSignal(false);
  const act = (ask: () => Promise<Answer<string>>) => async () => {
    outcome.value = null;
    const answer = await ask();
    outcome.value = answer.ok ? { done: answer.value } : { problem: answer.problem };
    await refreshIntegrations();
  };
  const sync = act(async () => {
    const problem = await startSync(provider);
    return problem === null ? { ok: true, value: '' } : { ok: false, problem };
  });
  const needsCredentials = status === 'needs_reauth';
  return (
    <>
      <Outcome outcome={outcome.value} />
      <div class="actions">
        {status === 'active' && isSpeaking && !isSyncing && (
          <ActionButton look="primary" act={sync}>
            Sync now
          </ActionButton>
        )}
        {status === 'paused' ? (
          <ActionButton look="primary" act={act(() => told(api.resume(provider), () => `Going on.`))}>
            Resume
          </ActionButton>
        ) : (
          <ActionButton act={act(() => told(api.pause(provider), () => ''))}>Pause</ActionButton>
        )}
        {isSpeaking && (
          <>
            <ActionButton act={act(() => told(api.test(provider), testWords(crm)))}>Test</ActionButton>
            <a class="button" data-look={needsCredentials ? 'primary' : 'plain'} href={connectHref(provider)}>
              Update credentials
            </a>
          </>
        )}
        <button type="button" class="button" data-look="danger" onClick={() => (isAsking.value = true)}>
          Disconnect
        </button>
      </div>
      {isAsking.value && (
        <DisconnectDialog provider={provider} crm={crm} onClose={() => (isAsking.value = false)} />
      )}
    </>
  );
}

function testWords(crm: string) {
  return ({ durationSeconds }: { readonly durationSeconds: number }) =>
    `${crm} answered in ${durationInWords(durationSeconds)} and accepts your credentials.`;
}

async function told<T>(asked: Promise<Answer<T>>, words: (value: T) => string): Promise<Answer<string>> {
  const answer = await asked;
  return answer.ok ? { ok: true, value: words(answer.value) } : answer;
}

function Outcome({ outcome }: { readonly outcome: ActionOutcome | null }) {
  if (outcome !== null && 'problem' in outcome) return <ProblemNotice problem={outcome.problem} />;
  return (
    <div role="status">
      {outcome !== null && outcome.done !== '' && <Notice tone="good">{outcome.done}</Notice>}
    </div>
  );
}
