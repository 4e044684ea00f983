import { useSignal } from '@preact/signals';
import { api } from '../../api/api.ts';
import type { Integration } from '../../api/types.ts';
import { providerOf, refreshIntegrations } from '../../state/connections.ts';
import type { ActionOutcome } from './connection-actions.tsx';
import { Notice, ProblemNotice } from '../notice.tsx';
import { readSyncOptions, stagesFaultIn, SyncOptions } from './sync-options.tsx';

interface SyncSettingsProps {
  readonly integration: Integration;
  readonly crm: string;
}

/** What is sent can be changed without the credentials. */
export function SyncSettings({ integration: { provider, syncConfig }, crm }: SyncSettingsProps) {
  const outcome = useSignal<ActionOutcome | null>(null);
  const stagesFault = useSignal<string | null>(null);
  const save = async (form: HTMLFormElement) => {
    const data = new FormData(form);
    stagesFault.value = stagesFaultIn(data);
    outcome.value = null;
    if (stagesFault.peek() !== null) {
      requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    const answer = await api.configure(provider, readSyncOptions(data));
    outcome.value = answer.ok ? { done: 'Saved.' } : { problem: answer.problem };
    if (answer.ok) await refreshIntegrations();
  };
  return (
    <details class="settings">
      <summary>What is sent</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save(event.currentTarget);
        }}
      >
        <SyncOptions
          config={syncConfig}
          crm={crm}
          has={providerOf(provider)?.capabilities?.entities ?? null}
          stagesFault={stagesFault.value}
        />
        <div class="actions">
          <button type="submit" class="button">
            Save
          </button>
        </div>
        <div role="status">
          {outcome.value !== null && 'done' in outcome.value && (
            <Notice tone="good">{outcome.value.done}</Notice>
          )}
        </div>
        {outcome.value !== null && 'problem' in outcome.value && (
          <ProblemNotice problem={outcome.value.problem} />
        )}
      </form>
    </details>
  );
}
